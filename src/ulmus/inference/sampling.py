"""Which token comes next: logits into the probabilities that are drawn from."""

import torch
from torch import Tensor

from ulmus.errors import SettingsError

LEAST_TEMPERATURE = 1e-30
"""Lower ones draw as this one does, and would not be told from 0 in single precision."""


def next_token_probabilities(
    logits: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    banned: Tensor | None = None,
) -> Tensor:
    """Return the probabilities to draw the next token from.

    In this order: softmax; banned tokens out; improbable ones out; the k most probable kept;
    of these the fewest that hold `top_p` of what is left; then the temperature. After each
    step what is left is made to sum to one. Of equally probable tokens the one with the lower
    id is kept.

    Args:
        logits: The model's.
        temperature: Probabilities are raised to its inverse: below 1 favours the probable, 0
            leaves only the most probable one.
        top_k: How many tokens to keep at most; None keeps all.
        top_p: The share to keep; at least one token stays.
        min_p: The least probability to keep; if none has it, the most probable token stays.
        banned: Ids that are never drawn.

    Shapes:
        logits: (..., V); banned: (N,) int64; returned: (..., V).

    Returns:
        The probabilities, in single precision at least.

    Raises:
        SettingsError: A value out of its range, or every token is banned.
    """
    check_sampling(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if banned is not None:
        logits = _without(logits, banned)
    probabilities = logits.softmax(-1)
    if min_p is not None:
        most = probabilities.amax(-1, keepdim=True)
        probabilities = _normalised(probabilities, probabilities >= most.clamp(max=min_p))
    if top_k is not None or top_p is not None:
        probabilities = _most_probable(probabilities, top_k, top_p)
    return _tempered(probabilities, temperature)


def check_sampling(
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> None:
    """Refuse sampling settings that mean nothing.

    Raises:
        SettingsError: A value out of its range.
    """
    ranges: list[tuple[str, float | None, bool, str]] = [
        ("temperature", temperature, 0 <= temperature < float("inf"), "0 or more"),
        ("top_k", top_k, top_k is None or top_k >= 1, "1 or more, or None for all tokens"),
        ("top_p", top_p, top_p is None or 0 < top_p <= 1, "above 0 and at most 1, or None"),
        ("min_p", min_p, min_p is None or 0 <= min_p <= 1, "from 0 to 1, or None"),
    ]
    for name, value, fits, accepted in ranges:
        if not fits:
            raise SettingsError(
                f"{name} is out of range",
                given=value,
                accepted=accepted,
                remedy=f"Set another {name}, or leave it out",
            )


def _without(logits: Tensor, banned: Tensor) -> Tensor:
    """Return logits by which banned tokens have no probability, and the others theirs in all."""
    if banned.unique().numel() >= logits.shape[-1]:
        raise SettingsError(
            f"all {logits.shape[-1]} tokens are banned",
            accepted="at least one token that may be drawn",
            remedy="Ban fewer",
        )
    return logits.index_fill(-1, banned.to(logits.device, torch.int64), -torch.inf)


def _most_probable(probabilities: Tensor, top_k: int | None, top_p: float | None) -> Tensor:
    ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
    if top_k is not None:
        rank = torch.arange(ordered.shape[-1], device=ordered.device)
        ordered = _normalised(ordered, rank < top_k)
    if top_p is not None and top_p < 1:  # 1 keeps all, whatever the sums are rounded to
        before = ordered.cumsum(-1) - ordered
        ordered = _normalised(ordered, before < top_p)
    return torch.zeros_like(probabilities).scatter_(-1, order, ordered)


def _tempered(probabilities: Tensor, temperature: float) -> Tensor:
    if temperature == 0:
        best = probabilities.argmax(-1, keepdim=True)
        return torch.zeros_like(probabilities).scatter_(-1, best, 1.0)
    if temperature == 1:
        return probabilities
    # As p^(1/T) of probabilities whose largest is 1, so that it cannot vanish altogether.
    logs = (probabilities / probabilities.amax(-1, keepdim=True)).log()
    return (logs / max(temperature, LEAST_TEMPERATURE)).softmax(-1)


def _normalised(probabilities: Tensor, kept: Tensor) -> Tensor:
    left = probabilities * kept
    return left / left.sum(-1, keepdim=True)
