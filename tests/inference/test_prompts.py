import pytest
import torch

from tests.inference.small_model import small_model
from ulmus.inference.prompts import read_prompts


@pytest.fixture(scope="module")
def model():
    return small_model()


def prompts_of(*lengths):
    generator = torch.Generator().manual_seed(3)
    return [torch.randint(0, 30, (length,), generator=generator) for length in lengths]


@torch.no_grad()
def alone(model, prompt):
    return model.encoder(prompt[None, :-1]).state


@pytest.mark.parametrize(
    "lengths", [(5,), (2,), (3, 3), (4, 9, 2, 9), (1, 6, 1, 3), (20, 1), (7, 8, 6, 5, 9, 4)]
)
@pytest.mark.parametrize("stretch", [4, 1024])
def test_each_prompt_is_read_as_if_alone(model, lengths, stretch, monkeypatch):
    monkeypatch.setattr("ulmus.inference.prompts.STRETCH", stretch)
    prompts = prompts_of(*lengths)

    with torch.no_grad():
        state = read_prompts(model, prompts)

    for row, prompt in enumerate(prompts):
        for layer, (hidden, cell) in enumerate(state):
            wanted = alone(model, prompt)[layer] if len(prompt) > 1 else (0 * hidden, 0 * cell)
            torch.testing.assert_close(hidden[:, row], wanted[0][:, 0], rtol=0, atol=1e-6)
            torch.testing.assert_close(cell[:, row], wanted[1][:, 0], rtol=0, atol=1e-6)


def test_before_single_tokens_there_is_nothing_to_read(model):
    assert read_prompts(model, prompts_of(1, 1)) is None


def test_no_stretch_is_longer_than_it_may_be(model, monkeypatch):
    monkeypatch.setattr("ulmus.inference.prompts.STRETCH", 4)
    read = []
    encoder = model.encoder.forward

    def forward(tokens, state=None, **rest):
        read.append(tuple(tokens.shape))
        return encoder(tokens, state, **rest)

    monkeypatch.setattr(model.encoder, "forward", forward)
    with torch.no_grad():
        read_prompts(model, prompts_of(3, 12, 7, 3))

    # 2, 11, 6 and 2 tokens: all to 2, two to 4 and to 6, one to 8 and to 11.
    assert read == [(4, 2), (2, 2), (2, 2), (1, 2), (1, 3)]
