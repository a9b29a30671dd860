import pytest

from tests.corpus.sample_text import documents, generated
from ulmus.corpus import hold_out, in_split
from ulmus.errors import SettingsError
from ulmus.text.sources import Document


def test_given_documents_stay_in_their_split():
    a, b = documents("a", "b")

    assert list(in_split("test", [a, b])) == [("test", a), ("test", b)]


def test_a_share_of_the_documents_is_held_out():
    splits = [split for split, _ in hold_out(generated(4000), 0.25)]

    assert splits.count("valid") + splits.count("train") == 4000
    assert 0.22 < splits.count("valid") / 4000 < 0.28


def test_a_document_is_on_the_same_side_in_any_order_and_with_any_label():
    some = list(generated(200))
    sides = {document.columns: split for split, document in hold_out(some, 0.3)}
    relabelled = [Document(document.columns, "other") for document in reversed(some)]

    assert {d.columns: split for split, d in hold_out(relabelled, 0.3)} == sides


def test_a_larger_share_holds_out_the_same_documents_and_more():
    def held(share):
        return {d.columns for split, d in hold_out(generated(500), share) if split == "valid"}

    assert held(0.1) < held(0.3)


def test_the_border_between_columns_counts():
    pairs = [("a" * i, "a" * (40 - i)) for i in range(41)]

    splits = {split for split, _ in hold_out([Document(pair, None) for pair in pairs], 0.5)}

    assert splits == {"train", "valid"}


def test_a_lone_surrogate_can_be_hashed():
    assert len(list(hold_out(documents("\ud800"), 0.5))) == 1


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused_before_anything_is_read(share):
    with pytest.raises(SettingsError, match=r"share held out .* above 0 and below 1"):
        hold_out(iter(()), share)
