import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ulmus.text.numbering import NumberedTokens, number_tokens

TEXTS = st.lists(st.lists(st.sampled_from("abcdx"), max_size=5), max_size=5)


def spelt(numbered):
    ends = np.cumsum(numbered.lengths)
    return [
        [numbered.tokens[number] for number in numbered.ids[end - length : end]]
        for end, length in zip(ends, numbered.lengths, strict=True)
    ]


def test_tokens_are_numbered_as_they_are_first_seen():
    numbered = number_tokens([["b", "a", "b"], [], ["c", "a"]])
    assert numbered.tokens == ["b", "a", "c"]
    assert numbered.ids.tolist() == [0, 1, 0, 2, 1]
    assert numbered.ids.dtype == np.uint32
    assert numbered.lengths.tolist() == [3, 0, 2]


def test_no_texts():
    numbered = number_tokens([]).begun_with("x").in_first_seen_order()
    assert (numbered.tokens, numbered.ids.size, numbered.lengths.size) == ([], 0, 0)


@given(TEXTS)
def test_each_text_begins_with_a_token(texts):
    begun = number_tokens(texts).begun_with("x")
    assert spelt(begun) == [text if text[:1] == ["x"] else ["x", *text] for text in texts]
    assert begun.begun_with("x") is begun


@given(TEXTS, st.permutations("abcdxyz"))
def test_the_order_of_the_table_leaves_no_trace(texts, order):
    ids = [order.index(token) for text in texts for token in text]
    given_order = NumberedTokens(
        list(order), np.array(ids, np.uint32), np.array([len(text) for text in texts], np.int64)
    )
    ordered, expected = given_order.in_first_seen_order(), number_tokens(texts)
    assert ordered.tokens == expected.tokens
    assert ordered.ids.tolist() == expected.ids.tolist()
    assert spelt(ordered) == texts
