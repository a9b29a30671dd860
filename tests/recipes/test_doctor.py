"""What is wrong with texts, each fault put there on purpose."""

import csv
import json

import numpy as np
import pytest

from tests.recipes.small_world import documents, language_model
from ulmus.errors import OutputError
from ulmus.recipes.doctor import DoctorSettings, examine, write_examination
from ulmus.text.sources import Document

LONG = "a long review of a film that was neither good nor bad but simply much too long for me"
SETTINGS = DoctorSettings().with_(source={"label": "label"})


def found(train, **rest):
    return examine(train, SETTINGS, **rest).diagnosis


def said(diagnosis, words):
    return [finding for finding in diagnosis.findings if words in finding]


def numbered(count, label="good"):
    draw = np.random.default_rng(3)
    return [Document((" ".join(f"w{n}" for n in draw.integers(5000, size=12)),), label)
            for _ in range(count)]  # fmt: skip


def test_sizes_are_those_of_the_documents():
    split = found([Document(("one two",), "a"), Document(("one two three four",), "b")]).splits[0]
    assert (split.name, split.documents, split.characters) == ("train", 2, 7 + 18)
    assert split.tokens == 3 + 5  # xxbos begins each
    assert split.lengths == (3, 4, pytest.approx(4.9), 5)
    assert split.labels == {"a": 1, "b": 1}


def test_a_leak_is_shouted():
    train, test = numbered(40), numbered(60)[40:]
    clean = found(train, test=test)
    assert not said(clean, "LEAK")
    leaky = [*test, train[3], Document((train[4].text + " w1",), "good")]
    diagnosis = found(train, test=leaky)
    assert said(diagnosis, "LEAK") == [diagnosis.findings[0]]
    assert diagnosis.findings[0].startswith(
        "LEAK: 2 of 22 test documents are in the train documents (1 word for word, 1 nearly)"
    )


def test_copies_within_a_split():
    train = [*numbered(20), *[Document((LONG,), "good")] * 3]
    diagnosis = found(train)
    assert diagnosis.copies == (("train", "train", 2, 0),)
    assert said(diagnosis, "2 train documents are copies of others")


def test_one_text_with_two_labels():
    diagnosis = found([*numbered(20), Document((LONG,), "good"), Document((LONG,), "bad")])
    assert diagnosis.conflicts == 1
    assert said(diagnosis, "1 texts stand there with several labels")


def test_small_large_and_new_classes():
    train = [*numbered(60), Document((LONG,), "bad")]
    diagnosis = found(train, test=[Document(("some other words of another kind",), "new")])
    assert said(diagnosis, "1 classes have fewer than 10 documents: bad")
    assert said(diagnosis, "98% of the documents are good")
    assert said(diagnosis, "no training document has the labels new")


def test_thai_texts_for_an_english_tokenizer():
    thai = "ภาพยนตร์เรื่องนี้สนุกมากและนักแสดงเล่นได้ดีเหลือเกิน"
    diagnosis = found([Document((thai + str(n),), "ดี") for n in range(12)])
    assert diagnosis.language == "th"
    assert list(diagnosis.scripts) == ["THAI"]
    assert said(diagnosis, "the texts look like language 'th', and the tokenizer is words:en")


def test_several_scripts():
    mixed = [Document((f"hello there привет {n} мой друг",), "a") for n in range(12)]
    diagnosis = found(mixed)
    assert said(diagnosis, "the texts are written in several scripts: CYRILLIC, LATIN.")


def test_words_that_a_language_model_lacks(tmp_path):
    processor = language_model(tmp_path).processor
    known = found(documents(60), processor=processor)
    assert known.unknown_tokens == known.unknown_words == 0
    train = [Document((f"the film strange{n % 3}",), "a") for n in range(30)]
    diagnosis = found(train, processor=processor)
    assert diagnosis.unknown_tokens == pytest.approx(1 / 4)  # xxbos the film strange
    assert diagnosis.unknown_words == pytest.approx(3 / 6)
    assert said(diagnosis, "the language model does not know 25.0% of the words")


def test_documents_without_faults_have_no_findings():
    draw = np.random.default_rng(0)
    words = LONG.split()
    texts = {" ".join(draw.choice(words, 14)) + f" number {n}" for n in range(60)}
    train = [Document((text,), "ab"[n % 2]) for n, text in enumerate(sorted(texts))]
    assert found(train).findings == []


def test_the_folder_holds_figures_copies_and_pictures(tmp_path):
    train = [*numbered(20), *[Document((LONG,), "good")] * 2]
    examination = examine(train, SETTINGS, test=[Document((LONG.upper(),), "bad")])
    write_examination(tmp_path / "out", examination)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "classes.png",
        "copies.csv",
        "doctor.json",
        "lengths.png",
    ]
    facts = json.loads((tmp_path / "out/doctor.json").read_text("utf-8"))
    assert facts["findings"] == examination.diagnosis.findings
    assert facts["splits"][0]["lengths"]["longest"] == examination.diagnosis.splits[0].lengths[3]
    rows = list(csv.DictReader((tmp_path / "out/copies.csv").read_text("utf-8").splitlines()))
    assert [(row["likeness"], row["first_row"], row["second_split"]) for row in rows] == [
        ("1.00", "21", "train"),
        ("1.00", "21", "test"),
    ]
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    with pytest.raises(OutputError):
        write_examination(tmp_path / "taken", examination)
