"""What the logits of a classifier from elsewhere mean, which its weights do not say."""

from collections.abc import Sequence
from typing import NamedTuple

from ulmus.errors import LabelError, SettingsError
from ulmus.models.number_scale import NumberScale
from ulmus.text.targets import TargetKind

LEAST = {"class": 2, "tags": 1}


class ForeignTarget(NamedTuple):
    """The meaning of a classifier's logits; see `bundle.manifest.Manifest`."""

    target: TargetKind
    labels: tuple[str, ...] = ()
    number: NumberScale | None = None


def foreign_target(
    target: TargetKind,
    labels: Sequence[str],
    number_range: tuple[float, float] | None,
    output_size: int,
) -> ForeignTarget:
    """Return what logits mean, as it was told.

    Args:
        target: Whether they are of a class, of tags, or one number.
        labels: Names of classes or tags, in the order of the logits.
        number_range: The range that the number was held in; None without one.
        output_size: How many logits there are.

    Raises:
        LabelError: There are more or fewer names than logits, or two alike.
        SettingsError: A range of something else than a number, or one of the wrong way round.
    """
    if target == "number":
        return ForeignTarget(target, number=_scale(labels, number_range, output_size))
    if number_range is not None:
        raise SettingsError(
            "a range of numbers for classes or tags",
            given=f"--target {target}",
            accepted="--number-range with --target number",
            remedy="Leave --number-range away",
        )
    _check_labels(target, labels, output_size)
    return ForeignTarget(target, tuple(labels))


def _scale(
    labels: Sequence[str], number_range: tuple[float, float] | None, output_size: int
) -> NumberScale:
    """Return the scale of a number: fastai's heads say it as it is, or squeeze it into a range."""
    if output_size != 1 or labels:
        raise LabelError(
            f"a number is one output without a name, and the classifier has {output_size}",
            given=", ".join(labels) or "no names",
            accepted="the weights of a classifier with one output, and no --class or --labels",
            remedy="Say --target class or tags",
        )
    low, high = number_range or (None, None)
    if low is not None and high is not None and not low < high:
        raise SettingsError(
            "a range whose lower end is not below its upper one",
            given=f"{low:g} {high:g}",
            accepted="--number-range LOW HIGH",
            remedy="Give the y_range of the learner",
        )
    return NumberScale(mean=0, deviation=1, low=low, high=high)


def _check_labels(target: TargetKind, labels: Sequence[str], output_size: int) -> None:
    names = "classes" if target == "class" else "tags"
    if len(labels) != output_size:
        raise LabelError(
            f"the classifier has {output_size} {names}, and {len(labels)} are named",
            given=", ".join(labels) or f"no {names}",
            accepted="a name for each, in the order of the classifier's logits",
            remedy="Name them with --labels FILE, or with --class NAME for each",
        )
    if len(set(labels)) != len(labels):
        raise LabelError(
            f"two {names} of the same name",
            given=next(label for label in labels if list(labels).count(label) > 1),
            accepted="different names",
            remedy="Name each once",
        )
    if len(labels) < LEAST[target]:
        raise LabelError(
            "a classifier of one class",
            given=labels[0],
            accepted="two classes or more; --target tags or number for one output",
            remedy="Say what its output means with --target",
        )
