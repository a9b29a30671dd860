"""Which directions `fit` trains, and from which models."""

from dataclasses import replace

import numpy as np
import pytest

from tests.recipes.small_world import (
    LANGUAGE_MODEL,
    corpus,
    documents,
    engine,
    fit_settings,
    language_model,
    left_behind,
    weights,
)
from ulmus.bundle.reader import load, load_classifier
from ulmus.errors import BundleError
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.recipes.pretrain import pretrain

LABELLED = documents(60)
TEXTS = [d.text for d in LABELLED[:15]]


@pytest.fixture(scope="module")
def forward(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("forward"))


@pytest.fixture(scope="module")
def backward(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("backward"), backward=True)


@pytest.fixture(scope="module")
def both(tmp_path_factory, forward, backward):
    out = tmp_path_factory.mktemp("both") / "model"
    result = fit(
        FitSources(LABELLED),
        out,
        fit_settings(both_directions=True),
        language_models=[forward, backward],
    )
    return out, result


def test_the_answer_is_the_mean_of_both_directions(both):
    out, result = both
    saved = load(out)
    ids = [saved.processor.encode(text) for text in TEXTS]
    alone = replace(saved, backward=None).network_answers(ids)
    companion = load_classifier(out / "backward")
    assert not saved.manifest.backward
    assert companion.manifest.backward
    other = companion.predict_proba(TEXTS)
    assert np.abs(alone - other).max() > 1e-4
    assert saved.network_answers(ids) == pytest.approx((alone + other) / 2, abs=1e-6)
    assert np.array_equal(saved.predict(TEXTS), np.array(saved.labels)[(alone + other).argmax(1)])
    assert np.array_equal(result.bundle.predict_proba(TEXTS), saved.predict_proba(TEXTS))


def test_both_language_models_and_both_stories_are_in_the_folder(both):
    out, _ = both
    assert not load(out / "language-model").manifest.backward
    assert load(out / "backward-language-model").manifest.backward
    for part in ("", "backward", "language-model", "backward-language-model"):
        for name in ("history.csv", "steps.csv", "history.png", "README.md"):
            assert (out / part / name).exists()
    assert (out / "history.csv").read_bytes() != (out / "backward/history.csv").read_bytes()
    assert left_behind(out.parent) == []


def test_the_report_scores_both_together(both):
    out, result = both
    assert load(out).manifest.metrics["test_accuracy"] == result.report.figures["accuracy"]


def test_a_direction_without_a_model_learns_from_the_start(forward, tmp_path):
    settings = fit_settings(both_directions=True)
    fit(FitSources(LABELLED), tmp_path / "model", settings, language_models=[forward])
    facts = load(tmp_path / "model/language-model").manifest.provenance
    assert "valid_perplexity_before" in facts
    facts = load(tmp_path / "model/backward-language-model").manifest.provenance
    assert "valid_perplexity_before" not in facts


def test_the_models_given_name_the_directions(forward, backward, both, tmp_path):
    pair = [backward, forward]
    fit(FitSources(LABELLED), tmp_path / "model", fit_settings(), language_models=pair)
    assert load(tmp_path / "model").backward is not None
    for part in ("", "backward", "language-model", "backward-language-model"):
        assert weights(tmp_path / "model" / part) == weights(both[0] / part)


@pytest.mark.parametrize("pretrained", [True, False])
def test_backward_only(pretrained, backward, tmp_path):
    models = [backward] if pretrained else []
    settings = fit_settings() if pretrained else fit_settings(language_model={"backward": True})
    result = fit(FitSources(LABELLED), tmp_path / "model", settings, language_models=models)
    saved = load(tmp_path / "model")
    assert saved.manifest.backward
    assert saved.backward is None
    assert not (tmp_path / "model/backward").exists()
    assert (tmp_path / "model/history.csv").exists()
    assert load(tmp_path / "model/backward-language-model").manifest.backward
    assert result.language_model.manifest.backward
    assert np.array_equal(saved.predict_proba(TEXTS), result.bundle.predict_proba(TEXTS))


def test_two_models_of_one_direction_are_refused(forward, tmp_path):
    with pytest.raises(
        BundleError,
        match=r"^two language models of one direction: 'forward, forward'; accepted: one that "
        r"reads forward, one that reads backward, or one of each\. Leave one out\.$",
    ):
        fit(
            FitSources(LABELLED),
            tmp_path / "model",
            fit_settings(),
            language_models=[forward, forward],
        )
    assert list(tmp_path.iterdir()) == []


def test_two_models_that_split_text_differently_are_refused(forward, tmp_path):
    text = corpus(tmp_path / "c", tokenizer="characters")
    other = pretrain(text, tmp_path / "lm", LANGUAGE_MODEL.with_(backward=True), engine())
    with pytest.raises(
        BundleError,
        match=r"^the language models split text differently: 'words:en and characters'; accepted: "
        r"two models with the same rules and tokenizer\. Make both from one corpus\.$",
    ):
        fit(
            FitSources(LABELLED),
            tmp_path / "model",
            fit_settings(),
            language_models=[forward, other],
        )
    assert not (tmp_path / "model").exists()
