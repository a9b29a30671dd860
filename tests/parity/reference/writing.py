"""How fixtures are written: compressed JSON, and safetensors with JSON beside the tensors."""

import gzip
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
LIBRARIES = ("fastai", "fastcore", "torch", "spacy", "sentencepiece", "pythainlp", "numpy")


def write_json(name: str, facts: dict[str, Any]) -> None:
    """Write `fixtures/NAME.json.gz`, the same bytes for the same facts."""
    text = json.dumps({"versions": versions(), **facts}, ensure_ascii=False)
    path = FIXTURES / f"{name}.json.gz"
    path.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
    print(f"  {path.name}: {path.stat().st_size:,} bytes")


def write_tensors(name: str, tensors: dict[str, Any], facts: dict[str, Any] | None = None) -> None:
    """Write `fixtures/NAME.safetensors`, with the facts as JSON in its header."""
    from safetensors.torch import save_file

    path = FIXTURES / f"{name}.safetensors"
    header = json.dumps({"versions": versions(), **(facts or {})}, ensure_ascii=False)
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, {"facts": header})
    print(f"  {path.name}: {path.stat().st_size:,} bytes")


def versions() -> dict[str, str]:
    """Return the versions that a fixture is made with."""
    found = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), **found}
