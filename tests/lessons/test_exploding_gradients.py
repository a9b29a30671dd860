"""The lesson about exploding and vanishing, in quick form."""

from pathlib import Path

import pytest
import torch

from ulmus.lessons.exploding_gradients import (
    LESSON,
    clipped,
    gradient_by_distance,
    multiplied,
)
from ulmus.lessons.frame import Check, Figures, LessonSettings, Picture
from ulmus.lessons.stacked_models import lm_model5


@pytest.fixture(scope="module")
def shown() -> list[object]:
    return list(LESSON.run(LessonSettings(quick=True)))


def test_its_checks_pass(shown: list[object]) -> None:
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 6
    assert [check for check in checks if not check.passed] == []


def test_what_vanishes_does_so_in_the_tables(shown: list[object]) -> None:
    numbers, vectors, spacing, distances, plain, lstm = (
        each for each in shown if isinstance(each, Figures)
    )
    assert numbers.rows[0][-1] == "3.4e+38"
    lengths = [[float(cell) for cell in row[1:]] for row in vectors.rows]
    assert lengths[0][-1] > 1e6
    assert lengths[2][-1] < 1e-9
    assert dict(spacing.rows)["1e+06"] == "0.0625"
    by_model = {row[0]: [float(cell) for cell in row[1:]] for row in distances.rows}
    assert by_model["LMModel5, fresh"][-1] < 1e-3 * by_model["LMModel6, fresh"][-1]
    assert (len(plain.rows), len(lstm.rows)) == (2, 12)
    assert all(0 <= row[-1] <= 1 for row in (*plain.rows, *lstm.rows))


def test_its_pictures_are_drawn(shown: list[object], tmp_path: Path) -> None:
    pictures = [each for each in shown if isinstance(each, Picture)]
    assert [picture.name for picture in pictures] == [
        "LMModel5_activations",
        "LMModel6_activations",
    ]
    for picture in pictures:
        picture.draw(tmp_path / picture.name)
        assert (tmp_path / picture.name).read_bytes().startswith(b"\x89PNG")


def test_multiplying_again_and_again() -> None:
    matrix = torch.tensor([[2.0, 0.0], [1.0, 1.0]])
    assert multiplied(matrix, torch.tensor([1.0, 1.0]), 3).tolist() == [8, 8]


def test_clipping_keeps_small_gradients_and_directions() -> None:
    gradients = [torch.tensor([3.0, 4.0]), torch.tensor([12.0])]
    assert [part.tolist() for part in clipped(gradients, 26.0)] == [[3, 4], [12]]
    halved = [part.tolist() for part in clipped(gradients, 6.5)]
    assert halved == [[1.5, 2.0], [6.0]]


def test_distance_zero_is_the_last_input() -> None:
    torch.manual_seed(0)
    model = lm_model5(7)
    tokens = torch.randint(7, (3, 5))
    norms = gradient_by_distance(model, tokens)
    assert len(norms) == 5
    short = gradient_by_distance(model, tokens[:, -1:])
    with torch.no_grad():
        state = model(tokens[:, :-1]).state
    embedded = model.embedding(tokens[:, -1:]).detach().requires_grad_()
    outputs, _ = model.recurrent(embedded, state)
    [gradient] = torch.autograd.grad(outputs[:, -1].pow(2).sum(), embedded)
    assert norms[0] == pytest.approx(gradient.norm(dim=2).mean().item(), rel=1e-5)
    assert len(short) == 1


def test_the_answers() -> None:
    far, update, gates, clipping = (question.answer() for question in LESSON.questions)
    assert "Doubled 128 times 1 is infinite, halved 150 times it is 0" in far
    assert "1e+06 + 0.03 changes by 0." in update
    assert "0.55 of it is left after 30 steps" in gates
    assert "[0.2308, 0.3077] and [0.9231]" in clipping
