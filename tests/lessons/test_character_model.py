"""The network from scratch, by its formula, and what it writes."""

import torch
from torch import Tensor

from ulmus.lessons.character_model import (
    FromScratch,
    Parameters,
    State,
    WithTorch,
    continued,
    rnn,
)
from ulmus.lessons.wells import CharacterText


def test_parameters_are_small_and_learned() -> None:
    torch.manual_seed(0)
    weights = Parameters.drawn(28, 200)
    assert all(tensor.requires_grad for tensor in weights)
    assert [list(tensor.shape) for tensor in weights] == [
        *([28, 200], [200, 200], [200], [200, 28], [28]),
    ]
    assert abs(weights.from_state.detach().std().item() - 0.01) < 0.001
    assert not weights.hidden_bias.any()
    assert not weights.output_bias.any()


def test_two_steps_by_hand() -> None:
    values = [[[2.0]], [[0.5]], [0.1], [[3.0]], [-1.0]]
    weights = Parameters(*(torch.tensor(each) for each in values))
    first = torch.tanh(torch.tensor(2.0 + 0.5 * 0.2 + 0.1))
    second = torch.tanh(torch.tensor(2.0 + 0.1) + 0.5 * first)
    logits, (state,) = rnn(torch.ones(2, 1, 1), (torch.tensor([[0.2]]),), weights)
    torch.testing.assert_close(logits[:, 0], 3 * torch.stack([first, second]) - 1)
    torch.testing.assert_close(state[0, 0], second)
    relu, _ = rnn(torch.ones(1, 1, 1), (torch.zeros(1, 1),), weights, torch.relu)
    torch.testing.assert_close(relu, torch.tensor([[3 * 2.1 - 1]]))


def test_logits_come_step_by_step() -> None:
    torch.manual_seed(0)
    for model in (FromScratch(5, 4), WithTorch(5, 4)):
        tokens = torch.tensor([[0, 1, 2], [3, 4, 0]])
        logits, _ = model(tokens, model.first_state(2))
        one, state = model(tokens[:, :1], model.first_state(2))
        torch.testing.assert_close(logits[:2], one)
        two, _ = model(tokens[:, 1:], state)
        torch.testing.assert_close(logits[2:], two)
        assert all(tensor.requires_grad for tensor in model.parameters())


class Counting:
    """Says that behind character n comes character n + 1; its state counts what was read."""

    def parameters(self) -> list[Tensor]:
        return []

    def first_state(self, batch: int) -> State:
        return (torch.zeros(batch, 1),)

    def __call__(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        after = (tokens.t().flatten() + 1) % 6
        return torch.nn.functional.one_hot(after, 6).float(), (state[0] + tokens.shape[1],)


def test_a_prefix_is_read_and_then_gone_on_with() -> None:
    text = CharacterText(["<unk>", "a", "b", "c", "d", "e"], torch.tensor([1]))
    assert continued(Counting(), text, "ab", 3) == "abcde"
    assert continued(Counting(), text, "d", 0) == "d"
