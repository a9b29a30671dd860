"""The processes that train one model together, and what they say to each other.

They are what torchrun starts. All do the same steps on weights that are the same; each learns from
rows of its own, and the first one alone speaks and writes. Whatever decides what happens next is
one number for all of them: either summed over all, or found by the first and told to the others.
"""

import atexit
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor

from ulmus.batches.part import Part
from ulmus.errors import ProcessError, UlmusError
from ulmus.launch import Launch, launch

T = TypeVar("T")

PATIENCE = timedelta(days=1)
"""How long one waits for the others, of which one may be judging, writing or making a corpus. A
process that ends is met at once, and torchrun looks after machines that are gone, so this is for
one that hangs."""


class Processes:
    """All processes of a run, as one of them sees them. One alone has nobody to talk to.

    Args:
        told: Which one this is.
    """

    def __init__(self, told: Launch | None = None) -> None:
        self.told = told or Launch()

    @property
    def several(self) -> bool:
        """Whether there are others."""
        return self.told.processes > 1

    @property
    def part(self) -> Part:
        """Which part of each batch is this process's."""
        return Part(self.told.rank, self.told.processes)

    def first(self, make: Callable[[], T]) -> T:
        """Let the first process do something, and return what it got in all of them.

        What it raises because of the user, all raise.

        Args:
            make: What to do; its result is a plain value.

        Raises:
            ProcessError: Another process has ended.
        """
        if not self.several:
            return make()
        from torch import distributed

        if self.told.leads:
            return _made_and_told(make)
        answer: list[Any] = [None, None]
        with _others_answer():
            distributed.broadcast_object_list(answer)
        value, error = answer
        if error is not None:
            raise error
        return value  # type: ignore[no-any-return]  # what the first one made

    def everyones(self, value: T) -> list[T]:
        """Return the values that the processes hold, in their order, in all of them.

        Args:
            value: This one's; tensors in it are on the CPU.

        Raises:
            ProcessError: Another process has ended.
        """
        if not self.several:
            return [value]
        from torch import distributed

        values: list[T] = [value] * self.told.processes
        with _others_answer():
            distributed.all_gather_object(values, value)
        return values

    def summed(self, numbers: Sequence[float]) -> list[float]:
        """Return the sums of numbers over the processes, in double precision.

        Raises:
            ProcessError: Another process has ended.
        """
        if not self.several:
            return list(numbers)
        from torch import distributed

        # On the CPU, where a process that has ended is met at once; a GPU would wait for it.
        sums = torch.tensor(numbers, dtype=torch.float64)
        with _others_answer():
            distributed.all_reduce(sums)
        return sums.tolist()

    def mean(self, tensors: Sequence[Tensor], share: float) -> list[Tensor]:
        """Return the weighted means of tensors over the processes.

        Args:
            tensors: Of one type and device, and of the same shapes in all processes.
            share: What this process's count; those of all processes sum to 1.

        Raises:
            ProcessError: Another process has ended.
        """
        from torch import distributed

        # All in one message: a message costs as much as a megabyte.
        flat = torch.cat([tensor.flatten() for tensor in tensors]).mul_(share)
        with _others_answer():
            distributed.all_reduce(flat)
        parts = flat.split([tensor.numel() for tensor in tensors])
        return [part.view_as(like) for part, like in zip(parts, tensors, strict=True)]

    def align(self, tensors: Iterable[Tensor], **facts: object) -> None:
        """Let all processes begin alike: overwrite tensors with those of the first one.

        Args:
            tensors: Of the same shapes in all processes, where the facts are the same.
            facts: Plain values that must be: processes that do not do the same steps would wait
                for each other in vain.

        Raises:
            ProcessError: Another process has ended.
            UlmusError: Some of the facts are not the same.
        """
        if not self.several:
            return
        from torch import distributed

        everyones = self.everyones(facts)
        unlike = [name for name in facts if any(each[name] != facts[name] for each in everyones)]
        if unlike:
            raise UlmusError(
                "the processes of this run do not see the same",
                given=", ".join(unlike),
                accepted="the same corpus, settings, precision and checkpoint for all",
                remedy="Start them with the same command, on file systems that hold the same",
            )
        with _others_answer():
            for tensor in tensors:
                distributed.broadcast(tensor, 0)


def join_processes() -> Processes:
    """Return the processes of this run, which then can talk to each other.

    Raises:
        ProcessError: The others do not answer.
    """
    told = launch()
    if told.processes > 1:
        _join(told)
    return Processes(told)


def _join(told: Launch) -> None:
    from torch import distributed
    from torch.distributed.rendezvous import rendezvous

    if distributed.is_initialized():
        return
    on_gpus = torch.cuda.is_available() and distributed.is_nccl_available()
    with _others_answer():
        store, rank, count = next(rendezvous("env://"))
        # The store outlives a restart, with the addresses of processes that are gone.
        store = distributed.PrefixStore(f"start {told.restarts}", store)  # type: ignore[attr-defined]
        backend = "cpu:gloo,cuda:nccl" if on_gpus else "gloo"
        distributed.init_process_group(
            backend, store=store, rank=rank, world_size=count, timeout=PATIENCE
        )
    # Threads that still listen when Python ends would abort the process.
    atexit.register(distributed.destroy_process_group)


def _made_and_told(make: Callable[[], T]) -> T:
    from torch import distributed

    try:
        value = make()
    except (UlmusError, KeyboardInterrupt) as error:
        with suppress(ProcessError), _others_answer():
            distributed.broadcast_object_list([None, error])
        raise
    with _others_answer():
        distributed.broadcast_object_list([value, None])
    return value


@contextmanager
def _others_answer() -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    except RuntimeError as error:
        what = "another process of this run has ended"
        if time.monotonic() - began >= PATIENCE.total_seconds():
            what = f"another process of this run has said nothing for {PATIENCE}"
        raise ProcessError(what, remedy="See what it said, and start the run again") from error
