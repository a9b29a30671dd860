"""What is wrong with labelled texts, before anything is trained on them."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import py3langid
from numpy.typing import NDArray
from pydantic import Field

from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.corpus.layout import TEST, TRAIN, VALID
from ulmus.evaluation.duplicates import Pair, exact_copies, near_copies
from ulmus.files import atomic_folder
from ulmus.insight.diagnosis import Copies, Diagnosis, Lengths, SplitFacts
from ulmus.insight.diagnosis_plot import plot_classes, plot_lengths
from ulmus.recipes.suspicious_labels import Place, Suspicion, suspicious_labels
from ulmus.settings import Settings
from ulmus.text.processor import TextProcessor
from ulmus.text.scripts import script_shares
from ulmus.text.sources import Document, Source, SourceSettings, read_documents
from ulmus.text.splitter import TextSplitter, build_splitter
from ulmus.text.vocabulary import Vocabulary

DIAGNOSIS, COPIES, SUSPICIOUS = "doctor.json", "copies.csv", "suspicious.csv"
READ_FOR_LANGUAGE, FEWEST_FOR_LANGUAGE = 20_000, 50
"""Characters by which the language is told, and below which it is not."""

SHOWN_TEXT = 200


class DoctorSettings(Settings):
    """Everything `ulmus doctor` can be told.

    Args:
        source: Columns, and what a document is.
        tokenizer: As in `PrepareSettings`; without meaning beside a language model.
        rules: Likewise.
        likeness: Share of runs of five characters in common from which on two texts count as
            nearly the same.
    """

    source: SourceSettings = SourceSettings()
    tokenizer: str = "words:en"
    rules: str | None = None
    likeness: float = Field(0.8, gt=0, le=1)


@dataclass(frozen=True)
class Examination:
    """A diagnosis, and what it rests on.

    Args:
        diagnosis: The facts and findings.
        lengths: Tokens of each document, by split.
        copies: Every pair of copies, with where both stand.
        suspicious: Documents whose label a classifier thinks improbable, the most improbable
            first.
    """

    diagnosis: Diagnosis
    lengths: dict[str, NDArray[np.int64]]
    copies: list[tuple[Place, Place, float]]
    suspicious: list[Suspicion]


def examine(
    train: Source,
    settings: DoctorSettings,
    *,
    valid: Source | None = None,
    test: Source | None = None,
    processor: TextProcessor | None = None,
    classifier: TextClassifierBundle | None = None,
) -> Examination:
    """Look at documents: sizes, classes, words, copies, leaks, scripts and language.

    Args:
        train: The documents to learn from.
        settings: How they are read.
        valid: Those to judge by in training, if they are apart.
        test: Those for the report, if they are apart.
        processor: That of a language model, whose vocabulary is compared; None for none.
        classifier: One that was trained on these documents, or on others with such labels, by
            which improbable labels are told; None tells none.

    Raises:
        LabelError: The classifier does not say classes, or none of the documents'.
        SourceError: A source cannot be read.
    """
    named = {TRAIN: train, VALID: valid, TEST: test}
    splits = _read({k: v for k, v in named.items() if v is not None}, settings.source)
    splitter = processor.splitter if processor else _splitter(splits[TRAIN], settings)
    counted = {
        name: [Counter(splitter.tokens(document.columns)) for document in documents]
        for name, documents in splits.items()
    }
    lengths = {name: np.array([c.total() for c in each]) for name, each in counted.items()}
    places = _places(splits)
    texts = [place.document.text for place in places]
    suspicious = [] if classifier is None else suspicious_labels(classifier, places)
    exact, near = exact_copies(texts), near_copies(texts, likeness=settings.likeness)
    words, tokens = _unknown(counted[TRAIN], processor.vocabulary if processor else None)
    diagnosis = Diagnosis(
        splits=tuple(_facts(name, splits[name], lengths[name]) for name in splits),
        copies=tuple(_copies(places, exact, near)),
        conflicts=_conflicts(chain.from_iterable(splits.values())),
        unknown_words=words,
        unknown_tokens=tokens,
        scripts=script_shares(texts),
        language=_language(texts),
        tokenizer=splitter.tokenizer.spec,
        suspicious=None if classifier is None else len(suspicious),
    )
    pairs = [(places[a], places[b], likeness) for a, b, likeness in (*exact, *near)]
    return Examination(diagnosis, lengths, pairs, suspicious)


def write_examination(out: Path, examination: Examination) -> None:
    """Write `doctor.json`, `copies.csv` and the pictures into a folder.

    Raises:
        OutputError: The folder is taken by something else, or cannot be written.
    """
    diagnosis = examination.diagnosis
    with atomic_folder(out, DIAGNOSIS) as folder:
        text = json.dumps(diagnosis.as_json(), indent=2, ensure_ascii=False)
        (folder / DIAGNOSIS).write_text(text + "\n", "utf-8")
        with (folder / COPIES).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            sides = [f"{side}_{what}" for side in ("first", "second")
                     for what in ("split", "row", "label", "text")]  # fmt: skip
            writer.writerow(["likeness", *sides])
            for first, second, likeness in examination.copies:
                writer.writerow([f"{likeness:.2f}", *_side(first), *_side(second)])
        if diagnosis.suspicious is not None:
            _write_suspicious(folder / SUSPICIOUS, examination.suspicious)
        plot_lengths(folder / "lengths.png", examination.lengths)
        if diagnosis.splits[0].labels:
            plot_classes(folder / "classes.png", diagnosis.splits[0].labels)


def _write_suspicious(path: Path, found: Sequence[Suspicion]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["probability", "said", "split", "row", "label", "text"])
        for each in found:
            writer.writerow([f"{each.probability:.4f}", each.said, *_side(each.place)])


def _read(sources: dict[str, Source], reading: SourceSettings) -> dict[str, list[Document]]:
    return {name: list(read_documents(source, reading)) for name, source in sources.items()}


def _places(splits: dict[str, list[Document]]) -> list[Place]:
    return [
        Place(name, row, document)
        for name, documents in splits.items()
        for row, document in enumerate(documents, 1)
    ]


def _side(place: Place) -> list[object]:
    document = place.document
    return [place.split, place.row, document.label or "", document.text[:SHOWN_TEXT]]


def _splitter(documents: Sequence[Document], settings: DoctorSettings) -> TextSplitter:
    return build_splitter(
        settings.tokenizer,
        rules=settings.rules,
        texts=lambda: [document.columns for document in documents],
    )


def _facts(name: str, documents: Sequence[Document], lengths: NDArray[np.int64]) -> SplitFacts:
    labels = Counter(document.label for document in documents if document.label is not None)
    return SplitFacts(
        name=name,
        documents=len(documents),
        characters=sum(len(document.text) for document in documents),
        tokens=int(lengths.sum()),
        lengths=Lengths(
            shortest=int(lengths.min()),
            median=float(np.median(lengths)),
            long=float(np.quantile(lengths, 0.95)),
            longest=int(lengths.max()),
        ),
        labels=dict(labels),
    )


def _unknown(
    counted: Sequence[Counter[str]], vocabulary: Vocabulary | None
) -> tuple[float, float] | tuple[None, None]:
    """Return the share of distinct tokens, and of all, that a vocabulary lacks."""
    if vocabulary is None:
        return None, None
    counts: Counter[str] = Counter()
    for each in counted:
        counts.update(each)
    unknown = [count for token, count in counts.items() if token not in vocabulary]
    return len(unknown) / max(len(counts), 1), sum(unknown) / max(counts.total(), 1)


def _copies(
    places: Sequence[Place], exact: Sequence[Pair], near: Sequence[Pair]
) -> Iterator[Copies]:
    """Yield for each pair of splits how many documents of the later are in the earlier.

    A document counts once, as an exact copy if it is one.
    """
    found: dict[tuple[str, str], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for kind, pairs in enumerate((exact, near)):
        for first, second, _ in pairs:
            found[places[second].split, places[first].split][kind].add(second)
    for (within, of), (same, alike) in sorted(found.items()):
        yield Copies(within, of, len(same), len(alike - same))


def _conflicts(documents: Iterator[Document]) -> int:
    labels: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        if document.label is not None:
            labels[document.text].add(document.label)
    return sum(len(each) > 1 for each in labels.values())


def _language(texts: Sequence[str]) -> str | None:
    text = " ".join(texts)[:READ_FOR_LANGUAGE]
    if sum(map(str.isalpha, text)) < FEWEST_FOR_LANGUAGE:
        return None
    return str(py3langid.classify(text)[0])
