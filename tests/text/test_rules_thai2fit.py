import pytest
from hypothesis import given
from hypothesis import strategies as st

from ulmus.text.rules import rule_set
from ulmus.text.rules.thai2fit import (
    add_spaces,
    begin,
    count_behind,
    count_words,
    reorder_vowels,
    undo_counts,
    unescape,
    ungroup_emoji,
)
from ulmus.text.rules.thai2fit_tidying import replace_hosts, tidy_brackets
from ulmus.text.special_tokens import SPECIAL_TOKENS


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (count_behind, "กาาาาาาา", "กาxxrep7 "),
        (count_behind, "มากก กกก", "มากก กกก"),
        (count_behind, "5555!!!!", "5xxrep4 !xxrep4 "),
        (unescape, "Anbsp;amp;nbsp;B @.@ ", "A & B."),
        (unescape, "1 @,@ 000 a\\b &lt;ก&gt;", "1,000 a \\ b <ก>"),
        (unescape, "ก... <unk>ข", "ก... xxunkข"),
        (reorder_vowels, "เเปลก", "แปลก"),
        (reorder_vowels, "น้ํา นํ้า นํา", "น้ำ น้ำ นำ"),
        (reorder_vowels, "ก่ี กะ่ ก์ิ", "กี่ ก่ะ กิ์"),
        (reorder_vowels, "กๅ ฤๅ", "กา ฤๅ"),
        (add_spaces, "a/b#c\nd", "a / b # c \n d"),
        (tidy_brackets, "ก()ข (...) [ ,ก. ] {-} (a!)", "กข  [ก]  (a)"),
        (tidy_brackets, ":) ก :(", ":) ก :("),
        (tidy_brackets, "ก :) ข", "ก) ข"),
        (replace_hosts, "ดู www.pantip.com, ข", "ดู xxurl, ข"),
        (replace_hosts, "me@mail.com me@a.b.co.th", "me@mail.com me@a.xxurl"),
        (replace_hosts, "ไปgoogle.com ดูgoogle.com google.comดี", "ไปgoogle.com ดูxxurl google.comดี"),
        (replace_hosts, "a.com-b http:abc.com. x.nowhere", "xxurl-b xxurl. x.nowhere"),
        (begin, "  ก ", "xxbos ก "),
    ],
)
def test_each_rule(rule, text, expected):
    assert rule(text) == expected


@pytest.mark.parametrize(
    ("rule", "tokens", "expected"),
    [
        (count_words, "กา น้ำ น้ำ น้ำ น้ำ", "กา xxwrep 3 น้ำ"),
        (count_words, "น้ำ น้ำ กา กา กา", "xxwrep 1 น้ำ xxwrep 2 กา"),
        (count_words, "กา น้ำ กา", "กา น้ำ กา"),
        (count_words, "", ""),
        (ungroup_emoji, "😂🤣😃 ก", "😂 🤣 😃 ก"),
        (ungroup_emoji, "👩‍👩‍👧‍👦 👍🏽 ❤️ 🇹🇭 😂! 55", "👩‍👩‍👧‍👦 👍🏽 ❤️ 🇹🇭 😂! 55"),
    ],
)
def test_each_rule_for_tokens(rule, tokens, expected):
    assert rule(tokens.split()) == expected.split()


def test_the_example_of_the_reference():
    text = "บ้านนนนน () อยู่นานนานนาน 😂🤣😃😄😅 PyThaiNLP amp;     "
    chosen = rule_set("thai2fit")
    assert chosen.apply(text) == "xxbos บ้านxxrep5  อยู่นานนานนาน 😂🤣😃😄😅 PyThaiNLP & "
    tokens = ["บ้าน", "xxrep", "5", "  ", "อยู่", "นาน", "นาน", "นาน", " ", "😂🤣", "PyThaiNLP"]
    assert chosen.finish(tokens) == (
        ["บ้าน", "xxrep", "5", "  ", "อยู่", "xxwrep", "2", "นาน", " ", "😂", "🤣", "pythainlp"]
    )


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("กา xxrep 7 นะ", "กาาาาาาา นะ"),
        ("!xxrep4 wowxxrep 5", "!!!! wowwwww"),
        ("ไป xxwrep 2 นะ จ้า", "ไป นะ นะ นะ จ้า"),
        ("xxwrep 1 😂", "😂 😂"),
        # What no text becomes, but what a model may write:
        ("xxrep 3 ก", "ก"),
        ("ก xxrep", "ก"),
        ("ก xxrep ข", "ก ข"),
        ("ก xxrep xxrep 3", "กกก"),
        ("xxbos xxrep 3 ก", "xxbos ก"),
        ("ก xxrep ๓", "ก ๓"),
        ("กxxrep๓", "กxxrep๓"),
        ("ก xxrep 0 ข", "ก ข"),
        ("xxwrep", "xxwrep"),
        ("xxwrep 3", ""),
        ("xxwrep ก", "xxwrep ก"),
        ("ก xxwrep 2 xxrep 3", "ก xxrep xxrep xxrep 3"),
    ],
)
def test_counts_are_undone(tokens, expected):
    undone = undo_counts(tokens.split())
    assert undone == expected.split()


def test_the_space_behind_a_count_is_one_of_the_text_but_at_its_end():
    assert undo_counts(["ก", "xxrep", "4", " ", "ข"]) == ["กกกก", " ", "ข"]
    assert undo_counts(["ก", "xxrep", "4", " "]) == ["กกกก"]
    assert undo_counts(["!xxrep4", " "]) == ["!!!!"]
    assert undo_counts([" ", "xxrep", "4"]) == [" "]
    assert undo_counts(["", "xxrep", "4"]) == [""]


@pytest.mark.parametrize("number", ["1001", "999999999999", "9" * 5_000])
def test_repetitions_are_capped(number):
    assert undo_counts(["ก", "xxrep", number]) == ["ก" * 1_000]
    assert len(undo_counts(["xxwrep", number, "ก"])) == 1_001


@given(st.lists(st.sampled_from(["กา", "น้ำ", "a", "bb", "นะนะ"]), max_size=12))
def test_counted_words_come_back(words):
    assert undo_counts(count_words(words)) == words


ANY_TOKEN = st.sampled_from(
    [*SPECIAL_TOKENS, "xxfake", "3", " ", "ก", "!xxrep4", "wxxrep", "", "999999", "\n", "๓"]
)


@given(st.lists(ANY_TOKEN, max_size=30))
def test_nonsense_never_fails(tokens):
    assert all(isinstance(token, str) for token in undo_counts(tokens))
