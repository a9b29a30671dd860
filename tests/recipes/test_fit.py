import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from tests.bundle.saved_models import in_new_process
from tests.recipes.small_world import (
    documents,
    fit_settings,
    language_model,
    left_behind,
    real_pictures,
    weights,
)
from ulmus.bundle.reader import load
from ulmus.errors import SettingsError, UlmusWarning
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources, gather
from ulmus.text.sources import Document

LABELLED = documents(240, classes=("bad", "good", "mixed"))
SETTINGS = fit_settings(classifier={"epochs": 6})


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    return language_model(tmp_path_factory.mktemp("pretrained"))


@pytest.fixture(scope="module")
def done(tmp_path_factory, pretrained):
    out = tmp_path_factory.mktemp("fit") / "model"
    with real_pictures():
        result = fit(FitSources(LABELLED), out, SETTINGS, language_models=[pretrained])
    return out, result


def split():
    settings = SETTINGS.prepare
    return gather(FitSources(LABELLED), settings, test_share=SETTINGS.test_share).split


def test_everything_is_in_one_folder(done):
    out, _ = done
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    model = {"README.md", "bundle.json", "model.safetensors"}
    model |= {"history.csv", "history.png", "steps.csv"}
    model |= {"processor/processor.json", "processor/vocabulary.json"}
    report = {"report.json", "confusion.csv", "confusion.png"}
    report |= {"reliability.csv", "reliability.png"}
    assert files == model | report | {f"language-model/{name}" for name in model}
    assert left_behind(out.parent) == []
    assert [p.name for p in out.parent.iterdir()] == ["model"]
    for path in out.rglob("*.png"):
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_report_tells_the_figures_of_the_saved_model_on_the_test_documents(done):
    out, result = done
    report = json.loads((out / "report.json").read_text("utf-8"))
    test = split().test
    true, predicted = [d.label for d in test], load(out).predict([d.text for d in test])
    assert report["accuracy"] == pytest.approx(accuracy_score(true, predicted))
    assert report["macro_f1"] == pytest.approx(f1_score(true, predicted, average="macro"))
    assert report == result.report.as_json()
    assert load(out).manifest.metrics["test_accuracy"] == report["accuracy"]
    assert load(out).manifest.metrics["test_macro_f1"] == report["macro_f1"]
    with (out / "confusion.csv").open(encoding="utf-8", newline="") as file:
        counts = [[int(v) for v in row[1:]] for row in list(csv.reader(file))[1:]]
    assert counts == confusion_matrix(true, predicted).tolist()


def test_the_report_counts_what_was_learned(done):
    out, result = done
    train, valid, test = split()
    report, known = result.report, load(out).processor
    assert report.classes == 3
    assert (report.train_documents, report.valid_documents, report.test_documents) == (
        len(train),
        len(valid),
        len(test),
    )
    assert report.tokens == sum(len(known.encode(d.text)) for d in train)
    ids = np.concatenate([known.encode(d.text) for d in test])
    assert report.out_of_vocabulary == pytest.approx((ids == 0).mean())
    assert 0 < report.minutes < 5


def test_the_report_tells_both_perplexities(done):
    out, result = done
    manifest = load(out / "language-model").manifest
    assert result.report.perplexity_before == manifest.provenance["valid_perplexity_before"]
    assert result.report.perplexity_after == manifest.metrics["valid_perplexity"]
    valid = [d.text for d in split().valid]
    found = load(out / "language-model").perplexity(valid).per_token
    assert result.report.perplexity_after == pytest.approx(found, rel=1e-4)


def test_the_linear_baseline_reads_the_same_documents(done):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    _, result = done
    train, valid, test = split()
    known = [*train, *valid]
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\S+")
    machine = LinearSVC(C=0.5, random_state=0)
    machine.fit(vectors.fit_transform(d.text for d in known), [d.label for d in known])
    predicted = machine.predict(vectors.transform(d.text for d in test))
    assert result.report.linear_figures["accuracy"] == pytest.approx(
        accuracy_score([d.label for d in test], predicted)
    )


