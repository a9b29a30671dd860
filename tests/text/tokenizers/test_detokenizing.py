import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.languages.extras import skip_without_extra
from ulmus.text.tokenizers import build_tokenizer
from ulmus.text.tokenizers.detokenizing import join_unspaced, join_words, joining_context


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("the U.S . dollar $ 1 is $ 1.00 .", "the U.S. dollar $1 is $1.00."),
        ("do n't , i 'm sure it 's they 'll", "don't, i'm sure it's they'll"),
        ("do n’t it ’s", "don’t it’s"),
        ('he said " yes ! " twice " no "', 'he said "yes!" twice "no"'),
        ("( a ) [ b ] { c }", "(a) [b] {c}"),
        ("well - known and / or a.b / c", "well-known and/or a.b/c"),
        ("yes - ; no", "yes -; no"),
        ("l' homme qu' il", "l'homme qu'il"),
        ("nothin' else", "nothin' else"),
        ("100 % sure …", "100% sure…"),
        ("¿ qué ?", "¿qué?"),
        ("« oui »", "«oui»"),
        ("er sagt „ ja “ und ‚ nein ‘ .", "er sagt „ja“ und ‚nein‘."),
        ("she says “ yes ” and ‘ no ’", "she says “yes” and ‘no’"),
        ("كيف حالك ؟ नमस्ते ।", "كيف حالك؟ नमस्ते।"),
        ("one -- two", "one -- two"),
        ("", ""),
    ],
)
def test_words_are_spaced_as_a_writer_would(tokens, text):
    assert join_words(tokens.split()) == text


def test_white_space_tokens_stand_for_themselves():
    # A space behind a word is no token of spaCy's; further white space is.
    assert join_words(["a", "\n", "b", "  ", "c"]) == "a\nb   c"
    assert join_words(["\n", "a"]) == "\na"


def test_unspaced_scripts_keep_latin_words_apart():
    assert join_unspaced(["我", "爱", "iPhone", "15", "Pro", "！", "a"]) == "我爱iPhone 15 Pro！a"
    assert join_unspaced([]) == ""


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("niño é pequeño", "niño é pequeño"),
        ("私 は Ωμέγα και привет мир が 好き", "私はΩμέγα και привет мирが好き"),
        ("שלום עולם مرحبا", "שלום עולם مرحبا"),
        ("नमस्ते दुनिया है", "नमस्ते दुनिया है"),
        ("cafe\u0301 e\u0301te\u0301", "cafe\u0301 e\u0301te\u0301"),
        ("한국어 문장 です", "한국어 문장です"),
        ("iPhone 15 Pro é", "iPhone 15 Pro é"),
        ("ไทย ภาษา ລາວ ខ្មែរ မြန်မာ བོད", "ไทยภาษาລາວខ្មែរမြန်မာབོད"),
        ("ラ ー ゝ 々 〆 ﾊﾝ ｶｸ ａｂ ｃ 漢 字", "ラーゝ々〆ﾊﾝｶｸａｂｃ漢字"),
        ("é ！ é 。 \u0301 a", "é！é。\u0301a"),
    ],
)
def test_unspaced_scripts_keep_words_of_spaced_scripts_apart(tokens, text):
    assert join_unspaced(tokens.split()) == text


def test_letters_that_were_cut_one_by_one_are_not_spaced():
    tokens = ["caf", "é", "au", "lait", "和", "п", "р", "и", "м", "и", "р"]
    assert join_unspaced(tokens, cut_letters=True) == "caféau lait和примир"


@pytest.mark.parametrize(
    ("language", "text", "read_back"),
    [
        ("ja", "niño é pequeño", "niño é pequeño"),
        ("ja", "私はпривет мирと한국어 문장が好き", "私はпривет мирと한국어 문장が好き"),
        ("zh", "我爱 café 和 hello world", "我爱café和hello world"),
        ("zh", "и мир", "имир"),
    ],
)
def test_segmented_words_are_joined_as_their_segmenter_cut_them(language, text, read_back):
    skip_without_extra(f"words:{language}")
    tokenizer = build_tokenizer(f"words:{language}")
    assert tokenizer.join(tokenizer.tokens(text)) == read_back


TOKENS = st.lists(st.sampled_from(["a", "-", "/", '"', "'", "„", "“", "‚", "‘", "(", ".", "'s"]))


@given(TOKENS, TOKENS)
def test_few_tokens_tell_how_others_are_joined_to_many(before, behind):
    context = joining_context(before)
    assert len(context) <= 6
    for join in (join_words, join_unspaced):
        texts = [join([*tokens, "here", *behind]) for tokens in (before, context)]
        parts = [text.partition("here") for text in texts]
        assert parts[0][2] == parts[1][2]
        assert parts[0][0][-1:] == parts[1][0][-1:]
