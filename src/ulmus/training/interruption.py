"""Ctrl-C that waits for the end of a step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether the user has asked the run to stop."""

    asked = False

    def note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Note the first Ctrl-C; the second stops at once."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def deferred_interruption() -> Iterator[Interruption]:
    """Turn Ctrl-C into a note while the block runs, where that can be done (main thread)."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = signal.signal(signal.SIGINT, interruption.note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)
