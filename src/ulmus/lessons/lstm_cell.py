"""The LSTM cell from scratch, in two forms, and the Elman and GRU cells beside it.

Each cell is compared with torch's under the same weights: what it gives, and the gradients of all
weights. Then a cell walks a whole sequence and is compared with the library's layer.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Question,
    Shown,
    gradients,
    same,
    weighed,
)
from ulmus.lessons.recurrent_cells import (
    ElmanCell,
    FusedLstmCell,
    GatedLstmCell,
    GruCell,
    LstmState,
    tanh,
)
from ulmus.nn.lstm import LstmLayer

INPUT, HIDDEN, BATCH, STEPS = 5, 7, 3, 6

GATES = ("input_gate", "forget_gate", "candidate", "output_gate")
"""In the order in which torch's weights hold them."""


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Walk one step through a cell, then compare all cells with torch's."""
    torch.manual_seed(settings.seed)
    yield (
        "A plain recurrent cell writes its whole state anew at each step, through a weight and a "
        "tanh: what it knew is soon gone. An LSTM has a second state, the cell state, that no "
        "weight touches: a gate says how much of it stays, another how much is added, a third how "
        "much is shown."
    )
    yield _one_step()
    yield _speeds(20 if settings.quick else 200)
    yield from _elman(settings.seed)
    yield from _gru(settings.seed)
    yield from _two_forms(settings.seed)
    yield from _sequence(settings.seed)


def _one_step() -> Figures:
    """Show a cell that was told what to do by its biases."""
    cell = GatedLstmCell(1, 1).double()
    for parameter in cell.parameters():
        nn.init.zeros_(parameter)
    rows = []
    for what, keep, enter in (("keep", 9.0, -9.0), ("forget", -9.0, -9.0), ("replace", -9.0, 9.0)):
        nn.init.constant_(cell.forget_gate.bias, keep)
        nn.init.constant_(cell.input_gate.bias, enter)
        nn.init.constant_(cell.candidate.bias, 9.0)
        before = torch.tensor([[0.5]]).double()
        hidden, after = cell(torch.zeros(1, 1).double(), (torch.zeros(1, 1).double(), before))
        rows.append((what, *(each.item() for each in (before, after, hidden))))
    return Figures("What gates do to the cell state", ("told to", "before", "after", "shown"), rows)


def _speeds(count: int) -> Figures:
    """Time one step of both forms and of torch's cell."""
    inputs, state = torch.randn(64, 64), (torch.zeros(64, 64), torch.zeros(64, 64))
    cells = {
        "four layers": GatedLstmCell(64, 64),
        "one product": FusedLstmCell(64, 64),
        "torch.nn.LSTMCell": nn.LSTMCell(64, 64),
    }
    rows = [(name, _microseconds(cell, inputs, state, count)) for name, cell in cells.items()]
    return Figures("A step of 64 rows of 64 features", ("form", "microseconds"), rows)


def _microseconds(cell: nn.Module, inputs: Tensor, state: LstmState, count: int) -> int:
    with torch.inference_mode():
        cell(inputs, state)
        start = time.perf_counter()
        for _ in range(count):
            cell(inputs, state)
    return round((time.perf_counter() - start) / count * 1e6)


def fill(cell: ElmanCell | FusedLstmCell | GruCell, weights: Sequence[Tensor]) -> None:
    """Give a cell the weights of torch's: weight_ih, weight_hh, bias_ih and bias_hh."""
    own = [
        *(cell.from_input.weight, cell.from_state.weight),
        *(cell.from_input.bias, cell.from_state.bias),
    ]
    for mine, given in zip(own, weights, strict=True):
        mine.data.copy_(given.data)


