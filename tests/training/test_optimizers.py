"""Our optimizers beside those of `torch.optim`, bit for bit."""

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ulmus.training.optimizers import Adam, GradientDescent, Optimizer

SHAPES = [(5, 3), (7,), (2, 2)]


def groups(parameters: list[nn.Parameter]) -> list[dict[str, Any]]:
    first = {"lr": 0.02, "weight_decay": 0.1, "betas": (0.8, 0.99), "eps": 1e-5}
    second = {"lr": 0.05, "weight_decay": 0.0, "betas": (0.7, 0.95), "eps": 1e-7}
    return [{"params": parameters[:2], **first}, {"params": parameters[2:], **second}]


def plain_groups(parameters: list[nn.Parameter]) -> list[dict[str, Any]]:
    unknown = ("betas", "eps")
    return [{k: v for k, v in group.items() if k not in unknown} for group in groups(parameters)]


def parameters() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]


def gradients(step: int) -> list[Tensor | None]:
    """The second parameter has none in the second step."""
    generator = torch.Generator().manual_seed(100 + step)
    drawn = [torch.randn(shape, generator=generator) for shape in SHAPES]
    return [drawn[0], None if step == 1 else drawn[1], drawn[2]]


def walk(optimizer: Any, moved: list[nn.Parameter], steps: range) -> None:
    for step in steps:
        for parameter, gradient in zip(moved, gradients(step), strict=True):
            parameter.grad = gradient
        optimizer.step()


@pytest.mark.parametrize("kind", ["adam", "descent"])
def test_steps_are_those_of_torch_optim(kind: str) -> None:
    ours, theirs = parameters(), parameters()
    reference: torch.optim.Optimizer
    if kind == "adam":
        optimizer: Optimizer = Adam(groups(ours))
        reference = torch.optim.AdamW(groups(theirs), fused=True)
    else:
        optimizer = GradientDescent(plain_groups(ours))
        reference = torch.optim.SGD(plain_groups(theirs))
    walk(optimizer, ours, range(4))
    walk(reference, theirs, range(4))
    for own, their, start in zip(ours, theirs, parameters(), strict=True):
        assert torch.equal(own, their)
        assert not torch.equal(own, start)


def test_adam_goes_on_from_its_tensors() -> None:
    whole = parameters()
    walk(Adam(groups(whole)), whole, range(4))
    halves = parameters()
    first = Adam(groups(halves))
    walk(first, halves, range(2))
    kept = {name: tensor.clone() for name, tensor in first.tensors().items()}
    second = Adam(groups(halves))
    second.restore(kept)
    walk(second, halves, range(2, 4))
    assert all(map(torch.equal, halves, whole))
    assert list(kept) == [f"{i}.{kind}" for i in range(3) for kind in Adam.KINDS]


def test_a_parameter_without_a_gradient_stays() -> None:
    given = parameters()
    optimizer = Adam(groups(given))
    given[2].grad = torch.ones(SHAPES[2])
    optimizer.step()
    steps = [optimizer.tensors()[f"{index}.step"].item() for index in range(3)]
    assert steps == [0, 0, 1]
    assert all(map(torch.equal, given[:2], parameters()[:2]))
    optimizer.zero_grad()
    assert [parameter.grad for parameter in given] == [None] * 3


def test_training_does_not_import_a_compiler() -> None:
    program = """
import sys, torch
from ulmus.training.optimizers import Adam
weight = torch.nn.Parameter(torch.ones(2))
optimizer = Adam([dict(params=[weight], lr=0.1, weight_decay=0.0, betas=(0.8, 0.9), eps=1e-5)])
weight.grad = torch.ones(2)
torch.nn.utils.clip_grad_norm_([weight], 1.0)
optimizer.step()
print(sorted({"sympy", "torch._dynamo", "torch._inductor"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
