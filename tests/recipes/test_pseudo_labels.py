"""A second classifier that learns from what a first one says."""

import numpy as np
import pytest

from tests.recipes.small_world import documents, fit_settings, language_model, left_behind
from ulmus.corpus.reader import open_corpus
from ulmus.errors import SettingsError
from ulmus.recipes.drawn_labels import draw_labels
from ulmus.recipes.finish import QUIET
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources, gather
from ulmus.recipes.fit_stages import FitStages
from ulmus.recipes.pseudo_labels import pseudo_labelled
from ulmus.recipes.work_folder import WorkFolder
from ulmus.text.sources import Document
from ulmus.training.engine import Engine

LABELLED, MORE = documents(200), documents(120, seed=3, labels=False)
SETTINGS = fit_settings(pseudo_labels=0.7, classifier={"epochs": 8})


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("pretrained"))


@pytest.fixture(scope="module")
def made(tmp_path_factory, pretrained):
    """Return the stages' models and the folder in which they were kept."""
    found = gather(FitSources(LABELLED, MORE), SETTINGS.prepare, test_share=0.1)
    folder = WorkFolder(tmp_path_factory.mktemp("work") / "work", resume=False)
    folder.open("pseudo")
    stages = FitStages(folder, found, SETTINGS, Engine(SETTINGS.engine), QUIET)
    return stages.run([pretrained], None), folder.path, found


def test_the_second_classifier_learns_from_documents_of_whose_class_the_first_is_sure(made):
    models, work, _ = made
    corpus = open_corpus(work / "pseudo-labelled")
    assert models.learned.fingerprint == corpus.fingerprint
    train, alone = corpus.split("train"), models.labelled.split("train")
    own = alone.document_count
    added = train.document_count - own
    assert 0 < added <= len(MORE)
    told = {d.columns: label for d, label in zip(MORE, _true_labels(), strict=True)}
    texts = {tuple(corpus.processor.encode(columns)): label for columns, label in told.items()}
    said = [corpus.labels[train.targets[own + i]] for i in range(added)]
    true = [texts[tuple(train.document(own + i))] for i in range(added)]
    assert np.mean([a == b for a, b in zip(said, true, strict=True)]) > 0.9
    for name in ("valid", "test"):
        assert np.array_equal(corpus.split(name).targets, models.labelled.split(name).targets)
    assert models.pairs[0].classifier.manifest.provenance["corpus"] == corpus.fingerprint


def _true_labels():
    return [document.label for document in documents(120, seed=3)]


def test_held_out_and_learned_texts_get_no_such_labels(made, tmp_path):
    _, _, found = made
    again = [Document(d.columns, None) for part in found.split for d in part]
    report = fit(FitSources(LABELLED, again), tmp_path / "model", SETTINGS, language_models=[])
    assert report.report.pseudo_labelled_documents == 0


def test_a_class_is_believed_from_the_probability_on_that_is_asked_for(made):
    models, _, _ = made
    teacher = models.classifier()
    sure = teacher.predict_proba([d.columns for d in MORE])
    found = list(pseudo_labelled(teacher, iter(MORE), 0.8))
    expected = [
        Document(document.columns, teacher.labels[row.argmax()])
        for document, row in zip(MORE, sure, strict=True)
        if row.max() >= 0.8
    ]
    assert found == expected
    assert len(list(pseudo_labelled(teacher, MORE, 0.0))) == len(MORE)


def test_a_fit_reports_how_many_there_were_and_leaves_no_first_classifier(tmp_path, pretrained):
    out = tmp_path / "model"
    settings = SETTINGS.with_(both_directions=True)
    report = fit(FitSources(LABELLED, MORE), out, settings, language_models=[pretrained]).report
    assert 0 < report.pseudo_labelled_documents <= len(MORE)
    shown = dict(report.rows())
    assert shown["documents: pseudo-labelled"] == str(report.pseudo_labelled_documents)
    assert left_behind(tmp_path) == []
    assert not (out / "teacher").exists()


def test_labels_that_were_put_aside_are_guessed(pretrained):
    found = gather(FitSources(LABELLED), SETTINGS.prepare, test_share=0.1)
    drawn = draw_labels(found, 40, valid_share=0.2, seed=1)
    texts = {name: {d.columns for d in part} for name, part in drawn.split._asdict().items()}
    everything = {d.columns for d in (*found.split.train, *found.split.valid)}
    put_aside = {d.columns for d in drawn.without_labels()}
    assert put_aside <= everything - texts["valid"] - texts["test"]
    assert put_aside >= everything - texts["train"] - texts["valid"] - texts["test"]
    assert all(d.label is None for d in drawn.without_labels())


def test_without_unlabelled_documents_there_is_nothing_to_guess(tmp_path, pretrained):
    with pytest.raises(SettingsError, match=r"pseudo-labels where every document has a label: 0.7"):
        fit(FitSources(LABELLED), tmp_path / "model", SETTINGS, language_models=[pretrained])
    assert list(tmp_path.iterdir()) == []


def test_numbers_and_tags_are_not_guessed():
    with pytest.raises(SettingsError, match="pseudo_labels go with classes"):
        SETTINGS.with_(prepare={"source": {"label": "label", "target": "tags"}})
