"""Ctrl-C and SIGTERM that wait for the end of a step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ulmus.errors import Terminated

EXCEPTIONS: dict[int, type[KeyboardInterrupt]] = {
    signal.SIGINT: KeyboardInterrupt,
    signal.SIGTERM: Terminated,
}
"""What each signal raises in the end."""


class Interruption:
    """Whether the run was asked to stop, and how."""

    number = 0

    @property
    def asked(self) -> bool:
        """Whether it was."""
        return self.number != 0

    def note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Note the first signal; the second stops at once."""
        if self.asked:
            raise EXCEPTIONS[number]
        self.number = number

    def end(self) -> KeyboardInterrupt:
        """Return what to raise when all is saved."""
        return EXCEPTIONS[self.number or signal.SIGTERM]()  # another process may have been asked


@contextmanager
def deferred_interruption() -> Iterator[Interruption]:
    """Turn both signals into a note while the block runs, where that can be done (main thread)."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.signal(number, interruption.note) for number in EXCEPTIONS}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
