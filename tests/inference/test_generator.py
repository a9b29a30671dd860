from threading import Thread

import pytest
import torch

from tests.inference.small_model import VOCABULARY, small_model
from ulmus.inference.generation_settings import GenerationSettings
from ulmus.inference.generator import Continuation
from ulmus.inference.repetition import penalised
from ulmus.inference.sampling import next_token_probabilities

PROMPT = torch.tensor([2, 11, 7, 20])
PROMPTS = [PROMPT, torch.tensor([2]), torch.tensor([2, *range(9, 29)]), torch.tensor([2, 11])]
BANNED = torch.tensor([0, 1, 13, 14])
SETTINGS = [
    {"temperature": 0},
    {},
    {"temperature": 0.7, "top_k": 5},
    {"top_p": 0.8, "min_p": 0.02, "banned": BANNED},
    {"repetition_penalty": 1.5, "temperature": 0.8},
    {"repetition_penalty": 1.5, "temperature": 0, "banned": BANNED},
]


@pytest.fixture(scope="module")
def model():
    return small_model()


def continuation(model, prompts, seeds, banned=None, **settings):
    return Continuation(model, prompts, GenerationSettings(**settings), seeds=seeds, banned=banned)


def drawn(model, prompts, seeds, steps, **settings):
    """Return the ids of each prompt and their log-probabilities."""
    made = continuation(model, prompts, seeds, **settings)
    steps = [made.draw() for _ in range(steps)]
    ids = [list(row) for row in zip(*(step.ids for step in steps), strict=True)]
    logs = [list(row) for row in zip(*(step.log_probabilities for step in steps), strict=True)]
    return ids, logs


@torch.no_grad()
def by_reading_everything_again(model, prompt, count, seed, repetition_penalty=1.0, **settings):
    """Draw by the running sum of the probabilities, token by token, in plain Python."""
    points = torch.rand(64, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    ids, logs = prompt.tolist(), []
    for point in points[:count].tolist():
        logits = model(torch.tensor([ids])).logits[:, -1]
        seen = torch.zeros(1, VOCABULARY, dtype=torch.bool)
        seen[0, ids] = True
        chances = next_token_probabilities(penalised(logits, seen, repetition_penalty), **settings)
        token, left = -1, point * chances.double().sum().item()
        while left >= 0:
            token += 1
            left -= chances[0, token].item()
        ids.append(token)
        logs.append(logits.log_softmax(-1)[0, token].item())
    return ids[len(prompt) :], logs


@pytest.mark.parametrize("settings", SETTINGS)
def test_carrying_the_state_gives_what_reading_everything_again_gives(model, settings):
    (ids,), (logs,) = drawn(model, [PROMPT], [5], 40, **settings)

    expected_ids, expected_logs = by_reading_everything_again(model, PROMPT, 40, 5, **settings)
    assert ids == expected_ids
    assert logs == pytest.approx(expected_logs, abs=1e-4)
    assert len(set(ids)) > 1


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_prompt_has_the_same_tokens_alone_and_beside_others(model, settings):
    ids, logs = drawn(model, PROMPTS, [5, 6, 5, 7], 100, **settings)

    for row, (prompt, seed) in enumerate(zip(PROMPTS, [5, 6, 5, 7], strict=True)):
        (alone,), (alone_logs,) = drawn(model, [prompt], [seed], 100, **settings)
        assert ids[row] == alone
        assert logs[row] == pytest.approx(alone_logs, abs=1e-5)


def test_rows_that_have_ended_leave_the_others_alone(model):
    expected, _ = drawn(model, PROMPTS, [1, 2, 3, 4], 90, repetition_penalty=1.1)
    made = continuation(model, PROMPTS, [1, 2, 3, 4], repetition_penalty=1.1)
    rows, ids = [0, 1, 2, 3], [[], [], [], []]
    for step in range(90):
        for row, token in zip(rows, made.draw().ids, strict=True):
            ids[row].append(token)
        if step == 9:
            made.keep([0, 2, 3])
            rows = [0, 2, 3]
        if step == 70:
            made.keep([1])
            rows = [2]

    assert ids == [expected[0][:71], expected[1][:10], expected[2], expected[3][:71]]


def test_the_prompt_decides(model):
    ids, _ = drawn(model, [PROMPT[:2], PROMPT], [0, 0], 20, temperature=0)

    assert ids[0] != ids[1]


def test_a_seed_repeats_and_another_one_does_not(model):
    (first, again, other), _ = drawn(model, [PROMPT] * 3, [1, 1, 2], 80)
    assert first == again
    assert first != other
    (first, second), _ = drawn(model, [PROMPT] * 2, [None, None], 80)
    assert first != second


def test_other_draws_neither_change_it_nor_are_changed(model):
    expected, _ = drawn(model, [PROMPT], [3], 70)
    torch.manual_seed(8)
    before = torch.get_rng_state()

    made = continuation(model, [PROMPT], [3])
    ids = [made.draw().ids[0] for _ in range(10)]
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    ids += [made.draw().ids[0] for _ in range(60)]

    assert [ids] == expected


def test_draws_are_as_frequent_as_they_are_probable(model):
    with torch.no_grad():
        logits = model(PROMPT[None]).logits[0, -1]
    expected = next_token_probabilities(logits, temperature=1.5)
    rows = 4_000

    made = continuation(model, [PROMPT] * rows, range(rows), temperature=1.5).draw().ids

    shares = torch.tensor(made).bincount(minlength=VOCABULARY) / rows
    assert (shares - expected).abs().max() < 0.03  # four standard deviations


def test_banned_ids_never_appear(model):
    (ids,), _ = drawn(model, [PROMPT], [0], 400, banned=BANNED)
    (free,), _ = drawn(model, [PROMPT], [0], 400)

    assert set(ids).isdisjoint(BANNED.tolist())
    assert not set(free).isdisjoint(BANNED.tolist())


def test_a_penalty_varies_what_is_most_probable(model):
    (plain,), _ = drawn(model, [PROMPT], [0], 30, temperature=0)
    (varied,), _ = drawn(model, [PROMPT], [0], 30, temperature=0, repetition_penalty=3.0)

    assert len(set(varied)) > len(set(plain))


def test_tokens_are_made_when_they_are_asked_for(model, monkeypatch):
    read = []
    original = model.last_logits

    def last_logits(tokens, state):
        read.append(tokens.tolist())
        return original(tokens, state)

    monkeypatch.setattr(model, "last_logits", last_logits)
    made = continuation(model, [PROMPT, PROMPT[:1]], [0, 0])
    assert read == []
    first, _ = made.draw(), made.draw()

    assert read == [[[20], [2]], [[first.ids[0]], [first.ids[1]]]]


def test_inference_mode_does_not_reach_the_caller(model):
    made = continuation(model, [PROMPT, PROMPT], [0, 1])
    for _ in range(3):
        made.draw()
        assert not torch.is_inference_mode_enabled()
        assert torch.is_grad_enabled()
    made.keep([1])
    assert not torch.is_inference_mode_enabled()
    assert not model.training


def test_threads_do_not_disturb_each_other(model):
    def made(seed):
        return drawn(model, [PROMPT], [seed], 60)[0]

    expected = {seed: made(seed) for seed in range(4)}
    results = {}
    threads = [Thread(target=lambda s=seed: results.update({s: made(s)})) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == expected
