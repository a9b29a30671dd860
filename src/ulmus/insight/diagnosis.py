"""What `ulmus doctor` says: a table for a person, findings in words, the same for a program."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from rich.table import Table

from ulmus.printable import printable

FEW_DOCUMENTS = 10
"""Documents of a class below which it is hardly learned."""

LARGE_CLASS = 0.8
MANY_UNKNOWN = 0.05
MANY_COPIES = 0.01
SECOND_SCRIPT = 0.1
TRACE = 0.001
"""Share of a script's letters below which it is not named."""

SHOWN_LABELS = 12


class Lengths(NamedTuple):
    """How long documents are, in tokens."""

    shortest: int
    median: float
    long: float
    longest: int


class SplitFacts(NamedTuple):
    """The size of one split.

    Attributes:
        name: train, valid or test.
        documents: How many.
        characters: Of all of them.
        tokens: Of all of them.
        lengths: Of each, in tokens; `long` is that of the document longer than 95 % of them.
        labels: Documents by label; none without labels.
    """

    name: str
    documents: int
    characters: int
    tokens: int
    lengths: Lengths
    labels: Mapping[str, int]


class Copies(NamedTuple):
    """Documents of one split that are in another, or earlier in their own.

    Attributes:
        within: The split they are in.
        of: The split they are copies from.
        exact: How many are the same text.
        near: How many others are nearly the same.
    """

    within: str
    of: str
    exact: int
    near: int


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found in labelled documents.

    Attributes:
        splits: The splits in order, the training documents first.
        copies: Pairs of splits with copies, and splits with copies of their own.
        conflicts: Texts that stand there with several labels.
        unknown_tokens: Share of the training documents' tokens that a language model's vocabulary
            lacks; None without one.
        unknown_words: The same of their distinct tokens.
        scripts: Share of letters by script, the largest first.
        language: The likely language's code; None where there is too little text to tell.
        tokenizer: What cut the texts.
        suspicious: Documents whose label a classifier thinks improbable; None without one.
    """

    splits: tuple[SplitFacts, ...]
    copies: tuple[Copies, ...]
    conflicts: int
    unknown_tokens: float | None
    unknown_words: float | None
    scripts: Mapping[str, float]
    language: str | None
    tokenizer: str
    suspicious: int | None = None

    @property
    def facts(self) -> list[str]:
        """What the texts are like, in sentences."""
        shown = [f"{name} {share:.1%}" for name, share in self.scripts.items() if share > TRACE]
        scripts = ", ".join(shown) or "no letters"
        facts = [f"scripts: {scripts}; likely language: {self.language or 'unknown'}"]
        if self.unknown_tokens is not None and self.unknown_words is not None:
            facts.append(
                f"the language model lacks {self.unknown_words:.1%} of the distinct words, "
                f"{self.unknown_tokens:.1%} of all"
            )
        return facts

    @property
    def findings(self) -> list[str]:
        """What should be looked at, in sentences; leaks first."""
        return [*self._leaks(), *self._label_findings(), *self._text_findings()]

    def as_table(self) -> Table:
        """Return the facts as a table for a terminal, a column a split."""
        table = Table("", *(split.name for split in self.splits), show_header=True)
        for column in table.columns[1:]:
            column.justify = "right"
        for name, values in self._rows():
            table.add_row(name, *values)
        return table

    def as_json(self) -> dict[str, Any]:
        """Return facts and findings as JSON can hold them."""
        splits = [{**s._asdict(), "lengths": s.lengths._asdict()} for s in self.splits]
        copies = [each._asdict() for each in self.copies]
        facts = {**asdict(self), "splits": splits, "copies": copies}
        return {**facts, "findings": self.findings}

    def _rows(self) -> Iterator[tuple[str, list[str]]]:
        splits = self.splits
        yield "documents", [f"{split.documents:,}" for split in splits]
        yield "characters", [f"{split.characters:,}" for split in splits]
        yield "tokens", [f"{split.tokens:,}" for split in splits]
        yield "shortest, in tokens", [f"{split.lengths.shortest:,}" for split in splits]
        yield "median", [f"{split.lengths.median:,.0f}" for split in splits]
        yield "longer than 95 %", [f"{split.lengths.long:,.0f}" for split in splits]
        yield "longest", [f"{split.lengths.longest:,}" for split in splits]
        labels = self._all_labels()
        for label in labels[:SHOWN_LABELS]:
            yield (
                f"label {printable(label)}",
                [f"{split.labels.get(label, 0):,}" for split in splits],
            )
        if len(labels) > SHOWN_LABELS:
            rest = labels[SHOWN_LABELS:]
            name = f"{len(rest)} more labels"
            yield name, [f"{sum(s.labels.get(each, 0) for each in rest):,}" for s in splits]

    def _all_labels(self) -> list[str]:
        train = self.splits[0].labels
        others = {label for split in self.splits[1:] for label in split.labels} - set(train)
        return [*sorted(train, key=lambda each: (-train[each], each)), *sorted(others)]

    def _leaks(self) -> Iterator[str]:
        sizes = {split.name: split.documents for split in self.splits}
        for within, of, exact, near in self.copies:
            if within != of:
                yield (
                    f"LEAK: {exact + near:,} of {sizes[within]:,} {within} documents are in the "
                    f"{of} documents ({exact:,} word for word, {near:,} nearly): figures that they "
                    "count in are too good. --out writes which."
                )
        for within, of, exact, near in self.copies:
            if within == of and exact + near > MANY_COPIES * sizes[within]:
                yield (
                    f"{exact:,} {within} documents are copies of others and {near:,} nearly so; "
                    "what is held out of them may have been learned."
                )

    def _label_findings(self) -> Iterator[str]:
        if self.conflicts:
            yield f"{self.conflicts:,} texts stand there with several labels."
        if self.suspicious:
            yield (
                f"{self.suspicious:,} documents have a label to which the classifier gives less "
                "than 5 %: --out writes which. They may be labelled wrongly."
            )
        labels = self.splits[0].labels
        few = sorted(label for label, count in labels.items() if count < FEW_DOCUMENTS)
        if few:
            yield (
                f"{len(few)} classes have fewer than {FEW_DOCUMENTS} documents: "
                f"{', '.join(few[:SHOWN_LABELS])}."
            )
        largest = max(labels, key=lambda each: labels[each], default="")
        if labels and labels[largest] > LARGE_CLASS * sum(labels.values()):
            share = labels[largest] / sum(labels.values())
            yield (
                f"{share:.0%} of the documents are {largest}: look at macro-F1 more than at "
                "accuracy, and try --set classifier.class_weights=balanced."
            )
        new = [label for label in self._all_labels() if labels and label not in labels]
        if new:
            yield f"no training document has the labels {', '.join(new[:SHOWN_LABELS])}."

    def _text_findings(self) -> Iterator[str]:
        if self.unknown_tokens is not None and self.unknown_tokens > MANY_UNKNOWN:
            yield (
                f"the language model does not know {self.unknown_tokens:.1%} of the words; it will "
                "learn them from these texts alone, so give --unlabelled more of them."
            )
        scripts = [script for script, share in self.scripts.items() if share > SECOND_SCRIPT]
        if len(scripts) > 1:
            yield f"the texts are written in several scripts: {', '.join(scripts)}."
        cut_for = self.tokenizer.removeprefix("words:")
        if self.language and cut_for != self.tokenizer and self.language != cut_for != "xx":
            yield (
                f"the texts look like language {self.language!r}, and the tokenizer is "
                f"{self.tokenizer}: see --language and --tokenizer."
            )
