import pytest

from ulmus.text.tokenizers.special_parts import end_of_word, is_white_space, split_at_specials


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("no special", ["no special"]),
        ("xxbos", ["", "xxbos", ""]),
        ("xxbos a", ["", "xxbos", "a"]),
        ("xxbos  a", ["", "xxbos", " a"]),
        ("a xxmaj xxup b", ["a ", "xxmaj", "", "xxup", "b"]),
        ("a\nxxrep\n3", ["a\n", "xxrep", "\n3"]),
        ("axxbos xxbosa xxbos,", ["axxbos xxbosa xxbos,"]),
        ("xxwrep xxrep", ["", "xxwrep", "", "xxrep", ""]),
        ("xxfake", ["xxfake"]),
    ],
)
def test_a_text_is_cut_at_special_tokens(text, parts):
    assert split_at_specials(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("xxbos", ["", "xxbos", ""]),
        ("xxbos a", ["", "xxbos", " a"]),
        ("a xxmaj  xxup b", ["a ", "xxmaj", "  ", "xxup", " b"]),
        ("a\nxxrep\n3", ["a\n", "xxrep", "\n3"]),
        ("axxbos xxbosa", ["axxbos xxbosa"]),
    ],
)
def test_spaces_behind_special_tokens_can_stay(text, parts):
    assert split_at_specials(text, keep_spaces=True) == parts
    assert "".join(parts) == text


def test_a_word_ends_where_told_and_at_special_tokens():
    tokens = ["a", "b", " ", "c", "xxmaj", "d"]
    assert end_of_word(tokens, 0, str.isspace) == 2
    assert end_of_word(tokens, 3, str.isspace) == 4
    assert end_of_word(tokens, 5, str.isspace) == 6


@pytest.mark.parametrize("token", [" ", "\n", "▁", "\n▁", "\u3000", "\xa0"])
def test_white_space(token):
    assert is_white_space(token)


@pytest.mark.parametrize("token", ["a", "▁a", ".", "\u200b"])
def test_no_white_space(token):
    assert not is_white_space(token)
