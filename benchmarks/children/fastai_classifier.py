"""fastai's text classifier: a pass of training, or of prediction, over documents of ids."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fastai.text.all import (
    AWD_LSTM,
    CrossEntropyLossFlat,
    DataLoaders,
    L,
    Pad_Chunk,
    SortedDL,
    TensorText,
    text_classifier_learner,
)
from safetensors.torch import load_file

from children.fastai_learner import start_epoch
from harness.child import Job, serve
from harness.random_ids import labelled_documents

CLASSES = 2
SEQUENCE_LENGTH = 72


def build(settings: dict[str, Any]) -> Job:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - where the peer draws its batches from
    documents, labels = labelled_documents(settings["documents"], settings["vocabulary_size"])
    learn = _learner(settings, documents, labels)
    return _prediction(learn, settings) if "weights" in settings else _training(learn)


def _training(learn: Any) -> Job:
    start_epoch(learn)
    learn.one_batch(0, next(iter(learn.dls.train)))
    return Job(learn._do_epoch_train, lambda: {"loss": float(learn.loss)})


def _prediction(learn: Any, settings: dict[str, Any]) -> Job:
    learn.model.load_state_dict(load_file(Path(settings["weights"])))
    answers: list[torch.Tensor] = []

    def run() -> None:
        with learn.no_bar():
            answers[:] = learn.get_preds()[:1]

    with learn.no_bar():
        learn.get_preds(dl=[next(iter(learn.dls.valid))])
    return Job(run, lambda: {"labels": answers[0].argmax(1).tolist()})


def _learner(settings: dict[str, Any], documents: Sequence[Any], labels: Sequence[int]) -> Any:
    items = [
        (TensorText(torch.from_numpy(ids)), torch.tensor(label))
        for ids, label in zip(documents, labels, strict=True)
    ]
    options = {"bs": settings["batch_size"], "before_batch": Pad_Chunk(seq_len=SEQUENCE_LENGTH)}
    loaders = DataLoaders(
        SortedDL(items, shuffle=True, drop_last=True, num_workers=0, **options),
        SortedDL(items, num_workers=0, **options),
    )
    words = [f"word{number}" for number in range(settings["vocabulary_size"])]
    loaders.vocab = L(words, list(range(CLASSES)))
    return text_classifier_learner(
        loaders, AWD_LSTM, pretrained=False, n_out=CLASSES, loss_func=CrossEntropyLossFlat()
    )


if __name__ == "__main__":
    serve(build)
