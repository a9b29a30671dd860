import pytest

from ulmus.text.casing import capitalised, lower_case, upper_case


@pytest.mark.parametrize(
    ("text", "small", "large"),
    [
        ("Straße", "straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος", "ΟΔΟΣ"),
        ("Đại", "đại", "ĐẠI"),
        ("İ", "i\u0307", "İ"),
        ("Ǆ", "ǆ", "Ǆ"),
        ("ᎣᏏᏲ Go", "ᎣᏏᏲ go", "ᎣᏏᏲ GO"),
        ("ไทย 好 ١", "ไทย 好 ١", "ไทย 好 ١"),
        ("", "", ""),
    ],
)
def test_small_and_capital_letters(text, small, large):
    assert lower_case(text) == small
    assert upper_case(small) == large


@pytest.mark.parametrize(
    ("small", "capital"),
    [
        ("éa", "Éa"),
        ("ǆep", "ǅep"),
        ("i\u0307stanbul", "İstanbul"),
        ("ßa", "Ssa"),
        ("თბ", "თბ"),
        ("ก", "ก"),
        ("", ""),
    ],
)
def test_the_first_letter_as_in_titles(small, capital):
    assert capitalised(small) == capital
