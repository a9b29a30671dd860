"""`fit` where a label is several tags or a number: learned, judged, saved and loaded."""

import json
import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, mean_absolute_error

from tests.bundle.saved_models import in_new_process
from tests.recipes.small_world import PLAIN, fit_settings, left_behind, real_pictures
from ulmus.bundle.reader import load
from ulmus.errors import BundleError, LabelError, SettingsError
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources, gather
from ulmus.text.sources import Document, SourceSettings, read_documents

TELLING = {"ตลก": "funny", "short": "brief", "old": "ancient"}
STARS = {"1": "awful", "2": "weak", "3": "fair", "4": "fine", "5": "superb"}


def tagged(count, seed=0):
    """Documents in which a word tells each tag."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        tags = [tag for tag in TELLING if draw.random() < 0.4]
        words = [draw.choice(PLAIN) for _ in range(5)]
        for tag in tags:
            words.insert(draw.randrange(len(words)), TELLING[tag])
        made.append(Document((" ".join(words),), ";".join(tags)))
    return made


def starred(count, seed=0):
    """Documents in which a word tells how many stars there are."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        stars = draw.choice(list(STARS))
        words = [draw.choice(PLAIN) for _ in range(5)]
        words.insert(draw.randrange(5), STARS[stars])
        made.append(Document((" ".join(words),), stars))
    return made


def with_label(label):
    return [Document(document.columns, label) for document in starred(60)]


def settings(target, **classifier):
    learning = {"epochs": 12, "learning_rate": 0.02, "dropout_multiplier": 0.3, **classifier}
    return fit_settings(
        prepare={"source": {"label": "label", "target": target}}, classifier=learning
    )


def fitted(folder, documents, chosen):
    with real_pictures():
        return fit(FitSources(documents), folder / "model", chosen)


