"""Reading what `make_fixtures.py` wrote."""

import gzip
import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

FIXTURES = Path(__file__).resolve().parent / "fixtures"


def read_json(name: str) -> dict[str, Any]:
    """Return the facts of `fixtures/NAME.json.gz`."""
    return json.loads(gzip.decompress((FIXTURES / f"{name}.json.gz").read_bytes()))


def read_tensors(name: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and the facts of `fixtures/NAME.safetensors`."""
    with safe_open(FIXTURES / f"{name}.safetensors", "pt") as file:
        facts = json.loads(file.metadata()["facts"])
        return {key: file.get_tensor(key) for key in file.keys()}, facts  # noqa: SIM118
