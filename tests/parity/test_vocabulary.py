"""Vocabularies have the tokens, the order and the fillers that fastai's have."""

from collections import Counter
from typing import Any

import pytest

from tests.parity.reading import read_json
from ulmus.errors import SettingsError
from ulmus.text import Vocabulary
from ulmus.text.special_tokens import FILLER, SPECIAL_TOKENS

REFERENCE = read_json("vocabulary")
SETS = REFERENCE["sets"]


@pytest.mark.parametrize("counted", SETS, ids=[one["name"] for one in SETS])
def test_tokens_order_and_fillers_are_the_reference_s(counted: dict[str, Any]) -> None:
    counts = dict(counted["counts"])
    assert len(counted["vocabularies"]) == 55
    for min_freq, max_vocab, expected in counted["vocabularies"]:
        made = Vocabulary.build(counts, min_freq=min_freq, max_vocab=max_vocab)
        assert list(made.tokens) == expected, (min_freq, max_vocab)


def test_the_cases_hold_cuts_ties_and_every_number_of_fillers() -> None:
    fillers: Counter[int] = Counter()
    cut = 0
    for counted in SETS:
        for min_freq, max_vocab, tokens in counted["vocabularies"]:
            fillers[tokens.count(FILLER)] += 1
            often = [t for t, n in counted["counts"] if n >= min_freq and t not in SPECIAL_TOKENS]
            cut += len(often) > max_vocab - 9
    assert set(fillers) == set(range(1, 9))
    assert cut > 100


def test_the_ids_of_tokens_are_the_reference_s() -> None:
    ids = REFERENCE["ids"]
    counts = Counter(token for tokens in ids["counted"] for token in tokens)
    vocabulary = Vocabulary.build(counts, min_freq=2, max_vocab=500)
    assert [vocabulary.ids(tokens).tolist() for tokens in ids["asked"]] == ids["ids"]


def test_a_filler_that_a_text_holds_gets_no_id() -> None:
    # On purpose: the reference gives it a row of its own, that no text can reach.
    assert REFERENCE["deliberate"]["filler counted"].index(FILLER) == 9
    made = Vocabulary.build({"a": 3, FILLER: 5, "b": 4})
    assert made.tokens == (*SPECIAL_TOKENS, "b", "a", *[FILLER] * 5)


def test_no_vocabulary_is_too_small_for_the_special_tokens() -> None:
    # On purpose: the reference cuts the special tokens themselves.
    assert REFERENCE["deliberate"]["no room"] == [*SPECIAL_TOKENS[:4], *[FILLER] * 4]
    with pytest.raises(SettingsError, match="no room for the special tokens: 4"):
        Vocabulary.build({"a": 3}, max_vocab=4)
