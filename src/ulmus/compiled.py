"""What was compiled from C when the package was installed, where a compiler was."""

import ctypes
from pathlib import Path
from typing import Any


def compiled_library(source: Path, version: int) -> Any:
    """Return the library that was compiled from a source, or None if there is none.

    Args:
        source: The C file, beside which the library lies.
        version: What its `ulmus_version` has to return; one compiled from another source, before a
            change of how it is called, is not used.
    """
    try:
        library = ctypes.CDLL(str(source.with_suffix(".compiled")))
        library.ulmus_version.restype = ctypes.c_int64
        return library if library.ulmus_version() == version else None
    except (OSError, AttributeError):
        return None
