"""Our `predict` and `generate`: the label of a text, or words that go on from a prompt."""

import json
from pathlib import Path
from typing import Any

import torch

from children.ulmus_precision import loaded
from harness.child import Job, serve


def build(settings: dict[str, Any]) -> Job:
    torch.manual_seed(0)
    folder = Path(settings["folder"])
    told = json.loads((folder / "texts.json").read_text("utf-8"))
    make = _generation if settings["job"] == "generation" else _classification
    return make(folder, told, settings)


def _classification(folder: Path, told: dict[str, Any], settings: dict[str, Any]) -> Job:
    bundle = loaded(str(folder / "classifier"), settings["precision"])
    labels: list[str] = []

    def run() -> None:
        labels[:] = [bundle.predict([text])[0] for text in told["texts"]]

    run()
    return Job(run, lambda: {"labels": labels})


def _generation(folder: Path, told: dict[str, Any], settings: dict[str, Any]) -> Job:
    bundle = loaded(str(folder / "language_model"), settings["precision"])
    prompts = told["prompts"]

    def run() -> None:
        prompts.append(prompts.pop(0))
        bundle.generate(prompts[0], max_tokens=settings["words"])

    run()
    return Job(run)


if __name__ == "__main__":
    serve(build)
