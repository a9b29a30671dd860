"""fastai's `predict`: the label of a text, or words that go on from a prompt."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from fastai.text.all import (
    AWD_LSTM,
    TextDataLoaders,
    language_model_learner,
    text_classifier_learner,
)
from safetensors.torch import load_file

from harness.child import Job, serve

BATCH_SIZE = 8


def build(settings: dict[str, Any]) -> Job:
    torch.manual_seed(0)
    told = json.loads((Path(settings["folder"]) / "texts.json").read_text("utf-8"))
    make = _generation if settings["job"] == "generation" else _classification
    return make(Path(settings["folder"]), told, settings)


def _classification(folder: Path, told: dict[str, Any], _: dict[str, Any]) -> Job:
    learn = text_classifier_learner(_loaders(folder, told), AWD_LSTM, pretrained=False)
    learn.model.load_state_dict(load_file(folder / "classifier.safetensors"))
    labels: list[str] = []

    def run() -> None:
        with learn.no_bar(), learn.no_logging():
            labels[:] = [str(learn.predict(text)[0]) for text in told["texts"]]

    run()
    return Job(run, lambda: {"labels": labels})


def _generation(folder: Path, told: dict[str, Any], settings: dict[str, Any]) -> Job:
    loaders = _loaders(folder, told, is_lm=True)
    learn = language_model_learner(loaders, AWD_LSTM, pretrained=False)
    learn.model.load_state_dict(load_file(folder / "language_model.safetensors"))
    prompts = told["prompts"]

    def run() -> None:
        prompts.append(prompts.pop(0))
        learn.predict(prompts[0], settings["words"], no_bar=True)

    learn.predict(prompts[0], 1, no_bar=True)
    return Job(run)


def _loaders(folder: Path, told: dict[str, Any], **options: Any) -> Any:
    labels = told["labels"]
    rows = [(text, labels[i % len(labels)]) for i, text in enumerate(told["passages"])]
    return TextDataLoaders.from_df(
        pd.DataFrame(rows, columns=["text", "label"]),
        path=folder,
        text_col="text",
        label_col="label",
        text_vocab=told["vocabulary"],
        bs=BATCH_SIZE,
        **options,
    )


if __name__ == "__main__":
    serve(build)
