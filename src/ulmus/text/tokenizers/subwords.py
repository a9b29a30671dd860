"""The tokenizer of subwords: SentencePiece, trained on the corpus itself."""

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ulmus.errors import BundleError, TokenizerError
from ulmus.files import atomic_file
from ulmus.text.numbering import NumberedTokens, numbering
from ulmus.text.rules import SPACE_MARK, rm_useless_spaces
from ulmus.text.special_tokens import (
    BEGINNING,
    CAPITAL,
    FIELD,
    REPEAT,
    SPECIAL_TOKENS,
    UPPER,
    WORD_REPEAT,
)
from ulmus.text.tokenizers.special_parts import end_of_word, split_at_specials
from ulmus.text.tokenizers.subword_options import PREFIX, SubwordOptions, parse_subword_spec
from ulmus.text.tokenizers.subword_training import train_model

MODEL_FILE = "subwords.model"
WHITE_SPACE = re.compile(r"\s+")
MARKED_SPECIALS = {SPACE_MARK + token: token for token in SPECIAL_TOKENS}
WRITTEN_BY_RULES = (BEGINNING, FIELD, REPEAT, WORD_REPEAT, UPPER, CAPITAL)


@dataclass(frozen=True)
class SubwordTokenizer:
    """Splits a text into the pieces of a trained SentencePiece model.

    A piece that begins a word begins with `▁`. Where the options name a space token, spaces are
    tokens of their own instead, as languages want that write none between words.

    Args:
        options: What the model was trained with.
        model: The model as SentencePiece serializes it.
    """

    options: SubwordOptions
    model: bytes = field(repr=False)

    @cached_property
    def _processor(self) -> Any:
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_proto=self.model)

    @cached_property
    def _all_pieces(self) -> list[str]:
        """All pieces by the model's numbers, special tokens as themselves."""
        processor = self._processor
        pieces = map(processor.id_to_piece, range(processor.get_piece_size()))
        return [MARKED_SPECIALS.get(piece, piece) for piece in pieces]

    def __reduce__(self) -> tuple[Callable[..., "SubwordTokenizer"], tuple[object, ...]]:
        return SubwordTokenizer, (self.options, self.model)

    @property
    def spec(self) -> str:
        """The text that names this tokenizer."""
        return self.options.spec

    def tokens(self, text: str) -> list[str]:
        """Return the text's pieces, in which special tokens are themselves, without `▁`."""
        return self._shown_tokens(show_spaces(text, self.options.space))

    def _shown_tokens(self, shown: str) -> list[str]:
        pieces = self._processor.encode(shown, out_type=str)
        return [MARKED_SPECIALS.get(piece, piece) for piece in pieces]

    def numbered(self, texts: Iterable[str]) -> NumberedTokens:
        """Return the pieces of texts as numbers, without a string for each piece.

        Args:
            texts: Texts after the rules.

        Returns:
            What `tokens` returns for each; the numbers are the model's, but for what it lacks.
        """
        shown = [show_spaces(text, self.options.space) for text in texts]
        table = numbering()
        table.update((piece, number) for number, piece in enumerate(self._all_pieces))
        unknown = self._processor.unk_id()
        # One thread: whoever wants more takes more processes, which share the rules' work too.
        encoded = self._processor.encode(shown, out_type=int, num_threads=1)
        for index, numbers in enumerate(encoded):
            if unknown in numbers:  # what the model lacks is a token as it is written
                pieces = self._shown_tokens(shown[index])
                encoded[index] = list(map(table.__getitem__, pieces))
        return NumberedTokens(
            tokens=list(table),
            ids=np.fromiter(chain.from_iterable(encoded), np.uint32),
            lengths=np.fromiter(map(len, encoded), np.int64, len(encoded)),
        )

    def join(self, tokens: Sequence[str], _known: Container[str] = (), /) -> str:
        """Return the pieces as one text."""
        text = "".join(tokens).removeprefix(SPACE_MARK)
        if self.options.space:
            return text.replace(self.options.space, " ").replace(SPACE_MARK, " ")
        return rm_useless_spaces(text.replace(SPACE_MARK, " "))

    @property
    def keeps_spaces_behind_specials(self) -> bool:
        """False: a space behind a special token is dropped."""
        return False

    def word_end(self, tokens: Sequence[str], start: int) -> int:
        """Return the index behind the pieces of the word that begins at `start`."""
        return end_of_word(tokens, start, self._begins_anew)

    def is_space(self, token: str) -> bool:
        """Return whether the token is a space and not, as `▁` may be, the begin of a word."""
        return bool(self.options.space) and token in (self.options.space, SPACE_MARK)

    def pieces(self) -> tuple[str, ...]:
        """Return all pieces but the special tokens, in the model's order."""
        processor = self._processor
        return tuple(
            piece
            for index in range(processor.get_piece_size())
            if not (processor.is_unknown(index) or processor.is_control(index))
            and (piece := processor.id_to_piece(index)) not in MARKED_SPECIALS
        )

    def description(self) -> dict[str, str]:
        """Return what a saved processor stores beside the model."""
        return {"spec": self.spec, "model": sha256(self.model).hexdigest()}

    def save(self, folder: Path) -> None:
        """Write the model as `subwords.model`.

        Raises:
            OutputError: The folder cannot be written.
        """
        with atomic_file(folder / MODEL_FILE) as temporary:
            temporary.write_bytes(self.model)

    def _begins_anew(self, token: str) -> bool:
        return token.startswith(SPACE_MARK) or token == self.options.space


