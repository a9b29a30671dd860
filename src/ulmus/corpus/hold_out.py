"""Which split a document belongs to: where it came from, or a hash of what it says."""

import hashlib
from collections.abc import Iterable, Iterator

from ulmus.corpus.layout import TRAIN, VALID
from ulmus.errors import SettingsError
from ulmus.text.sources import Document

HASH_BYTES = 8


def in_split(split: str, documents: Iterable[Document]) -> Iterator[tuple[str, Document]]:
    """Put every document into one split, for sources given split by split.

    Args:
        split: "train", "valid" or "test".
        documents: The documents of that split.

    Yields:
        The split's name with each document.
    """
    for document in documents:
        yield split, document


def hold_out(
    documents: Iterable[Document], share: float, *, seed: int = 0
) -> Iterator[tuple[str, Document]]:
    """Put a share of the documents into the validation split, the rest into training.

    The text of a document alone decides: the same text is always on the same side, in whatever
    order, so that no copy of a training document is ever validated on.

    Args:
        documents: The documents to divide.
        share: The share to hold out, between 0 and 1.
        seed: Another seed holds out other documents.

    Returns:
        Pairs of "train" or "valid" and a document, in the order of the documents.

    Raises:
        SettingsError: The share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise SettingsError(
            "the share held out for validation is out of range",
            given=share,
            accepted="a number above 0 and below 1",
            remedy="Take --valid-share 0.1, or name a file with --valid SOURCE",
        )
    return _divided(documents, int(share * 2 ** (8 * HASH_BYTES)), seed)


def _divided(
    documents: Iterable[Document], threshold: int, seed: int
) -> Iterator[tuple[str, Document]]:
    for document in documents:
        held_out = document_rank(document, seed) < threshold
        yield VALID if held_out else TRAIN, document


def document_rank(document: Document, seed: int) -> int:
    """Return a number from 0 to 2^64 - 1 that a document's text and a seed decide."""
    digest = hashlib.blake2b(digest_size=HASH_BYTES, salt=seed.to_bytes(16, "little"))
    for column in document.columns:
        encoded = column.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))  # ("ab", "c") is not ("a", "bc")
        digest.update(encoded)
    return int.from_bytes(digest.digest(), "little")
