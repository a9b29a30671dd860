import pickle
import re
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ulmus.errors import TokenizerError
from ulmus.text.rules import (
    RULE_SETS,
    fix_html,
    lowercase,
    mark_columns,
    replace_all_caps,
    replace_maj,
    replace_rep,
    replace_space,
    replace_wrep,
    rm_useless_spaces,
    rule_set,
    spec_add_spaces,
)

GOLDEN = [
    (
        "GREAT!!! I   loved it sooooo much. go go go go home <br />(A/B) #1",
        "xxbos xxup great xxrep 3 ! i loved it s xxrep 5 o much. xxwrep 4 go home "
        "\n(a / xxup b) # 1",
    ),
    ("NASA's HELLO, World. A I", "xxbos nasa's xxup hello, xxmaj world. a i"),
    ("x=10000 http://a.b/c", "xxbos x=1 xxrep 4 0 http: / / a.b / c"),
]


@pytest.mark.parametrize(("text", "expected"), GOLDEN)
def test_the_eight_rules_agree_with_the_reference(text, expected):
    assert rule_set("fastai").apply(text) == expected


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (fix_html, "a#39;b amp; c#146;d", "a'b & c'd"),
        (fix_html, "&amp;", "&&"),  # as in the reference, which was made for a broken text
        (fix_html, "1nbsp;2 #36;3 quot;x", "1 2 $3 'x"),
        (fix_html, r"a\nb \"c\"", 'a\nb "c"'),
        (fix_html, "a<br />b <unk> c", "a\nb xxunk c"),
        (fix_html, "3 @.@ 5 well @-@ known", "3.5 well-known"),
        (fix_html, "so...", "so …"),
        (fix_html, "&lt;b&gt; &#x41; &eacute;", "<b> A é"),
        (fix_html, "lamp;post", "l&post"),
        (replace_rep, "cccc", " xxrep 4 c "),
        (replace_rep, "cc  dd", "cc  dd"),
        (replace_rep, "กาาาา", "ก xxrep 4 า "),
        (replace_wrep, "ah ah", "ah ah"),
        (replace_wrep, "bah bah bah bah!", " xxwrep 4 bah !"),
        (replace_wrep, "a\nno no no\nb", "a xxwrep 3 no \nb"),
        (replace_wrep, "ax ax ax axe", " xxwrep 3 ax  axe"),
        # The end of one match is not the begin of the next.
        (replace_wrep, "go go go no no no", " xxwrep 3 go  no no no"),
        (replace_wrep, "Go go go", "Go go go"),
        (spec_add_spaces, r"a/b #c \d", r"a / b  # c  \ d"),
        (rm_useless_spaces, "a  b   c\n\n d", "a b c\n\n d"),
        (replace_all_caps, "I AM HERE X9 U.S. Hi É", "i xxup am xxup here xxup x9 xxup u.s. Hi É"),
        (replace_maj, "Hello World I McDonald Éa", "xxmaj hello xxmaj world i McDonald Éa"),
        (lowercase, "  ABC ÀÉ \n", "xxbos abc àé"),
        (replace_space, " ", "▁"),
        (replace_space, "\n ", "\n▁"),
    ],
)
def test_each_rule(rule, text, expected):
    assert rule(text) == expected


def test_rules_leave_an_empty_text_empty_but_for_its_begin():
    assert rule_set("fastai").apply("") == "xxbos "
    assert rule_set("none").apply("") == ""


def test_the_set_none_changes_nothing():
    text = "GREAT!!!  <br /> \t Go go go go"
    assert rule_set("none").apply(text) == text
    assert rule_set("none").finish([" ", "a b"]) == [" ", "a b"]
    assert rule_set("none").restore("a▁b") == "a▁b"
    assert rule_set("fastai").restore("a▁b") == "a b"


def test_columns_are_marked_when_there_are_several():
    assert mark_columns("only") == "only"
    assert mark_columns(("only",)) == "only"
    assert mark_columns(("Title", "Body")) == "xxfld 1 Title xxfld 2 Body"
    assert rule_set("fastai").apply(mark_columns(("Title", "Body"))) == (
        "xxbos xxfld 1 xxmaj title xxfld 2 xxmaj body"
    )


@pytest.mark.parametrize("name", RULE_SETS)
def test_a_rule_set_is_pickled_as_its_name(name):
    data = pickle.dumps(rule_set(name))
    assert len(data) < 100
    assert pickle.loads(data) is rule_set(name)


