import pytest

from tests.recipes.small_world import documents, prepare_settings
from ulmus.errors import LabelError, SourceError, UlmusWarning
from ulmus.recipes.fit_documents import FitSources, gather
from ulmus.text.sources import Document

SETTINGS = prepare_settings(source={"label": "label"})


def gathered(test_share=0.1, settings=SETTINGS, **sources):
    return gather(FitSources(**sources), settings, test_share=test_share)


def by_split(pairs):
    found = {}
    for split, document in pairs:
        found.setdefault(split, []).append(document)
    return found


def test_documents_are_held_out_of_the_labelled_ones():
    made = gathered(labelled=documents(100))
    assert [len(part) for part in made.split] == [80, 10, 10]
    assert by_split(made.labelled()) == {
        "train": made.split.train,
        "valid": made.split.valid,
        "test": made.split.test,
    }
    assert made.provenance() == {"source": "a list of 100 texts"}


def test_given_sources_are_taken_whole():
    one, two, three = documents(40), documents(14, seed=1), documents(12, seed=2)
    made = gathered(labelled=one, valid=two, test=three)
    assert sorted(made.split.train) == sorted(one)
    assert (made.split.valid, made.split.test) == (two, three)


def test_the_language_model_reads_no_labels_and_no_test_text():
    made = gathered(labelled=documents(100), unlabelled=documents(30, seed=4, labels=False))
    texts = by_split(made.texts())
    assert set(texts) == {"train", "valid"}
    assert all(d.label is None for part in texts.values() for d in part)
    assert [d.columns for d in texts["valid"]] == [d.columns for d in made.split.valid]
    held_out = {d.columns for d in (*made.split.valid, *made.split.test)}
    assert held_out.isdisjoint(d.columns for d in texts["train"])
    assert len(texts["train"]) == 80 + 30


def test_copies_of_held_out_texts_are_left_out_of_the_unlabelled_ones():
    labelled = [Document((f"text number {i}",), "ab"[i % 2]) for i in range(100)]
    made = gathered(labelled=labelled, unlabelled=[*labelled, Document(("one more",), None)])
    texts = by_split(made.texts())
    assert {d.label for d in texts["train"]} == {None}
    held_out = {d.columns for d in (*made.split.valid, *made.split.test)}
    assert len(held_out) == 20
    assert held_out.isdisjoint(d.columns for d in texts["train"])
    assert len(texts["train"]) == 80 + 80 + 1


def test_the_unlabelled_source_needs_no_label_column(tmp_path):
    (tmp_path / "labelled.csv").write_text("text,label\n" + "red,a\nblue,b\n" * 20)
    (tmp_path / "more.csv").write_text("text\ngreen\nbrown\n")
    made = gathered(labelled=tmp_path / "labelled.csv", unlabelled=tmp_path / "more.csv")
    assert [d.text for _, d in made.texts()].count("green") == 1
    assert made.provenance() == {"source": "labelled.csv, with more.csv"}


def test_missing_texts_and_labels_are_counted_and_skipped(tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("text,label\n" + "red,a\nblue,b\n" * 20 + ",a\nNaN,b\n  ,a\ngreen,\n")
    with pytest.warns(
        UlmusWarning,
        match=r"^skipped 4 of 44 documents of gaps.csv: 3 without text, 1 without a label$",
    ):
        made = gathered(labelled=path)
    assert sum(len(part) for part in made.split) == 40


def test_the_identity_covers_labelled_and_unlabelled_documents(tmp_path):
    more = tmp_path / "more.txt"
    more.write_text("one\ntwo\n")
    base = {"labelled": documents(40), "unlabelled": str(more)}
    identity = gathered(**base).identity()
    assert gathered(**base).identity() == identity
    assert gathered(**{**base, "labelled": documents(40, seed=1)}).identity() != identity
    assert gathered(**{**base, "unlabelled": None}).identity() != identity
    more.write_text("one\ntwo!\n")
    assert gathered(**base).identity() != identity


def test_standard_input_is_not_read_for_the_identity():
    made = gathered(labelled=documents(40), unlabelled="-")
    assert made.identity() == [made.split]


def test_a_label_column_has_to_be_named():
    with pytest.raises(
        SourceError, match=r"^no label column is named; accepted: the name of a column\. Name it"
    ):
        gathered(labelled=documents(40), settings=prepare_settings())


@pytest.mark.parametrize("name", ["valid", "test"])
def test_an_unknown_label_in_another_source(name):
    other = [*documents(4), Document(("text",), "ugly"), Document(("more",), "new")]
    with pytest.raises(
        LabelError,
        match=rf"^labels in the {'validation' if name == 'valid' else 'test'} source that no "
        r"training document has: 'new, ugly'; accepted: bad, good\. Mend them, or add",
    ):
        gathered(labelled=documents(40), **{name: other})


@pytest.mark.parametrize(
    ("purpose", "option", "share"),
    [("validation", "valid", {"valid_share": 0.04}), ("the test", "test", {})],
)
def test_too_few_documents_to_hold_any_out(purpose, option, share):
    settings = SETTINGS.with_(**{"valid_share": 0.3, **share})
    with pytest.raises(
        LabelError,
        match=rf"^too few documents to hold a share out for {purpose}: 0.04; accepted: 13 "
        rf"documents or more in some class\. Give more documents, or a source with --{option}\.$",
    ):
        gathered(labelled=documents(24), settings=settings, test_share=0.3 if share else 0.04)


def test_a_missing_unlabelled_source_is_found_out_at_once(tmp_path):
    made = gathered(labelled=documents(40), unlabelled=tmp_path / "missing.txt")
    with pytest.raises(SourceError, match=r"missing\.txt"):
        made.identity()
