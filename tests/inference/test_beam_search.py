import itertools
import math

import pytest
import torch

from tests.inference.small_model import small_model
from ulmus.inference.beam_search import beam_search
from ulmus.inference.repetition import penalised

WORDS = 12
BANNED = torch.tensor([0, 1, 3, 4, 5, 6, 7, 8])
ALLOWED = [2, 9, 10, 11]
END = 2
PROMPT = torch.tensor([2, 9, 11])


@pytest.fixture(scope="module", params=range(6))
def model(request):
    return small_model(WORDS, seed=request.param)


@torch.no_grad()
def log_probabilities(model, ids, penalty=1.0):
    """Return those of the next token: what counts in the search, and the model's own."""
    logits = model(torch.tensor([ids])).logits[:, -1].double()
    seen = torch.zeros(1, WORDS, dtype=torch.bool)
    seen[0, ids] = True
    allowed = penalised(logits, seen, penalty).index_fill(1, BANNED, -torch.inf)
    return allowed.log_softmax(-1)[0].tolist(), logits.log_softmax(-1)[0].tolist()


def continuations(length, end):
    """Yield every continuation there is."""
    if end is None:
        yield from itertools.product(ALLOWED, repeat=length)
        return
    others = [token for token in ALLOWED if token != end]
    for shorter in range(length):
        for ids in itertools.product(others, repeat=shorter):
            yield (*ids, end)
    yield from itertools.product(others, repeat=length)


def scores(model, ids, penalty):
    """Return the log-probabilities of a continuation's tokens, those that count and the model's."""
    read, counted, plain = PROMPT.tolist(), [], []
    for token in ids:
        counts, plains = log_probabilities(model, read, penalty)
        counted.append(counts[token])
        plain.append(plains[token])
        read.append(token)
    return counted, plain


@pytest.mark.parametrize("penalty", [1.0, 1.7])
@pytest.mark.parametrize(("end", "power"), [(None, 1.0), (END, 0.0), (END, 0.6), (END, 1.0)])
def test_with_enough_beams_it_finds_the_best_of_all(model, end, power, penalty):
    def score(ids):
        return sum(scores(model, ids, penalty)[0]) / len(ids) ** power

    found = beam_search(
        model,
        PROMPT,
        beams=4**3,
        max_tokens=4,
        end=end,
        length_normalisation=power,
        repetition_penalty=penalty,
        banned=BANNED,
    )

    best = max(continuations(4, end), key=score)
    assert found.ids == list(best)
    assert found.log_probabilities == pytest.approx(scores(model, best, penalty)[1], abs=1e-5)


def by_reading_everything_again(model, beams, length, end, power):
    """Search without carried state, early end or tensors."""
    open_, ended = [([], 0.0)], []
    for step in range(1, length + 1):
        following = []
        for ids, score in open_:
            counts, _ = log_probabilities(model, [*PROMPT.tolist(), *ids])
            following += [([*ids, token], score + counts[token]) for token in ALLOWED]
        if end is not None:
            ended += [(ids, score / step**power) for ids, score in following if ids[-1] == end]
            following = [(ids, score) for ids, score in following if ids[-1] != end]
        open_ = sorted(following, key=lambda pair: -pair[1])[:beams]
    ended += [(ids, score / length**power) for ids, score in open_]
    return max(ended, key=lambda pair: pair[1])[0]


@pytest.mark.parametrize("beams", [1, 2, 3, 5])
@pytest.mark.parametrize(("end", "power"), [(None, 1.0), (END, 0.0), (END, 1.0), (END, 2.0)])
def test_few_beams_keep_the_best_at_each_step(model, beams, end, power):
    found = beam_search(
        model,
        PROMPT,
        beams=beams,
        max_tokens=9,
        end=end,
        length_normalisation=power,
        banned=BANNED,
    )

    assert found.ids == by_reading_everything_again(model, beams, 9, end, power)


def test_more_beams_find_more_probable_continuations():
    model = small_model(WORDS)
    found = [
        math.fsum(beam_search(model, PROMPT, beams=n, max_tokens=6).log_probabilities)
        for n in (1, 12**5)
    ]
    assert found[1] > found[0]


@pytest.mark.parametrize(
    ("power", "best"),
    [(0.0, [END]), (0.5, [9, END]), (0.6, [9] * 12), (1.0, [9] * 12)],
)
def test_the_power_decides_between_short_and_long(power, best):
    model = small_model(WORDS)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.decoder_bias[9] = math.log(0.7 / 0.3)
    others = torch.tensor([token for token in range(WORDS) if token not in (END, 9)])

    found = beam_search(
        model,
        PROMPT,
        beams=2,
        max_tokens=12,
        end=END,
        length_normalisation=power,
        banned=others,
    )

    # To end at once has ln 0.3 = -1.20, to end after one more token -1.56, and twelve tokens
    # without an end have -4.28; divided by the roots of their lengths -1.20, -1.10 and -1.24.
    assert found.ids == best


def test_it_ends_as_soon_as_nothing_better_can_come(monkeypatch):
    model = small_model(WORDS)
    with torch.no_grad():
        model.decoder_bias[END] = 60.0
    steps = []
    original = model.last_logits
    monkeypatch.setattr(model, "last_logits", lambda *a: steps.append(1) or original(*a))

    found = beam_search(model, PROMPT, beams=3, max_tokens=500, end=END, banned=BANNED)

    assert found.ids == [END]
    assert len(steps) == 1


def test_no_tokens_may_be_asked_for():
    assert beam_search(small_model(), PROMPT, beams=3, max_tokens=0) == ([], [])
    assert beam_search(small_model(), PROMPT, beams=3, max_tokens=0, end=END) == ([], [])


def test_where_only_the_end_is_allowed_it_ends():
    others = torch.tensor([token for token in range(WORDS) if token != END])
    found = beam_search(small_model(WORDS), PROMPT, beams=3, max_tokens=5, end=END, banned=others)
    assert found.ids == [END]


def test_the_same_again_and_no_random_number():
    model, again = small_model(), small_model()
    before = torch.get_rng_state()
    made = [beam_search(model, PROMPT, beams=4, max_tokens=20) for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), before)
    assert made[0] == made[1] == beam_search(again, PROMPT, beams=4, max_tokens=20)
    assert not torch.is_inference_mode_enabled()
