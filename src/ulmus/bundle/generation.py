"""From prompts to texts that go on from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ulmus.bundle.written_text import Completion, WrittenText
from ulmus.errors import SettingsError
from ulmus.inference.beam_search import beam_search
from ulmus.inference.generation_settings import GenerationSettings
from ulmus.inference.generator import Continuation
from ulmus.models.language_model import LanguageModel
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import BEGINNING_ID

PROMPTS_AT_ONCE = 64
"""Prompts that are continued side by side; more would only need more memory."""

Ids = Sequence[int]


@dataclass(frozen=True)
class Writer:
    """A language model that continues texts, and its processor.

    Args:
        model: In evaluation mode.
        processor: Text to ids and back.
        backward: Whether the model reads from the end, and so writes what comes before.
        banned: Ids that are never added.

    Shapes:
        banned: (K,) int64.
    """

    model: LanguageModel
    processor: TextProcessor
    backward: bool
    banned: Tensor

    def complete(self, prompts: Sequence[Ids], settings: GenerationSettings) -> list[Completion]:
        """Return each prompt continued.

        Args:
            prompts: The ids of each, as the model reads them.
            settings: How they are continued.

        Raises:
            SettingsError: A backward model is to stop at a string, or there is not one seed for
                each prompt.
        """
        if self.backward and settings.stop:
            raise _backward("stop at a string", given=f"stop = {settings.stop!r}")
        seeds = settings.seeds(len(prompts))
        if settings.beams is not None:
            return [self._search(prompt, settings, settings.beams) for prompt in prompts]
        completions: list[Completion] = []
        for first in range(0, len(prompts), PROMPTS_AT_ONCE):
            part = slice(first, first + PROMPTS_AT_ONCE)
            completions += self._draw(prompts[part], settings, seeds[part])
        return completions

    def stream(self, prompt: Ids, settings: GenerationSettings) -> Iterator[str]:
        """Return an iterator over pieces of a continued prompt, each as soon as it is certain.

        Args:
            prompt: Its ids.
            settings: How it is continued.

        Raises:
            SettingsError: The text is not written from its beginning to its end.
        """
        if self.backward:
            raise _backward("be streamed", given="backward = true")
        if settings.beams is not None:
            raise SettingsError(
                "a beam search knows its text only when it has ended",
                given=f"beams = {settings.beams}",
                accepted="streaming without beams",
                remedy="Leave out beams, or do not stream",
            )
        return self._pieces(prompt, settings, settings.seeds(1))

    def _draw(
        self, prompts: Sequence[Ids], settings: GenerationSettings, seeds: Sequence[int | None]
    ) -> list[Completion]:
        written = [self._written(prompt, settings) for prompt in prompts]
        continuation = self._continuation(prompts, settings, seeds)
        going = list(written)
        for _ in range(settings.max_tokens):
            drawn = continuation.draw()
            ended = list(map(WrittenText.add, going, drawn.ids, drawn.log_probabilities))
            if any(ended):
                kept = [row for row, end in enumerate(ended) if not end]
                continuation.keep(kept)
                going = [going[row] for row in kept]
            if not going:
                break
        return [text.completion() for text in written]

    def _search(self, prompt: Ids, settings: GenerationSettings, beams: int) -> Completion:
        power = settings.length_normalisation
        found = beam_search(
            self.model,
            torch.tensor(prompt),
            beams=beams,
            max_tokens=settings.max_tokens,
            end=BEGINNING_ID if settings.one_document else None,
            length_normalisation=1.0 if power is None else power,
            repetition_penalty=settings.repetition_penalty,
            banned=self.banned,
        )
        written = self._written(prompt, settings)
        for token in zip(*found, strict=True):
            if written.add(*token):
                break
        return written.completion()

    def _pieces(
        self, prompt: Ids, settings: GenerationSettings, seeds: Sequence[int | None]
    ) -> Iterator[str]:
        written = self._written(prompt, settings, streamed=True)
        continuation = self._continuation([prompt], settings, seeds)
        for _ in range(settings.max_tokens):
            (token_id,), (log_probability,) = continuation.draw()
            if written.add(token_id, log_probability):
                break
            if piece := written.piece():
                yield piece
        if piece := written.last_piece():
            yield piece

    def _written(
        self, prompt: Ids, settings: GenerationSettings, *, streamed: bool = False
    ) -> WrittenText:
        return WrittenText(
            self.processor, prompt, settings, backward=self.backward, streamed=streamed
        )

    def _continuation(
        self, prompts: Sequence[Ids], settings: GenerationSettings, seeds: Sequence[int | None]
    ) -> Continuation:
        read = [torch.tensor(prompt) for prompt in prompts]
        return Continuation(self.model, read, settings, seeds=seeds, banned=self.banned)


def _backward(what: str, given: str) -> SettingsError:
    return SettingsError(
        f"a backward model writes from the end, and so cannot {what}",
        given=given,
        accepted="a model that reads forward",
        remedy="Generate the text without it, and cut it afterwards",
    )
