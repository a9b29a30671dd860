"""`ulmus fit`: the table, the report, and the flags that change what is learned."""

import json
from pathlib import Path
from typing import Any

import pytest

import ulmus
from tests.cli.conftest import Chain
from tests.cli.films import reviews, write_table
from tests.cli.running import TINY, Outcome, done, files
from ulmus.cli.fit import _prediction
from ulmus.recipes.fit_settings import FitSettings
from ulmus.settings import resolve

FEW = (*TINY, "--set", "language_model.epochs=1", "--set", "classifier.epochs=1")


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return found


def test_the_table_is_the_report(fitted: tuple[Path, Outcome]) -> None:
    folder, outcome = fitted
    figures = report(folder)
    lines = outcome.out.splitlines()
    assert lines[0] == "Scored on 6 test documents"
    rows = dict(line.strip("│ ").split(" │ ") for line in lines if line.startswith("│"))
    shown = {name.strip(): value.strip() for name, value in rows.items()}
    assert shown["classes"] == "2"
    assert shown["documents: train"] == "48"
    assert shown["documents: validation"] == "6"
    assert shown["documents: test"] == "6"
    assert shown["tokens"] == f"{figures['tokens']:,}"
    assert shown["out of vocabulary"] == f"{100 * figures['out_of_vocabulary']:.2f} %"
    assert shown["perplexity before fine-tuning"] == "not measured"
    assert shown["perplexity after fine-tuning"] == f"{figures['perplexity_after']:,.1f}"
    assert shown["classifier: accuracy"] == f"{figures['accuracy']:.3f}"
    assert shown["classifier: macro-F1"] == f"{figures['macro_f1']:.3f}"
    assert shown["linear baseline: accuracy"] == "1.000"
    assert shown["linear baseline: macro-F1"] == "1.000"
    assert lines[-3] == figures["verdict"]
    assert lines[-2:] == [f"saved: {folder}", f"next: ulmus predict {folder} SOURCE"]


def test_the_table_fits_a_terminal(fitted: tuple[Path, Outcome]) -> None:
    *table, _verdict, _saved, _next = fitted[1].out.splitlines()
    assert max(map(len, table)) <= 80
    assert all(line == line.rstrip() for line in table)


def test_progress_goes_to_standard_error(fitted: tuple[Path, Outcome]) -> None:
    lines = fitted[1].err.splitlines()
    stages = [
        line.split(":")[0].removesuffix(" in bf16") for line in lines if not line.startswith(" ")
    ]
    assert stages == [
        "language model",
        "backward language model",
        "classifier",
        "backward classifier",
    ]
    assert sum(line.startswith("  epoch 1: ") for line in lines) == 4


def test_both_directions_are_saved_and_averaged(fitted: tuple[Path, Outcome]) -> None:
    folder, _ = fitted
    bundle = ulmus.load(folder)
    assert isinstance(bundle, ulmus.TextClassifierBundle)
    assert bundle.backward is not None
    assert bundle.backward.manifest.backward
    for name, backward in (("language-model", False), ("backward-language-model", True)):
        model = ulmus.load(folder / name)
        assert (model.kind, model.manifest.backward) == ("language-model", backward)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_test_source_is_what_is_reported_on(films: Path, tmp_path: Path) -> None:
    test = write_table(tmp_path / "test.csv", reviews(7))
    valid = write_table(tmp_path / "valid.csv", reviews(4))
    out = tmp_path / "model"
    outcome = done("fit", films, "--test", test, "--valid", valid, "--out", out, *FEW)
    assert outcome.out.startswith("Scored on 7 test documents\n")
    figures = report(out)
    assert figures["train_documents"] == 60
    assert (figures["valid_documents"], figures["test_documents"]) == (4, 7)
    scored = done("evaluate", out, test).out.split()
    assert float(scored[scored.index("accuracy") + 1]) == pytest.approx(
        figures["accuracy"], abs=1e-3
    )


