"""The tokenizer of words and punctuation marks, by spaCy's rules for a language."""

import re
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from ulmus.errors import MissingExtraError, TokenizerError
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers.detokenizing import join_words
from ulmus.text.tokenizers.spacy_words import SpacyWords
from ulmus.text.tokenizers.special_parts import is_white_space, split_at_specials

# Languages for which spaCy has no rules but calls another package.
PACKAGES = {"ko": "natto-py"}
SEGMENTED = frozenset({"ja", "th", "vi", "zh"})

# spaCy peels punctuation marks off a piece one by one and looks at the whole rest each time:
# 20,000 characters of "()" without a space took 36 s. Pieces are cut to this many characters.
LONGEST_PIECE = 256
LONG_PIECE = re.compile(rf"(\S{{{LONGEST_PIECE}}})(?=\S)")

# How many pieces spaCy keeps with their tokens: twice as fast as with its own 10,000.
CACHED_PIECES = 100_000

# spaCy remembers each string it has met, at some 400 bytes. It starts afresh when there are so
# many, so that memory does not grow with the corpus.
MOST_STRINGS = 300_000


class WordTokenizer:
    """Splits a text into words by the rules of one spaCy language.

    spaCy is loaded when the first text comes.

    Args:
        language: A code that `spacy.blank` knows: `en`, `de`, ..., or `xx` for many languages.

    Raises:
        TokenizerError: spaCy has no such language, or it has a segmenter of its own.
        MissingExtraError: The language needs a package that is not installed.
    """

    def __init__(self, language: str = "en") -> None:
        self.language = language
        # spaCy's cache and string store are written while a text is read. Threads take turns,
        # which costs nothing: its tokenizer keeps the interpreter's lock anyway.
        self._lock = Lock()
        self._loaded: Any = None
        self._loaded_words: SpacyWords | None = None
        _check_language(language)
        if language in PACKAGES:
            self._loaded = _load_language(language)

    def __reduce__(self) -> tuple[Callable[[str], "WordTokenizer"], tuple[str]]:
        return WordTokenizer, (self.language,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WordTokenizer) and other.language == self.language

    def __hash__(self) -> int:
        return hash(self.spec)

    @property
    def spec(self) -> str:
        """The text that names this tokenizer."""
        return f"words:{self.language}"

    def tokens(self, text: str) -> list[str]:
        """Return the text's words, punctuation marks, and white space beyond single spaces."""
        with self._lock:
            tokenize = self._nlp.tokenizer
            if hasattr(tokenize, "add_special_case"):
                return _texts(tokenize, text)
            return list(_between_specials(tokenize, text))

    def tokens_of_pieces(self, pieces: Iterable[str]) -> list[Sequence[str]]:
        """Return the tokens of each piece, which are the same, in less time if `cuts_pieces`."""
        if not self.cuts_pieces():
            return list(map(self.tokens, pieces))
        with self._lock:
            known = self._words
            return [self._of_piece(known, piece) for piece in pieces]

    def cuts_pieces(self) -> bool:
        """Whether a token depends, in general, on nothing beyond the next white space."""
        with self._lock:
            return hasattr(self._nlp.tokenizer, "add_special_case")

    def inseparable(self) -> frozenset[tuple[str, str]]:
        """Return the pairs of tokens between which white space does not part a text."""
        with self._lock:
            return self._words.inseparable

    def join(self, tokens: Sequence[str], _known: Container[str] = (), /) -> str:
        """Return the words as one text, with spaces where a writer would put them."""
        return join_words(tokens)

    @property
    def keeps_spaces_behind_specials(self) -> bool:
        """False: single spaces are no tokens."""
        return False

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
        return {"spec": self.spec}

    def save(self, folder: Path) -> None:
        """Write nothing, for the name says it all."""

    def load_alone(self) -> None:
        """Load spaCy without torch, for a process that does nothing but tokenize.

        spaCy imports torch if it is there, whatever it is to do: 0.9 of 1.3 s and 210 of 310 MB.
        """
        with self._lock, _without_torch():
            _ = self._nlp

    @property
    def _nlp(self) -> Any:
        if self._loaded is None or len(self._loaded.vocab) > MOST_STRINGS:
            self._loaded = _load_language(self.language)
        return self._loaded

    @property
    def _words(self) -> SpacyWords:
        if self._loaded_words is None:
            nlp = self._nlp
            self._loaded_words = SpacyWords(nlp.tokenizer, nlp.Defaults)
        return self._loaded_words

    def _of_piece(self, known: SpacyWords, piece: str) -> Sequence[str]:
        words = piece.split()
        if len(piece) <= LONGEST_PIECE and " ".join(words) == piece:
            found = known.tokens(piece) if len(words) == 1 else known.tokens_of_all(words)
            if found is not None:
                return found
        return _texts(self._nlp.tokenizer, piece)


