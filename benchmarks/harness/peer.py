"""The peer's Python: fastai in an environment of its own, made once from pinned versions."""

import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from .missing import MissingError
from .rounds import FOLDER

CONSTRAINTS = FOLDER / "peer_constraints.txt"
ENVIRONMENT = FOLDER / ".peer"
READY = ENVIRONMENT / ".ready"
NAME = "fastai"
INSTALLED = f"import importlib.metadata; importlib.metadata.version({NAME!r})"
USABLE = f"import {NAME}.text.all"
"""Takes some seconds, so that it is tried once only."""


def peer_python(given: str | None = None) -> str:
    """Return the interpreter that fastai is installed for, making its environment if need be.

    Args:
        given: An existing one; None takes that of the environment variable PEER, then our own.

    Raises:
        MissingError: fastai is not there, or the environment cannot be made.
    """
    existing = given or os.environ.get("PEER")
    if existing:
        _check(existing, INSTALLED)
        return existing
    python = ENVIRONMENT / "bin" / "python"
    wanted = sha256(CONSTRAINTS.read_bytes()).hexdigest()
    if not READY.is_file() or READY.read_text("utf-8") != wanted:
        _build(python)
        _check(str(python), USABLE)
        READY.write_text(wanted, "utf-8")
    return str(python)


def _build(python: Path) -> None:
    print(f"making {ENVIRONMENT.name} for the peer (once)", file=sys.stderr, flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    peer = [line for line in lines if line.startswith(f"{NAME}==")]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as others:
        others.write("\n".join(line for line in lines if line not in peer))
        others.flush()
        _run([*pip, "-r", others.name])
    # It asks for torchvision, which text does not use.
    _run([*pip, "--no-deps", *peer])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        last = next(reversed(done.stderr.strip().splitlines()), "no reason given")
        raise MissingError(
            f"the peer's environment cannot be made ({last.strip()}): needs a package registry, "
            "or PEER=/path/to/python of one with fastai"
        )


def _check(python: str, code: str) -> None:
    command = [python, "-c", code]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        reason = next(reversed(done.stderr.strip().splitlines()), "")
    except OSError as error:
        raise MissingError(f"PEER={python} cannot be run ({error.strerror})") from None
    if done.returncode:
        raise MissingError(f"{python} has no usable {NAME} ({reason})")