def test_an_unknown_rule_set_is_told_with_the_nearest_name():
    accepted = "accepted: fastai, none, thai2fit, unicode"
    with pytest.raises(TokenizerError, match=rf"'fastia'; {accepted}. Did you mean 'fastai'\?"):
        rule_set("fastia")
    with pytest.raises(TokenizerError, match=rf"'thaifit'; {accepted}. Did you .*'thai2fit'"):
        rule_set("thaifit")
    with pytest.raises(TokenizerError, match=rf"'moses'; {accepted}. Choose one"):
        rule_set("moses")


LENGTH = 100_000
LONG_TEXTS = {
    "one letter": "a" * LENGTH,
    "one capital": "A" * LENGTH + "a",
    "one word": "a a" * (LENGTH // 3),
    "spaces": " " * LENGTH,
    "newlines": "a" + " \n" * (LENGTH // 2) + "b",
    "no space": "ab" * (LENGTH // 2),
    "capitals that end small": "AB" * (LENGTH // 2) + "a",
    "mixed capitals": "aB" * (LENGTH // 2),
    "words that nearly repeat": "ab ab ab abc " * (LENGTH // 13),
    "pairs": "a b " * (LENGTH // 4),
    "ampersands": "&" * LENGTH,
    "slashes": "/ " * (LENGTH // 2),
    "capitals that end small, in Greek": "ΑΒ" * (LENGTH // 2) + "α",
    "mixed capitals, in Cyrillic": "аБ" * (LENGTH // 2),
    "far capitals": "\U00010400\U00010401" * (LENGTH // 2) + "\U00010428",
    "opening brackets": "(" * LENGTH,
    "brackets around signs": "(, " * (LENGTH // 3) + "ก",
    "closing brackets": "ก" + " ,)" * (LENGTH // 3),
    "labels of a host": "a." * (LENGTH // 2),
    "labels that might be one": "a.com-" * (LENGTH // 6) + "_",
    "addresses": "http:a," * (LENGTH // 7),
    "tone marks": "่" * LENGTH,
    "vowels below": "ุ" * LENGTH,
    "vowels behind": "าะ" * (LENGTH // 2),
    "nikhahit": "ํ" * LENGTH,
}


@pytest.mark.parametrize("name", RULE_SETS)
@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS.keys())
def test_time_is_linear_in_the_text(text, name):
    start = time.perf_counter()
    rule_set(name).apply(text)
    assert time.perf_counter() - start < 3  # about 0.02 s; a quadratic rule takes minutes


def test_long_runs_are_counted():
    assert rule_set("fastai").apply("a" * LENGTH) == "xxbos xxrep 100000 a"
    assert rule_set("fastai").apply("go " * 1000) == "xxbos xxwrep 1000 go"


PARTS = st.sampled_from(
    [
        "go",
        "go ",
        "go go go",
        " ",
        "\n",
        "a",
        "aa",
        "好",
        "👍",
        "é",
        "_",
        ".",
        "ha ha ha ha\n",
        "goo",
    ]
)
REPEATING = st.lists(PARTS, max_size=20).flatmap(
    lambda parts: st.sampled_from([1, 20]).map(lambda times: "".join(parts) * times)
)


@given(REPEATING)
def test_repetitions_are_found_as_by_the_patterns_of_the_reference(text):
    character, word = re.compile(r"(\S)\1{2,}"), re.compile(r"(?:^|\s)(\w+)(?:\s+\1){2,}(\W|$)")
    assert replace_rep(text) == character.sub(
        lambda match: f" xxrep {len(match[0])} {match[1]} ", text
    )
    assert replace_wrep(text) == word.sub(
        lambda match: f" xxwrep {len(match[0].split())} {match[1]} {match[2]}", text
    )


@pytest.mark.parametrize(
    ("unit", "rule", "made"),
    [
        ("a", replace_rep, " xxrep 2000000 a "),
        ("go ", replace_wrep, " xxwrep 2000000 go  "),
    ],
)
def test_a_million_repetitions_take_no_memory_each(
    unit: str, rule: Callable[[str], str], made: str
) -> None:
    text = unit * 2_000_000
    tracemalloc.start()
    try:
        assert rule(text) == made
        assert tracemalloc.get_traced_memory()[1] < 20 * len(unit) * 1_000_000
    finally:
        tracemalloc.stop()
