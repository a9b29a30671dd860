import torch
from torch import nn

from ulmus.nn.recomputing import recomputed


def test_results_and_gradients_are_the_same_with_the_same_random_numbers() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(5, 7), nn.Dropout(0.5), nn.Linear(7, 3)).double()
    given = torch.randn(4, 5, dtype=torch.float64)

    def compute(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        made = layers(values)
        return made, made > 0

    def gradients(*made: torch.Tensor) -> list[torch.Tensor]:
        layers.zero_grad()
        (made[0] ** 2 * made[1]).sum().backward()
        return [parameter.grad.clone() for parameter in layers.parameters()]

    torch.manual_seed(1)
    wanted = compute(given)
    next_number = torch.rand(())
    torch.manual_seed(1)
    found = recomputed(compute, given)
    assert torch.rand(()) == next_number
    assert found[1].dtype == torch.bool
    assert all(torch.equal(*pair) for pair in zip(found, wanted, strict=True))
    pairs = zip(gradients(*found), gradients(*wanted), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


def test_what_learns_nothing() -> None:
    frozen = nn.Linear(2, 2).requires_grad_(False)
    (made,) = recomputed(lambda values: (frozen(values),), torch.ones(1, 2))
    scale = torch.ones((), requires_grad=True)
    (made.sum() * scale).backward()
    assert scale.grad == made.sum()
    assert frozen.weight.grad is None
