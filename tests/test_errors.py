import copy
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

from ulmus import errors
from ulmus.errors import SourceError, UlmusError, UlmusWarning, show

KINDS = [
    errors.SettingsError,
    errors.SourceError,
    errors.LabelError,
    errors.TokenizerError,
    errors.MissingExtraError,
    errors.CorpusError,
    errors.BundleError,
    errors.CheckpointError,
    errors.OutputError,
    errors.DiskFullError,
    errors.ShortageError,
    errors.ProcessError,
    errors.LessonError,
]


def test_an_error_says_four_things_in_one_line() -> None:
    error = SourceError(
        "there is no such column", given="txt", accepted="text, label", remedy="Name it with --text"
    )
    expected = "there is no such column: 'txt'; accepted: text, label. Name it with --text."
    assert str(error) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, "no text."),
        ({"given": 0}, "no text: 0."),
        ({"given": ""}, "no text: ''."),
        ({"accepted": "words"}, "no text; accepted: words."),
        ({"remedy": "Write some"}, "no text. Write some."),
        ({"remedy": "Did you mean 'b'?"}, "no text. Did you mean 'b'?"),
        ({"remedy": "Write some."}, "no text. Write some."),
    ],
)
def test_what_is_not_given_is_not_said(parts: dict[str, object], expected: str) -> None:
    assert str(UlmusError("no text", **parts)) == expected


def test_breaks_in_any_part_do_not_break_the_line() -> None:
    error = UlmusError("a\nb", given="c\nd", accepted="e\r\nf", remedy="g\n\th")
    assert str(error) == r"a b: 'c\nd'; accepted: e f. g h."


def test_the_spaces_of_the_given_value_are_kept() -> None:
    assert str(UlmusError("no such column", given="a  b ")) == "no such column: 'a  b '."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("words", "'words'"),
        ("it's", '"it\'s"'),
        ("ข้อความ", "'ข้อความ'"),
        ("a\x1b[0m\u202eb", r"'a\x1b[0m\u202eb'"),
        ("\udc80", r"'\udc80'"),
        (Path("a/b"), "'a/b'"),
        (3, "3"),
        (0.5, "0.5"),
        (True, "True"),
        (np.int64(3), "3"),
        (["a", "b\n"], r"['a', 'b\n']"),
        (np.array([[1, 2], [3, 4]]), "[[1 2] [3 4]]"),
    ],
)
def test_show(value: object, expected: str) -> None:
    assert show(value) == expected


def test_show_cuts_what_is_long() -> None:
    assert show("a" * 158) == f"'{'a' * 158}'"
    assert show("a" * 159) == f"'{'a' * 158}…"
    assert len(show("a" * 10_000)) == 160
    assert len(show(list(range(1000)))) == 160


def test_no_part_makes_the_line_endless() -> None:
    line = str(UlmusError("what" * 10_000, "given" * 10_000, "accepted" * 10_000, "do" * 10_000))
    assert len(line) == 3 * 1_000 + 160 + len(": " + "; accepted: " + ". ")


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_can_be_caught_as_one_and_crosses_processes(kind: type[UlmusError]) -> None:
    error = kind("what", given=Path("x"), accepted="y", remedy="z")
    assert isinstance(error, UlmusError)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert str(twin) == str(error) == "what: 'x'; accepted: y. z."


def test_the_drawn_tree_names_every_kind() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    assert {each for each in classes if issubclass(each, UlmusError)} == {UlmusError, *KINDS}
    assert all(f"── {kind.__name__} " in (errors.__doc__ or "") for kind in KINDS)


def test_the_warning_is_a_user_warning() -> None:
    with pytest.warns(UserWarning, match="2 of 3 skipped"):
        raise_warning()


def raise_warning() -> None:
    warnings.warn("2 of 3 skipped", UlmusWarning, stacklevel=2)
