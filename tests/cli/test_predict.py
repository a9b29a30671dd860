"""`ulmus predict`."""

import csv
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Chain
from tests.cli.films import BLAME, PRAISE, write_table
from tests.cli.running import done, refused


def test_standard_input_to_standard_output(chain: Chain) -> None:
    outcome = done("predict", chain.classifier, "-", stdin=f"{PRAISE}\n\n{BLAME}\n")
    rows = list(csv.DictReader(outcome.out.splitlines()))
    assert [row["label"] for row in rows][::2] == ["good", "bad"]
    assert len(rows) == 3  # the empty line has its row
    assert all(0.5 <= float(row["probability"]) <= 1 for row in rows)
    assert outcome.err == ""


def test_a_document_of_paragraphs(chain: Chain) -> None:
    stdin = f"{PRAISE}\n{PRAISE}\n\n{BLAME}\n{BLAME}\n"
    outcome = done("predict", chain.classifier, "-", "--document", "paragraph", stdin=stdin)
    assert [line.split(",")[0] for line in outcome.out.splitlines()] == ["label", "good", "bad"]


def test_a_file_holds_what_the_output_would(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "new" / "predictions.csv"
    outcome = done("predict", chain.classifier, chain.table, "--out", out)
    assert outcome.out == ""
    expected = done("predict", chain.classifier, chain.table).out
    assert out.read_text("utf-8") == expected
    done("predict", chain.classifier, "-", "--out", out, stdin="a lovely film\n")
    assert len(out.read_text("utf-8").splitlines()) == 2  # it was replaced
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_missing_texts_get_a_row_and_no_warning(chain: Chain, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", [("a lovely film",), ("",), ("NaN",)], ("text",))
    outcome = done("predict", chain.classifier, table)
    rows = outcome.out.splitlines()
    assert len(rows) == 4
    assert rows[2] == rows[3]  # both are the empty text
    assert outcome.err == ""


def test_probabilities_of_one_text_do_not_depend_on_the_others(chain: Chain) -> None:
    alone = done("predict", chain.classifier, "-", stdin="a warm plot\n").out.splitlines()[1]
    among = done("predict", chain.classifier, "-", stdin="dull\na warm plot\n" + "x " * 90)
    label, probability = among.out.splitlines()[2].split(",")
    assert label == alone.split(",")[0]
    assert abs(float(probability) - float(alone.split(",")[1])) < 1e-5


def test_what_is_too_unsure_has_no_label(chain: Chain) -> None:
    stdin = f"{PRAISE}\nthe\n"
    plain = list(
        csv.DictReader(done("predict", chain.classifier, "-", stdin=stdin).out.splitlines())
    )
    border = max(float(row["probability"]) for row in plain) - 1e-4
    out = done("predict", chain.classifier, "-", "--abstain-below", str(border), stdin=stdin).out
    rows = list(csv.DictReader(out.splitlines()))
    assert [row["label"] for row in rows] == [
        row["label"] if float(row["probability"]) > border else "" for row in plain
    ]
    assert [row["probability"] for row in rows] == [row["probability"] for row in plain]
    assert {row["label"] for row in rows} > {""}


def test_no_probability_to_abstain_below(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "predict", chain.classifier, chain.table, "--abstain-below", "2")
    assert line == (
        "abstaining needs classes, and a probability to abstain below: '2.0 with a model that "
        "says classes'; accepted: 0 to 1 with a model that says classes. Leave --abstain-below "
        "out, or mend it."
    )


def test_a_language_model_predicts_no_class(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "predict", chain.finetuned, chain.table)
    assert line == (
        f"the bundle '{chain.finetuned}' is of another kind: 'language-model'; accepted: "
        "text-classifier. Give a text-classifier bundle."
    )


def test_a_folder_is_no_place_for_a_file(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "predict", chain.classifier, chain.table, "--out", tmp_path)
    assert line.startswith("the output path is taken by something that is not a file: ")


def test_a_pipe_is_answered_line_by_line_and_may_be_closed(chain: Chain) -> None:
    command = [sys.executable, "-m", "ulmus", "predict", str(chain.classifier), "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None

        def say(text: str) -> None:
            process.stdin.write(text + "\n")
            process.stdin.flush()

        say(PRAISE)
        assert process.stdout.readline() == "label,probability\n"
        assert process.stdout.readline().startswith("good,")
        say(BLAME)  # the answer to the first line has come, though the input goes on
        assert process.stdout.readline().startswith("bad,")
        process.stdout.close()  # as `head` does
        say(PRAISE)
        assert process.wait(timeout=60) == 0  # the input is still open
        assert process.stderr.read() == ""
