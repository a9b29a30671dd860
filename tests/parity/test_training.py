"""Schedules, layer groups, weight decay, regularization and optimizer are fastai's."""

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.fastai_weights import fill, named, paired
from tests.parity.reading import read_json, read_tensors
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.text_classifier import TextClassifier, build_text_classifier
from ulmus.training.lr_finder import valley
from ulmus.training.pace import Pace
from ulmus.training.parameter_groups import build_optimizer, set_rates, stage_rates
from ulmus.training.regularizers import activation_regularization, temporal_regularization
from ulmus.training.schedules import slanted_triangular
from ulmus.training.stage import Stage

REFERENCE = read_json("training")
WORDS, CLASSES = 40, 3
ALPHA, BETA = 2.0, 1.0
DECAY = 0.01


def _model(task: str, layers: int) -> LanguageModel | TextClassifier:
    size = AwdLstmSettings(embedding_size=8, hidden_size=10, layer_count=layers)
    if task == "classifier":
        return build_text_classifier(size, WORDS, CLASSES)
    return build_language_model(size, WORDS)


def _names(model: LanguageModel | TextClassifier) -> dict[int, str]:
    """Return the reference's name of each parameter, by its identity."""
    return {id(tensor): key for key, tensor in paired(model)}


@pytest.mark.parametrize(
    "run", REFERENCE["one_cycle"], ids=lambda run: f"{run['epochs']} x {run['steps']}"
)
def test_one_cycle(run: dict[str, Any]) -> None:
    stage = Stage(name="", epochs=run["epochs"], learning_rate=1e-2, lowest_learning_rate=1e-4)
    pace = Pace(stage, [torch.ones(run["steps"]).numpy()] * run["epochs"])
    model = _model("language model", 2)
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=DECAY)
    rates, momenta = [], []
    for epoch in range(run["epochs"]):
        for step in range(run["steps"]):
            set_rates(optimizer, *pace.point(epoch, step))
            groups = optimizer.param_groups
            rates.append(list(dict.fromkeys(group["lr"] for group in groups)))
            momenta.append(groups[-1]["betas"][0])
    # The reference finds its place in the curve in 32-bit numbers.
    assert rates == [pytest.approx(wanted, rel=1e-4, abs=1e-9) for wanted in run["rates"]]
    assert momenta == pytest.approx(run["momenta"], abs=1e-6)


def test_slanted_triangular_by_the_paper_s_formula() -> None:
    total, cut_share, ratio, peak = 200, 0.1, 32, 0.01
    cut = int(total * cut_share)
    for step in range(total):
        share = step / cut if step < cut else 1 - (step - cut) / (cut * (1 / cut_share - 1))
        rate = peak * (1 + share * (ratio - 1)) / ratio
        assert peak * slanted_triangular(step / total).rate == pytest.approx(rate)


@pytest.mark.parametrize(
    "case", REFERENCE["rates"], ids=lambda case: f"{case['name']}, {len(case['rates'])} groups"
)
def test_rates_of_layer_groups(case: dict[str, Any]) -> None:
    stages = {
        "one rate": {"learning_rate": 1e-2},
        "slice(high)": {"learning_rate": 1e-2, "others_learning_rate": 1e-3},
        "slice(low, high)": {"learning_rate": 1e-2, "lowest_learning_rate": 1e-5},
        "the book's": {"learning_rate": 5e-3, "lowest_learning_rate": 5e-3 / 2.6**4},
    }
    stage = Stage.model_validate({"name": "", "epochs": 1, **stages[case["name"]]})
    assert stage_rates(stage, len(case["rates"])) == pytest.approx(case["rates"])


def test_the_book_s_slice_over_five_groups_is_the_paper_s_factor() -> None:
    (case,) = [c for c in REFERENCE["rates"] if c["name"] == "the book's" and len(c["rates"]) == 5]
    stage = Stage(name="", epochs=1, learning_rate=5e-3, factor=2.6)
    assert stage_rates(stage, 5) == pytest.approx(case["rates"])


@pytest.mark.parametrize("task", ["language model", "classifier"])
def test_layer_groups(task: str) -> None:
    model = _model(task, 3)
    names = _names(model)
    groups = [sorted(names[id(p)] for p in group) for group in model.layer_groups()]
    assert groups == REFERENCE["groups"][task]


