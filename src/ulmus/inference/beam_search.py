"""Beam search: of many continuations that are followed at once, the most probable one."""

from typing import NamedTuple

import torch
from torch import Tensor

from ulmus.inference.prompts import read_prompts
from ulmus.inference.repetition import penalised, seen_tokens
from ulmus.inference.sampling import log_total, without
from ulmus.models.language_model import LanguageModel
from ulmus.nn.recurrent_stack import State, select_rows


class Found(NamedTuple):
    """A continuation, and how probable the model thinks each of its tokens, in nats."""

    ids: list[int]
    log_probabilities: list[float]


class _Open(NamedTuple):
    """Continuations that have not ended, the best first.

    Shapes:
        scores: (K,) float64; ids: (K, T), all but the prompt; log_probabilities: (K, T);
        last: (K, 1), what is to be read next; seen: (K, V) bool, where there is a penalty.
    """

    scores: Tensor
    ids: Tensor
    log_probabilities: Tensor
    last: Tensor
    state: State | None
    seen: Tensor | None

    def found(self, row: int) -> Found:
        return Found(self.ids[row].tolist(), self.log_probabilities[row].tolist())


@torch.inference_mode()
def beam_search(
    model: LanguageModel,
    prompt: Tensor,
    *,
    beams: int,
    max_tokens: int,
    end: int | None = None,
    length_normalisation: float = 1.0,
    repetition_penalty: float = 1.0,
    banned: Tensor | None = None,
) -> Found:
    """Return the best continuation that a search of some width finds; nothing is drawn.

    A continuation's score is the sum of its tokens' log-probabilities, after the penalty and
    without what is banned, divided by a power of its length. With as many beams as there are
    continuations the best of all is found; with fewer it may be missed. The search stops as soon
    as no open continuation can become better than the best that has ended.

    Args:
        model: In evaluation mode.
        prompt: The ids to continue, at least one.
        beams: How many open continuations are kept after each step.
        max_tokens: The length at which those that have not ended are taken as they are.
        end: The id that ends a continuation, as its last; None: all are of one length.
        length_normalisation: The power, from 0 to 10.
        repetition_penalty: See `penalised`.
        banned: Ids that no continuation has.

    Shapes:
        prompt: (N,) int64; banned: (B,) int64.
    """
    open_ = _start(model, prompt, penalty=repetition_penalty != 1)
    best, best_score = Found([], []), -torch.inf
    longest = float(max(max_tokens, 1)) ** length_normalisation
    for length in range(1, max_tokens + 1):
        open_, plain, totals = _read(model, open_, repetition_penalty, banned)
        if end is not None:
            row = int(totals[:, end].argmax())
            score = float(totals[row, end]) / float(length) ** length_normalisation
            if score > best_score:
                ids, log_probabilities = open_.found(row)
                best = Found([*ids, end], [*log_probabilities, float(plain[row, end])])
                best_score = score
            totals[:, end] = -torch.inf
        open_ = _extended(open_, plain, totals, beams)
        # A score is negative and only falls: this is the most that the first can come to.
        if not len(open_.scores) or best_score >= float(open_.scores[0]) / longest:
            return best
    return open_.found(0)


def _start(model: LanguageModel, prompt: Tensor, *, penalty: bool) -> _Open:
    nothing = torch.empty(1, 0, dtype=torch.int64)
    return _Open(
        scores=torch.zeros(1, dtype=torch.float64),
        ids=nothing,
        log_probabilities=nothing.double(),
        last=prompt[None, -1:],
        state=read_prompts(model, [prompt]),
        seen=seen_tokens([prompt], model.vocabulary_size) if penalty else None,
    )


def _read(
    model: LanguageModel, open_: _Open, penalty: float, banned: Tensor | None
) -> tuple[_Open, Tensor, Tensor]:
    """Read the last token of each.

    Returns:
        The same with the new state; the log-probability of every next token (K, V); and the
        score of every continuation by one token (K, V).
    """
    device = next(model.parameters()).device
    logits, state = model.last_logits(open_.last.to(device), open_.state)
    logits = logits.double().cpu()
    allowed = logits if open_.seen is None else penalised(logits, open_.seen, penalty)
    if banned is not None:
        allowed = without(allowed, banned)
    totals = open_.scores[:, None] + allowed.log_softmax(-1)
    return open_._replace(state=state), logits - log_total(logits)[:, None], totals


def _extended(open_: _Open, plain: Tensor, totals: Tensor, beams: int) -> _Open:
    """Return the best continuations by one token."""
    count = min(beams, int((totals > -torch.inf).sum()))
    scores, places = totals.flatten().topk(count)
    parents, ids = places // totals.shape[1], places % totals.shape[1]
    last = ids[:, None]
    state = open_.state
    if state is not None:
        state = select_rows(state, parents.to(state[0][0].device))
    chosen = plain[parents, ids][:, None]
    return _Open(
        scores=scores,
        ids=torch.cat([open_.ids[parents], last], 1),
        log_probabilities=torch.cat([open_.log_probabilities[parents], chosen], 1),
        last=last,
        state=state,
        seen=None if open_.seen is None else open_.seen[parents].scatter_(1, last, value=True),
    )
