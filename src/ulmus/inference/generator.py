"""Prompts continued side by side, each step reading one token of each."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ulmus.inference.generation_settings import GenerationSettings
from ulmus.inference.prompts import read_prompts
from ulmus.inference.repetition import penalised, seen_tokens
from ulmus.inference.sampling import draw, log_total, next_token_probabilities, without
from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State, select_rows

POINTS = 64
"""Random numbers that are made at once for a row."""


class Drawn(NamedTuple):
    """A token of each row.

    Attributes:
        ids: The tokens.
        log_probabilities: How probable the model thought them, in nats, before temperature,
            penalty and everything else that only changes what is drawn.
    """

    ids: list[int]
    log_probabilities: list[float]


class Continuation:
    """Prompts that are being continued, a row each.

    The prompts are read at the first draw; after it the recurrent state is carried and each
    step reads one token a row. Each row draws from a generator of its own, so that neither the
    other rows nor anything else in the process changes what it draws: the same seed gives a
    prompt the same tokens alone and beside others, unless two tokens are so nearly equal that
    rounding, which depends on the number of rows, decides between them.

    Args:
        model: In evaluation mode.
        prompts: The ids to continue, at least one each.
        settings: How to draw; its seed does not count.
        seeds: One for each row; None draws anew each time.
        banned: Ids that are never drawn.

    Shapes:
        prompts: (N,) int64 each; banned: (K,) int64.
    """

    def __init__(
        self,
        model: LanguageModel,
        prompts: Sequence[Tensor],
        settings: GenerationSettings,
        *,
        seeds: Sequence[int | None],
        banned: Tensor | None = None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._banned = banned
        self._points = _Points(seeds)
        self._unread: Sequence[Tensor] | None = prompts
        self._last = torch.stack([prompt[-1:] for prompt in prompts])  # (B, 1)
        self._state: State | None = None
        self._seen: Tensor | None = None
        if settings.repetition_penalty != 1:
            self._seen = seen_tokens(prompts, model.vocabulary_size)

    def draw(self) -> Drawn:
        """Read each row's last token and return the next."""
        # Only here: held between the calls, the mode would be the caller's as well.
        with torch.inference_mode():
            if self._unread is not None:
                self._state, self._unread = read_prompts(self._model, self._unread), None
            device = next(self._model.parameters()).device
            logits, self._state = self._model.last_logits(self._last.to(device), self._state)
            logits = logits.float().cpu()
            total = log_total(logits)
            ids = self._choose(logits)  # (B,)
            self._last = ids[:, None]
            if self._seen is not None:
                self._seen.scatter_(1, self._last, value=True)
            chosen = logits.gather(1, self._last).squeeze(1) - total
            return Drawn(ids.tolist(), chosen.tolist())

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with some rows only.

        Args:
            rows: Their places among those that are left, in rising order.
        """
        kept = torch.tensor(rows, dtype=torch.int64)
        with torch.inference_mode():
            self._last = self._last[kept]
            self._points.keep(kept)
            if self._state is not None:
                self._state = select_rows(self._state, kept.to(self._state[0][0].device))
            if self._seen is not None:
                self._seen = self._seen[kept]

    def _choose(self, logits: Tensor) -> Tensor:
        if self._seen is not None:
            logits = penalised(logits, self._seen, self._settings.repetition_penalty)
        if self._settings.temperature == 0:  # of what the other settings leave this is the first
            return (logits if self._banned is None else without(logits, self._banned)).argmax(-1)
        probabilities = next_token_probabilities(
            logits, **self._settings.sampling, banned=self._banned
        )
        return draw(probabilities, self._points.next())


class _Points:
    """A stream of random numbers for each row, at least 0 and below 1.

    Args:
        seeds: Those of the rows; None draws anew each time.
    """

    def __init__(self, seeds: Sequence[int | None]) -> None:
        self._generators = [torch.Generator() for _ in seeds]
        for generator, seed in zip(self._generators, seeds, strict=True):
            if seed is None:
                generator.seed()
            else:
                generator.manual_seed(int(seed))
        self._ahead = torch.empty(0, len(seeds), dtype=torch.float64)

    def next(self) -> Tensor:
        """Return a number for each row, (B,)."""
        if not len(self._ahead):
            rows = [torch.rand(POINTS, generator=g, dtype=torch.float64) for g in self._generators]
            self._ahead = torch.stack(rows, 1)  # (POINTS, B)
        points, self._ahead = self._ahead[0], self._ahead[1:]
        return points

    def keep(self, rows: Tensor) -> None:
        self._generators = [self._generators[row] for row in rows.tolist()]
        self._ahead = self._ahead[:, rows]
