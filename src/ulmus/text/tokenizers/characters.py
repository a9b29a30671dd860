"""The tokenizer for which each code point is a token."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from ulmus.text.tokenizers.special_parts import end_of_word, is_white_space, split_at_specials


@dataclass(frozen=True, slots=True)
class CharacterTokenizer:
    """Splits a text into its code points and keeps special tokens whole."""

    @property
    def spec(self) -> str:
        """The text that names this tokenizer."""
        return "characters"

    def tokens(self, text: str) -> list[str]:
        """Return the text's characters, white space included."""
        parts = split_at_specials(text)
        tokens = list(parts[0])
        for special, part in zip(parts[1::2], parts[2::2], strict=True):
            tokens.append(special)
            tokens.extend(part)
        return tokens

    def join(self, tokens: Sequence[str], _known: Container[str] = (), /) -> str:
        """Return the characters as one text."""
        return "".join(tokens)

    @property
    def keeps_spaces_behind_specials(self) -> bool:
        """False: a space behind a special token is dropped."""
        return False

    def word_end(self, tokens: Sequence[str], start: int) -> int:
        """Return the index behind the word, ended by white space, that begins at `start`."""
        return end_of_word(tokens, start, is_white_space)

    def is_space(self, token: str) -> bool:
        """Return whether the token is white space."""
        return is_white_space(token)

    def pieces(self) -> None:
        """Return None, for any character may be met."""

    def description(self) -> dict[str, str]:
        """Return what a saved processor stores."""
        return {"spec": self.spec}

    def save(self, folder: Path) -> None:
        """Write nothing, for the name says it all."""
