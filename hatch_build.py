"""Compiles the gates of the LSTM if there is a C compiler; else torch does what they would."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("src", "ulmus", "nn")
SOURCE = FOLDER / "gates.c"
LIBRARY = FOLDER / "gates.compiled"  # .so would look like a Python module
FLAGS = ["-O3", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math"]
ATTEMPTS = [[], ["-DULMUS_ONE_VERSION"]]
"""Old compilers and other systems than Linux cannot make several versions of one function."""


class Hook(BuildHookInterface):
    """Puts the compiled library beside its source, for a wheel as for an editable installation."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Compile, and make the wheel one of this system if that went well."""
        library = Path(self.root, LIBRARY)
        library.unlink(missing_ok=True)
        if os.name != "posix":
            return
        for attempt in ATTEMPTS:
            if compiled(Path(self.root, SOURCE), library, attempt):
                build_data.update(pure_python=False, infer_tag=True)
                return
        self.app.display_warning(
            "ulmus: no C compiler could compile the gates of the LSTM; training on a CPU will take "
            "some tenths longer. To have them, install a compiler (such as gcc) and install again."
        )


def compiled(source: Path, library: Path, flags: list[str]) -> bool:
    """Return whether the library was compiled; nothing half-written is left."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    unfinished = library.with_suffix(".unfinished")
    command = [*compiler, *FLAGS, *flags, "-o", str(unfinished), str(source)]
    try:
        subprocess.run(command, check=True, capture_output=True)
        unfinished.replace(library)
    except (OSError, subprocess.CalledProcessError):
        unfinished.unlink(missing_ok=True)
        return False
    return True


if __name__ == "__main__":
    sys.exit(0 if any(compiled(SOURCE, LIBRARY, attempt) for attempt in ATTEMPTS) else 1)
