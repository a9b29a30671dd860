"""Word segmenters of languages whose words spaces do not show, each in an extra of its own.

How they were chosen, out of what was on the package index in 2026: kept up, free licences without
copyleft, wheels for Python 3.11 and later, nothing fetched at run time.

- Thai: PyThaiNLP's `newmm` (Apache-2.0), by a dictionary and the clusters of Thai letters. Its
  tokenizer with thai2fit's own dictionary is not offered: it tries all ways to cut a stretch, and
  doubles its time with each further นา of นานานานา.
- Vietnamese: underthesea (Apache-2.0), a conditional random field in Rust. pyvi, which spaCy
  would ask for, stands still since 2021 and unpickles its model.
- Chinese: rjieba (MIT), jieba's dictionary in Rust, at 44 MB/s. jieba itself stands still since
  2020 and warns on new Pythons; spacy-pkuseg comes without its models.
- Japanese: SudachiPy with its core dictionary (Apache-2.0) and the shortest units. The small
  dictionary saves 80 MB but cuts 外国人参政権 at 人参, the carrot. unidic-lite, for fugashi, is
  a source distribution only and has been the same since 2020.
"""

import importlib.metadata
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import chain
from typing import Any, NamedTuple

from ulmus.errors import MissingExtraError
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers.words import WordTokenizer

Segment = Callable[[str], list[str]]

# PyThaiNLP looks for numbers with full stops and colons in them in time that grows with the
# square of a run of digits: 20,000 of them took 2.4 s.
LONG_NUMBER = re.compile(r"(\d{256})(?=\d)")

# SudachiPy refuses more than 49,149 bytes, and a character may stand for up to eighteen.
STRETCH = re.compile(r"(?s).{1,999}[。！？\n ]|.{1,1000}")

# Normalization takes time that grows with the square of a run of marks, so it goes by pieces.
PIECE = re.compile(r"\S{1,256}")
LONGEST_PHRASE = 100


class Segmenter(NamedTuple):
    """One language's segmenter.

    Attributes:
        modules: What is imported.
        package: The package whose version decides what the words are.
        extra: The extra that brings them.
        load: Imports them and returns what cuts a text; nothing of the text may be lost but,
            unless `keeps_spaces`, spaces.
        keeps_spaces: Whether single spaces are tokens.
        writes_spaces: Whether the language puts spaces between words.
        cuts_letters: Whether it cuts words of letters that are neither ASCII nor the language's
            one by one.
    """

    modules: tuple[str, ...]
    package: str
    extra: str
    load: Callable[[], Segment]
    keeps_spaces: bool = False
    writes_spaces: bool = False
    cuts_letters: bool = False

    def is_installed(self) -> bool:
        """Return whether all modules are there."""
        return all(find_spec(module) is not None for module in self.modules)

    def version(self) -> str:
        """Return the package and its version, as `pythainlp 5.4.0`."""
        return f"{self.package} {importlib.metadata.version(self.package)}"

    def loaded(self, spec: str) -> Segment:
        """Return what cuts a text.

        Args:
            spec: The tokenizer that asks for it, for the message.

        Raises:
            MissingExtraError: A module is not installed.
        """
        missing = MissingExtraError(
            "the language's word segmenter is not installed",
            given=spec,
            accepted=f"this tokenizer with the package {self.package}, or subwords",
            remedy=f'Run: pip install "ulmus[{self.extra}]"',
        )
        if not self.is_installed():
            raise missing
        try:
            return self.load()
        except ImportError as error:
            raise missing from error


def _thai() -> Segment:
    # It would make a folder for downloads in the user's home, and fail where it cannot.
    if "PYTHAINLP_READ_MODE" not in os.environ:
        os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")
    from pythainlp.tokenize import word_tokenize

    def segment(text: str) -> list[str]:
        if len(text) <= 256 or not LONG_NUMBER.search(text):
            return word_tokenize(text, engine="newmm")
        return [word for part in LONG_NUMBER.split(text) for word in segment(part)]

    return segment


def _chinese() -> Segment:
    from rjieba import Jieba

    # One of its own, whose words no other code in the process can add to.
    segment: Segment = Jieba().cut
    return segment


def _japanese() -> Segment:
    from sudachipy import Dictionary, SplitMode

    analyser: Any = Dictionary(dict="core").tokenizer(mode=SplitMode.A)

    def segment(text: str) -> list[str]:
        stretches = map(analyser.tokenize, STRETCH.findall(text))
        # A character that stands for several words, such as ㍿, leaves empty surfaces behind.
        surfaces = (morpheme.surface() for morpheme in chain.from_iterable(stretches))
        return [surface for surface in surfaces if surface]

    return segment


def _vietnamese() -> Segment:
    from underthesea import word_tokenize

    # Syllables, numbers, addresses and signs by spaCy; only phrases of syllables go on, for on
    # others underthesea's patterns may take exponential time: 26 full stops behind "http://"
    # took 10 s.
    syllables = WordTokenizer("xx")

    def segment(text: str) -> list[str]:
        composed = PIECE.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
        words: list[str] = []
        for phrase in _phrases(syllables.tokens(composed)):
            if len(phrase) == 1:
                words += phrase
            else:
                found = word_tokenize(" ".join(phrase), use_token_normalize=False)
                words += _grouped(phrase, found)
        return words

    return segment


def _phrases(tokens: list[str]) -> Iterator[list[str]]:
    """Yield syllables that follow each other together, all other tokens alone."""
    phrase: list[str] = []
    for token in tokens:
        is_syllable = token.isalpha() and token not in SPECIAL_TOKENS
        if phrase and (not is_syllable or len(phrase) == LONGEST_PHRASE):
            yield phrase
            phrase = []
        if is_syllable:
            phrase.append(token)
        else:
            yield [token]
    if phrase:
        yield phrase


def _grouped(syllables: list[str], words: list[str]) -> list[str]:
    """Return syllables, as they stand, put together as words are that may be spelt otherwise."""
    sizes = [word.count(" ") + 1 for word in words]
    if sum(sizes) != len(syllables):
        return syllables
    remaining = iter(syllables)
    return [" ".join(next(remaining) for _ in range(size)) for size in sizes]


SEGMENTERS = {
    "ja": Segmenter(("sudachipy", "sudachidict_core"), "sudachidict_core", "japanese", _japanese),
    "th": Segmenter(("pythainlp",), "pythainlp", "thai", _thai, keeps_spaces=True),
    "vi": Segmenter(("underthesea",), "underthesea", "vietnamese", _vietnamese, writes_spaces=True),
    "zh": Segmenter(("rjieba",), "rjieba", "chinese", _chinese, cuts_letters=True),
}
