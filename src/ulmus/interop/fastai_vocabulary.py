"""Vocabulary files of other libraries, and how their tokens become a vocabulary of ours."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ulmus.errors import BundleError
from ulmus.interop.restricted_pickle import read_pickle
from ulmus.models.transfer import UNSEEN
from ulmus.text.rules import SPACE_MARK
from ulmus.text.special_tokens import (
    BEGINNING,
    END,
    FIELD,
    FILLER,
    PADDING,
    REPEAT,
    SPECIAL_TOKENS,
    UNKNOWN,
    UPPER,
    WORD_REPEAT,
)
from ulmus.text.vocabulary import Vocabulary

PICKLES = (".pkl", ".pickle")
PICKLE_START = b"\x80"
ACCEPTED = "a pickled list (.pkl), a JSON list (.json) or a text with one token a line"

# What special tokens were called in fastai 0.7 (`xbos`, `t_up`) and in awd-lstm-lm, whose `<eos>`
# stands between one text and the next. Here a text begins with its mark, so `<eos>` becomes
# `xxbos`: the model then sees the same stream as in its training.
OLDER_NAMES = {
    UNKNOWN: ("_unk_", "<unk>"),
    PADDING: ("_pad_", "<pad>"),
    BEGINNING: ("xbos", "_bos_", "<eos>"),
    END: ("_eos_",),
    FIELD: ("xfld",),
    REPEAT: ("tk_rep",),
    WORD_REPEAT: ("tk_wrep",),
    UPPER: ("t_up",),
}
# SentencePiece writes its mark in front of special tokens too. Those are the ones that the model
# has seen; the plain ones, which fastai's vocabularies have as well, it has not. Unknown tokens
# and padding are no text: fastai finds them by their plain names.
MARKED = {token: SPACE_MARK + token for token in SPECIAL_TOKENS if token not in {UNKNOWN, PADDING}}


class ForeignVocabulary(NamedTuple):
    """Tokens in the order of the embedding's rows, and classes where the file names them."""

    tokens: tuple[str, ...]
    classes: tuple[str, ...] = ()


class Rearranged(NamedTuple):
    """A vocabulary of ours and where its rows come from.

    Args:
        vocabulary: The nine special tokens first, then all others in their old order. Tokens
            that stood there twice and superseded special ones are fillers, so no row is lost.
        rows: For each token its row in the other library's embedding, or `UNSEEN`.
        missing: The special tokens that are new.
    """

    vocabulary: Vocabulary
    rows: tuple[int, ...]
    missing: tuple[str, ...]


def read_vocabulary(path: Path) -> ForeignVocabulary:
    """Return the tokens of a vocabulary file, and its classes if it holds a pair of lists.

    Args:
        path: A pickle, a JSON list, or a text with one token a line, told by the ending.

    Raises:
        BundleError: The file is missing or damaged, or holds something else.
    """
    value = _value(path)
    if not _is_list(value):
        raise _no_vocabulary(path, f"a {type(value).__name__}")
    if len(value) == 2 and all(_is_list(part) for part in value):
        return ForeignVocabulary(_strings(path, value[0]), read_names(path, value[1]))
    return ForeignVocabulary(_strings(path, value))


def read_classes(path: Path) -> tuple[str, ...]:
    """Return the names of classes that a file lists, in the order of the logits.

    Raises:
        BundleError: The file is missing or damaged, or holds something else.
    """
    value = _value(path)
    if not _is_list(value):
        raise _no_vocabulary(path, f"a {type(value).__name__}")
    return read_names(path, value)


def read_names(path: Path, value: Sequence[Any]) -> tuple[str, ...]:
    """Return classes as strings; whole numbers may name classes too."""
    try:
        names = [str(x) if type(x) is int else x for x in value]
    except ValueError:  # Python writes 4,300 digits at most
        raise _no_vocabulary(path, "a whole number of too many digits") from None
    return _strings(path, names)


def rearrange(tokens: Sequence[str]) -> Rearranged:
    """Give the special tokens our ids and keep everything else in its order.

    Args:
        tokens: Tokens in the order of the embedding's rows.
    """
    first = {token: row for row, token in reversed(list(enumerate(tokens)))}
    chosen = {token: _row_of(token, first) for token in SPECIAL_TOKENS}
    taken = set(chosen.values())
    others = [row for row in range(len(tokens)) if row not in taken]
    names = (tokens[row] if first[tokens[row]] == row else FILLER for row in others)
    kept = (FILLER if name in SPECIAL_TOKENS or not _is_valid(name) else name for name in names)
    return Rearranged(
        Vocabulary((*SPECIAL_TOKENS, *kept)),
        (*chosen.values(), *others),
        tuple(token for token, row in chosen.items() if row == UNSEEN),
    )


def names_for_fastai(vocabulary: Vocabulary, *, marked: bool) -> list[str]:
    """Return a vocabulary's tokens as fastai knows them, in the order of their ids.

    Args:
        vocabulary: The vocabulary.
        marked: Whether the tokenizer is SentencePiece, of which fastai keeps the mark in front
            of special tokens.
    """
    if not marked:
        return list(vocabulary.tokens)
    return [MARKED.get(token, token) for token in vocabulary.tokens]


def holds_pieces(tokens: Sequence[str]) -> bool:
    """Return whether tokens are SentencePiece's: a quarter of them begins with its mark."""
    begun = sum(len(token) > 1 and token.startswith(SPACE_MARK) for token in tokens)
    return 4 * begun >= len(tokens) or MARKED[BEGINNING] in tokens


def _row_of(special: str, first: dict[str, int]) -> int:
    names = (MARKED.get(special, special), special, *OLDER_NAMES.get(special, ()))
    return next((first[name] for name in names if name in first), UNSEEN)


def _value(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            start = file.read(len(PICKLE_START))
        if path.suffix.lower() in PICKLES or start == PICKLE_START:
            return read_pickle(path)
        text = path.read_text("utf-8-sig")
        return json.loads(text) if path.suffix.lower() == ".json" else _lines(text)
    except OSError as error:
        raise _no_vocabulary(path, error.strerror or "it cannot be opened") from None
    except (ValueError, RecursionError) as error:
        raise _no_vocabulary(path, str(error)) from None


def _lines(text: str) -> list[str]:
    """Cut a text at its line feeds only: other ends of lines may be tokens."""
    lines = text.removesuffix("\n").split("\n")
    if all(line.endswith("\r") for line in lines[:-1]) and len(lines) > 1:
        return [line.removesuffix("\r") for line in lines]
    return lines


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _strings(path: Path, value: Sequence[Any]) -> tuple[str, ...]:
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise _no_vocabulary(path, f"item {index:,} is a {type(item).__name__}, not a string")
    if not value:
        raise _no_vocabulary(path, "an empty list")
    return tuple(value)


def _is_valid(token: str) -> bool:
    """Return whether a token can occur: half a surrogate pair is never made of a text here."""
    return not any("\ud800" <= character <= "\udfff" for character in token)


def _no_vocabulary(path: Path, reason: str) -> BundleError:
    return BundleError(
        f"this is no vocabulary ({reason})",
        given=path,
        accepted=ACCEPTED,
        remedy="Save it with pickle.dump(list(vocab), file)",
    )
