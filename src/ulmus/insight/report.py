"""What `ulmus fit` says at its end: one table for a person, the same figures for a program."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

EVEN_POINTS = 0.05
"""Percentage points below which two figures are printed alike."""

SMALL, LARGE = 0.001, 100.0
"""Errors, which have a unit, may be below or above what three decimals show well."""

NAMES = {"micro_f1": "micro-F1", "macro_f1": "macro-F1"}
ERRORS = {"mean_absolute_error", "root_mean_squared_error"}
"""Figures that are best when least, and have the unit of what is predicted."""


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """The figures of a whole fit; None where something was not measured.

    Attributes:
        classes: Classes or tags; 0 where numbers are predicted.
        train_documents: Documents trained on.
        pseudo_labelled_documents: Others trained on, with labels that a first classifier gave.
        valid_documents: Documents by which the best epoch was chosen.
        test_documents: Documents that training never saw; None where none were given.
        tokens: Tokens of the training documents, special ones included.
        out_of_vocabulary: Share of the scored documents' tokens that the vocabulary lacks.
        perplexity_before: Of the language model on the validation documents, as it came.
        perplexity_after: The same after fine-tuning.
        figures: Of the classifier, by name, the one to compare by first.
        network_figures: Of its network alone, where a linear model has a say in it.
        linear_figures: Of the linear baseline, on the same documents, under the same names:
            support vector machines, or a ridge regression for numbers.
        logistic_figures: Of the other linear baseline, logistic regression.
        calibration_error: Expected calibration error of the classifier's probabilities.
        calibration_error_before: The same of the network's, as training left them.
        minutes: Time from beginning to end.
    """

    classes: int
    train_documents: int
    pseudo_labelled_documents: int | None = None
    valid_documents: int
    test_documents: int | None = None
    tokens: int
    out_of_vocabulary: float
    perplexity_before: float | None = None
    perplexity_after: float | None = None
    figures: Mapping[str, float]
    network_figures: Mapping[str, float] | None = None
    linear_figures: Mapping[str, float] | None = None
    logistic_figures: Mapping[str, float] | None = None
    calibration_error: float | None = None
    calibration_error_before: float | None = None
    minutes: float

    @property
    def scored_documents(self) -> str:
        """Which documents the figures are of, in words."""
        if self.test_documents is None:
            return f"{self.valid_documents:,} validation documents"
        return f"{self.test_documents:,} test documents"

    @property
    def verdict(self) -> str:
        """One sentence that says whether the classifier beats the linear model."""
        first = next(iter(self.figures))
        baseline = self._best_baseline
        if baseline is None:
            return f"No linear baseline was measured on the {self.scored_documents}."
        own, other = self.figures[first], baseline[first]
        ahead, by = _lead(first, own, other)
        where = (
            f"on the {self.scored_documents} "
            f"({figure_name(first)} {_figure(own)} against {_figure(other)})"
        )
        if not ahead:
            return f"The classifier and the linear baseline are even {where}{self._but(ahead)}."
        winner, loser = _sides(ahead)
        return f"The {winner} beats the {loser} by {by} {where}{self._but(ahead)}."

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures in the order of the table, as names and texts."""
        others = (
            ("network alone", self.network_figures),
            ("linear baseline", self.linear_figures or dict.fromkeys(self.figures)),
            ("logistic regression", self.logistic_figures),
        )
        return [
            *([(self._labels, f"{self.classes:,}")] if self.classes else []),
            ("documents: train", f"{self.train_documents:,}"),
            *self._pseudo_labelled_rows(),
            ("documents: validation", f"{self.valid_documents:,}"),
            ("documents: test", _count(self.test_documents)),
            ("tokens", f"{self.tokens:,}"),
            ("out of vocabulary", f"{100 * self.out_of_vocabulary:.2f} %"),
            ("perplexity before fine-tuning", _perplexity(self.perplexity_before)),
            ("perplexity after fine-tuning", _perplexity(self.perplexity_after)),
            *((f"classifier: {figure_name(k)}", _figure(v)) for k, v in self.figures.items()),
            *(
                (f"{whose}: {figure_name(name)}", _measured(value))
                for whose, figures in others
                for name, value in (figures or {}).items()
            ),
            *self._calibration_rows(),
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
        facts = asdict(self)
        own = facts.pop("figures")
        measured = {
            f"{whose}_{name}": None if figures is None else figures[name]
            for whose in ("network", "linear", "logistic")
            for figures in [facts.pop(f"{whose}_figures")]
            for name in own
        }
        return {**facts, **own, **measured, "verdict": self.verdict}

    @property
    def _best_baseline(self) -> Mapping[str, float] | None:
        """Return the figures of the better linear model, by the first of them."""
        first = next(iter(self.figures))
        measured = [f for f in (self.linear_figures, self.logistic_figures) if f is not None]
        return max(measured, key=lambda figures: _merit(first, figures[first]), default=None)

    def _pseudo_labelled_rows(self) -> list[tuple[str, str]]:
        count = self.pseudo_labelled_documents
        return [] if count is None else [("documents: pseudo-labelled", f"{count:,}")]

    def _calibration_rows(self) -> list[tuple[str, str]]:
        if self.calibration_error is None:
            return []
        before = self.calibration_error_before
        was = "" if before is None else f" ({before:.3f} before)"
        return [("calibration error", f"{self.calibration_error:.3f}{was}")]

    @property
    def _labels(self) -> str:
        return "tags" if "exact_match" in self.figures else "classes"

    def _but(self, ahead: int) -> str:
        """Say so where the second figure, such as macro-F1, tells otherwise."""
        names, baseline = list(self.figures)[1:2], self._best_baseline
        if not names or names[0] in ERRORS or baseline is None:
            return ""
        own, other = self.figures[names[0]], baseline[names[0]]
        second, _ = _lead(names[0], own, other)
        if not second or second == ahead:
            return ""
        winner, _ = _sides(second)
        points = 100 * abs(own - other)
        return f"; by {figure_name(names[0])} the {winner} is ahead by {points:.1f}"


def figure_name(name: str) -> str:
    """Return a figure's name as a person reads it."""
    return NAMES.get(name, name.replace("_", " "))


def _merit(name: str, value: float) -> float:
    return -value if name in ERRORS else value


def _lead(name: str, own: float, other: float) -> tuple[int, str]:
    """Return 1 if the first is ahead, -1 if the second, 0 if they are even; and by how much."""
    points = 100 * (own - other)
    if name in ERRORS:
        points = 100 * (other - own) / max(other, own) if max(other, own) else 0.0
    if abs(points) < EVEN_POINTS:
        return 0, ""
    shown = f"{abs(points):.1f}"
    unit = "%" if name in ERRORS else "point" if shown == "1.0" else "points"
    return (1 if points > 0 else -1), f"{shown} {unit}"


def _sides(ahead: int) -> tuple[str, str]:
    sides = ("classifier", "linear baseline")
    return sides if ahead > 0 else (sides[1], sides[0])


def _count(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def _perplexity(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.1f}"


def _figure(value: float) -> str:
    if value and abs(value) < SMALL:
        return f"{value:.3g}"
    return f"{value:.3f}" if abs(value) < LARGE else f"{value:,.1f}"


def _measured(value: float | None) -> str:
    return "not measured" if value is None else _figure(value)
