"""Memory that runs out, of itself: less is read at once, and the result is the same."""

import sys

import numpy as np
import pytest
import torch

from tests.memory.limited import run
from ulmus.errors import ShortageError, UlmusWarning
from ulmus.shortage import TokenBudget, is_shortage

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")

TOLD = "not enough memory for {:,} tokens at once; going on with {:,}"


def halvings(first: int, last: int) -> list[str]:
    """Return what is said on the way from a number of tokens to a smaller one."""
    told = []
    while first > last:
        told.append(TOLD.format(first, first // 2))
        first //= 2
    return told


def test_half_as_much_each_time_and_no_less_than_the_least() -> None:
    budget = TokenBudget()
    assert budget.rows(10) is None
    with pytest.warns(UlmusWarning, match=r"^not enough memory for 1,000 .*; going on with 500$"):
        budget.halve(1000, 300, "a document")
    assert budget.rows(100) == 5
    assert budget.rows(600) == 1
    with pytest.warns(UlmusWarning, match="going on with 300"):
        budget.halve(500, 300, "a document")
    with pytest.raises(
        ShortageError, match=r"not enough memory for a document of 300 tokens\. Take"
    ):
        budget.halve(300, 300, "a document")


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (MemoryError(), True),
        (np._core._exceptions._ArrayMemoryError((1 << 50,), np.dtype(float)), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_means_a_shortage(error: Exception, wanted: bool) -> None:
    assert is_shortage(error) is wanted


def test_what_torch_says_on_this_machine() -> None:
    with pytest.raises(RuntimeError) as met:
        torch.empty(1 << 60)
    assert is_shortage(met.value)


GRADIENTS = """
from tests.memory.large import {model} as model, {objective} as objective, {batch} as batches
from tests.memory.large import warm_up
from ulmus.training.engine import Engine, EngineSettings, place
from ulmus.training.gradients import find_gradients

engine = Engine(EngineSettings(device="{device}", precision="fp32"))
torch.backends.cudnn.allow_tf32 = False
model.to(engine.device)
buffers = [buffer.clone() for buffer in model.buffers()]

def gradients():
    for buffer, value in zip(model.buffers(), buffers):
        buffer.copy_(value)
    state, scores, found = None, [], []
    for batch in batches:
        score, state = find_gradients(objective, model, place(batch, engine.device), state)
        scores.append(score)
        for parameter in model.parameters():
            found.append(parameter.grad)
            parameter.grad = None
    kept = [value.clone() for value in model.buffers()]
    return scores, found, kept, [each for layer in state or () for each in layer]

warm_up(model, objective, place(batches[0], engine.device))
wanted_scores, *wanted = gradients()
{limit}
scores, *found = gradients()
free()
apart = [
    max([((a - b).abs().max() / b.abs().max()).item() for a, b in zip(*pair)], default=0.0)
    for pair in zip(found, wanted)
]
print(json.dumps([said, apart, wanted_scores, scores]))
"""

MODELS = {
    "language_model": ("language_model_objective", "stream", 8192, 60),
    "classifier": ("classification", "documents", 16384, 80),
}
"""For each: its objective and batches in `large`, tokens of a batch, and megabytes to spare."""

ON_GPU = """
held = torch.cuda.max_memory_allocated()
torch.cuda.empty_cache()
total = torch.cuda.get_device_properties(0).total_memory
torch.cuda.set_per_process_memory_fraction(0.7 * held / total)
"""


def learned_with_less(name: str, limit: str, device: str) -> None:
    """See that gradients are the same with less memory, and that it was less."""
    objective, batches, tokens, _ = MODELS[name]
    program = GRADIENTS.format(
        model=name, objective=objective, batch=batches, limit=limit, device=device
    )
    said, apart, wanted_scores, scores = run(program)
    assert said
    assert said == halvings(tokens, tokens >> len(said))
    assert max(apart) < 1e-4, apart
    assert np.allclose(scores, wanted_scores, rtol=1e-5)


@LINUX
@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_the_same_where_memory_runs_out(name: str) -> None:
    learned_with_less(name, f"limit({MODELS[name][-1]})", "cpu")


@GPU
@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_the_same_where_memory_runs_out_on_a_gpu(name: str) -> None:
    learned_with_less(name, ON_GPU, "cuda")


@LINUX
def test_less_memory_than_one_document_needs() -> None:
    program = """
from tests.memory.large import classifier, classification, documents
from ulmus.training.gradients import find_gradients

find_gradients(classification, classifier, documents[0]._replace(
    tokens=documents[0].tokens[:2, :64],
    lengths=documents[0].lengths[:2].clamp(max=64),
    targets=documents[0].targets[:2],
), None)  # what is loaded late is loaded
limit(25)
try:
    find_gradients(classification, classifier, documents[0], None)
except ShortageError as error:
    said.append(str(error))
free()
print(json.dumps(said))
"""
    *halved, last = run(program)
    assert halved == halvings(16384, 512)
    assert last.startswith("there is not enough memory for a single row or document of 512 tokens")


@LINUX
def test_answers_are_the_same_where_memory_runs_out() -> None:
    program = """
from tests.memory.large import WORDS, long_documents
from ulmus.inference.classifier import answer_of, predict_documents
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.text_classifier import build_text_classifier

size = AwdLstmSettings(embedding_size=64, hidden_size=768, layer_count=2)
classifier = build_text_classifier(size, WORDS, 2).eval()
classifier.budget.tokens = 512  # so that no more memory is held than that takes
wanted = predict_documents(classifier, long_documents, answer_of("class"))
classifier.budget.tokens = None
limit(95)
found = predict_documents(classifier, long_documents, answer_of("class"))
again = predict_documents(classifier, long_documents, answer_of("class"))
free()
print(json.dumps([said, abs(found - wanted).max().item(), abs(again - wanted).max().item()]))
"""
    said, apart, later = run(program)
    # Of 32 documents, 3 chunks of 72 tokens at once. It is remembered, and so said once.
    assert said == [TOLD.format(6912, 3456)]
    assert max(apart, later) < 1e-5


RUN = """
from tests.memory.large import language_model, language_model_objective, stream, warm_up
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.loop import Trainer
from ulmus.training.stage import Stage

class Batches:
    def rate_shares(self, epoch):
        return np.ones(len(stream))

    def batches(self, epoch, start_step=0):
        return iter(stream[start_step:])

engine = Engine(EngineSettings(device="cpu", precision="fp32"))
trainer = Trainer(language_model, language_model_objective, Batches(), Batches(), engine)
warm_up(language_model, language_model_objective, stream[0])
limit(130)
history = trainer.run([Stage(name="all", epochs=3, learning_rate=1e-3)])
free()
print(json.dumps([said, [record.valid_loss for record in history.epochs]]))
"""


@LINUX
def test_a_whole_run_goes_on_with_less() -> None:
    said, losses = run(RUN)
    assert said
    assert said == halvings(8192, 8192 >> len(said))  # in the first step, and kept from then on
    _, plain = run(RUN.replace("limit(130)", ""))
    assert losses == pytest.approx(plain, rel=1e-3)
    assert losses[-1] < losses[0]
