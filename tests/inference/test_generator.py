from itertools import islice
from threading import Thread

import pytest
import torch

from ulmus.errors import SettingsError
from ulmus.inference.generator import generate_tokens
from ulmus.inference.sampling import next_token_probabilities
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.text.special_tokens import BEGINNING_ID

VOCABULARY = 30
PROMPT = torch.tensor([2, 11, 7, 20])
BANNED = torch.tensor([0, 1, 13, 14])


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    made = build_language_model(
        AwdLstmSettings(embedding_size=8, hidden_size=12, layer_count=2), VOCABULARY
    )
    with torch.no_grad():
        for parameter in made.parameters():  # so that what was read before matters
            parameter.mul_(20 if parameter is made.encoder.embedding else 3)
    return made.eval()


@torch.no_grad()
def by_reading_everything_again(model, prompt, count, seed, **settings):
    generator = torch.Generator().manual_seed(seed)
    ids = prompt[None]
    for _ in range(count):
        chances = next_token_probabilities(model(ids).logits[:, -1], **settings)
        ids = torch.cat([ids, torch.multinomial(chances, 1, generator=generator)], 1)
    return ids[0, len(prompt) :].tolist()


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0},
        {},
        {"temperature": 0.7, "top_k": 5},
        {"top_p": 0.8, "min_p": 0.02, "banned": BANNED},
    ],
)
def test_carrying_the_state_gives_what_reading_everything_again_gives(model, settings):
    made = list(generate_tokens(model, PROMPT, max_tokens=40, seed=5, **settings))

    assert made == by_reading_everything_again(model, PROMPT, 40, seed=5, **settings)
    assert len(set(made)) > 2


@pytest.mark.parametrize("length", [3, 4, 5, 13])
def test_a_long_prompt_is_read_in_parts(model, length, monkeypatch):
    monkeypatch.setattr("ulmus.inference.generator.PROMPT_TOKENS", 4)
    prompt = torch.arange(length) + 9

    made = list(generate_tokens(model, prompt, max_tokens=20, seed=5))

    assert made == by_reading_everything_again(model, prompt, 20, seed=5)


def test_the_prompt_decides(model):
    made = [list(generate_tokens(model, PROMPT[:n], max_tokens=20, temperature=0)) for n in (2, 4)]

    assert made[0] != made[1]


def test_a_seed_repeats_and_another_one_does_not(model):
    def made(seed):
        return list(generate_tokens(model, PROMPT, max_tokens=30, seed=seed))

    assert made(1) == made(1)
    assert made(1) != made(2)
    assert made(None) != made(None)


def test_other_draws_neither_change_it_nor_are_changed(model):
    expected = list(generate_tokens(model, PROMPT, max_tokens=10, seed=3))
    torch.manual_seed(8)
    before = torch.get_rng_state()

    tokens = generate_tokens(model, PROMPT, max_tokens=10, seed=3)
    made = [next(tokens) for _ in range(10)]

    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert made == expected


def test_banned_ids_never_appear(model):
    made = list(generate_tokens(model, PROMPT, max_tokens=400, seed=0, banned=BANNED))
    free = list(generate_tokens(model, PROMPT, max_tokens=400, seed=0))

    assert set(made).isdisjoint(BANNED.tolist())
    assert not set(free).isdisjoint(BANNED.tolist())
    assert len(made) == 400


def test_an_empty_prompt_starts_a_document(model):
    nothing = torch.zeros(0, dtype=torch.int64)

    made = list(generate_tokens(model, nothing, max_tokens=10, seed=0))

    start = torch.tensor([BEGINNING_ID])
    assert made == list(generate_tokens(model, start, max_tokens=10, seed=0))


def test_no_tokens_may_be_asked_for(model):
    assert list(generate_tokens(model, PROMPT, max_tokens=0)) == []


def test_tokens_are_made_when_they_are_asked_for(model, monkeypatch):
    read = []
    original = model.last_logits

    def last_logits(tokens, state):
        read.append(tokens.tolist())
        return original(tokens, state)

    monkeypatch.setattr(model, "last_logits", last_logits)
    made = list(islice(generate_tokens(model, PROMPT, max_tokens=1_000_000, seed=0), 3))

    assert read == [[PROMPT.tolist()], [[made[0]]], [[made[1]]]]


def test_inference_mode_does_not_reach_the_caller(model):
    tokens = generate_tokens(model, PROMPT, max_tokens=3, seed=0)
    for _ in tokens:
        assert not torch.is_inference_mode_enabled()
        assert torch.is_grad_enabled()
    assert not model.training


def test_threads_do_not_disturb_each_other(model):
    def made(seed):
        return list(generate_tokens(model, PROMPT, max_tokens=60, seed=seed))

    expected = {seed: made(seed) for seed in range(4)}
    results = {}
    threads = [Thread(target=lambda s=seed: results.update({s: made(s)})) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_tokens": -1}, r"max_tokens is out of range: -1; accepted: a whole number, 0 or mo"),
        ({"max_tokens": 5, "seed": -3}, r"seed is out of range: -3; accepted: a whole number, 0 "),
        ({"max_tokens": 5, "seed": 2**63}, r"seed is out of range: 9223372036854775808; accepted"),
        ({"max_tokens": 5, "top_k": 0}, r"top_k is out of range: 0"),
        ({"max_tokens": 5, "top_p": 2.0}, r"top_p is out of range: 2.0"),
        ({"max_tokens": 5, "min_p": 2.0}, r"min_p is out of range: 2.0"),
        ({"max_tokens": 5, "temperature": -1.0}, r"temperature is out of range: -1.0"),
    ],
)
def test_values_out_of_range_are_refused_before_the_first_token(model, settings, message):
    with pytest.raises(SettingsError, match=message):
        generate_tokens(model, PROMPT, **settings)
