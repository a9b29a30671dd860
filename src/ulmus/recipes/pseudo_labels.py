"""Labels that a first classifier gives to unlabelled documents, for a second to learn from.

Paper: Lee, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Neural
Networks" (2013).
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.errors import SettingsError
from ulmus.recipes.fit_documents import FitDocuments
from ulmus.text.sources import Document

AT_ONCE = 1_024
"""Documents that are read at once, which bounds memory."""


def pseudo_labelled(
    teacher: TextClassifierBundle, documents: Iterable[Document], confidence: float
) -> Iterator[Document]:
    """Yield those documents of whose class a classifier is sure enough, with that class.

    Args:
        teacher: The classifier, calibrated.
        documents: Documents without labels.
        confidence: The probability from which on a class is believed.
    """
    waiting = iter(documents)
    while read := list(islice(waiting, AT_ONCE)):
        said = teacher.predict([document.columns for document in read], abstain_below=confidence)
        for document, label in zip(read, said, strict=True):
            if label is not None:
                yield Document(document.columns, label)


def check_unlabelled(documents: FitDocuments, confidence: float | None) -> None:
    """Refuse to believe in labels of documents that are not there.

    Raises:
        SettingsError: Pseudo-labels are asked for, and all documents have labels.
    """
    if confidence is not None and documents.unlabelled is None and not documents.put_aside:
        raise SettingsError(
            "pseudo-labels where every document has a label",
            given=confidence,
            accepted="pseudo-labels with unlabelled documents",
            remedy="Name these with --unlabelled, or leave --pseudo-labels out",
        )
