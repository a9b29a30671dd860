"""Compiles what is written in C if there is a compiler; else Python and torch do the same."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCES = [ROOT / "src/ulmus/nn/gates.c", ROOT / "src/ulmus/text/pieces.c"]
SUFFIX = ".compiled"  # .so would look like a Python module
FLAGS = ["-O3", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math"]
ATTEMPTS = [[], ["-DULMUS_ONE_VERSION"]]
"""Old compilers and other systems than Linux cannot make several versions of one function."""


class Hook(BuildHookInterface):
    """Puts compiled libraries beside their sources, for a wheel as for an editable installation."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Compile, and make the wheel one of this system if anything was compiled."""
        done = [compiled(source, source.with_suffix(SUFFIX)) for source in SOURCES]
        if any(done):
            build_data.update(pure_python=False, infer_tag=True)
        if not all(done):
            self.app.display_warning(
                "ulmus: no C compiler could compile its C files; what they do will take longer. "
                "To have them, install a compiler (such as gcc) and install again."
            )


def compiled(source: Path, library: Path) -> bool:
    """Return whether a library was compiled; nothing half-written and nothing older is left."""
    library.unlink(missing_ok=True)
    unfinished = library.with_suffix(".unfinished")
    compiler = shlex.split(os.environ.get("CC", "cc"))
    for attempt in ATTEMPTS if os.name == "posix" else ():
        command = [*compiler, *FLAGS, *attempt, "-o", str(unfinished), str(source)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            unfinished.unlink(missing_ok=True)
        else:
            unfinished.replace(library)
            return True
    return False


if __name__ == "__main__":
    done = [compiled(source, source.with_suffix(SUFFIX)) for source in SOURCES]
    sys.exit(not all(done))
