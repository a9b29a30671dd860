"""The dispatcher: help, mistakes in the command line, warnings, encodings."""

import importlib.metadata
import re
import warnings
from pathlib import Path

import pytest

from tests.cli.running import OldTerminal, done, refused, ulmus
from ulmus.cli.main import VERBS
from ulmus.errors import UlmusError, UlmusWarning

EVERY = "quickstart, fit, curve, doctor, prepare, pretrain, finetune, classifier, predict, "
EVERY += "generate, evaluate, inspect, tokenize, lr-find, import-fastai, export-fastai, shrink, "
EVERY += "lesson"


def raising(error: BaseException) -> object:
    """Return what stands for a verb that fails."""

    def run() -> None:
        raise error

    return run


def test_help_lists_every_verb_with_a_whole_sentence() -> None:
    outcome = done("--help")
    listed = outcome.out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == list(VERBS)
    assert all(line.endswith(".") and not line.endswith("..") for line in listed)
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert done() == outcome


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    lines = done(verb, "--help").out.splitlines()
    assert lines[0].startswith(f"Usage: ulmus {verb} [OPTIONS]")
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "<str>]" not in text
    for option in re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE):
        described = text.split(f"  {option}", 1)[1].split("\n  --", 1)[0]
        assert described.rstrip().endswith((".", "]")), option


def test_the_version() -> None:
    assert done("--version").out == f"ulmus {importlib.metadata.version('ulmus')}\n"


@pytest.mark.parametrize(
    ("given", "shown", "remedy"),
    [
        ("predcit", "'predcit'", "Did you mean 'predict'?"),
        ("serve me", "'serve me'", "See 'ulmus --help'."),
        ("\x1b[31mfit\n", r"'\x1b[31mfit\n'", "See 'ulmus --help'."),
        ("", "''", "See 'ulmus --help'."),
    ],
)
def test_an_unknown_verb(tmp_path: Path, given: str, shown: str, remedy: str) -> None:
    line = refused(tmp_path, given)
    assert line == f"unknown verb: {shown}; accepted: {EVERY}. {remedy}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("fit a.csv --out b --labels c", "No such option: --labels (Possible options: --label"),
        ("--sed 3", "No such option: --sed. See 'ulmus --help'."),
        ("fit a.csv", "Missing option '--out'. See 'ulmus fit --help'."),
        ("pretrain", "Missing argument 'CORPUS'. See 'ulmus pretrain --help'."),
        ("inspect a b", "Got unexpected extra argument(s) (b). See 'ulmus inspect --help'."),
        ("predict a b --out", "Option '--out' requires an argument. See 'ulmus predict --help'."),
        ("fit a --resume=3", "Option '--resume' does not take a value. See 'ulmus fit --help'."),
        (
            "tokenize a --limit 0",
            "Invalid value for '--limit': Input should be greater than or equal to 1: '0'. "
            "See 'ulmus tokenize --help'.",
        ),
        (
            "fit a --out b --seed 1.5x",
            "Invalid value for '--seed': Input should be a valid integer, unable to parse string "
            "as an integer: '1.5x'. See 'ulmus fit --help'.",
        ),
        ("predict a - --document page", "Invalid value for '--document': "),
    ],
)
def test_a_mistake_in_the_command_line(tmp_path: Path, arguments: str, told: str) -> None:
    assert refused(tmp_path, *arguments.split()).startswith(told)


def test_a_kind_of_document_says_which_there_are(tmp_path: Path) -> None:
    line = refused(tmp_path, "tokenize", "-", "--document", "pa\x1bge")
    for name in ("'line'", "'paragraph'", "'file'", r"'pa\x1bge'"):
        assert name in line


def test_an_error_is_one_line_however_it_is_worded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = UlmusError("no\nway\x1b[2J", given="a  b", accepted="c\u2028d", remedy="Go\x07 on")
    monkeypatch.setattr("ulmus.cli.inspect.run", raising(error))
    line = refused(tmp_path, "inspect")
    assert line == r"no way\x1b[2J: 'a  b'; accepted: c d. Go\x07 on."


def test_what_nobody_foresaw_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ulmus.cli.inspect.run", raising(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        ulmus("inspect")


@pytest.mark.parametrize("error", [EOFError, OSError])
def test_no_error_is_taken_for_an_interruption(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr("ulmus.cli.inspect.run", raising(error("a bug")))
    with pytest.raises(error, match="a bug"):
        ulmus("inspect")


def test_warnings_for_the_user_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> None:
        for count in (3, 3, 1, 3):
            warnings.warn(f"skipped \x1b[1m{count} of 4", UlmusWarning, stacklevel=1)

    monkeypatch.setattr("ulmus.cli.inspect.run", run)
    told = "ulmus: skipped \\x1b[1m3 of 4\nulmus: skipped \\x1b[1m1 of 4\n"
    assert done("inspect").err == told  # each once


def test_warnings_of_others_say_where_they_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn("old", DeprecationWarning, stacklevel=1)

    monkeypatch.setattr("ulmus.cli.inspect.run", run)
    assert re.search(r"test_main.py:\d+: DeprecationWarning: old", done("inspect").err)


def test_files_and_pipes_are_utf8_in_any_locale(tmp_path: Path) -> None:
    outcome = done("tokenize", "-", "--tokenizer", "characters", stdin="กา a\n")
    assert outcome.out == "xxbos ก า ▁ a\n"
    assert "กา.csv" in refused(tmp_path, "tokenize", tmp_path / "กา.csv")


def test_a_terminal_without_the_letters_shows_escapes() -> None:
    flags = ("--tokenizer", "characters")
    outcome = ulmus("tokenize", "-", *flags, stdin="éก\n", stream=OldTerminal)
    assert outcome == (0, "xxbos é \\u0e01\n", "")


def test_a_name_of_a_file_that_is_not_unicode(tmp_path: Path) -> None:
    line = refused(tmp_path, "tokenize", f"{tmp_path}/caf\udce9.csv")
    assert line.startswith(f"no such file or folder: '{tmp_path}/caf\\udce9.csv'; ")
