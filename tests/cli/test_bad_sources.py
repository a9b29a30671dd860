"""Text that cannot be used: one line that says what, the value, what is accepted, what to do."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.films import reviews, write_table
from tests.cli.running import TINY, done, refused

HEADER = "text,label\n"


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def commands(chain: Chain, table: Path, out: Path) -> dict[str, tuple[object, ...]]:
    """Return one command for each verb that reads labelled text."""
    return {
        "fit": ("fit", table, "--out", out, *TINY),
        "prepare": ("prepare", table, "--label", "label", "--out", out),
        "classifier": ("classifier", chain.finetuned, table, "--out", out),
        "evaluate": ("evaluate", chain.classifier, table, "--out", out),
        "finetune": ("finetune", chain.language_model, table, "--out", out),
        "predict": ("predict", chain.classifier, table, "--out", out),
        "tokenize": ("tokenize", table),
    }


LABELLED = ("fit", "prepare", "classifier", "evaluate")
AT_ONCE = (*LABELLED, "finetune", "predict")
ALL = (*AT_ONCE, "tokenize")  # which shows what it has read before it meets what is bad


@pytest.mark.parametrize("verb", ALL)
def test_a_missing_file(chain: Chain, tmp_path: Path, verb: str) -> None:
    absent = tmp_path / "absent.csv"
    line = refused(tmp_path, *commands(chain, absent, tmp_path / "out")[verb])
    assert line == (
        f"no such file or folder: '{absent}'; accepted: the path of a file or folder, or - for "
        "standard input. Check the path; texts themselves are given as a list."
    )


@pytest.mark.parametrize("verb", ALL)
@pytest.mark.parametrize("content", ["", HEADER])
def test_an_empty_file(chain: Chain, tmp_path: Path, verb: str, content: str) -> None:
    table = written(tmp_path / "films.csv", content)
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line.startswith(f"no document: '{table}'; accepted: at least one document with text")
    assert line.endswith(
        "Check that the source is not empty, and the names after --text and --label."
    )


@pytest.mark.parametrize("verb", ALL)
def test_a_missing_text_column(chain: Chain, tmp_path: Path, verb: str) -> None:
    table = write_table(tmp_path / "films.csv", reviews(8), ("re\x1b[1mview", "label"))
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line == (
        f"no column 'text': '{table}'; accepted: the columns there are: 're\\x1b[1mview', "
        "'label'. Name the columns with --text and --label."
    )


@pytest.mark.parametrize("verb", LABELLED)
def test_a_missing_label_column(chain: Chain, tmp_path: Path, verb: str) -> None:
    table = write_table(tmp_path / "films.csv", reviews(8), ("text", "verdict"))
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line.startswith(f"no column 'label': '{table}'; accepted: the columns there are: 'text'")


@pytest.mark.parametrize("verb", LABELLED)
def test_no_text_at_all(chain: Chain, tmp_path: Path, verb: str) -> None:
    table = write_table(tmp_path / "films.csv", [("", "good"), ("  ", "bad"), ("nan", "bad")])
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line.startswith(f"no usable document among 3 (3 without text): '{table}'; accepted: ")


@pytest.mark.parametrize("verb", AT_ONCE)
def test_bytes_that_are_not_utf8(chain: Chain, tmp_path: Path, verb: str) -> None:
    good = "".join(f"{text},{label}\n" for text, label in reviews(10))
    content = (HEADER + good).encode()
    table = written(tmp_path / "films.csv", content + "café,good\n".encode("latin-1"))
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line == (
        f"not UTF-8: byte 0xE9 at line 12, byte offset {len(content) + 3}: '{table}'; accepted: "
        "text in UTF-8, in UTF-16 with a byte order mark, or in what --encoding names. Name its "
        "encoding, such as --encoding latin-1, or convert the file to UTF-8."
    )


@pytest.mark.parametrize("verb", AT_ONCE)
def test_a_ragged_table(chain: Chain, tmp_path: Path, verb: str) -> None:
    good = "".join(f"{text},{label}\n" for text, label in reviews(4))
    table = written(tmp_path / "films.csv", f"{HEADER}{good}one, two,good\n")
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line.startswith(f"line 6: 3 fields where the header has 2: '{table}'; accepted: ")


@pytest.mark.parametrize("verb", ["fit", "classifier"])
def test_one_class_only(chain: Chain, tmp_path: Path, verb: str) -> None:
    rows = [(text, "good\x07") for text, _ in reviews(30)]
    table = write_table(tmp_path / "films.csv", rows)
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line == (
        "there is one class only: 'good\\x07'; accepted: two different labels or more. Name the "
        "right column with --label, or add documents of another class."
    )


@pytest.mark.parametrize("verb", ["fit", "classifier"])
def test_a_class_with_one_document(chain: Chain, tmp_path: Path, verb: str) -> None:
    table = write_table(tmp_path / "films.csv", [*reviews(20), ("a film", "fa\x1b[2Jir")])
    line = refused(tmp_path, *commands(chain, table, tmp_path / "out")[verb])
    assert line == (
        "a class with a single document: 'fa\\x1b[2Jir'; accepted: two documents or more in each "
        "class. Add documents of this class, or leave it out."
    )


def test_a_label_of_the_test_source_that_was_never_seen(tmp_path: Path, films: Path) -> None:
    test = write_table(tmp_path / "test.csv", [("a film", "fair")])
    line = refused(tmp_path, "fit", films, "--test", test, "--out", tmp_path / "out", *TINY)
    assert line == (
        "labels in the test source that no training document has: 'fair'; accepted: bad, good. "
        "Mend them, or add training documents with these labels."
    )


@pytest.mark.parametrize("verb", ["fit", "prepare", "classifier", "evaluate"])
def test_a_single_text_file_has_no_labels(chain: Chain, tmp_path: Path, verb: str) -> None:
    text = written(tmp_path / "films.txt", "a film\nanother\n")
    line = refused(tmp_path, *commands(chain, text, tmp_path / "out")[verb])
    assert line == (
        f"plain text has no label column: '{text}'; accepted: labels from a table, or from the "
        "folders that .txt files lie in. Leave out --label, or name a table or a folder."
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("films.docx", "unknown kind of file: '{}'; accepted: .txt .csv .tsv .jsonl .parquet, "),
        ("films.csv.gz", "the file is damaged ("),
        ("films.parquet", "the file is damaged ("),
        ("films.jsonl", "line 1 is not valid JSON (Expecting value): '{}'; accepted: "),
    ],
)
def test_files_that_are_not_what_they_say(tmp_path: Path, name: str, told: str) -> None:
    file = written(tmp_path / name, "no such thing")
    line = refused(tmp_path, "prepare", file, "--out", tmp_path / "out")
    assert line.startswith(told.format(file))


@pytest.mark.parametrize("verb", ["prepare", "tokenize"])
def test_subwords_need_more_text(tmp_path: Path, verb: str) -> None:
    text = written(tmp_path / "signs.txt", "\n".join(chr(0x4E00 + sign) for sign in range(60)))
    out = ("--out", tmp_path / "out") if verb == "prepare" else ()
    line = refused(tmp_path, verb, text, "--tokenizer", "subwords:29", *out)
    assert re.match(r"no subword model can be trained on \d+ characters of text \(", line)
    assert "'subwords:29'; accepted: a text with words, and a size above the number of" in line


@pytest.mark.parametrize("verb", ["prepare", "subwords", "finetune", "classifier"])
def test_missing_texts_are_told_once(chain: Chain, tmp_path: Path, verb: str) -> None:
    rows = [*reviews(60), ("", "good"), ("NaN", "bad"), ("\u2003 ", "bad")]
    table = write_table(tmp_path / "films.csv", rows)
    # Subwords read the text twice: to train the tokenizer, and to write the corpus.
    subwords = ("prepare", table, "--tokenizer", "subwords:40", "--out", tmp_path / "out")
    known = commands(chain, table, tmp_path / "out") | {"subwords": subwords}
    outcome = done(*known[verb], "--seed", 1)
    told = [line for line in outcome.err.splitlines() if line.startswith("ulmus: ")]
    assert told == ["ulmus: skipped 3 of 63 documents of films.csv: 3 without text"]


def test_standard_input_is_read_once(tmp_path: Path, chain: Chain) -> None:
    out = ("--out", tmp_path / "out")
    for command in (
        ("fit", "-", "--test", "-", *out),
        ("prepare", "-", "--valid", "-", *out),
        ("finetune", chain.finetuned, "-", "--valid", "-", *out),
    ):
        assert refused(tmp_path, *command, stdin="a film\n") == (
            "standard input cannot be read twice: '2 sources'; accepted: - for one source, with a "
            "tokenizer that is not trained. Write the text to a file first."
        )
    subwords = ("--tokenizer", "subwords:40")
    for command in (
        ("prepare", "-", *subwords, *out),
        ("fit", chain.table, "--unlabelled", "-", *subwords, *out),
    ):
        line = refused(tmp_path, *command, stdin="a film\n")
        told = "standard input cannot be read twice: 'subwords:40 is trained on the text first'"
        assert line.startswith(told)
