"""The text of numbers, against the files it stands for and the book's figures."""

from pathlib import Path

import pytest
import torch

from ulmus.lessons.number_words import NumberWords, in_words, lines, windows


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "one"),
        (10, "ten"),
        (19, "nineteen"),
        (20, "twenty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (1000, "one thousand"),
        (1016, "one thousand sixteen"),
        (7_230, "seven thousand two hundred thirty"),
        (9_999, "nine thousand nine hundred ninety nine"),
    ],
)
def test_a_number(number: int, words: str) -> None:
    assert " ".join(in_words(number)) == words


def test_the_text_is_the_two_files(data_folder: Path) -> None:
    folder = data_folder / "human_numbers"
    read = [(folder / f"{name}.txt").read_text("utf-8") for name in ("train", "valid")]
    assert lines() == [line.strip() for text in read for line in text.splitlines()]


def test_sizes_and_ids_are_the_books() -> None:
    text = NumberWords.made()
    assert (len(lines()), len(text.ids), len(text.words)) == (9998, 63_095, 30)
    assert text.words[:4] == ["one", ".", "two", "three"]
    assert text.words[-1] == "thousand"
    assert text.ids[:8].tolist() == [0, 1, 2, 1, 3, 1, 4, 1]
    assert text.decoded(text.ids[-3:]) == ["hundred", "ninety", "nine"]
    assert len(list(windows(text.ids, 3))) == 21_031


@pytest.mark.parametrize(("steps", "train", "valid"), [(3, 262, 65), (16, 49, 12)])
def test_batches_are_the_windows_dealt_to_rows(steps: int, train: int, valid: int) -> None:
    ids = NumberWords.made().ids
    splits = NumberWords.made().splits(steps)
    assert (len(splits.train), len(splits.valid)) == (train, valid)
    cut = int(0.8 * len(list(windows(ids, steps))))
    for batches, first, per_row in ((splits.train, 0, train), (splits.valid, cut, valid)):
        for k, batch in enumerate(batches.batches(0)):
            for row in (0, 1, 63):
                start = (first + row * per_row + k) * steps
                assert batch.tokens[row].equal(ids[start : start + steps])
                assert batch.targets[row].equal(ids[start + 1 : start + steps + 1])


def test_undealt_windows_are_in_the_order_of_the_text() -> None:
    ids = NumberWords.made().ids
    parts = NumberWords.made().undealt(3)
    train, valid = list(parts.train.batches(0)), list(parts.valid.batches(0))
    assert (len(train), len(valid)) == (262, 66)
    expected = list(windows(ids, 3))
    cut = int(0.8 * len(expected))
    for batches, wanted in ((train, expected[: 262 * 64]), (valid, expected[cut:])):
        assert torch.cat([b.tokens for b in batches]).equal(torch.stack([x for x, _ in wanted]))
        assert torch.cat([b.targets[:, -1] for b in batches]).tolist() == [y for _, y in wanted]
    assert len(list(parts.train.batches(0, start_step=260))) == 2
    assert parts.train.rate_shares(0).tolist() == [1.0] * 262


def test_valid_rows_hold_each_token_and_the_last_target() -> None:
    text = NumberWords.made()
    rows = text.splits(16).valid_rows()
    assert rows.shape == (64, 193)
    assert rows[:-1, -1].equal(rows[1:, 0])
    start = int(0.8 * len(list(windows(text.ids, 16)))) * 16
    assert rows[:, :-1].flatten().equal(text.ids[start : start + 64 * 192])


def test_varied_windows_cover_the_same_text() -> None:
    text = NumberWords.made()
    varied, fixed = text.splits(16, vary=True), text.splits(16)
    rows = [
        torch.cat([batch.tokens for batch in each.train.batches(3)], 1) for each in (varied, fixed)
    ]
    assert rows[0].equal(rows[1])
    assert len({batch.tokens.shape[1] for batch in varied.train.batches(3)}) > 3
    assert {batch.tokens.shape[1] for batch in varied.valid.batches(3)} == {16}
