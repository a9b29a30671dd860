"""What batches are cut from: documents as spans of one flat array of ids."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray


class Documents(Protocol):
    """Documents as spans of one array: a corpus' split, or documents in memory."""

    @property
    def ids(self) -> NDArray[Any]:
        """A flat array of integers that holds the ids of all documents."""

    @property
    def starts(self) -> NDArray[np.int64]:
        """For each document the index of its first id in `ids`."""

    @property
    def ends(self) -> NDArray[np.int64]:
        """For each document the index behind its last id."""

    @property
    def targets(self) -> NDArray[Any] | None:
        """What each document is to be judged as, one row a document; None without labels."""


class EncodedDocuments(NamedTuple):
    """Documents in memory, as in prediction, or spans of others."""

    ids: NDArray[Any]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    targets: NDArray[Any] | None

    @classmethod
    def join(cls, documents: Sequence[NDArray[Any]], targets: Sequence[Any] | None = None) -> Self:
        """Join the ids of documents.

        Args:
            documents: The ids of each document.
            targets: What each document is to be judged as, where they have labels.

        Returns:
            The documents as one.
        """
        ends = np.cumsum([len(document) for document in documents], dtype=np.int64)
        return cls(
            ids=np.concatenate([np.zeros(0, np.int64), *documents]),
            starts=np.concatenate([np.zeros(1, np.int64), ends])[:-1],
            ends=ends,
            targets=None if targets is None else np.asarray(targets),
        )


def without_beginnings(
    documents: Documents, longest: int, *, multiple: int, backward: bool = False
) -> EncodedDocuments:
    """Return documents that are longer without what is read first, in the same memory.

    Args:
        documents: The documents.
        longest: The most tokens that stay of each.
        multiple: What is left out is so many tokens, or a multiple.
        backward: Whether they are read from their end, where the first tokens read are.
    """
    beyond = np.maximum(0, documents.ends - documents.starts - longest)
    cut = -(-beyond // multiple) * multiple
    return EncodedDocuments(
        ids=documents.ids,
        starts=documents.starts if backward else documents.starts + cut,
        ends=documents.ends - cut if backward else documents.ends,
        targets=documents.targets,
    )
