"""What recurrent layers compute is written beside the history where that is asked for."""

import csv

import pytest

from tests.recipes.small_world import (
    CLASSIFIER,
    documents,
    engine,
    fit_settings,
    language_model,
    prepare_settings,
)
from ulmus.models.awd_lstm import AwdLstm
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.prepare import Sources, prepare
from ulmus.recipes.train_classifier import train_classifier
from ulmus.text.sources import Document

NAMES = {"output", "cell state", "input gate", "forget gate", "candidate", "output gate"}


def rows(folder):
    with (folder / "activations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counted(row):
    return sum(int(value) for name, value in row.items() if name.startswith("bin_"))


def test_a_language_model_is_watched(tmp_path):
    language_model(tmp_path, activation_stats=True)
    seen = rows(tmp_path / "language-model")
    assert {row["activation"].split(": ")[1] for row in seen} == NAMES
    assert len({row["activation"] for row in seen}) == 2 * len(NAMES)
    assert (tmp_path / "language-model/activations.png").read_bytes()[:4] == b"\x89PNG"
    language_model(tmp_path / "other")
    assert not list((tmp_path / "other").rglob("activations.*"))


@pytest.mark.parametrize("padded", [False, True])
def test_only_the_tokens_of_documents_count_in_a_classifier(padded, tmp_path, monkeypatch):
    if padded:
        monkeypatch.setattr(AwdLstm, "reads_ragged", lambda _self, _rows: False)
    source = language_model(tmp_path)
    long = [Document((each.columns[0] * 2,), each.label) for each in documents(6)]
    labelled = prepare(
        Sources([*documents(10), *long], documents(8)),
        tmp_path / "corpus",
        prepare_settings(source={"label": "label"}),
        splitter=source.processor.splitter,
        vocabulary=source.processor.vocabulary,
    )
    settings = CLASSIFIER.with_(activation_stats=True, batch_size=16, epochs=1)
    train_classifier(source, labelled, tmp_path / "c", settings, engine())
    gates = [row for row in rows(tmp_path / "c") if row["activation"].endswith("0: input gate")]
    first = next(row for row in gates if ".layers.0." in row["activation"])
    features = source.model.encoder.settings.hidden_size
    assert counted(first) == labelled.split("train").token_count * features
    assert float(first["near_zero"]) < 0.1  # a padded step's outputs are 0


def test_a_fit_keeps_what_was_seen_of_both_models(tmp_path):
    how = {"activation_stats": True}
    settings = fit_settings(language_model=how, classifier=how, both_directions=True)
    fit(FitSources(documents(80)), tmp_path / "out", settings)
    for folder in ("", "backward", "language-model", "backward-language-model"):
        assert rows(tmp_path / "out" / folder)
        assert (tmp_path / "out" / folder / "activations.png").exists()
