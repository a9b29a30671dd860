"""Each of the big list of naughty strings goes through the whole path unharmed."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.bundle.saved_models import classifier
from tests.cli.running import done
from tests.recipes.small_world import fit_settings, quick_world
from ulmus.bundle.model_card import model_card
from ulmus.bundle.reader import load
from ulmus.errors import SourceError
from ulmus.evaluation.classification import ClassificationScore
from ulmus.insight.confusion_plot import MOST_NAMED
from ulmus.insight.tag_plot import plot_tags
from ulmus.printable import printable
from ulmus.recipes.evaluate import write_score
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.text.sources import Document, SourceSettings, read_documents


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


def test_each_as_a_class_in_pictures_tables_and_card(strings: list[str], tmp_path: Path) -> None:
    names = list(dict.fromkeys(strings))
    for start in range(0, len(names), MOST_NAMED):
        part = tuple(names[start : start + MOST_NAMED])
        matrix = np.eye(len(part), dtype=np.int64)
        score = ClassificationScore(1.0, 1.0, matrix, part)
        write_score(tmp_path, score)
        with (tmp_path / "confusion.csv").open(encoding="utf-8", newline="") as file:
            assert tuple(next(csv.reader(file))[1:]) == part
        assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
        plot_tags(tmp_path / "tags.png", np.ones(len(part)), np.ones(len(part), int), part)
    card = model_card(classifier(labels=tuple(names)).manifest, "words:en")
    assert f"## Classes ({len(names)})" in card
    assert printable(card.replace("\n", "")) == card.replace("\n", "")
    assert not re.search(r"(?<!\\)<[a-z/!]", card, re.IGNORECASE)


def test_each_as_the_name_of_a_column(strings: list[str], tmp_path: Path) -> None:
    names = list(dict.fromkeys(strings))
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, [f"text {i}" for i in range(len(names))]])
    row = {name: f"text {i}" for i, name in enumerate(names)}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), "utf-8")
    for index, name in enumerate(names):
        for table in ("a.csv", "a.jsonl"):
            (found,) = read_documents(tmp_path / table, SourceSettings(text=name))
            assert found.text == f"text {index}"
        with pytest.raises(SourceError, match="no column") as error:
            list(read_documents(tmp_path / "a.csv", SourceSettings(text=f"{name}?")))
        assert len(str(error.value).splitlines()) == 1
    print(f"naughty strings: {len(strings)} through fit, predict, generate and the report")
