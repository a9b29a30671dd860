import functools
import pickle
import re
import sys

import pytest

from ulmus.errors import MissingExtraError, TokenizerError
from ulmus.text.tokenizers import function
from ulmus.text.tokenizers.function import function_tokenizer, matching_function, name_of

HERE = "function:tests.text.tokenizers.test_function"


def keep_spaces(text):
    return [part for word in text.split(" ") for part in (word, " ") if part][:-1]


class Splitter:
    def __call__(self, text):
        return text.split()


def test_the_function_sees_what_lies_between_special_tokens():
    seen = []

    def split(text):
        seen.append(text)
        return text.split()

    tokenizer = function_tokenizer(split)
    tokens = tokenizer.tokens("xxbos xxmaj a b xxrep 3 c")
    assert tokens == ["xxbos", "xxmaj", "a", "b", "xxrep", "3", "c"]
    assert seen == [" ", " a b ", " 3 c"]


def test_a_function_that_tears_all_cannot_tear_special_tokens():
    assert function_tokenizer(list).tokens("xxbos ab") == ["xxbos", " ", "a", "b"]
    assert function_tokenizer(list).tokens("\xa0xxmaj\u3000xxup") == (
        ["\xa0", "xxmaj", "\u3000", "xxup"]
    )


def test_spaces_behind_special_tokens_are_the_function_s_to_keep():
    tokenizer = function_tokenizer(keep_spaces)
    assert tokenizer.keeps_spaces_behind_specials
    assert tokenizer.tokens("xxbos xxmaj a") == ["xxbos", " ", "xxmaj", " ", "a"]
    assert function_tokenizer(str.split).tokens("xxbos xxmaj a") == ["xxbos", "xxmaj", "a"]


def test_empty_tokens_are_dropped():
    assert function_tokenizer(lambda text: ["", *text, ""]).tokens("ab") == ["a", "b"]


def test_joined_with_spaces_unless_they_are_tokens():
    tokenizer = function_tokenizer(str.split)
    assert tokenizer.join(["a", "b"]) == "a b"
    assert tokenizer.join(["a", "▁", "b"]) == "a b"
    assert tokenizer.join(["a", " ", "b"]) == "a b"
    assert tokenizer.join(["กา", "ไป"], {"▁"}) == "กาไป"
    assert tokenizer.join(["กา", "ไป"], {" "}) == "กาไป"
    assert tokenizer.word_end(["a", "b"], 0) == 1
    assert tokenizer.is_space("▁")
    assert tokenizer.pieces() is None


@pytest.mark.parametrize("known", [(), {"a", "\n", "\u3000"}])
def test_white_space_that_is_no_space_changes_nothing_else(known):
    """A function may make tokens of line breaks and none of spaces."""
    tokenizer = function_tokenizer(lambda text: re.findall(r"\n|\S+", text))
    tokens = tokenizer.tokens("one two\nthree ชาว โลก\n\nfour")
    assert tokenizer.join(tokens, known) == "one two\nthree ชาว โลก\n\nfour"
    assert tokenizer.join(["\n", "a", "b", "\u3000", "c"], known) == "\na b\u3000c"


def test_functions_have_names():
    assert function_tokenizer(keep_spaces).spec == f"{HERE}:keep_spaces"
    assert name_of(Splitter()) == f"{HERE}:Splitter"
    assert name_of(functools.partial(keep_spaces)) == f"{HERE}:keep_spaces"
    assert name_of(str.split) == "function:builtins:str.split"


def test_a_name_is_imported_when_the_caller_gives_it():
    tokenizer = function_tokenizer(f"{HERE}:keep_spaces")
    assert tokenizer.tokens("a b") == ["a", " ", "b"]
    assert tokenizer.spec == f"{HERE}:keep_spaces"
    assert function_tokenizer("function:builtins:str.split").tokens("a b") == ["a", "b"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("function:", "not named in full"),
        ("function:shlex", "not named in full"),
        ("function:shlex:", "not named in full"),
        ("function::split", "not named in full"),
        ("function:no_such_module:split", "module fails .*no_such_module"),
        ("function:.relative:split", "module fails"),
        ("function:shlex:no_such", "no such tokenizer function"),
        ("function:string:ascii_letters", "no such tokenizer function"),
    ],
)
def test_names_that_lead_nowhere(spec, message):
    pattern = f"{message}.*accepted: function:pkg.module:name .*Install the package"
    with pytest.raises(TokenizerError, match=pattern):
        function_tokenizer(spec)


@pytest.mark.parametrize(
    ("module", "name", "extra"),
    [
        ("pythainlp.tokenize", "word_tokenize", "thai"),
        ("underthesea", "word_tokenize", "vietnamese"),
        ("rjieba", "cut", "chinese"),
        ("sudachipy", "Dictionary", "japanese"),
    ],
)
def test_a_missing_extra_is_told_with_its_command(module, name, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"Run: pip install \"ulmus\[{extra}\]\""):
        function_tokenizer(f"function:{module}:{name}")


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (None, "NoneType"),
        ("abc", "str"),
        ([1], "a list with int"),
        (["a", None], "a list with NoneType"),
        ({"a"}, "set"),
    ],
)
def test_what_it_returns_must_be_strings(result, kind):
    message = f"function returned {kind}: .*<lambda>'; accepted: a list of strings"
    with pytest.raises(TokenizerError, match=message):
        function_tokenizer(lambda text: result).tokens("a")


def test_an_error_in_it_is_told():
    with pytest.raises(TokenizerError, match=r"failed with ZeroDivisionError \(division by zero\)"):
        function_tokenizer(lambda text: 1 / 0).tokens("a")


def test_loading_never_imports_what_is_stored(monkeypatch):
    monkeypatch.setattr(function.importlib, "import_module", pytest.fail)
    with pytest.raises(TokenizerError, match="is stored by name only") as caught:
        matching_function("function:evil.module:name", None)
    message = str(caught.value)
    assert "--tokenizer function:evil.module:name" in message
    assert "tokenizer='function:evil.module:name'" in message
    assert "tokenizer=FUNCTION" in message
    with pytest.raises(TokenizerError, match="another tokenizer"):
        matching_function("function:evil.module:name", keep_spaces)


def test_the_function_or_its_name_may_be_handed_in():
    stored = f"{HERE}:keep_spaces"
    assert matching_function(stored, keep_spaces).function is keep_spaces
    assert matching_function(stored, stored).function is keep_spaces
    assert matching_function(stored, stored).spec == stored


def test_two_names_of_one_function_are_one():
    stored, written_in = "function:json:dumps", "function:json.encoder:JSONEncoder"
    import json

    assert matching_function(written_in, "function:json:JSONEncoder").spec == written_in
    assert matching_function("function:json:JSONEncoder", json.JSONEncoder).spec == (
        "function:json:JSONEncoder"
    )
    assert matching_function(stored, json.dumps).spec == stored


@pytest.mark.parametrize("given", [str.split, f"{HERE}:Splitter", "words:en", "characters"])
def test_another_tokenizer_is_refused(given):
    message = f"made with another tokenizer: .*accepted: {HERE}:keep_spaces. Pass --tokenizer"
    with pytest.raises(TokenizerError, match=message):
        matching_function(f"{HERE}:keep_spaces", given)


def test_pickled_by_name_where_it_has_one():
    tokenizer = function_tokenizer(keep_spaces)
    assert pickle.loads(pickle.dumps(tokenizer)) == tokenizer