@pytest.mark.parametrize("task", ["language model", "classifier"])
def test_what_weight_decay_spares(task: str) -> None:
    """What fastai spares, and the LSTM's biases, which it means to spare and does not."""
    model = _model(task, 3)
    names = _names(model)
    stage = Stage(name="", epochs=1, learning_rate=1e-3)
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=DECAY)
    spared = {
        names[id(parameter)]
        for group in optimizer.param_groups
        if group["weight_decay"] == 0
        for parameter in group["params"]
    }
    biases = {name for name in names.values() if ".bias_" in name}
    assert len(biases) == 6
    assert spared == {*REFERENCE["undecayed"][task]} | biases
    assert not biases & {*REFERENCE["undecayed"][task]}


@pytest.mark.parametrize("task", ["language model", "classifier"])
def test_ten_steps_of_adam(task: str) -> None:
    tensors, facts = read_tensors(f"training_adam_{task.replace(' ', '_')}")
    model = _model(task, 2)
    fill(model, named(tensors, "weights"))
    lowest, *_, highest = facts["rates"]
    stage = Stage(name="", epochs=1, learning_rate=highest, lowest_learning_rate=lowest)
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=DECAY)
    trained = {id(parameter) for parameter in model.parameters()}
    parameters = {key: tensor for key, tensor in paired(model) if id(tensor) in trained}
    decayed = _decaying_biases(model, parameters, facts["rates"])
    for step, momentum in enumerate(facts["momenta"]):
        set_rates(optimizer, 1.0, momentum)
        for key, gradient in named(tensors, f"gradients/{step}").items():
            parameters[key].grad = gradient
        before = {key: tensor.detach().clone() for key, tensor in parameters.items()}
        optimizer.step()
        for key, (rate, value) in decayed.items():
            value.mul_(1 - rate * DECAY).add_(parameters[key].detach() - before[key])
    wanted = named(tensors, "after")
    assert set(wanted) == set(parameters)
    for key, parameter in parameters.items():
        assert (wanted[key] - tensors[f"weights/{key}"]).abs().max() > 1e-3
        ours = decayed[key][1] if key in decayed else parameter.detach()
        torch.testing.assert_close(ours, wanted[key], rtol=0, atol=2e-6)


def _decaying_biases(
    model: LanguageModel | TextClassifier, parameters: dict[str, Tensor], rates: list[float]
) -> dict[str, tuple[float, Tensor]]:
    """Return rates and copies of the LSTMs' biases, to decay them as the reference does."""
    rate_of = {
        id(parameter): rate
        for group, rate in zip(model.layer_groups(), rates, strict=True)
        for parameter in group
    }
    return {
        key: (rate_of[id(tensor)], tensor.detach().clone())
        for key, tensor in parameters.items()
        if ".bias_" in key
    }


TENSORS, FACTS = read_tensors("training_regularization")


@pytest.mark.parametrize("name", FACTS["values"])
def test_activation_regularization(name: str) -> None:
    raw, dropped = TENSORS[f"{name}/raw"], TENSORS[f"{name}/dropped"]
    wanted_activation, wanted_temporal, wanted_both = FACTS["values"][name]
    activation: Tensor = activation_regularization(dropped, ALPHA)
    temporal: Tensor = temporal_regularization(raw, BETA)
    assert activation.item() == pytest.approx(wanted_activation, rel=1e-5)
    if len(raw) > 1:
        assert temporal.item() == pytest.approx(wanted_temporal, rel=1e-5)
        assert (activation + temporal).item() == pytest.approx(wanted_both, rel=1e-5)
    else:  # a batch of one has it here, and by a slip not there
        assert wanted_temporal == 0
        assert wanted_both == wanted_activation
        assert temporal.item() > 0.1


@pytest.mark.parametrize("number", range(len(REFERENCE["valleys"])))
def test_valleys(number: int) -> None:
    curve = REFERENCE["valleys"][number]
    last = len(curve["losses"]) - 1
    # Where the longest fall is the first two losses, the reference counts back from the first
    # rate to the last, which is the worst of all; the first is suggested here.
    wanted = 0 if curve["index"] == last else curve["index"]
    assert valley([float(step) for step in range(last + 1)], curve["losses"]) == wanted


def test_few_valleys_are_suggested_otherwise() -> None:
    curves = REFERENCE["valleys"]
    assert sum(curve["index"] == len(curve["losses"]) - 1 for curve in curves) == 3
    assert len(curves) == 60
