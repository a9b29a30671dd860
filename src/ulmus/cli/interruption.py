"""What Ctrl-C and SIGTERM tell the user."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def resumable(kept: Path) -> Iterator[None]:
    """Let both say how to go on, where something is kept to go on from.

    Args:
        kept: Where an interrupted run keeps what it has done.
    """
    try:
        yield
    except KeyboardInterrupt as interruption:
        if not kept.exists():
            raise
        raise type(interruption)(
            f"what was done is kept in {kept}. To go on, run the same command with --resume"
        ) from None
