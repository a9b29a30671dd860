"""The machine and the versions that figures belong to."""

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .rounds import FOLDER

FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
PEER_VERSIONS = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({name: m.version(name) for name in ('fastai', 'torch')}))"
)
UNKNOWN = "unknown"


def machine_facts() -> dict[str, str]:
    """Return what the machine is, as far as it tells."""
    fields = _cpu_fields()
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    return {
        "CPU": fields.get("model name") or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "flags": ", ".join(f"{flag} {'yes' if flag in flags else 'no'}" for flag in FLAGS),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }


def version_facts(peer: str) -> dict[str, str]:
    """Return the versions of both sides.

    Args:
        peer: The peer's Python.
    """
    answer = _output([peer, "-c", PEER_VERSIONS])
    theirs = json.loads(answer) if answer else {}
    return {
        "peer": ", ".join(f"{name} {version}" for name, version in theirs.items()) or UNKNOWN,
        "ulmus": f"ulmus {_version('ulmus')}, torch {_version('torch')}",
    }


def commit() -> str:
    """Return the commit that is measured, and whether anything was changed since."""
    folder = str(FOLDER)
    short = _output(["git", "-C", folder, "rev-parse", "--short", "HEAD"])
    changed = _output(["git", "-C", folder, "status", "--porcelain", "--untracked-files=no"])
    return (short or UNKNOWN) + (" with changes" if changed else "")


def _cpu_fields() -> Mapping[str, str]:
    """Return the fields of the first processor; none where the system does not list them."""
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return {}
    first = path.read_text("utf-8").split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return UNKNOWN
    return f"{size / 1e9:.0f} GB"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return UNKNOWN


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return ""
    return done.stdout.strip()
