"""Which token comes next: logits into the probabilities that are drawn from, and the draw."""

import torch
from torch import Tensor

from ulmus.errors import BundleError, SettingsError
from ulmus.inference.ranges import LARGEST_FACTOR, LEAST_FACTOR, check_range

LIKELY_TOKENS = 1024
"""How many tokens are looked at for `top_p` before all are: sorting 20,000 takes ten times as
long as finding the first 1,024."""


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

    In this order: softmax; improbable tokens out, and banned ones; the k most probable kept; of
    these the fewest that hold `top_p` of what is left; then the temperature. After each step
    what is left is made to sum to one. Of equally probable tokens the one with the lower id is
    kept.

    Args:
        logits: The model's.
        temperature: Probabilities are raised to its inverse: below 1 favours the probable, 0
            leaves only the most probable one; 1e30 at most.
        top_k: How many tokens to keep at most; None keeps all.
        top_p: The share to keep; at least one token stays.
        min_p: The least probability to keep, as the model gives it; if no token that may be
            drawn has it, the most probable one stays.
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
    allowed = logits if banned is None else without(logits, banned)
    probabilities = allowed.softmax(-1)
    if min_p is not None:
        most = probabilities.amax(-1, keepdim=True)
        kept = (logits.softmax(-1) >= min_p) & (allowed > -torch.inf)
        nothing = ~kept.any(-1, keepdim=True)
        probabilities = _normalised(probabilities, kept | (nothing & (probabilities >= most)))
    if top_k is not None or top_p is not None:
        probabilities = _most_probable(probabilities, top_k, top_p)
    return _tempered(probabilities, temperature)


def log_total(logits: Tensor) -> Tensor:
    """Return what logits are above log-probabilities.

    Shapes:
        logits: (B, V); returned: (B,).

    Raises:
        BundleError: They are no numbers, as those of weights that are beyond all measure.
    """
    total = logits.logsumexp(-1)
    if not bool(total.isfinite().all()):
        raise BundleError(
            "the model's answer is no number",
            given=total[~total.isfinite()][0].item(),
            accepted="weights with which every next token has a probability",
            remedy="Take a model whose training did not diverge",
        )
    return total


def draw(probabilities: Tensor, points: Tensor) -> Tensor:
    """Return the token that each point falls on when probabilities lie end to end.

    One random number a row is enough for this, so that each row can have a generator of its
    own; `torch.multinomial` takes one for each token of the vocabulary from one generator for
    all rows. Measured for 16 rows of 20,000: 0.5 ms instead of 5.9.

    Args:
        probabilities: They need not sum to one.
        points: Random numbers, at least 0 and below 1, in double precision.

    Shapes:
        probabilities: (B, V); points: (B,); returned: (B,) int64.
    """
    ends = probabilities.cumsum(-1, dtype=torch.float64)
    # To the right of all ends at or below the point: a token without probability is never met.
    return torch.searchsorted(ends, points[:, None] * ends[:, -1:], right=True).squeeze(-1)


def without(logits: Tensor, banned: Tensor) -> Tensor:
    """Return logits by which banned tokens have no probability, and the others theirs in all.

    Shapes:
        logits: (..., V); banned: (N,) int64; returned: (..., V).

    Raises:
        SettingsError: Every token is banned.
    """
    if len(banned) >= logits.shape[-1] and banned.unique().numel() >= logits.shape[-1]:
        raise SettingsError(
            f"all {logits.shape[-1]} tokens are banned",
            accepted="at least one token that may be drawn",
            remedy="Ban fewer",
        )
    return logits.index_fill(-1, banned.to(logits.device, torch.int64), -torch.inf)


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
    warmth = 0 <= temperature <= LARGEST_FACTOR
    ranges: list[tuple[str, float | None, bool, str]] = [
        ("temperature", temperature, warmth, f"from 0 to {LARGEST_FACTOR:g}"),
        ("top_k", top_k, top_k is None or top_k >= 1, "1 or more, or None for all tokens"),
        ("top_p", top_p, top_p is None or 0 < top_p <= 1, "above 0 and at most 1, or None"),
        ("min_p", min_p, min_p is None or 0 <= min_p <= 1, "from 0 to 1, or None"),
    ]
    for name, value, fits, accepted in ranges:
        check_range(name, value, accepted, fits=fits)


def _most_probable(probabilities: Tensor, top_k: int | None, top_p: float | None) -> Tensor:
    size = probabilities.shape[-1]
    first = min(LIKELY_TOKENS if top_k is None else top_k, size)
    ordered = probabilities.topk(first, dim=-1).values
    count = torch.full_like(ordered[..., :1], first, dtype=torch.int64)
    if top_p is not None and top_p < 1:  # 1 keeps all, whatever the sums are rounded to
        if top_k is None and first < size and bool((ordered.sum(-1) < top_p).any()):
            ordered = probabilities.sort(dim=-1, descending=True).values
        shares = ordered if top_k is None else ordered / ordered.sum(-1, keepdim=True)
        count = (shares.cumsum(-1) - shares < top_p).sum(-1, keepdim=True)
    elif top_k is None:
        return probabilities
    least = ordered.gather(-1, count - 1)
    above, level = probabilities > least, probabilities == least
    room = count - above.sum(-1, keepdim=True)
    return _normalised(probabilities, above | (level & (level.cumsum(-1) <= room)))


def _tempered(probabilities: Tensor, temperature: float) -> Tensor:
    if temperature == 0:
        best = probabilities.argmax(-1, keepdim=True)
        return torch.zeros_like(probabilities).scatter_(-1, best, 1.0)
    if temperature == 1:
        return probabilities
    # As p^(1/T) of probabilities whose largest is 1, so that it cannot vanish altogether.
    logs = (probabilities / probabilities.amax(-1, keepdim=True)).log()
    # Lower ones draw alike, and would not be told from 0 in single precision.
    return (logs / max(temperature, LEAST_FACTOR)).softmax(-1)


def _normalised(probabilities: Tensor, kept: Tensor) -> Tensor:
    left = probabilities * kept
    return left / left.sum(-1, keepdim=True)
