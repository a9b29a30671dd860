"""Tokens one after the other, each step reading only the one before."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import torch
from torch import Tensor

from ulmus.errors import SettingsError
from ulmus.inference.sampling import check_sampling, next_token_probabilities
from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State
from ulmus.text.special_tokens import BEGINNING_ID

SEED_LIMIT = 2**63
PROMPT_TOKENS = 1024
"""Tokens of a prompt that are read at once, so that a long one needs no more memory."""


def generate_tokens(
    model: LanguageModel,
    prompt: Tensor,
    *,
    max_tokens: int,
    banned: Tensor | None = None,
    seed: int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> Iterator[int]:
    """Yield the ids that continue a prompt.

    The prompt is read once; after it the recurrent state is carried and each step reads one
    token. The draws come from a generator of their own, so that nothing else in the process
    changes them, nor they anything else.

    Args:
        model: In evaluation mode.
        prompt: The ids to continue; an empty prompt starts a document.
        max_tokens: How many ids to yield.
        banned: Ids that are never drawn.
        seed: The same seed gives the same ids; None draws anew each time.
        temperature: See `next_token_probabilities`, as for the three that follow.
        top_k: How many tokens to draw from.
        top_p: The share of probability to draw from.
        min_p: The least probability to draw.

    Shapes:
        prompt: (N,) int64; banned: (K,) int64.

    Returns:
        The iterator; each id is computed when it is asked for.

    Raises:
        SettingsError: A value out of its range; raised here, not at the first id.
    """
    check_sampling(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    _check_whole("max_tokens", max_tokens)
    probabilities = partial(
        next_token_probabilities,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        banned=banned,
    )
    first = prompt if len(prompt) else torch.tensor([BEGINNING_ID])
    return islice(_tokens(model, first, probabilities, _generator(seed)), max_tokens)


def _tokens(
    model: LanguageModel,
    prompt: Tensor,
    probabilities: Callable[[Tensor], Tensor],
    generator: torch.Generator,
) -> Iterator[int]:
    """Yield ids without end."""
    state: State | None = None
    *before, read = prompt[None].split(PROMPT_TOKENS, 1)  # (1, T) each
    for part in before:
        _, state = _step(model, part, state)
    while True:
        logits, state = _step(model, read, state)
        read = torch.multinomial(probabilities(logits), 1, generator=generator)  # (1, 1)
        yield int(read)


def _step(model: LanguageModel, tokens: Tensor, state: State | None) -> tuple[Tensor, State]:
    """Read tokens, (1, T); return the logits behind the last, (1, V), on the CPU."""
    device = next(model.parameters()).device
    # Only here: held across a `yield`, the mode would be the caller's as well.
    with torch.inference_mode():
        logits, state = model.last_logits(tokens.to(device), state)
        return logits.cpu(), state


def _generator(seed: int | None) -> torch.Generator:
    generator = torch.Generator()
    if seed is None:
        generator.seed()
        return generator
    _check_whole("seed", seed)
    return generator.manual_seed(seed)


def _check_whole(name: str, value: int) -> None:
    if not 0 <= value < SEED_LIMIT:
        raise SettingsError(
            f"{name} is out of range",
            given=value,
            accepted="a whole number, 0 or more",
            remedy=f"Set another {name}",
        )
