"""What Ctrl-C, SIGTERM, the end of another process and a full disk tell the user."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ulmus.errors import DiskFullError, ProcessError


@contextmanager
def resumable(kept: Path) -> Iterator[None]:
    """Let all say how to go on, where something is kept to go on from.

    Args:
        kept: Where an interrupted run keeps what it has done.
    """
    try:
        yield
    except (KeyboardInterrupt, ProcessError) as met:
        end = cause(met)
        if not kept.exists():
            raise end from None
        how = f"what was done is kept in {kept}. To go on, run the same command with --resume"
        if isinstance(end, ProcessError):
            raise ProcessError(f"{end.args[0]}; {how}") from None
        raise type(end)(how) from None
    except DiskFullError as full:
        if not kept.exists():
            raise
        what, given, accepted, _ = full.args
        how = f"Make room there; what was done before is kept in {kept}, so go on with --resume"
        raise DiskFullError(what, given, accepted, how) from None


def cause(end: BaseException) -> BaseException:
    """Return the end of another process where that is why torchrun ended this one, else `end`.

    Args:
        end: What is to be told; it may have come while something else was on its way.
    """
    met: BaseException | None = end
    while met is not None and not isinstance(met, ProcessError):
        met = met.__context__
    return met or end
