"""fastai's optimizer and training, step by step, and its sweep for a learning rate."""

import itertools
from collections.abc import Callable
from typing import Any

import torch
from fastai.text.all import (
    Learner,
    LMDataLoader,
    awd_lstm_clas_split,
    awd_lstm_lm_split,
)
from torch import Tensor, nn

from tests.parity.reference.classifier import small_classifier
from tests.parity.reference.language_model import (
    WORDS,
    small_language_model,
    weights,
    without_dropout,
)
from tests.parity.reference.training import FixedBatches, learner
from tests.parity.reference.writing import write_tensors

ADAM_STEPS = 10
ROWS, STEPS = 4, 8
TRAIN_TOKENS, VALID_TOKENS = ROWS * 77, ROWS * 2 * STEPS + 1
"""Ten batches an epoch of which the last is short; two of validation, both full."""
SPARED = "no decay of LSTM biases"
LANGUAGE_MODEL_RUNS: dict[str, dict[str, Any]] = {
    "as it is": {"alpha": 2, "beta": 1, "rates": [1e-2] * 3},
    "slices, no regularization": {"alpha": 0, "beta": 0, "rates": [1e-3, 10**-2.5, 1e-2]},
    SPARED: {"alpha": 2, "beta": 1, "rates": [1e-2] * 3},
}
GRADUALLY = [(-1, 2e-2), (-2, 5e-3), (0, 2e-3)]
CLASSIFIER_RUNS: dict[str, dict[str, Any]] = {
    "gradual": {"alpha": 0, "beta": 0, "spread": 3, "stages": GRADUALLY},
    SPARED: {"alpha": 0, "beta": 0, "spread": 3, "stages": GRADUALLY},
    "regularized": {"alpha": 2, "beta": 1, "spread": 0, "stages": [(0, 1e-2)] * 3},
}
FACTOR = 2.6
CHUNK, POOLED = 5, 10
DOCUMENTS = 16
LONGEST = [14, 24, 5, 9, 10, 15, 19, 4, 20, 7, 14, 25]
"""Lengths of the batches of documents: such that all their rows have the same chunks pooled when
no two differ by more than 3. Elsewhere the reference's padding changes what a row is judged by."""


def make() -> None:
    """Write ten steps of Adam for two models, six runs of thirty steps, and four sweeps."""
    for name, model, splitter in [
        ("language_model", small_language_model(2), awd_lstm_lm_split),
        ("classifier", _classifier(), awd_lstm_clas_split),
    ]:
        write_tensors(f"training_adam_{name}", *_adam(model, splitter))
    _write_language_model_runs()
    _write_classifier_runs()
    write_tensors("training_sweep", *_sweeps())


def _classifier() -> nn.Module:
    return small_classifier(seq_len=CHUNK, max_len=POOLED, layers=2, bidirectional=False)


def _spare_biases(learn: Learner) -> None:
    """Keep weight decay off the LSTMs' biases, as it is off every other bias."""
    for name, parameter in learn.model.named_parameters():
        if ".bias_" in name:
            learn.opt.state[parameter]["do_wd"] = False


