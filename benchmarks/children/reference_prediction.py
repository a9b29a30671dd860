"""The same classifier in double precision, by `torch.nn.LSTM`, one document at a time.

It uses nothing of ours but the weights, so that a faster way to compute has something to be
compared with that does not become faster with it.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from harness.child import Job, serve
from harness.random_ids import labelled_documents

SIZES = (400, 1152, 1152, 400)
PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def build(settings: dict[str, Any]) -> Job:
    folder = Path(settings["folder"])
    weights = {k: v.double() for k, v in load_file(folder / "bundle/model.safetensors").items()}
    layers = [_layer(weights, number) for number in range(len(SIZES) - 1)]
    documents, _ = labelled_documents(settings["judged"], settings["vocabulary_size"])
    with torch.inference_mode():
        rows = [_answer(weights, layers, ids) for ids in documents[: settings["referred"]]]
    np.save(folder / "reference.npy", torch.stack(rows).numpy())
    return Job(lambda: None)


def _layer(weights: dict[str, Tensor], number: int) -> nn.LSTM:
    given, made = list(pairwise(SIZES))[number]
    layer = nn.LSTM(given, made, batch_first=True, dtype=torch.float64)
    name = f"encoder.stack.layers.{number}.directions.0"
    layer.load_state_dict({f"{part}_l0": weights[f"{name}.{part}"] for part in PARTS})
    return layer


def _answer(weights: dict[str, Tensor], layers: list[nn.LSTM], ids: Any) -> Tensor:
    outputs = F.embedding(torch.from_numpy(ids)[None], weights["encoder.embedding"])
    for layer in layers:
        outputs, _ = layer(outputs)
    (steps,) = outputs  # no document is longer than what is pooled
    pooled = torch.cat([steps[-1], steps.amax(0), steps.mean(0)])
    inner = F.linear(_normed(weights, 0, pooled), weights["head.layers.2.weight"]).relu()
    logits = F.linear(_normed(weights, 4, inner), weights["head.layers.6.weight"])
    return logits.softmax(-1)


def _normed(weights: dict[str, Tensor], number: int, values: Tensor) -> Tensor:
    name = f"head.layers.{number}"
    statistics = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    scale = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return F.batch_norm(values[None], *statistics, *scale)[0]


if __name__ == "__main__":
    serve(build)
