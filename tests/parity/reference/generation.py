"""fastai's `LMLearner.predict`: the probabilities it draws from, and how it decodes."""

import warnings
from typing import Any
from unittest.mock import patch

import pandas as pd
import torch
from fastai.text.all import AWD_LSTM, TextDataLoaders, awd_lstm_lm_config, language_model_learner
from fastai.text.learner import decode_spec_tokens
from torch import Tensor

from tests.parity.reference.writing import write_tensors

TEXTS = [
    "The film is long, and the long film is dull.",
    "A dull book! A dull, dull, dull book about a film.",
    "I read the book about the long war and liked it soooooo much.",
    "WAR is not a film; the book is about war and about love.",
    "Love, love the book. The war is long and the book is long.",
]
PROMPTS = ["The film", "a book about xxunk", "WAR and love, love"]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"temperature": 0.5},
    {"temperature": 0.75},
    {"temperature": 2.0},
    {"min_p": 0.01},
    {"min_p": 0.04},
    {"min_p": 0.02, "temperature": 0.7},
    {"min_p": 0.03, "temperature": 1.5},
    {"min_p": 0.9},
    {"no_unk": False},
    {"no_unk": False, "temperature": 0.6, "min_p": 0.02},
]
WORDS = 6
DECODED = [
    "xxmaj the film",
    "xxup war is xxmaj long",
    "xxwrep 2 dull book",
    "xxrep 3 a b",
    "xxrep 3 a b c xxmaj d",
]


def make() -> None:
    """Write a small model's weights and, for each prompt and setting, every step's draw."""
    learner = _learner()
    tensors = {f"weights/{k}": v.clone() for k, v in learner.model.state_dict().items()}
    runs = []
    torch.manual_seed(5)
    for prompt in PROMPTS:
        for settings in SETTINGS:
            weights, ids = _draws(learner, prompt, settings)
            tensors[f"drawn_from/{len(runs)}"] = weights
            runs.append({"prompt": prompt, "settings": settings, "ids": ids})
    facts = {
        "vocabulary": list(learner.dls.vocab),
        "prompts": {p: learner.dls.test_dl([p]).items[0].tolist() for p in PROMPTS},
        "runs": runs,
        "decoded": [[t, " ".join(decode_spec_tokens(t.split()))] for t in DECODED],
    }
    write_tensors("generation", tensors, facts)


def _learner() -> Any:
    """Return an untrained learner whose large weights make it choosy."""
    torch.manual_seed(3)
    frame = pd.DataFrame({"text": TEXTS * 4})
    loaders = TextDataLoaders.from_df(frame, text_col="text", is_lm=True, bs=2, seq_len=8, seed=1)
    config = {**awd_lstm_lm_config, "emb_sz": 8, "n_hid": 10, "n_layers": 2}
    learner = language_model_learner(loaders, AWD_LSTM, config=config, pretrained=False)
    with torch.no_grad():
        for parameter in learner.model.parameters():
            parameter.mul_(3)
        learner.model[1].decoder.bias.uniform_(-1, 1)
        learner.model[1].decoder.bias[0] = 2  # xxunk, so that leaving it out shows
    return learner


def _draws(learner: Any, prompt: str, settings: dict[str, Any]) -> tuple[Tensor, list[int]]:
    """Return what `predict` hands to `torch.multinomial` at each step, (T, V), and the draws."""
    weights, ids = [], []
    draw = torch.multinomial

    def recorded(given: Tensor, count: int) -> Tensor:
        weights.append(given.clone())
        drawn = draw(given, count)
        ids.append(drawn.item())
        return drawn

    with patch("torch.multinomial", recorded), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "There is no item with probability")
        learner.predict(prompt, n_words=WORDS, no_bar=True, **settings)
    return torch.stack(weights), ids
