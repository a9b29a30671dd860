"""One number for a file of weights: its keys, in their order, with every bit of the tensors."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def tensor_hash(weights: Mapping[str, Any]) -> str:
    """Return a SHA-256 over names, kinds, shapes and values of tensors, in their order."""
    digest = sha256()
    for name, tensor in weights.items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()