def _adam(model: nn.Module, splitter: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return ten steps along given gradients; the biases decay as the reference has it."""
    learn = learner(model, FixedBatches([]), FixedBatches([]), splitter, alpha=0, beta=0)
    learn.create_opt()
    learn.opt.set_hyper("lr", slice(1e-3, 5e-2))
    tensors = weights(model)
    momenta = [0.8 - 0.01 * step for step in range(ADAM_STEPS)]
    for step, momentum in enumerate(momenta):
        learn.opt.set_hyper("mom", momentum)
        for name, parameter in model.named_parameters():
            parameter.grad = torch.randn_like(parameter) * 10.0 ** (step % 4 - 2)
            tensors[f"gradients/{step}/{name}"] = parameter.grad.clone()
        learn.opt.step()
    after = {name: value.detach().clone() for name, value in model.named_parameters()}
    tensors |= {f"after/{name}": value for name, value in after.items()}
    rates = [float(group["lr"]) for group in learn.opt.hypers]
    return tensors, {"momenta": momenta, "rates": rates}


def _documents(seed: int, tokens: int) -> list[Tensor]:
    """Return documents in which a word is mostly followed by one that is its double."""
    torch.manual_seed(seed)
    stream = [3]
    for surprise, other in zip(torch.rand(tokens), torch.randint(2, WORDS, (tokens,)), strict=True):
        stream.append(int(other) if surprise < 0.2 else 2 + (2 * stream[-1]) % (WORDS - 2))
    return list(torch.tensor(stream[:tokens]).split(23))


def _stream_loader(documents: list[Tensor]) -> LMDataLoader:
    return LMDataLoader(documents, bs=ROWS, seq_len=STEPS, shuffle=False)


def _language_learner(*, alpha: float, beta: float) -> tuple[Learner, dict[str, Tensor]]:
    model = without_dropout(small_language_model(2, seed=7))
    train, valid = _documents(1, TRAIN_TOKENS), _documents(2, VALID_TOKENS)
    tensors = {"train": torch.cat(train), "valid": torch.cat(valid), **weights(model)}
    loaders = _stream_loader(train), _stream_loader(valid)
    return learner(model, *loaders, awd_lstm_lm_split, alpha=alpha, beta=beta), tensors


def _write_language_model_runs() -> None:
    tensors: dict[str, Tensor] = {}
    facts: dict[str, Any] = {}
    for name, run in LANGUAGE_MODEL_RUNS.items():
        learn, given = _language_learner(alpha=run["alpha"], beta=run["beta"])
        learn.create_opt()
        if name == SPARED:
            _spare_biases(learn)
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(3, run["rates"])
        facts[name] = {**run, **_record(learn)}
        tensors |= given | _after(name, learn)
    write_tensors("training_language_model", tensors, {"runs": facts})


def _write_classifier_runs() -> None:
    tensors: dict[str, Tensor] = {}
    facts: dict[str, Any] = {}
    for name, run in CLASSIFIER_RUNS.items():
        model = without_dropout(_classifier())
        batches = _document_batches(run["spread"])
        tensors |= {f"{name}/{key}": value for key, value in weights(model).items()}
        for number, (tokens, labels) in enumerate(batches):
            tensors |= {f"{name}/tokens/{number}": tokens, f"{name}/labels/{number}": labels}
        learn = learner(
            model,
            FixedBatches(batches[:10]),
            FixedBatches(batches[10:]),
            awd_lstm_clas_split,
            alpha=run["alpha"],
            beta=run["beta"],
        )
        records = [
            _classifier_stage(learn, first, rate, spared=name != "gradual")
            for first, rate in run["stages"]
        ]
        told = {key: value for key, value in run.items() if key != "spread"}
        facts[name] = {**told, "factor": FACTOR, "records": records}
        tensors |= _after(name, learn)
    write_tensors("training_classifier", tensors, {"runs": facts})


def _classifier_stage(learn: Learner, first: int, rate: float, *, spared: bool) -> dict[str, Any]:
    learn.freeze_to(first)
    if spared:
        _spare_biases(learn)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1, slice(rate / FACTOR**3, rate))
    return _record(learn)


def _document_batches(spread: int) -> list[tuple[Tensor, Tensor]]:
    """Return batches padded behind, the longest document first; classes share half their words."""
    torch.manual_seed(spread)
    batches = []
    for longest in LONGEST:
        labels = torch.randint(0, 3, (DOCUMENTS,))
        tokens = torch.randint(2, 22, (DOCUMENTS, longest)) + 8 * labels[:, None]
        cuts = torch.randint(0, spread + 1, (DOCUMENTS - 1,)).tolist()
        for row, cut in enumerate(sorted(cuts), 1):
            tokens[row, longest - cut :] = 1
        batches.append((tokens, labels))
    return batches


def _record(learn: Learner) -> dict[str, Any]:
    recording = learn.recording
    return {
        "losses": recording.losses,
        "added": recording.added,
        "valid_losses": [float(epoch[1]) for epoch in learn.recorder.values],
    }


def _after(name: str, learn: Learner) -> dict[str, Tensor]:
    state = learn.model.state_dict()
    return {f"{name}/after/{key}": value.clone() for key, value in state.items()}


def _sweeps() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return `lr_find` with its defaults and three more; above 10 the loss explodes."""
    tensors: dict[str, Tensor] = {}
    sweeps = []
    for highest, steps in itertools.product((10, 1e5), (100, 40)):
        learn, tensors = _language_learner(alpha=2, beta=1)
        learn.create_opt()
        _spare_biases(learn)
        find: Callable[..., Any] = learn.lr_find
        with learn.no_bar():
            suggested = find(end_lr=highest, num_it=steps, show_plot=False)
        losses = [float(loss) for loss in learn.recorder.losses]
        sweeps.append(
            {
                "highest": highest,
                "steps": steps,
                "rates": learn.recorder.lrs,
                "losses": losses,
                "suggestion": suggested.valley,
            }
        )
    return tensors, {"sweeps": sweeps}
