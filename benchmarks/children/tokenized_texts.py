"""The texts that both sides tokenize."""

from pathlib import Path
from typing import Any

from harness.shared_texts import english_texts, thai_texts

READERS = {"english": english_texts, "thai": thai_texts}


def read_texts(settings: dict[str, Any]) -> list[str]:
    """Return the texts of a child's settings."""
    return READERS[settings["language"]](Path(settings["data"]), settings["megabytes"])
