"""Files, plain or compressed, and standard input as blocks and lines of text.

Everything streams: at most one block and one line are in memory. Decoding is done here, and not
by the parsers, so that a byte that is not UTF-8 can be told by file, line and offset.
"""

import codecs
import io
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

from ulmus.errors import SourceError
from ulmus.text.columns import without_surrogates
from ulmus.text.remote_paths import SourcePath, byte_count

STANDARD_INPUT = Path("-")
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
# Measured on film reviews: 16 to 256 KiB are equally fast, 8 KiB and 1 MiB a tenth slower.
BLOCK_BYTES = 1 << 16
MOST_GROWTH, LEAST_SUSPECT = 200, 1 << 28
"""A compressed file that grows more, and to more bytes than the second, is taken for a bomb."""

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def compression_of(path: SourcePath) -> str | None:
    """Return the compression that a file's suffix names: `gzip`, `zstd` or None."""
    return COMPRESSIONS.get(PurePath(path.name).suffix.lower())


def byte_blocks(path: SourcePath) -> Iterator[bytes]:
    """Yield the decompressed content of a file, or of standard input for `-`.

    Raises:
        SourceError: The file cannot be read, its compression is damaged, or it grows beyond
            measure when it is decompressed.
    """
    try:
        most = math.inf if compression_of(path) is None else most_bytes(path)
        with _opened(path) as stream:
            read = getattr(stream, "read1", None) or stream.read
            while block := read(BLOCK_BYTES):
                most -= len(block)
                if most < 0:
                    raise bomb(path)
                yield block
    except OSError as error:
        # The decompressor's own complaints carry no error number; the system's do, an object
        # store's do not.
        if error.errno is None and compression_of(path) and isinstance(path, Path):
            raise damaged(path, error) from None
        raise unreadable(path, error) from None


def most_bytes(path: SourcePath) -> float:
    """Return what a compressed file may hold; text is rarely compressed to less than a tenth."""
    return max(LEAST_SUSPECT, MOST_GROWTH * byte_count(path))


def bomb(path: SourcePath) -> SourceError:
    """Return the error for a file that holds more than `most_bytes`."""
    return SourceError(
        f"the file grows to more than {MOST_GROWTH} times its size when it is decompressed",
        given=path,
        accepted=f"compressed text of at most {LEAST_SUSPECT >> 20} MB, or that grows less",
        remedy="If it is what it should be, write it as plain text or JSON Lines first",
    )


def text_blocks(path: SourcePath, *, translate: bool, encoding: str | None = None) -> Iterator[str]:
    r"""Yield the text of a file.

    Args:
        path: The file, or `-` for standard input.
        translate: Whether `\r\n` and `\r` become `\n`.
        encoding: Python's name of it; None is UTF-16 where a byte order mark says so, else UTF-8,
            with or without a mark.

    Raises:
        SourceError: As `byte_blocks`, or a byte is not of the encoding.
    """
    blocks = _decoded(path, translate, encoding)
    return blocks if encoding is None else _joined_pairs(blocks)


def _decoded(path: SourcePath, translate: bool, encoding: str | None) -> Iterator[str]:
    blocks = byte_blocks(path)
    first = b""
    while len(first) < 2 and (block := next(blocks, b"")):
        first += block
    encoding = encoding or ("utf-16" if first.startswith(UTF16_MARKS) else "utf-8-sig")
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate)
    bytes_read = newlines_read = 0
    for block in chain([first] if first else [], blocks, [b""]):  # the empty one ends the decoding
        bytes_read += len(block)
        newlines_read += block.count(b"\n")
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            # The decoder's buffer ends where the reading stands, so the places are counted back.
            rest = error.object[error.start :]
            line = newlines_read - rest.count(b"\n") + 1
            place = f"line {line}, byte offset {bytes_read - len(rest)}"
            raise _undecodable(path, f"byte 0x{rest[0]:02X} at {place}", encoding) from None
        except UnicodeError as error:  # such as UTF-16 without its mark; it names no place
            raise _undecodable(path, str(error), encoding) from None
        yield text


def _joined_pairs(blocks: Iterable[str]) -> Iterator[str]:
    """Yield blocks without halves of surrogate pairs, which encodings such as UTF-7 may hold."""
    held = ""
    for block in blocks:
        text = held + block
        held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        yield without_surrogates(text.removesuffix(held))
    yield without_surrogates(held)


def text_lines(path: SourcePath, *, translate: bool, encoding: str | None = None) -> Iterator[str]:
    r"""Yield the lines of a file with their ends; `\n`, `\r\n` and `\r` end a line, nothing else.

    Args:
        path: The file, or `-` for standard input.
        translate: Whether the ends are all given as `\n`.
        encoding: See `text_blocks`.

    Raises:
        SourceError: As `text_blocks`.
    """
    begun: list[str] = []
    for block in text_blocks(path, translate=translate, encoding=encoding):
        # StringIO cuts at line ends only; str.splitlines would cut at U+2028 and others too.
        lines = io.StringIO(block, newline="").readlines()
        last = "" if not lines or lines[-1].endswith(("\n", "\r")) else lines.pop()
        if begun and lines:
            lines[0] = "".join([*begun, lines[0]])
            begun.clear()
        if last:
            begun.append(last)
        yield from lines
    if begun:
        yield "".join(begun)


def unreadable(path: SourcePath, error: OSError) -> SourceError:
    """Return the error for a file or folder that the system does not let be read."""
    return SourceError(
        f"cannot read the source ({error.strerror or error})",
        given=path,
        accepted="a file or folder that you may read",
        remedy="Check the path and its permissions",
    )


def damaged(path: SourcePath, error: Exception) -> SourceError:
    """Return the error for a compressed or binary file whose content is broken."""
    return SourceError(
        f"the file is damaged ({error})",
        given=path,
        accepted=f"a whole {PurePath(path.name).suffix} file",
        remedy="Fetch or write the file again",
    )


@contextmanager
def _opened(path: SourcePath) -> Iterator[Any]:
    compression = compression_of(path)
    if path == STANDARD_INPUT:
        # Not ours to close. Not buffered: a thread that waits in its buffer at the end of Python
        # would abort it.
        yield getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    elif compression is None:
        with path.open("rb") as file:
            yield file
    else:
        import pyarrow as pa  # here, because it takes a tenth of a second that --help lacks

        with path.open("rb") as file, pa.input_stream(file, compression=compression) as stream:
            yield stream


def _undecodable(path: SourcePath, problem: str, encoding: str) -> SourceError:
    name = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(encoding, encoding)
    if compression_of(path):
        problem += " of the decompressed text"
    return SourceError(
        f"not {name}: {problem}",
        given="standard input" if path == STANDARD_INPUT else path,
        accepted="text in UTF-8, in UTF-16 with a byte order mark, or in what --encoding names",
        remedy="Name its encoding, such as --encoding latin-1, or convert the file to UTF-8",
    )
