"""A step of our language-model training, as the training loop makes it."""

from typing import Any

import torch

from children.ulmus_precision import computes_in
from harness.child import Job, serve
from harness.random_ids import zipf_ids
from ulmus.batches.contiguous import StreamBatch
from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS
from ulmus.models.language_model import build_language_model
from ulmus.models.presets import preset
from ulmus.training.objectives import LanguageModelObjective
from ulmus.training.parameter_groups import build_optimizer
from ulmus.training.stage import Stage

CLIP = 1.0


def build(settings: dict[str, Any]) -> Job:
    torch.manual_seed(0)
    rows, steps = settings["batch_size"], settings["sequence_length"]
    size = preset("awd-lstm")
    model = build_language_model(size, settings["vocabulary_size"], LANGUAGE_MODEL_DROPOUTS)
    computes_in(model, settings["precision"])
    window = torch.from_numpy(zipf_ids(rows * (steps + 1), settings["vocabulary_size"]))
    window = window.view(rows, steps + 1)
    batch = StreamBatch(window[:, :-1].contiguous(), window[:, 1:].contiguous())
    stage = Stage(name="benchmark", epochs=1, learning_rate=1e-3)
    optimizer = build_optimizer(model.layer_groups(), stage, weight_decay=0.01)
    objective = LanguageModelObjective(alpha=2.0, beta=1.0)
    model.train()
    state, score = None, None

    def run() -> None:
        nonlocal state, score
        optimizer.zero_grad()
        loss, score, state = objective(model, batch, state)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()

    run()
    return Job(run, lambda: {"threads": torch.get_num_threads(), "loss": score.mean_loss})


if __name__ == "__main__":
    serve(build)
