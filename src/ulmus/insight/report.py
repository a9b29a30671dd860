"""What `ulmus fit` says at its end: one table for a person, the same figures for a program."""

from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

EVEN_POINTS = 0.05
"""Percentage points below which two figures are printed alike."""


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """The figures of a whole fit; None where something was not measured.

    Attributes:
        classes: Classes.
        train_documents: Documents trained on.
        valid_documents: Documents by which the best epoch was chosen.
        test_documents: Documents that training never saw; None where none were given.
        tokens: Tokens of the training documents, special ones included.
        out_of_vocabulary: Share of the scored documents' tokens that the vocabulary lacks.
        perplexity_before: Of the language model on the validation documents, as it came.
        perplexity_after: The same after fine-tuning.
        accuracy: Of the classifier.
        macro_f1: Of the classifier.
        linear_accuracy: Of TF-IDF and a linear support vector machine, on the same documents.
        linear_macro_f1: The same model's macro-F1.
        minutes: Time from beginning to end.
    """

    classes: int
    train_documents: int
    valid_documents: int
    test_documents: int | None = None
    tokens: int
    out_of_vocabulary: float
    perplexity_before: float | None = None
    perplexity_after: float | None = None
    accuracy: float
    macro_f1: float
    linear_accuracy: float | None = None
    linear_macro_f1: float | None = None
    minutes: float

    @property
    def scored_documents(self) -> str:
        """Which documents the accuracies are of, in words."""
        if self.test_documents is None:
            return f"{self.valid_documents:,} validation documents"
        return f"{self.test_documents:,} test documents"

    @property
    def verdict(self) -> str:
        """One sentence that says whether the classifier beats the linear model."""
        if self.linear_accuracy is None:
            return f"No linear baseline was measured on the {self.scored_documents}."
        points = 100 * (self.accuracy - self.linear_accuracy)
        figures = f"accuracy {self.accuracy:.3f} against {self.linear_accuracy:.3f}"
        where = f"on the {self.scored_documents} ({figures})"
        if abs(points) < EVEN_POINTS:
            return f"The classifier and the linear baseline are even {where}{self._but(0)}."
        winner, loser = "classifier", "linear baseline"
        if points < 0:
            winner, loser = loser, winner
        by = "1.0 point" if f"{abs(points):.1f}" == "1.0" else f"{abs(points):.1f} points"
        return f"The {winner} beats the {loser} by {by} {where}{self._but(points)}."

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures in the order of the table, as names and texts."""
        return [
            ("classes", f"{self.classes:,}"),
            ("documents: train", f"{self.train_documents:,}"),
            ("documents: validation", f"{self.valid_documents:,}"),
            ("documents: test", _count(self.test_documents)),
            ("tokens", f"{self.tokens:,}"),
            ("out of vocabulary", f"{100 * self.out_of_vocabulary:.2f} %"),
            ("perplexity before fine-tuning", _perplexity(self.perplexity_before)),
            ("perplexity after fine-tuning", _perplexity(self.perplexity_after)),
            ("classifier: accuracy", f"{self.accuracy:.3f}"),
            ("classifier: macro-F1", f"{self.macro_f1:.3f}"),
            ("linear baseline: accuracy", _share(self.linear_accuracy)),
            ("linear baseline: macro-F1", _share(self.linear_macro_f1)),
            ("minutes", f"{self.minutes:.1f}"),
        ]

    def as_table(self) -> Table:
        """Return the table for a terminal."""
        chosen = "" if self.test_documents is not None else ", which also chose the best epoch"
        table = Table(
            title=f"Scored on {self.scored_documents}{chosen}",
            title_justify="left",
            title_style="bold",
            show_header=False,
        )
        table.add_column()
        table.add_column(justify="right")
        for row in self.rows():
            table.add_row(*row)
        return table

    def as_json(self) -> dict[str, Any]:
        """Return the figures and the verdict, unrounded, as JSON can hold them."""
        return {**asdict(self), "verdict": self.verdict}

    def _but(self, points: float) -> str:
        """Say so where the macro-F1, which weighs rare classes alike, tells otherwise."""
        if self.linear_macro_f1 is None:
            return ""
        other = 100 * (self.macro_f1 - self.linear_macro_f1)
        if abs(other) < EVEN_POINTS or other * points > 0:
            return ""
        ahead = "classifier" if other > 0 else "linear baseline"
        return f"; by macro-F1 the {ahead} is ahead by {abs(other):.1f}"


def _count(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def _perplexity(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.1f}"


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
