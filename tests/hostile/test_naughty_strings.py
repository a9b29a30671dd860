"""Each of the big list of naughty strings goes through the whole path unharmed."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import done
from tests.recipes.small_world import fit_settings, quick_world
from ulmus.bundle.reader import load
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.text.sources import Document


@pytest.fixture(scope="module")
def strings(data_folder: Path) -> list[str]:
    found: list[str] = json.loads((data_folder / "nasty_blns" / "blns.json").read_text("utf-8"))
    return [text for text in found if text.strip()]


@pytest.fixture(scope="module")
def model(strings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier whose texts and whose classes are naughty."""
    out = tmp_path_factory.mktemp("naughty") / "model"
    classes = strings[::30]
    documents = [Document((text,), classes[i % len(classes)]) for i, text in enumerate(strings)]
    with quick_world():
        fit(FitSources(documents), out, fit_settings(language_model={"model": "mini"}))
    return out


def test_fit_and_its_report(model: Path, strings: list[str]) -> None:
    bundle = load(model)
    assert set(bundle.labels) == set(strings[::30])
    report = json.loads((model / "report.json").read_text("utf-8"))
    assert 0 <= report["accuracy"] <= 1
    with (model / "confusion.csv").open(encoding="utf-8", newline="") as file:
        assert set(next(csv.reader(file))) >= set(bundle.labels)
    assert "\x1b" not in (model / "README.md").read_text("utf-8")


def test_predict(model: Path, strings: list[str], tmp_path: Path) -> None:
    bundle = load(model)
    probabilities = bundle.predict_proba(strings)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    alone = bundle.predict_proba([strings[7]])
    np.testing.assert_allclose(alone[0], probabilities[7], atol=1e-5)
    table = tmp_path / "texts.jsonl"
    lines = (json.dumps({"text": text}) for text in strings)
    table.write_text("\n".join(lines), "utf-8")
    done("predict", model, table, "--out", tmp_path / "said.csv")
    with (tmp_path / "said.csv").open(encoding="utf-8", newline="") as file:
        said = [row["label"] for row in csv.DictReader(file)]
    assert said == list(bundle.predict(strings))


def test_generate_and_decode(model: Path, strings: list[str]) -> None:
    language_model = load(model / "language-model")
    texts = language_model.generate(strings, max_tokens=3, seed=list(range(len(strings))))
    assert len(texts) == len(strings)
    for text in strings:
        ids = language_model.processor.encode(text)
        assert isinstance(language_model.processor.decode(ids), str)
    found = language_model.perplexity(strings)
    assert np.isfinite(found.per_token)


def test_tables_that_are_printed(model: Path, strings: list[str], tmp_path: Path) -> None:
    table = tmp_path / "texts.csv"
    classes = strings[::30]
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows((text, classes[i % len(classes)]) for i, text in enumerate(strings))
    for outcome in (
        done("doctor", table, "--label", "label", "--classifier", model, "--out", tmp_path / "d"),
        done("evaluate", model, table),
        done("inspect", model),
        done("tokenize", table),
    ):
        assert "\x1b" not in outcome.out
