"""Which documents can be learned from, and how many cannot."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ulmus.text.documents import Document, SourceSettings
from ulmus.text.source_content import RawDocument


@dataclass
class UsableCounts:
    """How many documents of a source, or of a part of it, were read, and what some of them lacked.

    Args:
        read: All documents.
        without_text: Those without any text.
        without_label: Those with text that lack the label that is asked for.
    """

    read: int = 0
    without_text: int = 0
    without_label: int = 0

    def usable_of(
        self, documents: Iterable[RawDocument], settings: SourceSettings, *, needs_label: bool
    ) -> Iterator[Document]:
        """Yield the documents that can be learned from, and count all.

        Args:
            documents: The documents as they were read.
            settings: What a label is: there may be no tags at all.
            needs_label: Whether a document without a label is of no use.
        """
        blank_counts = settings.target == "tags"
        for raw in documents:
            self.read += 1
            document = as_document(raw, blank_counts=blank_counts)
            if not any(document.columns):
                self.without_text += 1
            elif needs_label and document.label is None:
                self.without_label += 1
            else:
                yield document

    @property
    def skipped(self) -> int:
        """How many are of no use."""
        return self.without_text + self.without_label

    @property
    def usable(self) -> int:
        """How many are of use."""
        return self.read - self.skipped

    def plus(self, other: "UsableCounts") -> "UsableCounts":
        """Return the counts of two parts together."""
        return UsableCounts(
            self.read + other.read,
            self.without_text + other.without_text,
            self.without_label + other.without_label,
        )

    def reasons(self) -> str:
        """Return why documents are of no use, with how many."""
        reasons = [f"{self.without_text:,} without text"] if self.without_text else []
        reasons += [f"{self.without_label:,} without a label"] if self.without_label else []
        return ", ".join(reasons)

    def nothing(self) -> str:
        """Return what is wrong with a source of which nothing is usable."""
        if not self.read:
            return "no document"
        return f"no usable document among {self.read:,} ({self.reasons()})"


def as_document(raw: RawDocument, *, blank_counts: bool = False) -> Document:
    """Return a document in which a text that is missing is empty.

    Args:
        raw: The texts and the label as they were read.
        blank_counts: Whether a blank label is one, as that of a document without tags.
    """
    texts, label = raw
    # A list first: a generator here makes reading short reviews a tenth slower.
    columns = tuple([_present(text) or "" for text in texts])
    return Document(columns, (label or "") if blank_counts else _present(label))


def _present(text: str | None) -> str | None:
    return None if not text or text.isspace() else text