def fill_gates(cell: GatedLstmCell, weights: Sequence[Tensor]) -> None:
    """Give the cell with one layer a gate the weights of torch's, cut and joined."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    joined = torch.cat([weight_ih, weight_hh], 1).chunk(4)  # (H, I + H) each
    for name, weight, bias in zip(GATES, joined, (bias_ih + bias_hh).chunk(4), strict=True):
        layer = cell.get_submodule(name)
        assert isinstance(layer, nn.Linear)
        layer.weight.data.copy_(weight.data)
        layer.bias.data.copy_(bias.data)


def _elman(seed: int) -> Iterator[Check]:
    torch.manual_seed(seed)
    torchs, mine = nn.RNNCell(INPUT, HIDDEN).double(), ElmanCell(INPUT, HIDDEN).double()
    fill(mine, list(torchs.parameters()))
    yield from _compared("Elman cell", mine, torchs, _draw(1)[0])


def _gru(seed: int) -> Iterator[Check]:
    torch.manual_seed(seed)
    torchs, mine = nn.GRUCell(INPUT, HIDDEN).double(), GruCell(INPUT, HIDDEN).double()
    fill(mine, list(torchs.parameters()))
    yield from _compared("GRU cell", mine, torchs, _draw(1)[0])


def _two_forms(seed: int) -> Iterator[Check]:
    torch.manual_seed(seed)
    torchs = nn.LSTMCell(INPUT, HIDDEN).double()
    weights = list(torchs.parameters())
    fused, gated = FusedLstmCell(INPUT, HIDDEN).double(), GatedLstmCell(INPUT, HIDDEN).double()
    fill(fused, weights)
    fill_gates(gated, weights)
    state = tuple(_draw(2))
    yield from _compared("LSTM cell, one product", fused, torchs, state)
    inputs = torch.randn(BATCH, INPUT, dtype=torch.float64)
    built, wanted = torch.cat(gated(inputs, state), 1), torch.cat(torchs(inputs, state), 1)
    yield same("LSTM cell, four layers, is torch's", built, wanted)
    by_torch = gradients(weighed(wanted), weights)
    layers = [gated.get_submodule(name) for name in GATES]
    yield same(
        "and its gradients are torch's, cut and joined",
        [
            torch.cat(
                gradients(weighed(built), [next(iter(layer.parameters())) for layer in layers])
            ),
            torch.cat(gradients(weighed(built), [list(layer.parameters())[1] for layer in layers])),
        ],
        [torch.cat(by_torch[:2], 1), by_torch[2]],
    )


def _compared(
    name: str, mine: nn.Module, torchs: nn.Module, state: Tensor | Sequence[Tensor]
) -> Iterator[Check]:
    """Compare values, and the gradients of weights that both hold in another order."""
    inputs = torch.randn(BATCH, INPUT, dtype=torch.float64)
    built, wanted = _joined(mine(inputs, state)), _joined(torchs(inputs, state))
    yield same(f"{name} is torch's", built, wanted)
    own = dict(mine.named_parameters())
    order = ("from_input.weight", "from_state.weight", "from_input.bias", "from_state.bias")
    yield same(
        "and so are the gradients of its weights",
        gradients(weighed(built), [own[each] for each in order]),
        gradients(weighed(wanted), list(torchs.parameters())),
    )


def _joined(state: Tensor | Sequence[Tensor]) -> Tensor:
    return state if isinstance(state, Tensor) else torch.cat(list(state), 1)


def _draw(count: int) -> list[Tensor]:
    return [torch.randn(BATCH, HIDDEN, dtype=torch.float64) for _ in range(count)]


def walk(
    cell: Callable[[Tensor, LstmState], LstmState], inputs: Tensor, state: LstmState
) -> tuple[Tensor, LstmState]:
    """Walk a cell along a sequence.

    Shapes:
        inputs: (B, T, I); state: (B, H) twice; returned: (B, T, H) and the state.
    """
    outputs = []
    for step in inputs.unbind(1):
        state = cell(step, state)
        outputs.append(state[0])
    return torch.stack(outputs, 1), state


def _sequence(seed: int) -> Iterator[Check]:
    torch.manual_seed(seed)
    layer = LstmLayer(INPUT, HIDDEN).double()
    cell = FusedLstmCell(INPUT, HIDDEN).double()
    fill(cell, list(layer.parameters()))
    inputs = torch.randn(BATCH, STEPS, INPUT, dtype=torch.float64)
    hidden, memory = _draw(2)
    outputs, state = walk(cell, inputs, (hidden, memory))
    wanted, wanted_state = layer(inputs, (hidden[None], memory[None]))
    yield same(
        "The cell, step by step, is the library's LstmLayer",
        [outputs, *state],
        [wanted, *(part[0] for part in wanted_state)],
    )
    mine = [*cell.from_input.parameters(), *cell.from_state.parameters()]
    parameters = list(layer.parameters())
    yield same(
        "and so are its gradients through all steps",
        gradients(weighed(outputs), mine),
        gradients(weighed(wanted), [parameters[i] for i in (0, 2, 1, 3)]),
    )


def why_joined() -> str:
    """Try to stack input and state instead of joining them."""
    inputs, hidden = torch.zeros(BATCH, INPUT), torch.zeros(BATCH, HIDDEN)
    try:
        torch.stack([inputs, hidden], 1)
    except RuntimeError as error:
        told = str(error).rstrip(".")
    same_size = torch.stack([hidden, hidden], 1)
    return (
        f"{told}. And where both have one size, stacking makes {tuple(same_size.shape)} of them, a "
        f"new axis, which a layer of {2 * HIDDEN} inputs cannot read. The text's outgate is "
        "another slip: the variable is called out."
    )


def what_is_tanh() -> str:
    """Compute tanh by its formula and by the one in the text."""
    x = torch.tensor(0.5).double()
    up, down = torch.exp(x), torch.exp(-x)
    right, text = (up - down) / (up + down), (up + down) / (up - down)
    return (
        f"torch: {torch.tanh(x):.4f}; (e^x - e^-x) / (e^x + e^-x): {right:.4f}; 2 sigmoid(2x) - 1: "
        f"{tanh(x):.4f}. The fraction is upside down in the text and gives {text:.4f}, more than 1."
    )


def why_forget_with_bias() -> str:
    """Follow a cell state for 20 steps with two biases of the forget gate."""
    shares = [float(torch.sigmoid(torch.tensor(bias))) ** 20 for bias in (0.0, 1.0, 3.0)]
    told = ", ".join(f"bias {b}: {share:.1e}" for b, share in zip((0, 1, 3), shares, strict=True))
    return (
        f"Of what the cell state held, so much is left after 20 steps when the gate sees zeros: "
        f"{told}. With a gate at 1 all of it stays, and so does the gradient."
    )


def how_many_weights() -> str:
    """Count the weights of the cells."""
    counts = {
        "Elman": ElmanCell(64, 64),
        "GRU": GruCell(64, 64),
        "LSTM, one product": FusedLstmCell(64, 64),
        "LSTM, four layers": GatedLstmCell(64, 64),
    }
    told = (f"{n} {sum(p.numel() for p in c.parameters()):,}" for n, c in counts.items())
    return f"{'; '.join(told)}. The fused forms have two biases that are added, as torch has."


LESSON = Lesson(
    run,
    (
        Question("Why are input and state joined and not stacked?", why_joined),
        Question("What is tanh?", what_is_tanh),
        Question("How long does a cell state last?", why_forget_with_bias),
        Question("How many weights has each cell with 64 features?", how_many_weights),
    ),
    beside=("recurrent_cells",),
)
