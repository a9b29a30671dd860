"""When a run saves and when it stops, alike in all of its processes."""

import time

from ulmus.training.engine import Engine
from ulmus.training.interruption import Interruption


class Wishes:
    """What a run is asked for: to save, by clock or steps, and to stop, by a signal.

    One process looks after each step. Several tell each other what they have seen together with
    the figures of the step, so that all of them do the same after the same step.

    Args:
        engine: How often to save, and the processes.
        interruption: The signal, if one has come.
    """

    def __init__(self, engine: Engine, interruption: Interruption) -> None:
        self._engine = engine
        self._interruption = interruption
        self._saved = time.perf_counter()  # when a checkpoint was last written
        self._heard_stop = self._heard_late = False

    def told(self) -> tuple[bool, bool]:
        """Return what this process tells the others: whether to stop, and whether to save."""
        return self._interruption.asked, self._engine.processes.told.leads and self._late()

    def obey(self) -> None:
        """Stop, where all is saved, if any process has been asked to since the last step.

        Raises:
            KeyboardInterrupt: One has.
            ProcessError: Another process has ended.
        """
        stop, late = self._engine.processes.summed(self.told())
        self.hear(stop=stop > 0, late=late > 0)
        if self.stop:
            raise self.end()

    def hear(self, *, stop: bool, late: bool) -> None:
        """Note what all processes together ask for."""
        self._heard_stop, self._heard_late = stop, late

    @property
    def stop(self) -> bool:
        """Whether the run is to save and to stop."""
        several = self._engine.processes.several
        return self._heard_stop if several else self._interruption.asked

    def save_after(self, run_step: int) -> bool:
        """Whether a checkpoint is to be written after so many steps of the run."""
        steps = self._engine.checkpoint_steps
        if steps > 0 and run_step % steps == 0:
            return True
        return self._heard_late if self._engine.processes.several else self._late()

    def note_saved(self) -> None:
        """Begin to wait for the next time to save."""
        self._saved = time.perf_counter()

    def end(self) -> KeyboardInterrupt:
        """Return what to raise when all is saved."""
        return self._interruption.end()

    def _late(self) -> bool:
        return time.perf_counter() - self._saved >= self._engine.checkpoint_seconds
