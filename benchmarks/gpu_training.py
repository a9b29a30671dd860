"""Training a language model on a GPU, beside the same layers written in plain torch.

    python benchmarks/gpu_training.py

Both read the same random tokens, 72 at a time, of a vocabulary of 30,000. Plain torch has
`nn.LSTM`, all logits at once, autocast, fused AdamW and one dropout between layers; ours has all
five of AWD-LSTM, and with `sampled` its loss over a few thousand words. Prints tokens a second and
the most memory taken, in Markdown; nothing of it is kept by the report of the other benchmarks.
"""

import sys
import time
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from harness.random_ids import zipf_ids
from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS, AwdLstmSettings
from ulmus.models.language_model import build_language_model
from ulmus.nn.sampled_words import WordSampler
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.loop import Trainer
from ulmus.training.objectives import LanguageModelObjective
from ulmus.training.stage import Stage

VOCABULARY = 30_000
STEPS = 72  # tokens of a row in a batch
WARM_UP, MEASURED = 10, 60  # batches
SIZES = {
    "256-768-256": AwdLstmSettings(embedding_size=256, hidden_size=768, layer_count=2),
    "400-1152-1152-400": AwdLstmSettings(),
}


class Watch:
    """Takes the time from the tenth step on."""

    def __init__(self) -> None:
        self.count = 0

    def step(self) -> None:
        self.count += 1
        if self.count == WARM_UP:
            torch.cuda.synchronize()
            self.started = time.perf_counter()
        if self.count == WARM_UP + MEASURED:
            torch.cuda.synchronize()
            self.seconds = time.perf_counter() - self.started

    # What else a callback of the training loop hears.
    def step_done(self, *_: Any) -> None:
        self.step()

    def stage_started(self, *_: Any) -> None: ...
    def epoch_started(self, *_: Any) -> None: ...
    def epoch_done(self, *_: Any, **__: Any) -> None: ...
    def run_ended(self) -> None: ...


def ours(size: AwdLstmSettings, ids: Any, rows: int, precision: Any, *, sampled: bool) -> float:
    """Return the seconds of the measured steps."""
    engine = Engine(EngineSettings(device="cuda", precision=precision))
    engine.start()
    documents = EncodedDocuments.join([ids.ravel()])
    memory = engine.memory_for(4 * ids.size)
    batches = ContiguousBatches(
        documents, batch_size=rows, sequence_length=STEPS, shuffle=True, laid_out_on=memory
    )
    model = build_language_model(size, VOCABULARY, LANGUAGE_MODEL_DROPOUTS)
    counts = torch.from_numpy(np.bincount(ids.ravel(), minlength=VOCABULARY))
    objective = LanguageModelObjective(sampler=WordSampler(counts, 2048) if sampled else None)
    watch = Watch()
    short = EncodedDocuments.join([ids.ravel()[: 4 * rows]])
    valid = ContiguousBatches(short, batch_size=rows, sequence_length=STEPS, shuffle=False)
    trainer = Trainer(model, objective, batches, valid, engine, callbacks=[watch])
    trainer.run([Stage(name="all", epochs=1, learning_rate=1e-3)])
    return watch.seconds


class Plain(nn.Module):
    def __init__(self, size: AwdLstmSettings) -> None:
        super().__init__()
        sizes = size.layer_sizes()
        self.embedding = nn.Embedding(VOCABULARY, size.embedding_size)
        self.layers = nn.ModuleList(
            nn.LSTM(given, made, batch_first=True) for given, made in pairwise(sizes)
        )
        self.decoder = nn.Linear(size.embedding_size, VOCABULARY)
        self.decoder.weight = self.embedding.weight

    def forward(self, tokens: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        read, new = self.embedding(tokens), []
        for layer, before in zip(self.layers, state, strict=True):
            read, after = layer(read, before)
            new.append(tuple(each.detach() for each in after))
            read = F.dropout(read, 0.1)
        return self.decoder(read), new


def plain(size: AwdLstmSettings, ids: Any, precision: str) -> float:
    """Return the seconds of the measured steps."""
    model = Plain(size).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    tokens = torch.from_numpy(ids.astype(np.int64)).cuda()
    state: Any = [None] * size.layer_count
    watch = Watch()
    for step in range(WARM_UP + MEASURED):
        part = tokens[:, step * STEPS : (step + 1) * STEPS + 1]
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
            logits, state = model(part[:, :-1], state)
        loss = F.cross_entropy(logits.flatten(0, 1).float(), part[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()  # as any training loop that shows its loss
        watch.step()
    return watch.seconds


def main() -> None:
    """Print the table."""
    if not torch.cuda.is_available():
        sys.exit("gpu_training.py: there is no GPU")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}\n")
    print("| layers | rows | precision | plain torch | ours, all words | ours, sampled |")
    print("|---|---|---|---|---|---|")
    for name, size in SIZES.items():
        for rows, precision in ((64, "fp32"), (64, "bf16"), (256, "fp32"), (256, "bf16")):
            count = rows * (STEPS * (WARM_UP + MEASURED) + 1)
            ids = zipf_ids(count, VOCABULARY).reshape(rows, -1)
            cells = []
            for run in (
                partial(plain, size, ids, precision),
                partial(ours, size, ids, rows, precision, sampled=False),
                partial(ours, size, ids, rows, precision, sampled=True),
            ):
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
                rate = rows * STEPS * MEASURED / run()
                memory = torch.cuda.max_memory_allocated() / 1e9
                cells.append(f"{rate:,.0f} tokens/s, {memory:.1f} GB")
            print(f"| {name} | {rows} | {precision} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
