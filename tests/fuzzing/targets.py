"""All that is fuzzed, and what may come of it: a value, or an `UlmusError` of one line."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.fuzzing import model_targets, text_targets
from tests.fuzzing.choices import Choices
from ulmus.errors import UlmusError
from ulmus.printable import printable

Target = Callable[[Choices, Path], None]

MOST_SECONDS = 30
"""Of computing, for one input; most take milliseconds, the first ones also load what they need."""

TARGETS: dict[str, Target] = {
    "sources": text_targets.read_sources,
    "rules": text_targets.apply_rules,
    "processor": text_targets.tokenize,
    "bundle": model_targets.load_bundle,
    "checkpoint": model_targets.resume_checkpoint,
    "corpus": model_targets.read_corpus,
    "fastai": model_targets.import_foreign,
}


def try_target(target: Target, content: bytes, folder: Path) -> str:
    """Run a target on bytes and return how it ended: `done`, or the kind of error.

    Args:
        target: What reads.
        content: The decisions.
        folder: An empty folder; it is empty again afterwards.
    """
    place = folder / "tried"
    place.mkdir()
    began = time.process_time()
    try:
        target(Choices(content), place)
    except UlmusError as error:
        line = str(error)
        assert len(line.splitlines()) == 1
        assert len(printable(line)) < 20_000
        return type(error).__name__
    else:
        return "done"
    finally:
        assert time.process_time() - began < MOST_SECONDS
        with suppress(FileNotFoundError):
            shutil.rmtree(place)
