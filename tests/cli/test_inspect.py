"""`ulmus inspect`."""

import json
import re
import shutil
from pathlib import Path

from tests.cli.conftest import Chain
from tests.cli.films import reviews, write_table
from tests.cli.running import Outcome, done, refused


def facts(text: str) -> dict[str, str]:
    """Return the facts that stand at the left margin."""
    pairs = (line.split(":", 1) for line in text.splitlines() if not line.startswith(" "))
    return {name: value.strip() for name, value in pairs}


def test_a_classifier_says_what_it_is(chain: Chain) -> None:
    outcome = done("inspect", chain.classifier)
    manifest = json.loads((chain.classifier / "bundle.json").read_text("utf-8"))
    shown = facts(outcome.out)
    assert shown["kind"] == "text-classifier"
    assert shown["labels"] == "bad, good"
    assert shown["rules"] == "fastai"
    assert shown["tokenizer"] == "words:en"
    assert shown["backward"] == "False"
    assert shown["weights_hash"] == manifest["weights_hash"]
    assert list(shown)[-2:] == ["metrics", "provenance"]
    assert f"\n  valid_accuracy: {manifest['metrics']['valid_accuracy']}\n" in outcome.out
    assert "\nencoder:\n  embedding_size: 64\n  hidden_size: 128\n  layer_count: 2\n" in outcome.out
    assert outcome.err == ""


def test_a_companion_is_told(fitted: tuple[Path, Outcome]) -> None:
    assert facts(done("inspect", fitted[0]).out)["both_directions"] == "True"


def test_a_corpus_says_what_it_holds(chain: Chain) -> None:
    shown = done("inspect", chain.corpus).out
    assert shown.startswith("kind: corpus\nschema_version: 1\n")
    manifest = json.loads((chain.corpus / "corpus.json").read_text("utf-8"))
    for name, counts in manifest["splits"].items():
        inner = "".join(f"    {key}: {value}\n" for key, value in counts.items())
        assert f"\n  {name}:\n{inner}" in shown
    assert re.search(r"\nprovenance:\n  source: films\.csv\n$", shown)


def test_many_labels_are_cut(tmp_path: Path) -> None:
    rows = [(f"{text} {i}", f"class {i:02d}") for i in range(15) for text, _ in reviews(8)]
    table, out = write_table(tmp_path / "films.csv", rows), tmp_path / "corpus"
    done("prepare", table, "--label", "label", "--out", out)
    first = ", ".join(f"class {i:02d}" for i in range(12))
    assert f"\nlabels: {first} and 3 more\n" in done("inspect", out).out


def test_labels_cannot_command_the_terminal(tmp_path: Path) -> None:
    rows = [
        (text, "\x1b[31mred" if label == "bad" else "a\tb\u202e") for text, label in reviews(40)
    ]
    table, out = write_table(tmp_path / "films.csv", rows), tmp_path / "corpus"
    said = done("prepare", table, "--label", "label", "--out", out).out
    for text in (said, done("inspect", out).out):
        assert "\nlabels: \\x1b[31mred, a\\tb\\u202e\n" in text


def test_a_damaged_processor_is_told(chain: Chain, tmp_path: Path) -> None:
    shutil.copytree(chain.classifier, tmp_path / "model")
    path = tmp_path / "model" / "processor" / "processor.json"
    path.write_text("{}", "utf-8")
    line = refused(tmp_path, "inspect", tmp_path / "model")
    assert line.startswith("the text processor cannot be read ('rules'): ")
    assert str(path) in line


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        line = refused(tmp_path, "inspect", folder)
        assert line == (
            f"there is no bundle: '{folder}'; accepted: a folder that holds bundle.json. Give "
            "the folder that --out named when the model was made."
        )
