import numpy as np
import pytest

from ulmus.errors import LabelError
from ulmus.evaluation.scoring import score_documents


@pytest.mark.parametrize(
    ("kind", "targets", "best"),
    [
        ("class", np.array([0, 1, 1]), {"accuracy": 1.0, "macro_f1": 1.0}),
        (
            "tags",
            np.array([[True, False], [True, True]]),
            {"micro_f1": 1.0, "macro_f1": 1.0, "exact_match": 1.0},
        ),
        (
            "number",
            np.array([0.5, 2.0]),
            {"mean_absolute_error": 0.0, "root_mean_squared_error": 0.0, "r_squared": 1.0},
        ),
    ],
)
def test_each_kind_of_target_has_its_figures(kind, targets, best):
    score = score_documents(kind, targets, targets, ["a", "b"])

    assert score.target == kind
    assert score.figures == best
    with pytest.raises(LabelError, match="there are no documents to score: 0; accepted: one "):
        score_documents(kind, targets[:0], targets[:0], ["a", "b"])
