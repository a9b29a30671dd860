"""What torchrun told this process of the run that it belongs to."""

import os
from typing import NamedTuple

TOLD = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
RESTARTS = "TORCHELASTIC_RESTART_COUNT"


class Launch(NamedTuple):
    """One process among those of a run.

    Attributes:
        rank: Its number among all of them, 0 first.
        processes: How many there are.
        local_rank: Its number among those on this machine.
        restarts: How often the run was started again because a process had ended.
    """

    rank: int = 0
    processes: int = 1
    local_rank: int = 0
    restarts: int = 0

    @property
    def leads(self) -> bool:
        """Whether it is the first one, which alone speaks and writes."""
        return self.rank == 0


def launch() -> Launch:
    """Return which process this is; one alone where nobody told."""
    told = os.environ
    if not all(told.get(name) for name in TOLD):
        return Launch()
    rank, processes, local_rank = (int(told[name]) for name in TOLD[:3])
    return Launch(rank, processes, local_rank, int(told.get(RESTARTS) or 0))