def test_unlabelled_text_is_learned_too(films: Path, tmp_path: Path) -> None:
    extra = tmp_path / "extra.txt"
    extra.write_text("The violin sounds warm and bright .\n" * 20, "utf-8")
    words = ("--set", "prepare.min_freq=1")
    tokens = []
    for name, more in (("alone", ()), ("more", ("--unlabelled", extra))):
        done("fit", films, "--out", tmp_path / name, *FEW, *words, *more)
        tokens.append(report(tmp_path / name)["tokens"])
    # xxbos xxmaj the violin sounds warm and bright .
    assert tokens[1] == tokens[0] + 20 * 9
    vocabulary = ulmus.load(tmp_path / "more").processor.vocabulary
    assert "violin" in vocabulary


def test_a_pretrained_model_is_fine_tuned(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "model"
    outcome = done("fit", chain.table, "--language-model", chain.language_model, "--out", out, *FEW)
    said = outcome.err.replace(" in bf16", "")
    assert said.startswith("fine-tuning the language model: embedding and decoder, 1 epoch")
    figures = report(out)
    assert figures["perplexity_before"] > figures["perplexity_after"]
    assert f"{figures['perplexity_before']:,.1f} │" in outcome.out


def test_the_seed_alone_decides(films: Path, tmp_path: Path) -> None:
    flags = ("--model", "tiny", *FEW[4:])
    for name, seed in (("one", 1), ("again", 1), ("two", 2)):
        done("fit", films, "--out", tmp_path / name, *flags, "--seed", seed)
    weights = {
        name: files(tmp_path / name)["model.safetensors"] for name in ("one", "again", "two")
    }
    assert weights["one"] == weights["again"] != weights["two"]


def test_a_folder_of_texts_is_labelled_by_its_folders(tmp_path: Path) -> None:
    for index, (text, label) in enumerate(reviews(40)):
        file = tmp_path / "films" / label / f"{index}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    out = tmp_path / "model"
    done("fit", tmp_path / "films", "--label", "folder", "--out", out, *FEW)
    assert ulmus.load(out).manifest.labels == ("bad", "good")


def test_several_text_columns_are_read_as_one_document(tmp_path: Path) -> None:
    rows = [(text.split(" .")[0], text, label) for text, label in reviews(40)]
    table = write_table(tmp_path / "films.csv", rows, ("title", "body", "label"))
    out = tmp_path / "model"
    columns = ("--text", "title", "--text", "body")
    done("fit", table, *columns, "--out", out, *FEW)
    lines = done("predict", out, table, *columns).out.splitlines()
    assert len(lines) == 41
    tokens = done("tokenize", table, *columns, "--limit", 1).out.split()
    assert tokens[:4] == ["xxbos", "xxfld", "1", "xxmaj"]
    assert tokens.count("xxfld") == 2


def test_documents_without_text_or_label_are_counted(tmp_path: Path) -> None:
    rows = [*reviews(40), ("", "good"), ("nan", "bad"), ("  ", "bad"), ("fine", "")]
    table = write_table(tmp_path / "films.csv", rows)
    outcome = done("fit", table, "--out", tmp_path / "model", *FEW)
    told = [line for line in outcome.err.splitlines() if line.startswith("ulmus: ")]
    assert told == [
        "ulmus: skipped 4 of 44 documents of films.csv: 3 without text, 1 without a label"
    ]
    assert report(tmp_path / "model")["train_documents"] == 32


def test_settings_that_only_the_verb_has_keep_its_defaults(films: Path, tmp_path: Path) -> None:
    """A flag for one setting of `prepare` leaves the label column as it is."""
    printed = done("fit", films, "--out", tmp_path / "model", "--seed", "3", "--print-settings").out
    assert 'label = "label"' in printed


def test_the_next_command_says_what_the_model_cannot_know(tmp_path: Path) -> None:
    settings = resolve(
        FitSettings,
        overrides=["prepare.source.text=['title', 'body']", "prepare.tokenizer=function:a.b:c"],
    )
    assert _prediction(tmp_path / "my elm", settings) == [
        *("ulmus", "predict", str(tmp_path / "my elm")),
        *("--text", "title", "--text", "body", "--tokenizer", "function:a.b:c"),
    ]