@pytest.fixture(scope="module")
def tags(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tags")
    return folder / "model", fitted(folder, tagged(300), settings("tags"))


@pytest.fixture(scope="module")
def stars(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stars")
    chosen = settings("number", number_range=(0.5, 5.5))
    return folder / "model", fitted(folder, starred(300), chosen)


def test_tags_are_learned_and_given(tags):
    out, _ = tags
    bundle = load(out)

    texts = ["the plot a funny film story", "a scene brief the actor ancient plot"]
    probabilities = bundle.predict_proba(texts)

    assert bundle.labels == ("old", "short", "ตลก")
    assert bundle.predict(texts) == [("ตลก",), ("old", "short")]
    assert probabilities.shape == (2, 3)
    assert probabilities[0, 2] > 0.9 > 0.1 > probabilities[1, 2]
    assert probabilities[1].sum() > 1.2  # each by itself, not one of three


def test_the_figures_of_tags_are_those_of_the_saved_model(tags):
    out, result = tags
    test = gather(FitSources(tagged(300)), settings("tags").prepare, test_share=0.1).split.test
    bundle = load(out)
    true = np.array([[label in d.label.split(";") for label in bundle.labels] for d in test])
    said = bundle.predict_proba([d.text for d in test]) >= 0.5

    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["micro_f1"] == pytest.approx(f1_score(true, said, average="micro"))
    assert report["exact_match"] == pytest.approx((true == said).all(1).mean())
    assert report["micro_f1"] > 0.85
    assert report["linear_micro_f1"] > 0.85
    assert result.report.as_json() == report
    assert bundle.manifest.metrics["test_micro_f1"] == report["micro_f1"]
    names = {path.name for path in out.iterdir()}
    assert {"tags.csv", "tags.png"} <= names
    assert "confusion.csv" not in names
    assert (out / "tags.png").read_bytes()[:4] == b"\x89PNG"


def test_numbers_are_learned_within_their_range(stars):
    out, result = stars
    bundle = load(out)

    said = bundle.predict([f"the plot a {word} film story" for word in STARS.values()])

    assert said == sorted(said)
    assert all(isinstance(number, float) and 0.5 < number < 5.5 for number in said)
    assert said == pytest.approx([1, 2, 3, 4, 5], abs=0.8)
    assert result.report.figures["r_squared"] > 0.7


def test_the_figures_of_numbers_are_those_of_the_saved_model(stars):
    out, _ = stars
    chosen = settings("number")
    test = gather(FitSources(starred(300)), chosen.prepare, test_share=0.1).split.test
    bundle = load(out)

    said = bundle.predict([d.text for d in test])

    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["mean_absolute_error"] == pytest.approx(
        mean_absolute_error([float(d.label) for d in test], said), abs=1e-5
    )
    assert report["classes"] == 0
    assert {"numbers.csv", "numbers.png"} <= {path.name for path in out.iterdir()}


@pytest.mark.parametrize("name", ["tags", "stars"])
def test_a_new_process_says_the_same(name, request):
    out, _ = request.getfixturevalue(name)
    texts = ["the funny superb film", "ancient plot", ""]
    code = (
        "import json, sys, ulmus; print(json.dumps(ulmus.load(sys.argv[1]).predict(sys.argv[2:])))"
    )
    said = in_new_process(code, out, *texts)

    mine = load(out).predict(texts)
    assert said == [list(one) if isinstance(one, tuple) else one for one in mine]


def test_numbers_have_no_probabilities(stars):
    with pytest.raises(BundleError, match="says numbers, which have no probabilities: 'predict_"):
        load(stars[0]).predict_proba(["a film"])


def test_both_directions_are_averaged(tmp_path):
    chosen = settings("number", epochs=1).with_(both_directions=True)
    bundle = fit(FitSources(starred(120)), tmp_path / "model", chosen).bundle
    loaded = load(tmp_path / "model")

    texts = ["the fair film", "a superb scene"]
    forward = loaded.answers(texts)
    alone = [
        replace_backward(loaded).predict(texts),
        loaded.backward.predict(texts),
    ]
    assert forward[:, 0] == pytest.approx(np.mean(alone, axis=0))
    assert bundle.predict(texts) == pytest.approx(loaded.predict(texts))


def replace_backward(bundle):
    return replace(bundle, backward=None)


@pytest.mark.parametrize("kind", ["frame", "parquet", "jsonl", "csv", "csv by pandas"])
def test_tags_come_as_lists_or_with_separators(kind, tmp_path):
    rows = [("one", ["x", "ตลก"]), ("two", []), ("three", ["x"]), ("four", None)]
    reading = SourceSettings(label="label", target="tags")
    frame = pd.DataFrame({"text": [t for t, _ in rows], "label": [tags for _, tags in rows]})
    source = frame
    if kind == "parquet":
        frame.to_parquet(source := tmp_path / "a.parquet")
    elif kind == "jsonl":
        frame.to_json(source := tmp_path / "a.jsonl", orient="records", lines=True)
    elif kind.startswith("csv"):
        frame["label"] = frame["label"].map(";".join, na_action="ignore")
        frame.to_csv(source := tmp_path / "a.csv", index=False)
    if kind == "csv by pandas":
        source = pd.read_csv(source)

    assert [d.label for d in read_documents(source, reading)] == ["x;ตลก", "", "x", ""]


def test_rare_tags_are_always_learned_from(tmp_path):
    documents = [
        *tagged(60),
        *(Document((f"the rare film {n}",), f"tag {n};short") for n in range(12)),
    ]
    split = gather(FitSources(documents), settings("tags").prepare, test_share=0.2).split

    learned = {tag for d in split.train for tag in d.label.split(";")}
    assert learned >= {f"tag {n}" for n in range(12)}
    assert len(split.valid) > 3
    assert len(split.test) > 6


def test_weights_and_smoothing_change_what_is_learned(tmp_path, tags):
    ids = [tags[1].bundle.processor.encode("the plot a funny film story")]
    plain = tags[1].bundle.network_answers(ids)
    chosen = settings("tags", class_weights="balanced", label_smoothing=0.2)
    other = fit(FitSources(tagged(300)), tmp_path / "model", chosen).bundle

    assert other.network_answers(ids)[0, 2] < plain[0, 2] - 0.01
    assert other.predict(["the plot a funny film story"]) == [("ตลก",)]


@pytest.mark.parametrize(
    ("documents", "target", "classifier", "error", "message"),
    [
        (starred(60), "number", {"class_weights": "balanced"}, SettingsError, "class weights or"),
        (starred(60), "number", {"label_smoothing": 0.1}, SettingsError, "smoothing, where the l"),
        (starred(60), "number", {"number_range": (2, 4)}, LabelError, "a number outside of the"),
        (starred(60), "class", {"number_range": (2, 4)}, SettingsError, "a range of numbers, wh"),
        (starred(60), "class", {"class_weights": {"6": 1}}, SettingsError, "weights of unknown cl"),
        (starred(60), "class", {"class_weights": {"5": 0}}, SettingsError, "class weight that is"),
        (with_label("many"), "number", {}, LabelError, "a label that is no number"),
        (with_label("2"), "number", {}, LabelError, "there is one number only"),
        (with_label(""), "tags", {}, LabelError, "no training document has a tag"),
    ],
)
def test_what_cannot_be_learned_is_told(documents, target, classifier, error, message, tmp_path):
    chosen = settings(target, **{"epochs": 1, **classifier})

    with pytest.raises(error, match=message):
        fit(FitSources(documents), tmp_path / "model", chosen)

    assert list(tmp_path.iterdir()) == []
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("ends", [(6, 0), (3, 3), (float("nan"), 3), (0, float("inf"))])
def test_what_is_no_range_is_told(ends):
    with pytest.raises(SettingsError, match="a range is two finite numbers, the lower one first"):
        settings("number", number_range=ends)


@pytest.mark.parametrize(
    ("reading", "message"),
    [
        ({"target": "tags"}, "the target 'tags' needs the name of a label column"),
        ({"target": "number"}, "the target 'number' needs the name of a label column"),
        ({"label": "l", "separator": "|"}, "a separator stands between tags, and the target is"),
    ],
)
def test_what_does_not_go_together_is_told(reading, message):
    with pytest.raises(SettingsError, match=message):
        fit_settings(prepare={"source": {"label": None, **reading}})
