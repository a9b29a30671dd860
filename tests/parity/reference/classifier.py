"""fastai's text classifier: logits of single documents and of a batch."""

from typing import Any

import torch
from fastai.text.all import AWD_LSTM, awd_lstm_clas_config, get_text_classifier
from fastai.text.data import pad_input_chunk
from torch import Tensor, nn

from tests.parity.reference.language_model import weights
from tests.parity.reference.writing import write_tensors

WORDS = 40
CLASSES = 3
SMALL = {"seq_len": 5, "max_len": 17}
DEFAULT = {"seq_len": 72, "max_len": 1440}
CASES: dict[str, dict[str, Any]] = {
    "small": {**SMALL, "layers": 2, "bidirectional": False, "lengths": [*range(1, 41)]},
    "whole_chunks": {
        "seq_len": 4,
        "max_len": 12,
        "layers": 3,
        "bidirectional": False,
        "lengths": [*range(1, 27)],
    },
    "one_chunk": {
        "seq_len": 6,
        "max_len": 6,
        "layers": 1,
        "bidirectional": False,
        "lengths": [1, 5, 6, 7, 12, 13, 24],
    },
    "both_directions": {**SMALL, "layers": 2, "bidirectional": True, "lengths": [*range(1, 41)]},
    "default": {
        **DEFAULT,
        "layers": 3,
        "bidirectional": False,
        "lengths": [1, 2, 71, 72, 73, 144, 500, 1439, 1440, 1441, 1511, 1512, 1513, 1585, 1730],
    },
}


def make() -> None:
    """Write weights, documents and logits, one case a file."""
    for number, (name, case) in enumerate(CASES.items()):
        model = small_classifier(**{k: v for k, v in case.items() if k != "lengths"}, seed=number)
        documents = [torch.randint(2, WORDS, (length,)) for length in case["lengths"]]
        tensors = {
            **weights(model),
            "documents": torch.cat(documents),
            "alone": torch.cat([_logits(model, [document], case) for document in documents]),
            "together": _logits(model, documents, case),
        }
        write_tensors(f"classifier_{name}", tensors, case)


def small_classifier(
    *, seq_len: int, max_len: int, layers: int, bidirectional: bool, seed: int = 0
) -> nn.Module:
    """Return a small classifier whose head's statistics are not those of the beginning."""
    torch.manual_seed(seed)
    config = {
        **awd_lstm_clas_config,
        "emb_sz": 8,
        "n_hid": 10,
        "n_layers": layers,
        "bidir": bidirectional,
    }
    model = get_text_classifier(
        AWD_LSTM, WORDS, CLASSES, seq_len=seq_len, max_len=max_len, config=config
    )
    with torch.no_grad():
        for parameter in model[0].parameters():
            parameter.mul_(3)  # larger than usual, so that words and steps make a difference
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.running_mean.uniform_(-0.2, 0.2)
                module.running_var.uniform_(0.05, 0.5)
                module.bias.uniform_(-0.5, 0.5)
    return model


def _logits(model: nn.Module, documents: list[Tensor], case: dict[str, Any]) -> Tensor:
    """Return the logits of documents padded to one batch, longest first, in the given order."""
    order = sorted(range(len(documents)), key=lambda index: -len(documents[index]))
    padded = pad_input_chunk(
        [(documents[index],) for index in order], seq_len=case["seq_len"], pad_idx=1
    )
    model.eval()
    with torch.no_grad():
        logits = model(torch.stack([row for (row,) in padded]))[0]
    return logits[torch.tensor(order).argsort()]
