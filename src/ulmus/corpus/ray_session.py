"""A session of Ray: the cluster that an address names, or a small one on this machine."""

import logging
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ulmus.errors import CorpusError, MissingExtraError, SettingsError

LOCAL = "local"
ANSWER_SECONDS = 10.0
ADDRESS = "RAY_ADDRESS"
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent anywhere
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_COLOR_PREFIX": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of GPUs that nobody asked for
}
# A socket's path has 107 bytes at most, of which Ray's own folders take up to 66.
LONGEST_FOLDER = 40
FOLDER = "ulmus-ray-"
TOKEN_FILE = "~/.ray/auth_token"
FOLDER_BYTES = 27
STORE_BYTES, STORE_BYTES_OF_WORKER = 256 << 20, 128 << 20
"""Ray's own default is a third of the machine's memory."""


class RaySession(NamedTuple):
    """Ray, connected to a cluster.

    Attributes:
        ray: The module.
        workers: How many processes are to work.
    """

    ray: Any
    workers: int


@contextmanager
def ray_session(address: str | None, workers: int) -> Iterator[RaySession]:
    """Connect to Ray, or start it, for as long as the block takes.

    A session that the caller has begun is used and stays.

    Args:
        address: `HOST:PORT` of a cluster's head, `auto`, or `local` for one on this machine that
            ends with the block; None takes what `RAY_ADDRESS` says, else `local`.
        workers: How many processes are to work; 0 is one for each processor.

    Yields:
        The session, with as many workers as are asked for and there is room for.

    Raises:
        MissingExtraError: Ray is not installed.
        CorpusError: The cluster cannot be reached.
    """
    address = address or os.environ.get(ADDRESS) or LOCAL
    with ExitStack() as stack:
        stack.enter_context(_environment(QUIET))
        ray = _imported()
        stack.enter_context(_quiet("ray"))
        stack.enter_context(_quiet("ray.data"))
        if not ray.is_initialized():
            stack.enter_context(_started(ray, address, workers))
        processors = int(ray.cluster_resources().get("CPU", 0))
        if processors < 1:
            raise SettingsError(
                "the Ray cluster has no processor",
                given=address,
                accepted="a cluster with at least one",
                remedy="Start a worker node, or take --engine local",
            )
        yield RaySession(ray, min(workers, processors) if workers else processors)


def _imported() -> Any:
    try:
        import ray.data
    except ImportError as error:
        raise MissingExtraError(
            "Ray is not installed",
            given="--engine ray",
            accepted="the engine ray with the packages of ray[data], or --engine local",
            remedy='Run: pip install "ulmus[ray]"',
        ) from error
    return ray


@cache
def _token() -> str:
    """Return what lets nobody else into a session; Ray remembers a process' first one."""
    return secrets.token_hex(32)


@contextmanager
def _started(ray: Any, address: str, workers: int) -> Iterator[None]:
    with ExitStack() as stack:
        options: dict[str, Any] = {}
        if address == LOCAL:
            folder = stack.enter_context(_short_folder())
            # Else Ray writes it.
            if not Path(os.path.expanduser(TOKEN_FILE)).exists():  # noqa: PTH111 - it never fails
                os.environ.setdefault("RAY_AUTH_TOKEN", _token())
            processes = workers or os.cpu_count() or 1
            options = {
                "num_cpus": processes,
                "include_dashboard": False,
                "object_store_memory": STORE_BYTES + STORE_BYTES_OF_WORKER * processes,
                "_temp_dir": str(folder),
            }
        stack.callback(ray.shutdown)
        try:
            _check_answered(address)
            with _signals_kept(), _spoken_on_failure():
                ray.init(
                    address=address, log_to_driver=False, logging_level=logging.ERROR, **options
                )
        except (OSError, RuntimeError, ValueError) as error:
            raise CorpusError(
                f"Ray cannot be reached or started ({error})",
                given=address,
                accepted="HOST:PORT of a cluster's head, auto, or local",
                remedy="Check --ray-address, and that the cluster runs the same Ray and Python",
            ) from None
        yield


def _check_answered(address: str) -> None:
    """Knock at a cluster's door: Ray itself would knock for minutes, and end the process then.

    Raises:
        OSError: Nobody answers.
    """
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS).close()


@contextmanager
def _spoken_on_failure() -> Iterator[None]:
    """Hold back what is written to the process' standard error, and drop it if all goes well.

    Ray's own part, in C++, says there how much it is going to say.
    """
    with ExitStack() as stack:
        said = stack.enter_context(tempfile.TemporaryFile())
        kept = os.dup(2)
        stack.callback(os.close, kept)
        os.dup2(said.fileno(), 2)
        stack.callback(os.dup2, kept, 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise


@contextmanager
def _short_folder() -> Iterator[Path]:
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) + FOLDER_BYTES > LONGEST_FOLDER:
        base = "/tmp"
    _clean_up(Path(base))
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clean_up(base: Path) -> None:
    """Remove the folders of processes that were killed; Ray's own had ended with them."""
    for folder in base.glob(f"{FOLDER}*-*"):
        process = folder.name.removeprefix(FOLDER).partition("-")[0]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):  # somebody else's
            continue


@contextmanager
def _signals_kept() -> Iterator[None]:
    # Ray takes SIGTERM for itself when it starts, and would end the process there and then.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables that are not set, and undo that in the end, with all that Ray sets as well."""
    before = dict(os.environ)
    for name, value in values.items():
        os.environ.setdefault(name, value)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)  # what is an error for us is raised
    try:
        yield
    finally:
        logger.setLevel(before)
