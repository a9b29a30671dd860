"""fastai's language model: logits over several calls, gradients, a changed vocabulary."""

from typing import Any

import torch
from fastai.text.all import (
    AWD_LSTM,
    CrossEntropyLossFlat,
    awd_lstm_lm_config,
    get_language_model,
    match_embeds,
)
from torch import Tensor, nn

from tests.parity.reference.writing import write_tensors

WORDS = 40
CALLS = [(3, 7), (3, 1), (3, 1), (3, 72), (3, 5)]
"""Rows and steps of each call; the state is carried from one to the next."""
FEWER_ROWS = (2, 4)


def make() -> None:
    """Write weights, inputs and answers for one to three layers, and one remapped vocabulary."""
    for layers in (1, 2, 3):
        model = small_language_model(layers)
        write_tensors(
            f"language_model_{layers}",
            {**weights(model), **_answers(model), **_gradients(model)},
            {"layers": layers, "calls": len(CALLS)},
        )
    _write_remapped()


def small_language_model(layers: int, seed: int = 0) -> nn.Module:
    """Return a small language model, larger weights than usual, so that its logits differ."""
    torch.manual_seed(seed)
    config = {**awd_lstm_lm_config, "emb_sz": 8, "n_hid": 10, "n_layers": layers}
    model = get_language_model(AWD_LSTM, WORDS, config=config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
        model[1].decoder.bias.uniform_(-1, 1)
    return model


def weights(model: nn.Module) -> dict[str, Tensor]:
    """Return the state under fastai's own keys, tied tensors written out twice."""
    return {f"weights/{key}": value.clone() for key, value in model.state_dict().items()}


def without_dropout(model: nn.Module) -> nn.Module:
    """Switch every dropout off for training too, leaving keys and layout as they are.

    A weight dropout of exactly 0 makes the reference register the recurrent weight a second
    time and fail at its next reset, so it gets a chance that never comes up.
    """
    for module in model.modules():
        for name, value in (("p", 0.0), ("embed_p", 0.0), ("weight_p", 1e-12)):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, value)
    return model


def _answers(model: nn.Module) -> dict[str, Tensor]:
    model.eval()
    model.reset()
    made: dict[str, Tensor] = {}
    with torch.no_grad():
        for number, shape in enumerate([*CALLS, FEWER_ROWS]):
            tokens = torch.randint(0, WORDS, shape)
            logits, raw, _ = model(tokens)
            made |= {f"tokens/{number}": tokens, f"logits/{number}": logits, f"raw/{number}": raw}
        for layer, (hidden, cell) in enumerate(model[0].hidden):
            made |= {f"state/{layer}/hidden": hidden, f"state/{layer}/cell": cell}
    return {key: value.clone() for key, value in made.items()}


def _gradients(model: nn.Module) -> dict[str, Tensor]:
    """Return the gradient of the mean cross-entropy of a batch, in training, no dropout."""
    without_dropout(model).train()
    model.reset()
    tokens, targets = torch.randint(2, WORDS, (2, 4, 9))
    loss = CrossEntropyLossFlat()(model(tokens)[0], targets)
    loss.backward()
    grads: dict[str, Tensor] = {
        "train/tokens": tokens,
        "train/targets": targets,
        "train/loss": loss,
    }
    for key, parameter in model.named_parameters():
        grads[f"gradients/{key}"] = parameter.grad
    return {key: value.detach().clone() for key, value in grads.items()}


def _write_remapped() -> None:
    """Write what `match_embeds` makes of a vocabulary that lost, gained and moved words."""
    model = small_language_model(1)
    old = [f"word{number}" for number in range(WORDS)]
    new = ["word3", "fresh", "word0", "word39", "other", "word3", "สวัสดี", "word12"]
    facts: dict[str, Any] = {"old": old, "new": new}
    before = weights(model)
    after = match_embeds(dict(model.state_dict()), old, new)
    remapped = {f"remapped/{key}": value.clone() for key, value in after.items()}
    write_tensors("language_model_remapped", {**before, **remapped}, facts)
