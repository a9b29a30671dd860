"""The tokenizer of words by a language's own segmenter."""

import warnings
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from threading import Lock

from ulmus.errors import TokenizerError, UlmusWarning
from ulmus.text.rules import SPACE_MARK
from ulmus.text.tokenizers.detokenizing import join_unspaced, join_words
from ulmus.text.tokenizers.segmenters import SEGMENTERS
from ulmus.text.tokenizers.special_parts import is_white_space, split_at_specials


class SegmentedWordTokenizer:
    """Splits a text into words as the segmenter of one language does.

    Args:
        language: One of `SEGMENTERS`.
        made_with: The segmenter and version that a saved processor was made with; None for the
            one that is installed.

    Raises:
        MissingExtraError: The segmenter is not installed.
        TokenizerError: The processor was made with another segmenter.
    """

    def __init__(self, language: str, made_with: str | None = None) -> None:
        self.language = language
        self._segmenter = SEGMENTERS[language]
        # Some segmenters may not be called by two threads at once.
        self._lock = Lock()
        self._segment = self._segmenter.loaded(self.spec)
        installed = self._segmenter.version()
        self.made_with = installed if made_with is None else made_with
        if self.made_with != installed:
            self._compare(installed)

    def __reduce__(self) -> tuple[Callable[..., "SegmentedWordTokenizer"], tuple[str, str]]:
        return SegmentedWordTokenizer, (self.language, self.made_with)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SegmentedWordTokenizer) and other.description() == self.description()
        )

    def __hash__(self) -> int:
        return hash(self.spec)

    @property
    def spec(self) -> str:
        """The text that names this tokenizer."""
        return f"words:{self.language}"

    @property
    def keeps_spaces_behind_specials(self) -> bool:
        """Whether single spaces are tokens."""
        return self._segmenter.keeps_spaces

    def tokens(self, text: str) -> list[str]:
        """Return the text's words, punctuation marks and white space.

        Single spaces are among them only where the segmenter keeps them.
        """
        keep = self._segmenter.keeps_spaces
        tokens: list[str] = []
        for index, part in enumerate(split_at_specials(text, keep_spaces=keep)):
            if index % 2:
                tokens.append(part)
            elif part:
                with self._lock:
                    words = self._segment(part)
                tokens.extend(words if keep else (word for word in words if word != " "))
        return tokens

    def join(self, tokens: Sequence[str], _known: Container[str] = (), /) -> str:
        """Return the words as one text, spaced as the language writes it."""
        if self._segmenter.keeps_spaces:
            return "".join(tokens).replace(SPACE_MARK, " ")
        if self._segmenter.writes_spaces:
            return join_words(tokens)
        return join_unspaced(tokens, cut_letters=self._segmenter.cuts_letters)

    def word_end(self, _tokens: Sequence[str], start: int) -> int:
        """Return the next index, for each token is a word."""
        return start + 1

    def is_space(self, token: str) -> bool:
        """Return whether the token is white space."""
        return is_white_space(token)

    def pieces(self) -> None:
        """Return None, for any word may be met."""

    def description(self) -> dict[str, str]:
        """Return what a saved processor stores."""
        return {"spec": self.spec, "segmenter": self.made_with}

    def save(self, folder: Path) -> None:
        """Write nothing, for the description says it all."""

    def _compare(self, installed: str) -> None:
        if self.made_with.partition(" ")[0] != installed.partition(" ")[0]:
            raise TokenizerError(
                f"the saved text processor of {self.spec} was made with another segmenter",
                given=self.made_with or "spaCy's",
                accepted=self._segmenter.package,
                remedy="Prepare the text and train anew, or use the version of ulmus it is from",
            )
        warnings.warn(
            UlmusWarning(
                f"the saved text processor's words were cut by {self.made_with}, and {installed} "
                "is installed: some may be cut otherwise"
            ),
            stacklevel=2,
        )
