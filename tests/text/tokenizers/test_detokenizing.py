import pytest

from ulmus.text.tokenizers.detokenizing import join_unspaced, join_words


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
