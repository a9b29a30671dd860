import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ulmus.errors import SettingsError
from ulmus.inference.repetition import penalised, seen_tokens
from ulmus.inference.sampling import next_token_probabilities

LOGITS = torch.tensor([[2.0, -2.0, 0.0, 3.0], [1.0, -1.0, 4.0, -8.0]])
SEEN = torch.tensor([[True, True, True, False], [False, True, False, True]])


def test_seen_tokens_get_less_probable_whatever_the_sign_of_their_logits():
    expected = [[1.0, -4.0, 0.0, 3.0], [1.0, -2.0, 4.0, -16.0]]

    assert penalised(LOGITS, SEEN, 2.0).tolist() == expected
    assert LOGITS[0].tolist() == [2.0, -2.0, 0.0, 3.0]


def test_a_penalty_below_one_does_the_opposite():
    assert penalised(LOGITS, SEEN, 0.5)[0].tolist() == [4.0, -1.0, 0.0, 3.0]


def test_a_penalty_of_one_changes_nothing():
    assert penalised(LOGITS, SEEN, 1.0) is LOGITS


def test_seen_tokens_are_those_of_each_prompt():
    seen = seen_tokens([torch.tensor([3, 1, 1]), torch.tensor([0])], 4)

    assert seen.tolist() == [[False, True, False, True], [True, False, False, False]]


@given(
    st.lists(st.floats(-1e8, 1e8, width=32), min_size=2, max_size=5),
    st.floats(1e-30, 1e30),
    st.sampled_from([0.0, 1.0, 0.5, 1e30]),
)
def test_whatever_the_penalty_a_token_can_be_drawn(values, penalty, temperature):
    logits = torch.tensor([values])
    seen = torch.arange(len(values))[None] % 2 == 0

    lowered = penalised(logits, seen, penalty)

    assert lowered.isfinite().all()
    chances = next_token_probabilities(lowered, temperature=temperature)
    assert chances.isfinite().all()
    assert chances.sum().item() == pytest.approx(1)


@pytest.mark.parametrize("penalty", [0, -1.0, 1e-45, 9e-31, 1.1e30, math.inf, math.nan])
def test_penalties_out_of_range_are_refused(penalty):
    message = (
        rf"repetition_penalty is out of range: {re.escape(str(penalty))}; "
        r"accepted: from 1e-30 to 1e\+30; 1 is none\. Set"
    )
    with pytest.raises(SettingsError, match=message):
        penalised(LOGITS, SEEN, penalty)
