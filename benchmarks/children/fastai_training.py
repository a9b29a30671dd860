"""A step of fastai's language-model training, as its `Learner` makes it."""

from typing import Any

import torch
from fastai.text.all import (
    AWD_LSTM,
    DataLoaders,
    GradientClip,
    LMDataLoader,
    language_model_learner,
)

from children.fastai_learner import start_epoch
from harness.child import Job, serve
from harness.random_ids import zipf_ids

CLIP = 1.0


def build(settings: dict[str, Any]) -> Job:
    rows, steps = settings["batch_size"], settings["sequence_length"]
    torch.manual_seed(0)
    learn = _learner(settings["vocabulary_size"], rows, steps)
    window = torch.from_numpy(zipf_ids(rows * (steps + 1), settings["vocabulary_size"]))
    window = window.view(rows, steps + 1)
    batch = window[:, :-1].contiguous(), window[:, 1:].contiguous()

    def run() -> None:
        learn.one_batch(0, batch)

    run()
    return Job(run, lambda: {"threads": torch.get_num_threads(), "loss": float(learn.loss)})


def _learner(vocabulary_size: int, rows: int, steps: int) -> Any:
    """Return a learner in the middle of an epoch, with the callbacks of `fit`."""
    stream = [torch.from_numpy(zipf_ids(rows * (steps + 1) + 1, vocabulary_size))]
    loaders = DataLoaders(*(LMDataLoader(stream, bs=rows, seq_len=steps) for _ in range(2)))
    loaders.vocab = [f"word{number}" for number in range(vocabulary_size)]
    learn = language_model_learner(loaders, AWD_LSTM, pretrained=False, cbs=GradientClip(CLIP))
    start_epoch(learn)
    return learn


if __name__ == "__main__":
    serve(build)
