"""Scripts by the names of their letters."""

import pytest

from ulmus.text.scripts import script_shares


def test_letters_are_counted_by_script_and_nothing_else_is():
    shares = script_shares(["Ab 12 !?", "กขค", "Где", "中文"])
    assert shares == pytest.approx({"THAI": 0.3, "CYRILLIC": 0.3, "LATIN": 0.2, "CJK": 0.2})
    assert list(shares)[:2] == ["THAI", "CYRILLIC"]


def test_only_the_beginning_is_looked_at():
    assert script_shares(["aaaa", "ββββ"], most_characters=5) == {"LATIN": 0.8, "GREEK": 0.2}


@pytest.mark.parametrize("texts", [[], [""], ["12 !"]])
def test_no_letters_no_scripts(texts):
    assert script_shares(texts) == {}
