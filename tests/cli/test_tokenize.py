"""`ulmus tokenize`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.running import done, refused, ulmus

# fastai's own example, see the rules.
ANSWER = "xxbos xxup great xxrep 3 ! i loved it"


def test_a_line_of_standard_input_is_a_line_of_tokens() -> None:
    outcome = done("tokenize", "-", stdin="GREAT!!! I   loved it\n\nAgain, again\n")
    assert outcome.out == f"{ANSWER}\nxxbos xxmaj again , again\n"
    assert outcome.err == "ulmus: skipped 1 of 3 documents of standard input: 1 without text\n"


def test_a_limit_reads_no_further(chain: Chain) -> None:
    whole = done("tokenize", chain.table).out.splitlines()
    assert len(whole) == 60
    assert done("tokenize", chain.table, "--limit", 2).out.splitlines() == whole[:2]


@pytest.mark.parametrize(
    ("spec", "tokens"),
    [
        ("words:en", "xxbos do n't stop"),
        ("words:xx", "xxbos don't stop"),
        ("characters", "xxbos d o n ' t ▁ s t o p"),
        ("function:builtins:ascii", None),
        ("function:tests.cli.test_tokenize:at_spaces", "xxbos don't stop"),
    ],
)
def test_tokenizers_by_name(spec: str, tokens: str | None, tmp_path: Path) -> None:
    if tokens is None:
        line = refused(tmp_path, "tokenize", "-", "--tokenizer", spec, stdin="don't stop\n")
        assert line.startswith(f"the tokenizer function returned str: '{spec}'; accepted: ")
    else:
        assert done("tokenize", "-", "--tokenizer", spec, stdin="don't stop\n").out == f"{tokens}\n"


def at_spaces(text: str) -> list[str]:
    return text.split()


def test_subwords_are_trained_on_what_is_read() -> None:
    stdin = "the lowest of the lower towers\n" * 30 + "a lower tower\n"
    outcome = done("tokenize", "-", "--tokenizer", "subwords:40", stdin=stdin)
    lines = outcome.out.splitlines()
    assert len(lines) == 31
    assert lines[0].startswith("xxbos ▁t h e ▁lowe s t ")
    assert "".join(lines[-1].split()[1:]).replace("▁", " ").strip() == "a lower tower"


def test_rules_can_be_left_out() -> None:
    assert done("tokenize", "-", "--rules", "none", stdin="GREAT!!!\n").out == "xxbos GREAT ! ! !\n"


def test_what_cannot_be_seen_is_written_out() -> None:
    stdin = "red\x1b[31m\u2028next\n\nsecond\n"
    outcome = done("tokenize", "-", "--tokenizer", "characters", "--document", "file", stdin=stdin)
    assert outcome.out == ("xxbos r e d \\x1b [ 3 1 m \\u2028 n e x t \\n \\n s e c o n d \\n\n")


def test_what_comes_before_a_bad_line_is_shown(tmp_path: Path) -> None:
    table = tmp_path / "films.csv"
    table.write_bytes(b"text\na film\none, two\n")
    outcome = ulmus("tokenize", table)
    assert (outcome.code, outcome.out) == (2, "xxbos a film\n")
    assert outcome.err.startswith(f"ulmus: line 3: 2 fields where the header has 1: '{table}'; ")


def test_unknown_rules_are_refused(tmp_path: Path) -> None:
    line = refused(tmp_path, "tokenize", "-", "--rules", "fastia", stdin="a\n")
    assert line == (
        "unknown rule set: 'fastia'; accepted: fastai, none, thai2fit, unicode. "
        "Did you mean 'fastai'?"
    )
