import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from ulmus.inference.classifier import answer_of, predict_documents
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.text_classifier import ClassifierSettings, build_text_classifier
from ulmus.text.special_tokens import PADDING_ID

VOCABULARY, CLASSES = 40, 3
CLASSES_SAID = answer_of("class")
LENGTHS = (4, 9, 1, 50, 17, 0, 120, 17, 2, 33)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(2)
    made = build_text_classifier(
        AwdLstmSettings(embedding_size=8, hidden_size=12, layer_count=2),
        VOCABULARY,
        CLASSES,
        settings=ClassifierSettings(sequence_length=16, max_length=40, head_size=6),
    )
    with torch.no_grad():
        for parameter in made.parameters():  # so that documents differ
            parameter.mul_(20 if parameter is made.encoder.embedding else 3)
    return made.eval()


@pytest.fixture(scope="module")
def documents():
    drawn = np.random.default_rng(3)
    return [drawn.integers(2, VOCABULARY, length).astype(np.uint16) for length in LENGTHS]


@torch.no_grad()
def alone(model, ids):
    read = torch.tensor(ids.astype(np.int64) if len(ids) else [PADDING_ID])[None]
    return model(read, torch.tensor([read.shape[1]])).softmax(-1)[0].numpy()


@pytest.mark.parametrize("batch_size", [1, 3, 64])
@pytest.mark.parametrize("token_budget", [1, 100, 10_000])
def test_each_row_is_what_the_document_alone_gives(model, documents, batch_size, token_budget):
    made = predict_documents(
        model, documents, CLASSES_SAID, batch_size=batch_size, token_budget=token_budget
    )

    assert made.dtype == np.float32
    assert_allclose(made, [alone(model, ids) for ids in documents], atol=1e-5)
    assert_allclose(made.sum(1), np.ones(len(documents)), atol=1e-6)
    assert np.ptp(made, axis=0).min() > 0.1


def test_the_order_given_is_the_order_returned(model, documents):
    order = np.random.default_rng(0).permutation(len(documents))

    made = predict_documents(model, documents, CLASSES_SAID)
    mixed = predict_documents(model, [documents[i] for i in order], CLASSES_SAID)

    assert_allclose(mixed, made[order], atol=1e-5)


def test_reversed_views_are_read_as_they_stand(model, documents):
    made = predict_documents(model, [ids[::-1] for ids in documents], CLASSES_SAID)

    assert_array_equal(
        made, predict_documents(model, [ids[::-1].copy() for ids in documents], CLASSES_SAID)
    )


def test_no_documents_give_no_rows(model):
    made = predict_documents(model, [], CLASSES_SAID)

    assert made.shape == (0, CLASSES)
    assert made.dtype == np.float32


def test_nothing_of_the_model_or_the_mode_changes(model, documents):
    before = {name: value.clone() for name, value in model.state_dict().items()}

    predict_documents(model, documents, CLASSES_SAID)

    assert not torch.is_inference_mode_enabled()
    assert not model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
