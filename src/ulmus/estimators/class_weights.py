"""scikit-learn's `class_weight` as the classifier's settings know it."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from ulmus.errors import SettingsError
from ulmus.estimators.labels import Labels, label_id

ClassWeight = Literal["balanced"] | Mapping[Any, float] | None


def weights_by_id(class_weight: ClassWeight, labels: Labels) -> str | dict[str, float] | None:
    """Return weights by what the corpus calls its classes or tags.

    As in scikit-learn, a class that is not named counts 1, and a name of no class is passed
    over where every class is named: a fold of a cross-validation may lack one.

    Args:
        class_weight: None, `balanced`, or weights by class, or by column for tags.
        labels: What there is to learn.

    Raises:
        SettingsError: Something else, a weight that is none, or an unknown class.
    """
    if class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced"):
        return class_weight
    if not isinstance(class_weight, Mapping):
        raise SettingsError(
            "class_weight is nothing that weighs classes",
            given=class_weight,
            accepted="None, 'balanced', or a dictionary from classes to weights",
            remedy="Give one of these; for tags the dictionary goes by column",
        )
    _check_weights(class_weight)
    classes = labels.classes.tolist()
    unknown = [name for name in class_weight if name not in classes]
    if unknown and not all(name in class_weight for name in classes):
        raise SettingsError(
            "class_weight names unknown classes",
            given=", ".join(map(str, unknown)),
            accepted=", ".join(map(str, classes)),
            remedy="Mend the names, which are labels, or for tags columns, of the same type",
        )
    learned = ((number, classes[number]) for number in labels.learned)
    given = {label_id(n): float(class_weight[name]) for n, name in learned if name in class_weight}
    return given or None


def _check_weights(weights: Mapping[Any, Any]) -> None:
    for name, weight in weights.items():
        try:
            usable = 0 < weight < math.inf
        except TypeError:
            usable = False
        if not usable:
            raise SettingsError(
                "a class weight that is none",
                given={name: weight},
                accepted="finite numbers above 0",
                remedy="Mend it; documents that should not count are left out instead",
            )
