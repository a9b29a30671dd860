"""From a text to the ids of its tokens and back, alike in training and in use."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ulmus.errors import BundleError, SourceError
from ulmus.files import atomic_file, fingerprint, read_json
from ulmus.text.decoding import apply_specials
from ulmus.text.rules import RuleSet, rule_set
from ulmus.text.splitter import Columns, TextSplitter, build_splitter
from ulmus.text.tokenizers import Function, Tokenizer, load_tokenizer
from ulmus.text.vocabulary import Vocabulary

PROCESSOR_FILE = "processor.json"


@dataclass(frozen=True)
class TextProcessor:
    """Rules, a tokenizer and a vocabulary: texts to ids and back.

    It never changes, can be pickled and may be used by many threads at once.

    Args:
        splitter: Rules and tokenizer.
        vocabulary: The numbered tokens.
    """

    splitter: TextSplitter
    vocabulary: Vocabulary

    @property
    def rules(self) -> RuleSet:
        """What happens to a text before it is tokenized."""
        return self.splitter.rules

    @property
    def tokenizer(self) -> Tokenizer:
        """What splits a text into tokens."""
        return self.splitter.tokenizer

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over rules, tokenizer and vocabulary, as 64 hexadecimal digits."""
        return fingerprint([self.splitter.description(), self.vocabulary.fingerprint])

    def tokens(self, text: Columns) -> list[str]:
        """Return the tokens of a text, or of its columns, `xxbos` first."""
        return self.splitter.tokens(text)

    def encode(self, text: Columns) -> NDArray[np.int64]:
        """Return the ids of a text's tokens.

        Args:
            text: A text, or a document's text columns.

        Returns:
            At least one id, that of `xxbos`.

        Shapes:
            Returns (T,) for T tokens.
        """
        return self.vocabulary.ids(self.splitter.tokens(text))

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text that ids stand for, with special tokens obeyed and removed.

        Args:
            ids: Any ids of the vocabulary, in any order.

        Returns:
            The text; unknown tokens are shown as `xxunk`.

        Raises:
            IndexError: An id is not in the vocabulary.
        """
        token = self.vocabulary.token
        tokens = self.rules.begin_decoding([token(int(index)) for index in ids])
        tokens = apply_specials(tokens, self.tokenizer)
        return self.rules.restore(self.tokenizer.join(tokens, self.vocabulary))

    @classmethod
    def build(
        cls,
        texts: Iterable[Columns],
        *,
        tokenizer: str | Function | Tokenizer = "words:en",
        rules: str | None = None,
        max_vocab: int = 60_000,
        min_freq: int = 3,
    ) -> "TextProcessor":
        """Make a processor from texts that are in memory.

        Args:
            texts: Texts, or tuples of text columns.
            tokenizer: A spec such as `words:en`, a function, or a tokenizer.
            rules: Name of a rule set; None: the tokenizer's usual one.
            max_vocab: See `Vocabulary.build`.
            min_freq: See `Vocabulary.build`.

        Returns:
            The processor.

        Raises:
            SourceError: One text was given in place of several.
        """
        if isinstance(texts, str):
            raise SourceError(
                "one text where several are needed",
                given=texts,
                accepted="a list of texts",
                remedy="Put it into a list",
            )
        held = texts if isinstance(texts, Sequence) else list(texts)
        splitter = build_splitter(tokenizer, rules=rules, texts=lambda: held)
        counts: Counter[str] = Counter()
        for text in held:
            counts.update(splitter.tokens(text))
        vocabulary = splitter.vocabulary(counts, max_vocab=max_vocab, min_freq=min_freq)
        return cls(splitter, vocabulary)

    def save(self, folder: Path) -> None:
        """Write `processor.json`, `vocabulary.json` and what the tokenizer needs.

        Raises:
            OutputError: The folder cannot be written.
        """
        self.tokenizer.save(folder)
        self.vocabulary.save(folder)
        stored = {**self.splitter.description(), "vocabulary": self.vocabulary.fingerprint}
        with atomic_file(folder / PROCESSOR_FILE) as temporary:
            text = json.dumps(stored, ensure_ascii=False, indent=2)
            temporary.write_text(text + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, folder: Path, tokenizer: str | Function | None = None) -> "TextProcessor":
        """Read a saved processor; nothing that its files name is imported.

        Args:
            folder: Where it was saved.
            tokenizer: The function, or `function:pkg.module:name`, if it was made with one.

        Returns:
            The processor, with the fingerprint it had.

        Raises:
            BundleError: A file is missing or damaged, or the files do not belong together.
            TokenizerError: A tokenizer function is needed, or not the one handed in.
        """
        stored = read_description(folder)
        vocabulary = Vocabulary.load(folder)
        if vocabulary.fingerprint != stored["vocabulary"]:
            raise _damaged(folder / PROCESSOR_FILE, "it belongs to another vocabulary")
        splitter = TextSplitter(
            rule_set(stored["rules"]), load_tokenizer(stored["tokenizer"], folder, tokenizer)
        )
        return cls(splitter, vocabulary)


def read_description(folder: Path) -> dict[str, Any]:
    """Return what `processor.json` says: the names of rules and tokenizer among others.

    Raises:
        BundleError: It is missing or damaged.
    """
    path = folder / PROCESSOR_FILE
    try:
        stored = read_json(path)
        strings = [stored["rules"], stored["vocabulary"], stored["tokenizer"]["spec"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _damaged(path, str(error)) from error
    if not all(isinstance(string, str) for string in strings):
        raise _damaged(path, "a name in it is no string")
    return stored  # type: ignore[no-any-return]


def _damaged(path: Path, reason: str) -> BundleError:
    return BundleError(
        f"the text processor cannot be read ({reason})",
        given=path,
        accepted="the files as they were saved",
        remedy="Copy the saved model again, whole",
    )