def test_what_is_returned_is_what_was_saved(done):
    out, result = done
    texts = [d.text for d in LABELLED[:20]]
    saved = load(out)
    assert np.array_equal(saved.predict_proba(texts), result.bundle.predict_proba(texts))
    language = load(out / "language-model")
    assert language.generate("the", seed=1) == result.language_model.generate("the", seed=1)


CODE = """
import json, sys, ulmus
bundle = ulmus.load(sys.argv[1])
json.dump(bundle.predict_proba(json.loads(sys.argv[2])).tobytes().hex(), sys.stdout)
"""


def test_a_new_process_predicts_the_same(done):
    out, result = done
    texts = [d.text for d in LABELLED[:20]]
    told = in_new_process(CODE, out, json.dumps(texts))
    assert told == result.bundle.predict_proba(texts).tobytes().hex()


def test_one_seed_gives_the_same_model_and_another_does_not(tmp_path):
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        settings = fit_settings(engine={"seed": seed})
        fit(FitSources(documents(60)), tmp_path / name, settings)
    for part in ("", "language-model"):
        assert weights(tmp_path / "one" / part) == weights(tmp_path / "two" / part)
        assert weights(tmp_path / "one" / part) != weights(tmp_path / "three" / part)


def test_without_a_pretrained_model_there_is_no_perplexity_before(tmp_path):
    result = fit(FitSources(documents(60)), tmp_path / "model", fit_settings())
    assert result.report.perplexity_before is None
    assert json.loads((tmp_path / "model/report.json").read_text())["perplexity_before"] is None
    provenance = load(tmp_path / "model/language-model").manifest.provenance
    assert provenance["pretraining_tokens"] == result.report.tokens


def marked(count, word):
    """Return documents of two classes, a tenth of them with a word that no other has."""
    made = documents(count)
    return [Document((f"{d.text} {word}{i}",), d.label) for i, d in enumerate(made)]


def test_test_texts_never_reach_the_language_model(tmp_path):
    labelled = marked(80, "labelled")
    test = marked(20, "secret")
    kept = [Document((f"{d.text} unlabelled",), None) for d in documents(10, seed=9)]
    sources = FitSources(labelled, unlabelled=[*test, *labelled, *kept], test=test)
    held_out = gather(sources, fit_settings().prepare, test_share=0.1).split
    fit(sources, tmp_path / "model", fit_settings())
    for part in ("", "language-model"):
        tokens = set(load(tmp_path / "model" / part).processor.vocabulary.tokens)
        assert not any(token.startswith("secret") for token in tokens)
        assert "unlabelled" in tokens
        for learned, there in ((held_out.train, True), (held_out.valid, False)):
            words = {d.text.split()[-1] for d in learned}
            assert (words <= tokens) if there else words.isdisjoint(tokens)


def test_other_test_texts_give_the_same_models(tmp_path, pretrained):
    # Neither fine-tuning, nor the choice of the epoch, nor calibration and blending see them.
    labelled, more = documents(160), documents(40, seed=4, labels=False)
    made = []
    for seed, name in ((8, "one"), (9, "other")):
        sources = FitSources(labelled, unlabelled=more, test=documents(30, seed=seed))
        settings = SETTINGS.with_(blend=True, pseudo_labels=0.6)
        result = fit(sources, tmp_path / name, settings, language_models=[pretrained])
        manifest = result.bundle.manifest
        learned = manifest.calibration, manifest.weights_hash, manifest.ngrams_hash
        files = ("model.safetensors", "language-model/model.safetensors")
        files += ("ngrams/weights.safetensors", "ngrams/features.json")
        made.append((learned, [(tmp_path / name / file).read_bytes() for file in files]))
        made[-1] += (load(tmp_path / name).predict_proba([d.text for d in labelled]).tolist(),)
    assert made[0][0] == made[1][0]
    for file, one, other in zip(files, made[0][1], made[1][1], strict=True):
        assert one == other, file
    assert made[0][2] == made[1][2]