@contextmanager
def _without_torch() -> Iterator[None]:
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's way to say: not to be found
    try:
        yield
    finally:
        del sys.modules["torch"]


def _check_language(language: str) -> None:
    if language in SEGMENTED:
        raise TokenizerError(
            "this language has a segmenter of its own, which is not spaCy's",
            given=language,
            accepted="any other language of spaCy",
            remedy=f"Use build_tokenizer('words:{language}')",
        )
    # Only names that lie in spaCy itself: a saved model must not be able to import others.
    spacy = find_spec("spacy")
    folders = spacy.submodule_search_locations if spacy else None
    known = [Path(folder, "lang", language, "__init__.py") for folder in folders or ()]
    if not re.fullmatch("[a-z]{2,3}", language) or not any(path.is_file() for path in known):
        raise TokenizerError(
            "spaCy has no such language",
            given=language,
            accepted="a language code such as en, de, ar, hi, zh, or xx for any",
            remedy="Write words:en, or use subwords or characters, which need no language",
        )


def _load_language(language: str) -> Any:
    import spacy

    try:
        nlp: Any = spacy.blank(language)
    except ImportError as error:
        raise MissingExtraError(
            "spaCy needs a further package for this language",
            given=language,
            remedy=f"Run: pip install {PACKAGES.get(language, f'(as it says: {error})')}",
        ) from error
    if hasattr(nlp.tokenizer, "add_special_case"):
        nlp.tokenizer.max_cache_size = CACHED_PIECES
        # spaCy would find out for each new word what it looks like, in a fifth of its time.
        nlp.vocab.lex_attr_getters = {}
        _keep_specials_whole(nlp.tokenizer)
    return nlp


def _keep_specials_whole(tokenizer: Any) -> None:
    from spacy.symbols import ORTH

    # spaCy caches nothing that stands behind a special case in its text. All texts begin with
    # xxbos, so that such cases cost three quarters of the speed; and the rules of its languages
    # keep these tokens whole by themselves.
    for token in SPECIAL_TOKENS:
        if [part.text for part in tokenizer(token)] != [token]:
            tokenizer.add_special_case(token, [{ORTH: token}])


def _texts(tokenize: Callable[[str], Iterable[Any]], text: str) -> list[str]:
    return [token.text for token in tokenize(_cut_long_pieces(text))]


def _cut_long_pieces(text: str) -> str:
    if len(text) <= LONGEST_PIECE or max(map(len, text.split()), default=0) <= LONGEST_PIECE:
        return text
    return LONG_PIECE.sub(r"\1 ", text)


def _between_specials(tokenize: Callable[[str], Iterable[Any]], text: str) -> Iterable[str]:
    # The tokenizers of unspaced languages know no special cases, so they never see the tokens.
    for index, part in enumerate(split_at_specials(text)):
        if index % 2:
            yield part
        elif part:
            yield from (token.text for token in tokenize(part))
