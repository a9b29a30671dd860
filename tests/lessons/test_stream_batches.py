"""The stream by hand, against hand-written batches and the library's."""

import pytest
import torch

from ulmus.lessons.frame import Check, LessonSettings
from ulmus.lessons.stream_batches import (
    LESSON,
    LETTERS,
    group_chunks,
    library_batches,
    stream_batches,
    windows,
)


def letters(rows: torch.Tensor) -> str:
    return "/".join("".join(LETTERS[i] for i in row) for row in rows.tolist())


def test_the_books_example() -> None:
    batches = list(stream_batches(torch.arange(19), 3, 2))
    assert [letters(x) for x, _ in batches] == ["AB/GH/MN", "CD/IJ/OP", "EF/KL/QR"]
    assert [letters(y) for _, y in batches] == ["BC/HI/NO", "DE/JK/PQ", "FG/LM/RS"]


def test_windows_are_dealt_row_by_row() -> None:
    cut = windows(torch.arange(19), 2)
    assert [x.tolist() for x, _ in cut][:3] == [[0, 1], [2, 3], [4, 5]]
    assert [y.tolist() for _, y in cut][-1] == [17, 18]
    dealt = group_chunks(cut, 3)
    assert [x[0].item() for x, _ in dealt] == [0, 6, 12, 2, 8, 14, 4, 10, 16]
    assert group_chunks(cut[:8], 3) == [cut[i] for i in (0, 2, 4, 1, 3, 5)]


@pytest.mark.parametrize(("count", "batch", "steps"), [(19, 3, 2), (1000, 7, 11), (64, 3, 50)])
def test_any_stream_equals_the_librarys(count: int, batch: int, steps: int) -> None:
    stream = torch.randint(90, (count,), generator=torch.Generator().manual_seed(count))
    built = list(stream_batches(stream, batch, steps))
    for given, wanted in zip(built, library_batches(stream, batch, steps), strict=True):
        assert [part.tolist() for part in given] == [part.tolist() for part in wanted]


@pytest.mark.parametrize("seed", [0, 5])
def test_its_checks_pass(seed: int) -> None:
    shown = LESSON.run(LessonSettings(seed=seed))
    checks = [each for each in shown if isinstance(each, Check)]
    assert len(checks) == 5
    assert [check for check in checks if not check.passed] == []


def test_the_answers() -> None:
    answers = [question.answer() for question in LESSON.questions]
    assert "after ABC comes D" in answers[0]
    assert "AB/FG/KL, CD/HI/MN, E/J/O" in answers[1]
    assert "39 of 1,000 and 54 of 63,095" in answers[2]
    assert "within a document the order" in answers[3].lower()