def train_subwords(options: SubwordOptions, texts: Callable[[], Iterable[str]]) -> SubwordTokenizer:
    """Train a SentencePiece model on texts; the same texts give the same model.

    Args:
        options: The model's kind, size and so on.
        texts: Returns the texts, after the rules, anew at each call.

    Returns:
        The tokenizer with the trained model.

    Raises:
        TokenizerError: The texts are too small or too varied for such a model.
    """
    return SubwordTokenizer(
        options, train_model(options, (show_spaces(text, options.space) for text in texts()))
    )


def load_subwords(options: SubwordOptions, folder: Path, model_hash: str) -> SubwordTokenizer:
    """Read a saved model.

    Args:
        options: What the model was trained with.
        folder: Where `subwords.model` lies.
        model_hash: SHA-256 of the file, as the processor stored it.

    Returns:
        The tokenizer.

    Raises:
        BundleError: The model is missing or damaged.
    """
    path = folder / MODEL_FILE
    try:
        model = path.read_bytes()
    except OSError:
        model = b""
    tokenizer = SubwordTokenizer(options, model)
    if sha256(model).hexdigest() != model_hash or not _marks_of_rules(tokenizer):
        raise BundleError(
            "the subword model is missing or damaged",
            given=path,
            accepted="the file as it was saved",
            remedy="Copy the saved model again, whole",
        )
    return tokenizer


def subwords_from_file(path: Path, *, language: str = "en") -> SubwordTokenizer:
    """Read a SentencePiece model that another program trained, as fastai does.

    Args:
        path: The model, such as fastai's `spm.model`.
        language: Code of the language it was trained for.

    Returns:
        The tokenizer; a processor that holds it is saved and loaded like any other.

    Raises:
        TokenizerError: The file cannot be read, is no SentencePiece model, or is one that tears
            special tokens apart; or the language is no code.
    """
    options = parse_subword_spec(f"{PREFIX}:language={language}")
    try:
        model = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it is no file"
        raise _unusable(path, f"the SentencePiece model cannot be read ({reason})") from error
    tokenizer = SubwordTokenizer(options, model)
    pieces = _marks_of_rules(tokenizer)
    if not pieces:
        raise _unusable(path, "the file is no SentencePiece model")
    if tuple(pieces) != WRITTEN_BY_RULES:
        raise _unusable(path, "the SentencePiece model tears special tokens apart")
    return tokenizer


def _marks_of_rules(tokenizer: SubwordTokenizer) -> list[str]:
    """Return what becomes of the special tokens that rules write; nothing if it is no model."""
    try:
        return tokenizer.tokens(" ".join(WRITTEN_BY_RULES)) if tokenizer.model else []
    except RuntimeError:
        return []


def _unusable(path: Path, what: str) -> TokenizerError:
    symbols = ", ".join(SPACE_MARK + token for token in WRITTEN_BY_RULES)
    return TokenizerError(
        what,
        given=path,
        accepted=f"a file that SentencePiece wrote, trained with {symbols} as user-defined symbols",
        remedy="Name the spm.model that fastai trained, whole, or train subwords with ulmus",
    )


def show_spaces(text: str, space: str) -> str:
    """Return the text with the space token, if there is one, in place of white space.

    Args:
        text: A text after the rules.
        space: The space token, or nothing.

    Returns:
        The text; in front of special tokens stays the space by which the model knows them.
    """
    if not space:
        return text
    parts = split_at_specials(text.strip())
    return "".join(
        f" {part}" if index % 2 else space.join(WHITE_SPACE.split(part))
        for index, part in enumerate(parts)
    )
