import math

import numpy as np
import pytest
import torch

from ulmus.corpus.reader import Split
from ulmus.errors import CorpusError
from ulmus.evaluation.perplexity import document_perplexity, split_perplexity
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import build_language_model

VOCABULARY = 23
LENGTHS = (5, 1, 70, 0, 2, 33, 33, 12, 150, 1, 8, 64)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    made = build_language_model(
        AwdLstmSettings(embedding_size=6, hidden_size=10, layer_count=2), VOCABULARY
    )
    with torch.no_grad():
        for parameter in made.parameters():  # so that it is far from uniform
            parameter.mul_(20 if parameter is made.encoder.embedding else 3)
    return made.eval()


@pytest.fixture(scope="module")
def documents():
    drawn = np.random.default_rng(0)
    return [drawn.integers(0, VOCABULARY, length) for length in LENGTHS]


def split_of(documents, character_count):
    """A split whose ids lie apart in the file, as Arrow pads its buffers."""
    gap = np.full(3, 999, np.uint16)
    ids = np.concatenate([part.astype(np.uint16) for ids in documents for part in (ids, gap)])
    lengths = np.array([len(ids) for ids in documents])
    ends = np.cumsum(lengths + 3) - 3
    return Split(
        name="valid",
        document_count=len(documents),
        token_count=int(lengths.sum()),
        character_count=character_count,
        unknown_count=0,
        ids=ids,
        starts=ends - lengths,
        ends=ends,
        targets=None,
    )


@torch.no_grad()
def nats_one_by_one(model, documents):
    total = 0.0
    for ids in documents:
        if len(ids) > 1:
            tokens = torch.tensor(ids)
            logits = model(tokens[None, :-1]).logits[0].double()
            total -= logits.log_softmax(-1).gather(1, tokens[1:, None]).sum().item()
    return total


@pytest.mark.parametrize("batch_tokens", [1, 40, 100_000])
@pytest.mark.parametrize("sequence_length", [1, 16, 500])
def test_it_is_the_token_weighted_mean_however_documents_are_batched(
    model, documents, batch_tokens, sequence_length
):
    predicted = sum(max(0, length - 1) for length in LENGTHS)
    nats = nats_one_by_one(model, documents)

    result = document_perplexity(
        model, documents, 1234, batch_tokens=batch_tokens, sequence_length=sequence_length
    )

    assert result.token_count == predicted
    assert result.per_token == pytest.approx(math.exp(nats / predicted), rel=1e-6)
    assert result.bits_per_character == pytest.approx(nats / math.log(2) / 1234, rel=1e-6)
    assert not 0.9 * VOCABULARY < result.per_token < 1.1 * VOCABULARY


def test_a_model_that_knows_nothing_has_the_vocabulary_as_its_perplexity(documents):
    model = build_language_model(
        AwdLstmSettings(embedding_size=4, hidden_size=4, layer_count=1), 16
    ).eval()
    with torch.no_grad():
        model.encoder.embedding.zero_()

    result = document_perplexity(model, [np.array([2, 3, 4, 5, 6])], character_count=8)

    assert result.per_token == pytest.approx(16)
    assert result.bits_per_character == pytest.approx(4 * 4 / 8)  # four tokens of four bits


def test_the_order_of_documents_does_not_matter(model, documents):
    forward = document_perplexity(model, documents, 10)
    backward = document_perplexity(model, documents[::-1], 10)

    assert forward.per_token == pytest.approx(backward.per_token, rel=1e-6)


@pytest.mark.parametrize("sequence_length", [7, 200])
def test_a_split_gives_the_same_as_its_documents(model, documents, sequence_length):
    split = split_of(documents, 321)

    result = split_perplexity(model, split, batch_tokens=200, sequence_length=sequence_length)

    assert result == pytest.approx(document_perplexity(model, documents, 321), rel=1e-6)


@pytest.mark.parametrize("sequence_length", [7, 200])
def test_backward_reads_each_document_from_its_end(model, documents, sequence_length):
    split = split_of(documents, 321)

    result = split_perplexity(model, split, backward=True, sequence_length=sequence_length)

    reverse = document_perplexity(model, [ids[::-1] for ids in documents], 321)
    assert result == pytest.approx(reverse, rel=1e-6)
    assert result.per_token != pytest.approx(
        document_perplexity(model, documents, 321).per_token, rel=1e-3
    )


def test_no_more_tokens_are_read_at_once_than_asked_for(model, documents, monkeypatch):
    read = []
    original = model.loss_sum

    def loss_sum(tokens, targets, state):
        read.append(tokens.numel())
        return original(tokens, targets, state)

    monkeypatch.setattr(model, "loss_sum", loss_sum)
    document_perplexity(model, documents, 10, batch_tokens=96, sequence_length=32)

    assert max(read) <= 96
    padding_at_most = 60
    assert sum(read) <= sum(max(0, length - 1) for length in LENGTHS) + padding_at_most


def test_an_absurd_model_has_a_finite_perplexity(documents):
    model = build_language_model(
        AwdLstmSettings(embedding_size=4, hidden_size=4, layer_count=1), 16
    ).eval()
    with torch.no_grad():
        model.decoder_bias[3] = 1e4

    result = document_perplexity(model, [np.array([2, 5, 5])], character_count=4)

    assert result.per_token == math.exp(700)
    assert result.bits_per_character == pytest.approx(2 * 1e4 / math.log(2) / 4, rel=1e-3)


@pytest.mark.parametrize("documents", [[], [np.array([2])], [np.array([2]), np.array([], int)]])
def test_documents_that_predict_nothing_are_refused(model, documents):
    pattern = rf"nothing to predict in {len(documents)} documents of 5 characters; accepted: a"
    with pytest.raises(CorpusError, match=pattern):
        document_perplexity(model, documents, 5)


def test_text_without_characters_is_refused(model):
    with pytest.raises(CorpusError, match="nothing to predict in 1 documents of 0 characters"):
        document_perplexity(model, [np.array([2, 3])], 0)
