"""Tokenizers: from a text to its tokens and back, chosen by a short text, the spec.

| spec | tokens |
|---|---|
| `words:LANG` | words by the rules of a spaCy language: `en`, `de`, ..., `xx` for many |
| `words:th`, `vi`, `zh`, `ja` | words by a segmenter of that language, each in an extra |
| `subwords[:SIZE][:bpe][:language=CODE][:space=TOKEN]` | SentencePiece, trained on the texts |
| `characters` | code points |
| `function:pkg.module:name` | whatever that function returns |

The parts of a `subwords` spec may come in any order. SIZE is a quarter of the distinct words
unless given, the model `unigram` unless `bpe`, the language `en`; `space=<_>` makes `<_>` a token
that stands for a space.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ulmus.errors import TokenizerError
from ulmus.text.tokenizers.characters import CharacterTokenizer
from ulmus.text.tokenizers.function import (
    FunctionTokenizer,
    function_tokenizer,
    matching_function,
    name_of,
)
from ulmus.text.tokenizers.segmented_words import SegmentedWordTokenizer
from ulmus.text.tokenizers.segmenters import SEGMENTERS
from ulmus.text.tokenizers.subword_options import SubwordOptions, parse_subword_spec
from ulmus.text.tokenizers.subwords import SubwordTokenizer, load_subwords, train_subwords
from ulmus.text.tokenizers.words import WordTokenizer

ACCEPTED = "words:LANG, subwords[:SIZE], characters, function:pkg.module:name"

Function = Callable[[str], Sequence[str]]


class Tokenizer(Protocol):
    """Splits texts that have passed the rules; picklable and safe to share among threads."""

    @property
    def spec(self) -> str:
        """The text that names this tokenizer."""

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text, in which special tokens are kept whole."""

    def join(self, tokens: Sequence[str], known: Container[str] = (), /) -> str:
        """Return tokens, none of them special, as one text; `known` is the vocabulary."""

    @property
    def keeps_spaces_behind_specials(self) -> bool:
        """Whether the space that parts a special token from what follows can be a token."""

    def word_end(self, tokens: list[str], start: int, /) -> int:
        """Return the index behind the last token of the word that begins at `start`."""

    def is_space(self, token: str) -> bool:
        """Return whether the token is nothing but white space."""

    def pieces(self) -> tuple[str, ...] | None:
        """Return all tokens there can be, or None if there can be any."""

    def description(self) -> dict[str, str]:
        """Return what tells this tokenizer from others, as JSON; `spec` is in it."""

    def save(self, folder: Path) -> None:
        """Write what the description does not hold."""


def build_tokenizer(
    spec: str | Function, texts: Callable[[], Iterable[str]] | None = None
) -> Tokenizer:
    """Make a tokenizer from its spec, training it if it is one that is trained.

    Args:
        spec: A spec, or the function itself. A function's module is imported.
        texts: Returns the texts, after the rules, anew at each call; only subwords need it.

    Returns:
        The tokenizer.

    Raises:
        TokenizerError: The spec is unknown, or the tokenizer cannot be made.
        MissingExtraError: It needs a package that is not installed.
    """
    if not isinstance(spec, str):
        return function_tokenizer(spec)
    kind, _, rest = spec.partition(":")
    if kind == "words" and rest:
        return SegmentedWordTokenizer(rest) if rest in SEGMENTERS else WordTokenizer(rest)
    if kind == "subwords":
        options = parse_subword_spec(spec)
        if texts is None:
            raise TokenizerError(
                "a subword tokenizer is trained, and there is no text",
                given=spec,
                accepted="texts to train it on",
                remedy="Pass the corpus, or take the tokenizer of a saved model",
            )
        return train_subwords(options, texts)
    if spec == "characters":
        return CharacterTokenizer()
    if kind == "function":
        return function_tokenizer(spec)
    raise TokenizerError(
        "unknown tokenizer",
        given=spec,
        accepted=ACCEPTED,
        remedy="Write words:en for English words" if kind == "words" else "Choose one of these",
    )


def load_tokenizer(
    description: Mapping[str, str], folder: Path, given: str | Function | None = None
) -> Tokenizer:
    """Make a tokenizer from what a saved processor stores, without importing what that names.

    Args:
        description: What `Tokenizer.description` returned.
        folder: Where `Tokenizer.save` wrote.
        given: The function or spec that the caller hands in; a stored function needs it.

    Returns:
        The tokenizer as it was saved.

    Raises:
        TokenizerError: A function is stored and none, or another tokenizer, was handed in; or
            another segmenter is built in than the one it was made with.
        MissingExtraError: The tokenizer's package is not installed.
        BundleError: The subword model is missing or damaged.
    """
    spec = description["spec"]
    if spec.startswith("function:"):
        return matching_function(spec, given)
    if given is not None and given != spec:
        raise TokenizerError(
            "the saved text processor was made with another tokenizer",
            given=given if isinstance(given, str) else name_of(given),
            accepted=spec,
            remedy="Leave --tokenizer and tokenizer= away",
        )
    if spec.startswith("subwords"):
        return load_subwords(parse_subword_spec(spec), folder, description.get("model", ""))
    language = spec.removeprefix("words:")
    if language != spec and language in SEGMENTERS:
        return SegmentedWordTokenizer(language, description.get("segmenter", ""))
    return build_tokenizer(spec)


def default_rules(tokenizer: str | Function | Tokenizer) -> str:
    """Return the name of the rule set that suits a tokenizer unless another is asked for.

    Args:
        tokenizer: A spec, a function, or a tokenizer.

    Returns:
        `none` for characters, `fastai` for all others.
    """
    spec = tokenizer if isinstance(tokenizer, str) else getattr(tokenizer, "spec", "")
    return "none" if spec == "characters" else "fastai"


__all__ = [
    "CharacterTokenizer",
    "FunctionTokenizer",
    "SegmentedWordTokenizer",
    "SubwordOptions",
    "SubwordTokenizer",
    "Tokenizer",
    "WordTokenizer",
    "build_tokenizer",
    "default_rules",
    "load_tokenizer",
]
