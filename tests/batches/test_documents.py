import numpy as np
import pytest

from ulmus.batches import EncodedDocuments
from ulmus.batches.documents import without_beginnings


def test_joined_documents_keep_their_ids_and_labels():
    documents = EncodedDocuments.join(
        [np.array([5, 6]), np.array([], int), np.array([7])], [1, 0, 1]
    )

    spans = zip(documents.starts, documents.ends, strict=True)
    assert [documents.ids[start:end].tolist() for start, end in spans] == [[5, 6], [], [7]]
    assert documents.targets is not None
    assert documents.targets.tolist() == [1, 0, 1]


def test_no_documents_join_to_nothing():
    documents = EncodedDocuments.join([])

    assert (documents.ids.size, documents.starts.size, documents.ends.size) == (0, 0, 0)
    assert documents.targets is None


@pytest.mark.parametrize(
    ("backward", "expected"),
    [(False, [[0, 1, 2], [5, 6, 7, 8]]), (True, [[0, 1, 2], [3, 4, 5, 6]])],
)
def test_the_beginning_of_a_long_document_is_left_out_in_whole_chunks(backward, expected):
    documents = EncodedDocuments.join([np.arange(3), np.arange(3, 9)], [1, 0])

    cut = without_beginnings(documents, 5, multiple=2, backward=backward)

    spans = zip(cut.starts, cut.ends, strict=True)
    assert [cut.ids[start:end].tolist() for start, end in spans] == expected
    assert cut.ids is documents.ids
    assert cut.targets.tolist() == [1, 0]
    same = without_beginnings(documents, 6, multiple=2, backward=backward)
    assert (same.starts.tolist(), same.ends.tolist()) == ([0, 3], [3, 9])
