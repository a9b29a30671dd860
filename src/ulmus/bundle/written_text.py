"""A prompt and what is added to it, id by id, until there is a reason to stop."""

from collections.abc import Sequence
from typing import NamedTuple

from ulmus.bundle.growing_text import GrowingText, text_of
from ulmus.inference.generation_settings import GenerationSettings
from ulmus.inference.stopping import find_stop, free_length
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import BEGINNING_ID


class Completion(NamedTuple):
    """A prompt that was continued.

    Attributes:
        text: The prompt and what was added.
        tokens: What was added, in the order in which it was chosen: the `xxbos` that ended the
            document is among it, tokens of nothing but the stop string are not.
        log_probabilities: How probable the model thought each of these tokens, in nats: by its
            softmax over all tokens, before temperature, penalty and everything else that only
            changes what is chosen.
    """

    text: str
    tokens: tuple[str, ...]
    log_probabilities: tuple[float, ...]


class WrittenText:
    """A prompt that is being continued.

    Args:
        processor: Ids to text.
        prompt: Its ids, as the model reads them.
        settings: When to stop.
        backward: Whether what is added comes before the prompt, from right to left.
        streamed: Whether `piece` is going to be called.
    """

    def __init__(
        self,
        processor: TextProcessor,
        prompt: Sequence[int],
        settings: GenerationSettings,
        *,
        backward: bool = False,
        streamed: bool = False,
    ) -> None:
        self._processor = processor
        self._prompt = prompt
        self._stops = settings.stop
        self._one_document = settings.one_document
        self._backward = backward
        self._added: list[int] = []
        self._log_probabilities: list[float] = []
        self._prompt_text = text_of(processor, prompt) if self._stops else ""
        self._growing: GrowingText | None = None
        if self._stops or streamed:  # else the text is needed at the end only
            self._growing = GrowingText(processor, prompt)
        self._held = ""  # certain, but perhaps the beginning of a stop, or still of the prompt
        self._behind_prompt = not self._stops
        self._ready: list[str] = []
        self._streamed = 0

    def add(self, token_id: int, log_probability: float) -> bool:
        """Add an id.

        Args:
            token_id: The id.
            log_probability: What the model thought of it, in nats.

        Returns:
            Whether the text ends with it.
        """
        self._added.append(token_id)
        self._log_probabilities.append(log_probability)
        if self._one_document and token_id == BEGINNING_ID:
            return True
        if self._growing is None:
            return False
        self._held += self._growing.add(token_id)
        return self._stops_in_held()

    def piece(self) -> str:
        """Return the text that has become certain since the last call; no stop was met yet."""
        text = "".join(self._ready)
        self._ready.clear()
        self._streamed += len(text)
        return text

    def last_piece(self) -> str:
        """Return the text that follows all pieces."""
        return self.completion().text[self._streamed :]

    def completion(self) -> Completion:
        """Return the text as it is now, cut before the first stop string."""
        text, count = self._text(self._added), len(self._added)
        start = prompt_end(self._prompt_text, text) if self._stops else 0
        place = find_stop(text, self._stops, start)
        if place is not None:
            text = text[:place]
            while count and self._text(self._added[: count - 1]).startswith(text):
                count -= 1
        tokens = tuple(map(self._processor.vocabulary.token, self._added[:count]))
        return Completion(text, tokens, tuple(self._log_probabilities[:count]))

    def _stops_in_held(self) -> bool:
        """Tell whether a stop is in the text that is held, and hold no more than one may need."""
        start = 0
        if not self._behind_prompt:
            if len(self._held) <= len(self._prompt_text):  # where it ends is not certain yet
                return False
            start = prompt_end(self._prompt_text, self._held)
            self._behind_prompt = True
        if find_stop(self._held, self._stops, start) is not None:
            return True
        free = free_length(self._held, self._stops, start)
        self._ready.append(self._held[:free])
        self._held = self._held[free:]
        return False

    def _text(self, added: Sequence[int]) -> str:
        ended = self._one_document and added[-1:] == [BEGINNING_ID]
        ids = [*self._prompt, *(added[:-1] if ended else added)]
        return text_of(self._processor, reading_order(ids) if self._backward else ids)


def reading_order(ids: Sequence[int]) -> list[int]:
    """Return ids that a backward model reads as a reader does, or the other way round.

    Args:
        ids: `xxbos` and the ids, which are turned round behind it.
    """
    return [BEGINNING_ID, *ids[:0:-1]]


def prompt_end(prompt: str, text: str) -> int:
    """Return where, in a text that goes on from it, a prompt ends.

    Args:
        prompt: The prompt's text by itself.
        text: The text, in which what follows may have changed the white space of the prompt.
    """
    if text.startswith(prompt):
        return len(prompt)
    place = 0
    for character in prompt:
        if character.isspace():
            continue
        while place < len(text) and text[place].isspace():
            place += 1
        if text[place : place + 1] != character:
            return place
        place += 1
    return place
