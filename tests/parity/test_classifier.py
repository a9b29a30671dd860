"""Classifiers with fastai's weights give a document's logits, alone and in any company."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from tests.parity.fastai_weights import fill, named
from tests.parity.reading import read_tensors
from ulmus.batches.documents import EncodedDocuments
from ulmus.batches.length_buckets import LengthBuckets
from ulmus.interop.fastai_layout import recognise
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.text_classifier import ClassifierSettings, TextClassifier, build_text_classifier

CASES = ["small", "whole_chunks", "one_chunk", "both_directions", "default"]
Fixture = tuple[TextClassifier, dict[str, Tensor], dict[str, Any]]


@pytest.fixture(params=CASES, scope="module")
def filled(request: pytest.FixtureRequest) -> Fixture:
    """A model with the reference's weights, and what the reference answers."""
    tensors, facts = read_tensors(f"classifier_{request.param}")
    weights = named(tensors, "weights")
    words, embedding_size = weights["0.module.encoder.weight"].shape
    model = build_text_classifier(
        AwdLstmSettings(
            embedding_size=embedding_size,
            hidden_size=10,
            layer_count=facts["layers"],
            bidirectional=facts["bidirectional"],
        ),
        words,
        len(weights["1.layers.1.2.weight"]),
        settings=ClassifierSettings(sequence_length=facts["seq_len"], max_length=facts["max_len"]),
    )
    fill(model, weights)
    return model.eval(), tensors, facts


def _documents(tensors: dict[str, Tensor], facts: dict[str, Any]) -> list[Tensor]:
    return list(tensors["documents"].split(facts["lengths"]))


@torch.no_grad()
def test_single_documents(filled: Fixture) -> None:
    model, tensors, facts = filled
    documents = _documents(tensors, facts)
    logits = [model(document[None], torch.tensor([len(document)])) for document in documents]
    torch.testing.assert_close(torch.cat(logits), tensors["alone"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("batch_size", [2, 7, 100])
@pytest.mark.parametrize("extra", [0, 3, 80])
@torch.no_grad()
def test_neither_company_nor_padding_makes_a_difference(
    filled: Fixture, batch_size: int, extra: int
) -> None:
    model, tensors, facts = filled
    documents = _documents(tensors, facts)
    order = np.random.default_rng(batch_size).permutation(len(documents))
    for rows in np.split(order, range(batch_size, len(order), batch_size)):
        lengths = torch.tensor([len(documents[row]) for row in rows])
        tokens = torch.ones(len(rows), int(lengths.max()) + extra, dtype=torch.int64)
        for place, row in enumerate(rows):
            tokens[place, : len(documents[row])] = documents[row]
        logits = model(tokens, lengths)
        torch.testing.assert_close(logits, tensors["alone"][rows], rtol=0, atol=1e-5)


@torch.no_grad()
def test_the_batches_of_an_evaluation(filled: Fixture) -> None:
    model, tensors, facts = filled
    documents = EncodedDocuments.join([d.numpy() for d in _documents(tensors, facts)])
    for batch in LengthBuckets(documents, batch_size=8, training=False).batches():
        logits = model(batch.tokens, batch.lengths)
        torch.testing.assert_close(logits, tensors["alone"][batch.indices], rtol=0, atol=1e-5)


@torch.no_grad()
def test_the_library_s_own_reading_of_the_keys(filled: Fixture) -> None:
    model, tensors, _ = filled
    read = recognise(named(tensors, "weights"), Path("weights.pth"))
    assert (read.kind, read.layout) == ("classifier", "fastai 2")
    assert read.settings.layer_sizes() == model.encoder.settings.layer_sizes()
    assert read.settings.bidirectional == model.encoder.settings.bidirectional
    assert torch.equal(read.embedding, model.encoder.embedding)
    assert read.head is not None
    for given, part in ((read.stack, model.encoder.stack), (read.head.weights, model.head)):
        wanted = part.state_dict()
        assert set(given) >= {name for name in wanted if not name.endswith("batches_tracked")}
        assert all(torch.equal(tensor, wanted[name]) for name, tensor in given.items())


def test_a_batch_goes_wrong_in_the_reference_and_not_here(filled: Fixture) -> None:
    """It pads in front by whole chunks; in some rows the padding is taken for their last token."""
    model, tensors, facts = filled
    documents = _documents(tensors, facts)
    lengths = torch.tensor(facts["lengths"])
    together = model(pad_sequence(documents, batch_first=True, padding_value=1), lengths)
    torch.testing.assert_close(together, tensors["alone"], rtol=0, atol=1e-5)
    apart = (together - tensors["together"]).abs().amax(1)
    assert apart[lengths.argmax()] < 1e-5
    if facts["max_len"] > facts["seq_len"]:
        assert apart.max() > 0.05