def test_held_out_test_texts_never_reach_the_language_model(tmp_path):
    labelled = marked(80, "word")
    settings = fit_settings()
    fit(FitSources(labelled, unlabelled=labelled), tmp_path / "model", settings)
    tokens = set(load(tmp_path / "model").processor.vocabulary.tokens)
    held_out = gather(FitSources(labelled), settings.prepare, test_share=settings.test_share).split
    assert len(held_out.test) == 8
    assert not any(d.text.split()[-1] in tokens for d in held_out.test)
    assert all(d.text.split()[-1] in tokens for d in held_out.train)


def test_several_text_columns(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"{d.text},{d.label},a title {i}" for i, d in enumerate(documents(60))]
    path.write_text("\n".join(["body,class,title", *rows]), "utf-8")
    source = {"text": ("title", "body"), "label": "class"}
    fit(FitSources(str(path)), tmp_path / "model", fit_settings(prepare={"source": source}))
    saved = load(tmp_path / "model")
    assert saved.labels == ("bad", "good")
    assert saved.processor.decode(saved.processor.encode(("a title", "film"))).count("film") == 1
    assert "xxfld" in saved.processor.tokens(("a title", "film"))
    assert saved.manifest.provenance["source"] == "t.csv"


def test_gaps_are_counted_and_skipped(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"{d.text},{d.label}" for d in documents(60)]
    path.write_text("\n".join(["text,label", *rows, ",good", "NaN,bad", "a film,"]), "utf-8")
    with pytest.warns(UlmusWarning, match="skipped 3 of 63 documents of t.csv: 2 without text, 1"):
        result = fit(FitSources(path), tmp_path / "model", fit_settings())
    report = result.report
    assert report.train_documents + report.valid_documents + report.test_documents == 60


def test_an_older_model_is_replaced_as_a_whole(tmp_path):
    settings = fit_settings()
    fit(FitSources(documents(60)), tmp_path / "model", fit_settings(both_directions=True))
    assert (tmp_path / "model/backward").exists()
    fit(FitSources(documents(60)), tmp_path / "model", settings)
    assert not (tmp_path / "model/backward").exists()
    assert not (tmp_path / "model/backward-language-model").exists()
    shutil.rmtree(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    fit(FitSources(documents(60)), Path(), fit_settings())
    monkeypatch.chdir(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["here"]
    assert load(Path("here")).labels == ("bad", "good")


@pytest.fixture(scope="module")
def blended(tmp_path_factory, pretrained):
    out = tmp_path_factory.mktemp("blended") / "model"
    settings = SETTINGS.with_(blend=True, classifier={"epochs": 2})
    return out, fit(FitSources(LABELLED), out, settings, language_models=[pretrained])


def test_a_linear_model_has_a_say_where_it_is_asked_for(done, blended):
    out, result = blended
    loaded, test = load(out), split().test
    assert loaded.manifest.calibration.ngrams > 0
    said = loaded.predict([document.text for document in test])
    right = np.mean([one == document.label for one, document in zip(said, test, strict=True)])
    assert right == pytest.approx(result.report.figures["accuracy"])
    report = json.loads((out / "report.json").read_text("utf-8"))
    alone = replace(loaded, ngrams=None)
    told = [one == d.label for one, d in zip(alone.predict([d.text for d in test]), test,
            strict=True)]  # fmt: skip
    assert report["network_accuracy"] == pytest.approx(np.mean(told))
    assert report["accuracy"] >= report["network_accuracy"]
    assert result.report.logistic_figures["accuracy"] > 0.9
    assert done[1].report.network_figures is None
    assert load(done[0]).ngrams is None


def test_probabilities_are_calibrated_on_the_validation_documents(done):
    out, result = done
    bundle, valid = load(out), split().valid
    assert bundle.manifest.calibration.network != 1
    raw = replace(bundle, manifest=bundle.manifest.with_(calibration={"network": 1.0}))
    texts = [document.text for document in valid]
    true = [bundle.labels.index(document.label) for document in valid]

    def surprise(model):
        return -np.log(model.predict_proba(texts)[range(len(true)), true]).mean()

    assert surprise(bundle) <= surprise(raw)
    assert 0 <= result.report.calibration_error <= 1


def test_numbers_cannot_be_blended():
    with pytest.raises(SettingsError, match=r"blend goes with classes and tags"):
        SETTINGS.with_(blend=True, prepare={"source": {"target": "number"}})
