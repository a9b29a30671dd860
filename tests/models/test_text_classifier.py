"""The text classifier against torch's modules, document by document."""

from itertools import chain, pairwise

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.nn.reference import reference_lstm
from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import CLASSIFIER_DROPOUTS, NO_DROPOUTS, AwdLstmSettings, Dropouts
from ulmus.models.text_classifier import (
    ClassifierSettings,
    TextClassifier,
    build_text_classifier,
)
from ulmus.nn import lstm_kernels
from ulmus.settings import resolve

WORDS, CLASSES = 40, 3
READING = ClassifierSettings(sequence_length=4, max_length=10, head_size=7)
LENGTHS = [1, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 23]


@pytest.fixture(autouse=True, params=["in chunks", "without padding"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read documents in the way of small layers, and in that of large ones."""
    monkeypatch.setattr(lstm_kernels, "LARGE_SIZE", 1_000 if request.param == "in chunks" else 0)


def _model(*, bidirectional: bool = False, dropouts: Dropouts = NO_DROPOUTS) -> TextClassifier:
    torch.manual_seed(0)
    size = AwdLstmSettings(
        embedding_size=6, hidden_size=8, layer_count=2, bidirectional=bidirectional
    )
    model = build_text_classifier(size, WORDS, CLASSES, settings=READING, dropouts=dropouts)
    with torch.no_grad():  # weights large enough for documents to differ by more than 1e-5
        model.encoder.embedding.mul_(20)
        for norm in (model.head.layers[0], model.head.layers[4]):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_()
            norm.running_mean.normal_().mul_(0.1)
            norm.running_var.uniform_(0.05, 0.5)
    return model.eval()


def _documents() -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randint(0, WORDS, (length,), generator=generator) for length in LENGTHS]


def _padded(documents: list[Tensor], *, extra: int = 0, padding: int = 1) -> tuple[Tensor, Tensor]:
    lengths = torch.tensor([len(document) for document in documents])
    tokens = torch.full((len(documents), int(lengths.max()) + extra), padding)
    for row, document in enumerate(documents):
        tokens[row, : len(document)] = document
    return tokens, lengths


def _reference_pooled(model: TextClassifier, document: Tensor, *, cut: bool = True) -> Tensor:
    """Read one document with torch's layers in chunks of 4; pool chunks that begin in the last 10.

    Shapes:
        document: (T,); returned: (3E,).
    """
    lstms = [reference_lstm(layer) for layer in model.encoder.stack.layers]
    states: list = [None] * len(lstms)
    pooled = []
    for start, end in pairwise([*range(0, len(document), 4), len(document)]):
        outputs = model.encoder.embedding[document[None, start:end]]
        for index, lstm in enumerate(lstms):
            outputs, state = lstm(outputs, states[index])
            states[index] = tuple(part.detach() for part in state) if cut else state
        if len(document) - start <= 10:
            pooled.append(outputs[0])
    steps = torch.cat(pooled)
    return torch.cat([steps[-1], steps.max(0).values, steps.mean(0)])


def _reference_logits(model: TextClassifier, document: Tensor) -> Tensor:
    first, _, inner, _, second, _, outer = model.head.layers
    values = _reference_pooled(model, document)[None]
    for norm, linear, last in ((first, inner, False), (second, outer, True)):
        values = F.batch_norm(
            values, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=1e-5
        )
        values = values @ linear.weight.T
        values = values if last else values.clamp(min=0)
    return values[0]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_logits_are_those_of_torchs_layers(bidirectional: bool) -> None:
    model, documents = _model(bidirectional=bidirectional), _documents()
    expected = torch.stack([_reference_logits(model, document) for document in documents])
    assert torch.pdist(expected).min() > 1e-3  # no two documents look alike
    torch.testing.assert_close(model(*_padded(documents)), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_document_is_judged_alike_in_any_batch_order_and_padding(bidirectional: bool) -> None:
    model, documents = _model(bidirectional=bidirectional), _documents()
    alone = torch.cat([model(*_padded([document])) for document in documents])
    generator = torch.Generator().manual_seed(2)
    for extra, padding in [(0, 1), (1, 0), (4, 17), (30, 1)]:
        order = torch.randperm(len(documents), generator=generator)
        for rows in order.split([5, 1, 6]):
            batch = _padded([documents[row] for row in rows], extra=extra, padding=padding)
            torch.testing.assert_close(model(*batch), alone[rows], rtol=0, atol=1e-5)


def test_only_the_pooled_chunks_are_seen_but_earlier_ones_warm_the_state() -> None:
    model = _model()
    document = torch.arange(13)
    pooled = model.read(document[None], torch.tensor([13])).pooled
    outputs = model.encoder(document[None]).raw[0]
    last = outputs[4:]  # with the chunk that begins at 0, 13 tokens remain: more than 10
    expected = torch.cat([last[-1], last.max(0).values, last.mean(0)])
    torch.testing.assert_close(pooled[0], expected)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_gradients_are_cut_between_chunks(bidirectional: bool) -> None:
    model, documents = _model(bidirectional=bidirectional), _documents()
    weights = torch.randn(len(documents), 18, generator=torch.Generator().manual_seed(3))
    embedding = model.encoder.embedding
    given = torch.autograd.grad((model.read(*_padded(documents)).pooled * weights).sum(), embedding)
    expected, uncut = (
        torch.autograd.grad(
            sum(
                (_reference_pooled(model, document, cut=cut) * row).sum()
                for document, row in zip(documents, weights, strict=True)
            ),
            embedding,
        )
        for cut in (True, False)
    )
    torch.testing.assert_close(given, expected, rtol=1e-4, atol=1e-5)
    assert (given[0] - uncut[0]).abs().max() > 1e-3  # the cut makes a difference


def test_no_gradient_flows_before_the_pooled_chunks() -> None:
    model = _model()
    document = torch.arange(23)  # chunks begin at 0, 4, 8, 12, 16, 20; from 16 on 10 remain
    model(document[None], torch.tensor([23])).square().sum().backward()
    rows = model.encoder.embedding.grad.abs().sum(1)
    assert rows[:16].tolist() == [0.0] * 16
    assert (rows[16:23] > 0).all()


def test_output_dropout_is_the_heads_alone() -> None:
    model = _model(dropouts=NO_DROPOUTS.with_(output_dropout=0.5))
    batch = _padded(_documents())
    still = model.read(*batch).pooled
    torch.testing.assert_close(model.train().read(*batch).pooled, still)
    assert (model.head.layers[1].p, model.head.layers[5].p) == (0.5, 0.1)


def test_evaluation_draws_nothing_and_training_does() -> None:
    model, batch = _model(dropouts=CLASSIFIER_DROPOUTS), _padded(_documents())
    drawn = torch.get_rng_state()
    logits = model(*batch)
    assert torch.equal(torch.get_rng_state(), drawn)
    torch.testing.assert_close(logits, _model()(*batch))
    model.train()
    assert not torch.equal(model.read(*batch).pooled, model.read(*batch).pooled)


def test_layer_groups_hold_every_parameter_once_from_input_to_output() -> None:
    model = _model()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = [[names[id(p)] for p in group] for group in model.layer_groups()]
    assert sorted(chain.from_iterable(groups)) == sorted(names.values())
    assert groups[0] == ["encoder.embedding"]
    for index in (0, 1):
        start = f"encoder.stack.layers.{index}."
        assert all(name.startswith(start) for name in groups[index + 1])
    assert all(name.startswith("head.") for name in groups[3])


def test_the_references_reading_is_the_default() -> None:
    assert ClassifierSettings().model_dump() == {
        "sequence_length": 72,
        "max_length": 1440,
        "head_size": 50,
        "head_dropout": 0.1,
    }
    assert "max_length=10" in repr(_model())


def test_a_window_shorter_than_a_chunk_would_pool_nothing() -> None:
    with pytest.raises(SettingsError, match="max_length must be at least sequence_length"):
        resolve(ClassifierSettings, values={"max_length": 71})
