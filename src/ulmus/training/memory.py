"""How the process keeps the memory that a training step frees, and gives it back."""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
NEVER = -1


def keep_freed_memory() -> None:
    """Let the C library keep what is freed, for the step to come.

    glibc gets large blocks from the system and gives them back when they are freed, so that each
    step's tensors come as new pages, which the system clears one by one. Measured for one layer
    of 1,152 with gradients: 480 ms a step as it is, 430 with memory that is kept. The process
    holds the memory of its largest step until it ends. Elsewhere than on glibc nothing is done.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    library = ctypes.CDLL(None)
    library.mallopt(M_MMAP_MAX, 0)
    library.mallopt(M_TRIM_THRESHOLD, NEVER)


def give_back_freed_memory() -> None:
    """Give the system what is freed and kept, because something else wants memory."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
