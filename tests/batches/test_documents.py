import numpy as np

from ulmus.batches import EncodedDocuments


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
