"""Several text columns are marked as fastai's `tokenize_df` marks them."""

from typing import Any

import pytest

from tests.parity.reading import read_json
from ulmus.text import TextSplitter, build_splitter

REFERENCE = read_json("text_columns")
CASES = {f"{c['columns']}-{c['mark_fields']}": c["tokens"] for c in REFERENCE["cases"]}


@pytest.fixture(scope="module")
def splitter() -> TextSplitter:
    return build_splitter("words:en", rules="fastai")


def _tokens(splitter: TextSplitter, texts: list[Any]) -> list[str]:
    return [" ".join(splitter.tokens(text)) for text in texts]


@pytest.mark.parametrize("marks", ["None", "True"])
@pytest.mark.parametrize("count", [2, 3])
def test_several_columns_are_marked(splitter: TextSplitter, count: int, marks: str) -> None:
    rows = [tuple(row[:count]) for row in REFERENCE["rows"]]
    assert _tokens(splitter, rows) == CASES[f"{count}-{marks}"]


@pytest.mark.parametrize("marks", ["None", "False"])
def test_a_single_column_is_not(splitter: TextSplitter, marks: str) -> None:
    firsts = [row[0] for row in REFERENCE["rows"]]
    assert _tokens(splitter, firsts) == CASES[f"1-{marks}"]
    assert _tokens(splitter, [(first,) for first in firsts]) == CASES[f"1-{marks}"]


def test_what_mark_fields_does_otherwise_a_text_can_say_itself(splitter: TextSplitter) -> None:
    rows = REFERENCE["rows"]
    assert _tokens(splitter, [f"xxfld 1 {row[0]}" for row in rows]) == CASES["1-True"]
    for count in (2, 3):
        assert _tokens(splitter, [" ".join(r[:count]) for r in rows]) == CASES[f"{count}-False"]
