"""What a serialized SentencePiece model holds, by the numbers of its fields.

The names are in `sentencepiece_model.proto`, whose Python module needs a package for it.
"""

import struct
from collections.abc import Iterator
from typing import Any

PIECES, TRAINER, NORMALIZER = 1, 2, 3
PIECE_TEXT = 1

Field = tuple[int, Any]


def model_part(model: bytes, number: int) -> list[dict[int, list[Any]]]:
    """Return the parts of that number; for each, the values of its fields by their numbers."""
    parts = []
    for found, content in fields(model):
        if found == number:
            values: dict[int, list[Any]] = {}
            for inner, value in fields(content):
                values.setdefault(inner, []).append(value)
            parts.append(values)
    return parts


def fields(message: bytes) -> Iterator[Field]:
    """Yield number and value of each field of a protocol-buffer message."""
    position = 0
    while position < len(message):
        key, position = _integer(message, position)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, position = _integer(message, position)
            yield number, value
        elif kind == 2:
            length, position = _integer(message, position)
            yield number, message[position : position + length]
            position += length
        else:
            size = {1: 8, 5: 4}[kind]
            yield number, struct.unpack("<d" if size == 8 else "<f", message[position:][:size])[0]
            position += size


def _integer(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return value, position
