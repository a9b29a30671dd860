"""The numbered tokens of a model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ulmus.errors import BundleError, SettingsError
from ulmus.files import atomic_file, fingerprint, read_json
from ulmus.text.special_tokens import FILLER, SPECIAL_TOKENS, UNKNOWN_ID

VOCABULARY_FILE = "vocabulary.json"
MULTIPLE = 8  # matrices whose sides are multiples of eight are fastest on accelerators
NEVER_COUNTED = frozenset({*SPECIAL_TOKENS, FILLER})


@dataclass(frozen=True)
class Vocabulary:
    """The tokens in the order of their ids; special ones first, fillers last.

    Args:
        tokens: The tokens, nine special ones in front.
    """

    tokens: tuple[str, ...]

    @cached_property
    def _id_of(self) -> dict[str, int]:
        return {token: index for index, token in enumerate(self.tokens) if token != FILLER}

    def __reduce__(self) -> tuple[type["Vocabulary"], tuple[tuple[str, ...]]]:
        return Vocabulary, (self.tokens,)  # without the dictionary, which is as large again

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._id_of

    def __repr__(self) -> str:
        return f"Vocabulary({len(self.tokens)} tokens, {self.fingerprint[:12]})"

    def ids(self, tokens: Sequence[str]) -> NDArray[np.int64]:
        """Return the id of each token, 0 for those that are unknown.

        Args:
            tokens: Tokens.

        Returns:
            As many ids.

        Shapes:
            Returns (T,) for T tokens.
        """
        id_of = self._id_of.get
        return np.array([id_of(token, UNKNOWN_ID) for token in tokens], dtype=np.int64)

    def token(self, index: int) -> str:
        """Return the token with that id.

        Raises:
            IndexError: There is no such id.
        """
        if index < 0:
            raise IndexError(f"token id {index} is below 0")
        return self.tokens[index]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the tokens in their order, as 64 hexadecimal digits."""
        return fingerprint(self.tokens)

    @classmethod
    def build(
        cls,
        counts: Mapping[str, int],
        *,
        max_vocab: int = 60_000,
        min_freq: int = 3,
        pieces: Sequence[str] | None = None,
    ) -> "Vocabulary":
        """Choose the most frequent tokens.

        Args:
            counts: How often each token was seen, in the order in which they were first seen;
                that order decides between tokens seen equally often.
            max_vocab: Number of tokens at most, special ones included, fillers not.
            min_freq: How often a token must have been seen.
            pieces: All tokens that a trained tokenizer can make. Then each of them gets an id,
                those seen by frequency first, and both limits are without meaning.

        Returns:
            Nine special tokens, the chosen ones, and one to eight fillers, so that the number is
            a multiple of eight.

        Raises:
            SettingsError: A limit is too small.
        """
        _check_limits(max_vocab, min_freq)
        by_frequency = sorted(counts, key=lambda token: -counts[token])
        if pieces is None:
            room = max_vocab - len(SPECIAL_TOKENS)
            frequent = (t for t in by_frequency if counts[t] >= min_freq and t not in NEVER_COUNTED)
            chosen = list(islice(frequent, room))
        else:
            left = dict.fromkeys(piece for piece in pieces if piece not in NEVER_COUNTED)
            seen = [token for token in by_frequency if token in left]
            chosen = list(dict.fromkeys([*seen, *left]))
        return cls(_filled([*SPECIAL_TOKENS, *chosen]))

    def extended(self, other: "Vocabulary") -> "Vocabulary":
        """Return this vocabulary's tokens, then those that only the other one has."""
        own = dict.fromkeys(token for token in self.tokens if token != FILLER)
        more = (token for token in other.tokens if token != FILLER)
        return Vocabulary(_filled(list(own | dict.fromkeys(more))))

    def save(self, folder: Path) -> None:
        """Write `vocabulary.json`.

        Raises:
            OutputError: The folder cannot be written.
        """
        with atomic_file(folder / VOCABULARY_FILE) as temporary:
            compact = (",", ":")
            text = json.dumps({"tokens": self.tokens}, ensure_ascii=False, separators=compact)
            temporary.write_text(text + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, folder: Path) -> "Vocabulary":
        """Read `vocabulary.json`.

        Raises:
            BundleError: The file is missing or damaged.
        """
        path = folder / VOCABULARY_FILE
        try:
            tokens = read_json(path)["tokens"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise _damaged(path, str(error)) from error
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise _damaged(path, "the tokens are no list of strings")
        if tuple(tokens[: len(SPECIAL_TOKENS)]) != SPECIAL_TOKENS:
            raise _damaged(path, "it does not begin with the special tokens")
        real = [token for token in tokens if token != FILLER]
        if len(set(real)) != len(real):
            raise _damaged(path, "a token stands in it twice")
        return cls(tuple(tokens))


def _filled(tokens: list[str]) -> tuple[str, ...]:
    return (*tokens, *[FILLER] * (MULTIPLE - len(tokens) % MULTIPLE))


def _check_limits(max_vocab: int, min_freq: int) -> None:
    if max_vocab < len(SPECIAL_TOKENS):
        raise SettingsError(
            "the vocabulary has no room for the special tokens",
            given=max_vocab,
            accepted=f"max_vocab of {len(SPECIAL_TOKENS)} or more",
            remedy="Choose a larger max_vocab",
        )
    if min_freq < 1:
        raise SettingsError(
            "a token must be seen to be known",
            given=min_freq,
            accepted="min_freq of 1 or more",
            remedy="Choose a larger min_freq",
        )


def _damaged(path: Path, reason: str) -> BundleError:
    return BundleError(
        f"the vocabulary cannot be read ({reason})",
        given=path,
        accepted="the file as it was saved",
        remedy="Copy the saved model again, whole",
    )
