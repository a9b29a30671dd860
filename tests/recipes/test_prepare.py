import numpy as np
import pytest

from tests.recipes.small_world import documents, left_behind, prepare_settings
from ulmus.corpus.reader import open_corpus
from ulmus.errors import CorpusError, LabelError
from ulmus.recipes.prepare import Sources, prepare
from ulmus.text.sources import Document

LABELLED = prepare_settings(source={"label": "label"})


def words(corpus, split):
    part = corpus.split(split)
    return [corpus.processor.decode(part.document(i)) for i in range(part.document_count)]


def test_a_share_is_held_out_by_the_text_alone(tmp_path):
    made = documents(200, labels=False)
    corpus = prepare(Sources(made), tmp_path / "one", prepare_settings())
    assert list(corpus.splits) == ["train", "valid"]
    valid = set(words(corpus, "valid"))
    assert 8 <= corpus.split("valid").document_count <= 35
    again = prepare(Sources(made[::-1]), tmp_path / "two", prepare_settings())
    assert set(words(again, "valid")) == valid
    other = prepare(Sources(made), tmp_path / "three", prepare_settings(seed=1))
    assert set(words(other, "valid")) != valid


def test_given_sources_make_the_splits(tmp_path):
    train, valid = documents(20), documents(6, seed=1)
    test = documents(4, seed=2)
    corpus = prepare(Sources(train, valid, test), tmp_path / "c", LABELLED)
    assert {n: s.document_count for n, s in corpus.splits.items()} == {
        "train": 20,
        "valid": 6,
        "test": 4,
    }
    assert corpus.labels == ("bad", "good")
    assert corpus.split("test").targets.tolist() == [0, 1, 0, 1]
    assert words(corpus, "valid") == [d.text for d in valid]
    assert corpus.provenance == {"source": "a list of 20 texts"}


def test_the_vocabulary_is_that_of_the_training_split(tmp_path):
    train = [Document(("red red blue",), None)]
    valid = [Document(("green tree green",), None)]
    settings = prepare_settings(min_freq=2)
    corpus = prepare(Sources(train, valid), tmp_path / "c", settings)
    assert corpus.vocabulary.tokens[9:10] == ("red",)
    assert "blue" not in corpus.vocabulary
    assert "green" not in corpus.vocabulary
    assert words(corpus, "valid") == ["xxunk xxunk xxunk"]


def test_another_models_splitter_and_vocabulary_are_taken(tmp_path):
    one = prepare(Sources(documents(50)), tmp_path / "one", prepare_settings(tokenizer="words:de"))
    two = prepare(
        Sources(documents(50, seed=5)),
        tmp_path / "two",
        prepare_settings(tokenizer="characters"),
        splitter=one.processor.splitter,
        vocabulary=one.vocabulary,
    )
    assert two.processor.fingerprint == one.processor.fingerprint


def test_a_function_is_taken_in_the_place_of_the_named_tokenizer(tmp_path):
    corpus = prepare(Sources(documents(50)), tmp_path / "c", prepare_settings(), tokenize=str.split)
    assert corpus.processor.tokenizer.function is str.split
    assert open_corpus(tmp_path / "c", str.split).fingerprint == corpus.fingerprint


def test_subwords_are_trained_on_the_training_split(tmp_path):
    settings = prepare_settings(tokenizer="subwords:60")
    valid = [Document(("ωωωω ωωωω",), None)]
    corpus = prepare(Sources(documents(60, labels=False), valid), tmp_path / "c", settings)
    assert not any("ω" in token for token in corpus.vocabulary.tokens)
    assert words(corpus, "train")[0] == documents(60)[0].text


def test_one_document_cannot_be_divided(tmp_path):
    with pytest.raises(CorpusError, match=r"no document in the (train|valid) split"):
        prepare(Sources(["one text"]), tmp_path / "c", prepare_settings())
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_label_in_the_test_source(tmp_path):
    test = [Document(("text",), "ugly")]
    with pytest.raises(LabelError, match="an unknown label in the test split: 'ugly'"):
        prepare(Sources(documents(20), documents(6), test), tmp_path / "c", LABELLED)
    assert left_behind(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["class", "tags"])
@pytest.mark.parametrize("seed", range(6))
def test_a_rare_label_is_always_learned_from(tmp_path, target, seed):
    made = [*documents(60), *(Document((f"rare {n}",), f"rare {n}") for n in range(8))]
    settings = prepare_settings(
        source={"label": "label", "target": target}, seed=seed, valid_share=0.2
    )

    corpus = prepare(Sources(made), tmp_path / "c", settings)

    assert {f"rare {n}" for n in range(8)} < set(corpus.labels)
    learned = corpus.split("train").targets
    counts = np.bincount(learned) if target == "class" else learned.sum(0)
    assert counts.min() >= 1
    assert 6 <= corpus.split("valid").document_count <= 20


def test_labelled_documents_go_through_one_by_one(tmp_path, monkeypatch):
    many, written = documents(300), []
    split_of = {}

    def watched():
        for document in many:
            # What is written meanwhile: all but the held out whose label was not met before.
            split_of[len(split_of)] = len(written)
            yield document

    def write(_out, pairs, *_rest, **_named):
        written.extend(pairs)

    monkeypatch.setattr("ulmus.recipes.prepare.write_corpus", write)
    monkeypatch.setattr("ulmus.corpus.source_parts.read_documents", lambda *_: watched())
    prepare(Sources("-"), tmp_path / "c", LABELLED)
    assert len(written) == 300
    assert all(read - seen <= 10 for read, seen in split_of.items())
