"""A loaded language model with its processor."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, Unpack, overload

import torch

from ulmus.bundle.encoding import Text, encoded
from ulmus.bundle.generation import Writer
from ulmus.bundle.manifest import Manifest
from ulmus.bundle.written_text import Completion, reading_order
from ulmus.errors import SourceError
from ulmus.evaluation.perplexity import Perplexity, document_perplexity
from ulmus.inference.generation_settings import GenerationOptions, generation_settings
from ulmus.inference.scoring import token_log_probabilities
from ulmus.models.language_model import LanguageModel
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import FILLER, SPECIAL_TOKENS

Prompts = list[str] | tuple[str, ...]
SPELLED = frozenset({"xxbos", "xxrep", "xxwrep", "xxup", "xxmaj"})
"""Special tokens that mean something to a reader once they are decoded."""


class TokenLogProbabilities(NamedTuple):
    """How probable a language model thinks a text's tokens.

    Attributes:
        tokens: Those that are predicted, in the order of the text: all but the one that the
            model reads first.
        log_probabilities: One for each of them, in nats, given all tokens that are read before.
    """

    tokens: tuple[str, ...]
    log_probabilities: tuple[float, ...]


@dataclass(frozen=True)
class LanguageModelBundle:
    """A language model that generates, and says how probable a text is.

    It keeps no state between calls, so one bundle serves many threads.

    Args:
        model: In evaluation mode.
        processor: Text to ids and back.
        manifest: The facts of bundle.json.
    """

    model: LanguageModel
    processor: TextProcessor
    manifest: Manifest
    kind: Literal["language-model"] = "language-model"

    @overload
    def generate(self, prompt: str = "", **options: Unpack[GenerationOptions]) -> str: ...

    @overload
    def generate(self, prompt: Prompts, **options: Unpack[GenerationOptions]) -> list[str]: ...

    def generate(
        self, prompt: str | Prompts = "", **options: Unpack[GenerationOptions]
    ) -> str | list[str]:
        """Continue a text, or several. A backward model writes what comes before the text.

        Args:
            prompt: The text to continue, or a list of them; it is part of what is returned, as
                the processor writes it. Prompts of a list are read side by side, and none
                changes what becomes of another.
            options: `max_tokens=50`, `temperature=1.0`, `top_k`, `top_p`, `min_p`,
                `repetition_penalty=1.0`, `seed`, `beams`, `length_normalisation`, `stop` and
                `one_document=False`, as `GenerationSettings` explains them. With `beams` or
                `temperature=0` nothing is drawn, and what only changes draws is refused.

        Returns:
            The text, without unknown or filler tokens in what was added. Where the model ends
            a document and begins another, there is a blank line. A list for a list.

        Raises:
            SettingsError: An unknown option, a value out of its range, or two options that do
                not go together.
            SourceError: The prompt is neither a text nor a list, or something in it is no text.
        """
        made = self._completions(prompt, options)
        return made[0].text if isinstance(prompt, str) else [one.text for one in made]

    @overload
    def complete(self, prompt: str = "", **options: Unpack[GenerationOptions]) -> Completion: ...

    @overload
    def complete(
        self, prompt: Prompts, **options: Unpack[GenerationOptions]
    ) -> list[Completion]: ...

    def complete(
        self, prompt: str | Prompts = "", **options: Unpack[GenerationOptions]
    ) -> Completion | list[Completion]:
        """Continue a text, or several, and tell how probable each token was.

        Args:
            prompt: As for `generate`.
            options: As for `generate`.

        Returns:
            What `generate` returns as `text`, with its added tokens and their log-probabilities.
            A list for a list.

        Raises:
            SettingsError: As for `generate`.
            SourceError: As for `generate`.
        """
        made = self._completions(prompt, options)
        return made[0] if isinstance(prompt, str) else made

    def stream(self, prompt: str = "", **options: Unpack[GenerationOptions]) -> Iterator[str]:
        """Continue a text, piece by piece.

        Args:
            prompt: The text to continue.
            options: As for `generate`, without `beams`.

        Returns:
            An iterator over pieces, each given as soon as nothing that follows can change it,
            which mostly is when the next word is there, however long the text. Together they are
            what `generate` returns for the same options and seed.

        Raises:
            SettingsError: As for `generate`, and for a beam search and a backward model, which
                do not write from the beginning to the end. Raised here, not at the first piece.
            SourceError: The prompt is not one text.
        """
        if not isinstance(prompt, str):
            raise SourceError(
                "a stream continues one text",
                given=repr(prompt),
                accepted="a string",
                remedy="Use generate for several prompts",
            )
        (ids,) = self._prompts([prompt])
        return self._writer.stream(ids, generation_settings(options))

    def perplexity(self, texts: Sequence[Text]) -> Perplexity:
        """Measure how well the model predicts texts, each by itself, weighted by token.

        Args:
            texts: Texts, or sequences of columns.

        Raises:
            CorpusError: There is nothing to predict in the texts.
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        documents = encoded(self.processor, texts)
        if self.manifest.backward:
            documents = [ids[::-1].copy() for ids in documents]
        return document_perplexity(self.model, documents, sum(map(_length, texts)))

    def log_probabilities(self, texts: Sequence[Text]) -> list[TokenLogProbabilities]:
        """Tell how probable the model thinks each token of texts, each text by itself.

        Their mean over all tokens is the negative logarithm of `perplexity(texts).per_token`.

        Args:
            texts: Texts, or sequences of columns.

        Returns:
            One for each text; an empty text has no token that is predicted.

        Raises:
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        token = self.processor.vocabulary.token
        scored = []
        for document in encoded(self.processor, texts):
            ids, order = torch.from_numpy(document), -1 if self.manifest.backward else 1
            read = ids.flip(0) if self.manifest.backward else ids
            values = token_log_probabilities(self.model, read).tolist()
            tokens = map(token, read[1:].tolist())
            scored.append(TokenLogProbabilities(tuple(tokens)[::order], tuple(values[::order])))
        return scored

    def _completions(self, prompt: str | Prompts, options: GenerationOptions) -> list[Completion]:
        settings = generation_settings(options)
        prompts = [prompt] if isinstance(prompt, str) else _several(prompt)
        return self._writer.complete(self._prompts(prompts), settings)

    def _prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of prompts in the order in which the model reads them."""
        documents = [ids.tolist() for ids in encoded(self.processor, texts)]
        return [reading_order(ids) for ids in documents] if self.manifest.backward else documents

    @cached_property
    def _writer(self) -> Writer:
        tokens = self.processor.vocabulary.tokens
        # What means nothing to a reader: all special tokens but those that the decoder obeys.
        silent = {token for token in SPECIAL_TOKENS if token not in SPELLED} | {FILLER}
        banned = torch.tensor([i for i, token in enumerate(tokens) if token in silent])
        return Writer(self.model, self.processor, self.manifest.backward, banned)


def _several(prompts: object) -> list[Any]:
    """Return the prompts of a list.

    Raises:
        SourceError: There is no list.
    """
    if isinstance(prompts, Iterable) and not isinstance(prompts, bytes):
        return list(prompts)
    raise SourceError(
        "a prompt is a text, or several in a list",
        given=repr(prompts),
        accepted="a string, or a list of strings",
        remedy="Leave it out to begin with nothing",
    )


def _length(text: Text) -> int:
    """Count the characters of a text or of its columns, with one between neighbours."""
    return len(text) if isinstance(text, str) else len("\n".join(text))
