"""From a text to its tokens, before there is a vocabulary."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ulmus.text.columns import without_surrogates
from ulmus.text.numbering import NumberedTokens, number_tokens
from ulmus.text.piece_splitter import PieceSplitter, PieceTokenizer
from ulmus.text.rules import RuleSet, mark_columns, rule_set
from ulmus.text.special_tokens import BEGINNING
from ulmus.text.tokenizers import (
    Function,
    SubwordTokenizer,
    Tokenizer,
    WordTokenizer,
    build_tokenizer,
    default_rules,
)
from ulmus.text.vocabulary import Vocabulary

Columns = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class TextSplitter:
    """Rules and a tokenizer: what makes tokens of a text before there is a vocabulary.

    Args:
        rules: What happens to the text before, and to the tokens after, the tokenizer.
        tokenizer: What splits the text.
    """

    rules: RuleSet
    tokenizer: Tokenizer
    _pieces: PieceSplitter | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = None
        if self.rules.in_pieces is not None and isinstance(self.tokenizer, PieceTokenizer):
            pieces = PieceSplitter(self.rules, self.tokenizer)
        object.__setattr__(self, "_pieces", pieces)

    def __reduce__(self) -> tuple[type["TextSplitter"], tuple[RuleSet, Tokenizer]]:
        return TextSplitter, (self.rules, self.tokenizer)  # without the pieces it remembers

    def tokens(self, text: Columns) -> list[str]:
        """Return the tokens of a text, `xxbos` first and so never none.

        Args:
            text: A text, or a document's text columns; several are marked with `xxfld N`.

        Returns:
            The tokens.
        """
        if self._pieces is not None:
            tokens = self._pieces.tokens(whole_text(text))
        else:
            tokens = self.rules.finish(self.tokenizer.tokens(prepare(text, self.rules)))
        return tokens if tokens[:1] == [BEGINNING] else [BEGINNING, *tokens]

    def numbered(self, texts: Iterable[Columns]) -> NumberedTokens:
        """Return the tokens of texts as numbers, much faster than one text after the other.

        Args:
            texts: As `tokens` takes them.
        """
        if self._pieces is not None:
            numbered = self._pieces.numbered(map(whole_text, texts))
        elif isinstance(self.tokenizer, SubwordTokenizer) and not self.rules.among:
            # The rules for each token, which mark spaces, change no piece: none has a space.
            numbered = self.tokenizer.numbered(prepare(text, self.rules) for text in texts)
        else:
            return number_tokens(map(self.tokens, texts))
        return numbered.begun_with(BEGINNING).in_first_seen_order()

    def load_alone(self) -> None:
        """Load what the tokenizer needs, in a process that does nothing but tokenize."""
        if isinstance(self.tokenizer, WordTokenizer):
            self.tokenizer.load_alone()

    def description(self) -> dict[str, Any]:
        """Return what tells this splitter from others, as JSON."""
        return {"rules": self.rules.name, "tokenizer": self.tokenizer.description()}

    def vocabulary(
        self, counts: Mapping[str, int], *, max_vocab: int = 60_000, min_freq: int = 3
    ) -> Vocabulary:
        """Choose a vocabulary from token counts, as the tokenizer wants it.

        Args:
            counts: How often each token was seen, in the order in which they were first seen.
            max_vocab: See `Vocabulary.build`.
            min_freq: See `Vocabulary.build`.

        Returns:
            The vocabulary; for subwords it holds all of their pieces.
        """
        return Vocabulary.build(
            counts, max_vocab=max_vocab, min_freq=min_freq, pieces=self.tokenizer.pieces()
        )


def build_splitter(
    tokenizer: str | Function | Tokenizer = "words:en",
    *,
    rules: str | None = None,
    texts: Callable[[], Iterable[Columns]] | None = None,
) -> TextSplitter:
    """Put rules and a tokenizer together, training the tokenizer if it is one that is trained.

    Args:
        tokenizer: A spec such as `words:en`, a function, or a tokenizer.
        rules: Name of a rule set; None: the tokenizer's usual one.
        texts: Returns the texts anew at each call; only `subwords` needs it.

    Returns:
        The splitter.

    Raises:
        TokenizerError: The tokenizer or the rule set is unknown, or cannot be made.
        MissingExtraError: The tokenizer needs a package that is not installed.
    """
    chosen = rule_set(rules if rules is not None else default_rules(tokenizer))
    if isinstance(tokenizer, str) or callable(tokenizer):
        prepared = (lambda: (prepare(text, chosen) for text in texts())) if texts else None
        tokenizer = build_tokenizer(tokenizer, prepared)
    return TextSplitter(chosen, tokenizer)


def prepare(text: Columns, rules: RuleSet) -> str:
    """Return the text that the tokenizer is to see.

    Args:
        text: A text, or a document's text columns.
        rules: The rules it passes.

    Returns:
        One text in valid Unicode.
    """
    return rules.apply(whole_text(text))


def whole_text(text: Columns) -> str:
    """Return a text, or a document's text columns, as one text in valid Unicode."""
    return without_surrogates(mark_columns(text))
