"""Pretrained language models that come with the package, by name."""

from pathlib import Path

from ulmus.bundle.manifest import MARKER

PACKAGED = Path(__file__).resolve().parent.parent / "pretrained"
"""Where they lie: a folder for each, which is called as the model is."""

ENGLISH = ("en", "en-backward")
"""The English ones, forward and backward."""


def located(path: Path) -> Path:
    """Return a bundle's folder: the path, or a packaged model's folder if that is its name.

    A folder of the user's that is called alike comes first.
    """
    packaged = PACKAGED / path
    is_name = len(path.parts) == 1 and not path.exists() and (packaged / MARKER).exists()
    return packaged if is_name else path
