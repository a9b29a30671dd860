"""What a continued run must share with its beginning."""

from collections.abc import Mapping, Sequence
from typing import Any

from ulmus.files import fingerprint
from ulmus.nn.sampled_words import WordSampler
from ulmus.settings import Settings
from ulmus.training.engine import Engine
from ulmus.training.objectives import Objective
from ulmus.training.stage import Stage
from ulmus.training.trainer_settings import TrainerSettings


def run_identity(
    model: Any,
    objective: Objective,
    engine: Engine,
    *,
    stages: Sequence[Stage],
    settings: TrainerSettings,
    steps: int,
    facts: Mapping[str, Any],
) -> str:
    """Return a fingerprint of a run, which that of its continuation must equal.

    Args:
        model: What is trained.
        objective: What for.
        engine: Where; its precision counts, its device does not.
        stages: What is done.
        settings: What holds in all of them.
        steps: Batches of the first epoch.
        facts: What else counts; JSON values.
    """
    return fingerprint(
        {
            "stages": [stage.model_dump() for stage in stages],
            "settings": settings.model_dump(),
            "steps": steps,
            "facts": dict(facts),
            "precision": engine.precision,
            "objective": _facts(objective),
            "model": repr(model),
            "shapes": {name: list(value.shape) for name, value in model.state_dict().items()},
        }
    )


def _facts(objective: Objective) -> dict[str, Any]:
    """Return what an objective was made with, as JSON."""
    return {
        name: value.model_dump() if isinstance(value, Settings) else value
        for name, value in vars(objective).items()
        if not isinstance(value, WordSampler)  # it follows from corpus and settings
    }
