import pytest
from hypothesis import given
from hypothesis import strategies as st

from ulmus.text.decoding import apply_specials
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers import CharacterTokenizer, SubwordTokenizer
from ulmus.text.tokenizers.function import function_tokenizer
from ulmus.text.tokenizers.subword_options import SubwordOptions

WORDS = function_tokenizer(str.split)  # as for spaCy's words, each token is a word
CHARACTERS = CharacterTokenizer()
SUBWORDS = SubwordTokenizer(SubwordOptions(), b"")
SPACED_SUBWORDS = SubwordTokenizer(SubwordOptions(space="<_>"), b"")


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("xxbos a b xxeos xxpad xxfake", "a b"),
        ("xxmaj the cat", "The cat"),
        ("xxup u.s . x", "U.S . x"),
        ("xxmaj éa xxup ß", "Éa SS"),
        ("xxmaj i̇zmir xxup i̇zmi̇r xxmaj ǆep", "İzmir İZMİR ǅep"),
        ("xxrep 3 a b", "aaa b"),
        ("s xxrep 5 o much", "s ooooo much"),
        ("xxwrep 3 go home", "go go go home"),
        ("xxmaj xxwrep 2 go", "Go go"),
        ("xxup xxrep 3 a b", "AAA b"),
        ("xxfld 1 xxmaj title xxfld 2 body", "Title body"),
        ("xxunk a xxmaj xxunk b", "xxunk a xxunk b"),
        # What no text becomes, but what a model may write:
        ("xxrep", ""),
        ("xxrep 3", ""),
        ("xxrep a b", "a b"),
        ("xxrep xxrep 3 a", "aaa"),
        ("xxrep 3 xxmaj a b", "A b"),
        ("xxrep 3 xxunk b", "xxunk b"),
        ("xxrep 0 a b", "b"),
        ("xxwrep 0 a b", "b"),
        ("xxrep -1 a", "-1 a"),
        ("xxrep ๓ a", "๓ a"),
        ("xxwrep 3 xxbos go", "go"),
        ("xxmaj xxbos go", "go"),
        ("xxmaj xxup go", "GO"),
        ("xxup xxmaj go", "Go"),
        ("xxmaj", ""),
        ("xxfld", ""),
        ("xxfld a", "a"),
        ("xxrep 2 xxfake a", "a"),
    ],
)
def test_words(tokens, expected):
    assert " ".join(apply_specials(tokens.split(), WORDS)) == expected


def test_white_space_tokens_between_are_passed_over():
    assert apply_specials(["xxrep", "▁", "3", "▁", "a", "▁", "b"], WORDS) == ["aaa", "▁", "b"]
    assert apply_specials(["xxwrep", "2", " ", "a"], WORDS) == ["a", " ", "a"]
    assert apply_specials(["xxmaj", "\n", "a"], WORDS) == ["\n", "A"]
    assert apply_specials(["xxfld", "1", "▁", "a"], WORDS) == ["a"]


def test_a_space_behind_a_special_token_is_its_own_where_spaces_are_tokens():
    for space in (" ", "▁"):
        tokens = ["xxbos", space, "a", space, "xxmaj", space, "b", space, "xxunk", space, "c"]
        assert "".join(apply_specials(tokens, WORDS)).replace("▁", " ") == "a B xxunk c"
    assert apply_specials(["xxbos", " ", " ", "a"], WORDS) == [" ", "a"]
    assert apply_specials(["xxmaj", "\n", "a"], WORDS) == ["\n", "A"]
    assert apply_specials(["xxbos", " ", "a"], CHARACTERS) == [" ", "a"]
    assert apply_specials(["xxmaj", " ", "a"], CHARACTERS) == [" ", "A"]


@pytest.mark.parametrize("number", ["1001", "999999999999", "9" * 5_000])
def test_repetitions_are_capped(number):
    assert apply_specials(["xxrep", number, "a", "b"], WORDS) == ["a" * 1_000, "b"]
    assert apply_specials(["xxwrep", number, "a"], WORDS) == ["a"] * 1_000


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("▁a ▁b", "a b"),
        ("xxmaj ▁wa ter ▁is", "Water is"),
        ("xxmaj ▁ wa ter", "Water"),
        ("xxup ▁wa ter ▁is", "WATER is"),
        ("xxup ▁wa ter xxmaj ▁is", "WATER Is"),
        ("xxrep ▁3 ▁a ▁b", "aaa b"),
        ("▁s xxrep ▁ 5 ▁ o ▁much", "s ooooo much"),
        ("xxrep ▁1 2 ▁a b", "abababababababababababab"),
        ("xxwrep ▁3 ▁wa ter ▁now", "water water water now"),
        ("xxfld ▁1 0 ▁wa ter", "water"),
        ("xxrep ▁3", ""),
        ("xxrep ▁a 3 ▁b", "a3 b"),
        ("▁a xxunk b", "axxunkb"),
    ],
)
def test_subwords(tokens, text):
    assert SUBWORDS.join(apply_specials(tokens.split(), SUBWORDS)) == text


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("xxmaj wa ter <_> is", "Water is"),
        ("a <_> xxup wa ter <_> is", "a WATER is"),
        ("s <_> xxrep 1 2 <_> o <_> much", "s oooooooooooo much"),
        ("xxwrep 3 <_> wa ter <_> now", "water water water now"),
        ("xxfld 1 <_> a <_> xxfld 2 <_> b", "a b"),
    ],
)
def test_subwords_with_a_space_token(tokens, text):
    tokenizer = SPACED_SUBWORDS
    assert tokenizer.join(apply_specials(tokens.split(), tokenizer)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xxbos xxmaj the cat", "The cat"),
        ("a xxup the cat", "a THE cat"),
        ("s xxrep 5 o much", "s ooooo much"),
        ("xxrep 12 a b", "aaaaaaaaaaaa b"),
        ("xxwrep 3 go home", "go go go home"),
        ("xxfld 1 a xxfld 2 2nd", "a 2nd"),
        ("xxrep 3a", "3a"),
    ],
)
def test_characters(text, expected):
    tokens = apply_specials(CHARACTERS.tokens(text), CHARACTERS)
    assert "".join(tokens) == expected


ANY_TOKEN = st.sampled_from(
    [*SPECIAL_TOKENS, "xxfake", "3", "▁3", "▁", " ", "<_>", "a", "▁a", "", "999999", "\n", "ß"]
)


@given(st.lists(ANY_TOKEN, max_size=30))
def test_nonsense_never_fails_and_leaves_no_special_token(tokens):
    for tokenizer in (WORDS, CHARACTERS, SUBWORDS, SPACED_SUBWORDS):
        applied = apply_specials(tokens, tokenizer)
        assert not {*SPECIAL_TOKENS[1:], "xxfake"} & set(applied)
        assert isinstance(tokenizer.join(applied, frozenset()), str)
