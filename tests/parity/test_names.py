"""fastai's names here against fastai's own modules."""

import inspect
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.parity.reading import read_tensors
from ulmus.interop import fastai_names
from ulmus.interop.fastai_names import (
    AWD_LSTM,
    awd_lstm_clas_config,
    awd_lstm_clas_split,
    awd_lstm_lm_config,
    awd_lstm_lm_split,
    get_language_model,
    get_text_classifier,
    masked_concat_pool,
    match_embeds,
)

TENSORS, FACTS = read_tensors("names")
CALLS = ["0", "1", "2", "3", "4", "5", "reset", "embedded"]
SMALL, VOCABULARY = FACTS["small"], FACTS["vocabulary"]
NO_DROPOUTS = dict.fromkeys(("output_p", "hidden_p", "input_p", "embed_p", "weight_p"), 0.0)


def under(name: str) -> dict[str, Tensor]:
    start = f"{name}/"
    return {key[len(start) :]: value for key, value in TENSORS.items() if key.startswith(start)}


def close(given: Any, wanted: Any) -> None:
    torch.testing.assert_close(given, wanted, rtol=1e-5, atol=1e-5)


def load(model: nn.Module, name: str) -> None:
    """Load the reference's state dict strictly, having seen that ours would load there."""
    weights = under(f"{name}/weights")
    own = model.state_dict()
    assert list(own) == FACTS["keys"][name]
    assert {key: value.shape for key, value in own.items()} == {
        key: value.shape for key, value in weights.items()
    }
    model.load_state_dict(weights, strict=True)


def gradients(model: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("name", sorted(FACTS["signatures"]))
def test_arguments_their_order_and_defaults_are_the_references(name: str) -> None:
    assert signature(getattr(fastai_names, name)) == FACTS["signatures"][name]
    if name in FACTS["forwards"]:
        assert signature(getattr(fastai_names, name).forward) == FACTS["forwards"][name]


def signature(of: Any) -> list[list[Any]]:
    parameters = inspect.signature(of).parameters.values()
    return [[p.name, None if p.default is p.empty else repr(p.default)] for p in parameters]


def test_the_configurations_are_the_references() -> None:
    assert list(awd_lstm_lm_config.items()) == list(FACTS["configs"]["lm"].items())
    assert list(awd_lstm_clas_config.items()) == list(FACTS["configs"]["clas"].items())


@pytest.mark.parametrize("name", FACTS["encoders"])
def test_outputs_and_states_over_calls_of_changing_batch_size(name: str) -> None:
    model = AWD_LSTM(VOCABULARY, **SMALL, bidir="bidirectional" in name).eval()
    load(model, name)
    for call in CALLS:
        wanted = under(f"{name}/{call}")
        if call == "reset":
            model.reset()
        output = model(wanted["inputs"], from_embeds=call == "embedded")
        close(output, wanted["output"])
        assert model.bs == len(wanted["inputs"])
        for layer, pair in enumerate(model.hidden):
            for part, value in enumerate(pair):
                close(value, wanted[f"hidden/{layer}/{part}"])


def language_model(name: str) -> nn.Module:
    config = awd_lstm_lm_config | SMALL | NO_DROPOUTS | {"tie_weights": "untied" not in name}
    model = get_language_model(AWD_LSTM, VOCABULARY, config)
    load(model, name)
    return model


@pytest.mark.parametrize("name", FACTS["decoders"])
def test_a_language_models_outputs_and_gradients(name: str) -> None:
    model = language_model(name)
    for call in range(2):
        wanted = under(f"{name}/{call}")
        model.zero_grad()
        logits, raw, dropped = model(wanted["inputs"])
        close([logits, raw, dropped], [wanted["logits"], wanted["raw"], wanted["dropped"]])
        F.cross_entropy(logits.flatten(0, 1), wanted["targets"].flatten()).backward()
        close(gradients(model), under(f"{name}/{call}/gradients"))


def test_padding_teaches_the_embedding_nothing() -> None:
    """Nor in the reference. A tied decoder teaches it: padding is among the words to predict."""
    read = under("language-model-untied/0")
    seen = read["inputs"].unique().tolist()
    assert 1 in seen
    model = language_model("language-model-untied")
    logits, *_ = model(read["inputs"])
    F.cross_entropy(logits.flatten(0, 1), read["targets"].flatten()).backward()
    theirs = under("language-model-untied/0/gradients")["0.encoder.weight"]
    for gradient in (gradients(model)["0.encoder.weight"], theirs):
        assert [row for row in seen if not gradient[row].any()] == [1]


@pytest.mark.parametrize("name", FACTS["classifiers"])
def test_a_classifiers_training_step_and_answers(name: str) -> None:
    options = dict(FACTS["classifiers"][name])
    options["config"] = options["config"] | NO_DROPOUTS
    model = get_text_classifier(AWD_LSTM, VOCABULARY, 3, **options).double()
    load(model, name)
    model.train("all" not in name)
    documents, targets = TENSORS["documents/tokens"], TENSORS["documents/targets"]
    predictions, first, second = model(documents)
    assert first is second
    close({"predictions": predictions, "outputs": first}, under(f"{name}/training"))
    F.cross_entropy(predictions, targets).backward()
    close(gradients(model), under(f"{name}/gradients"))
    close(dict(model.named_buffers()), under(f"{name}/trained"))


@pytest.mark.parametrize("part", ["evaluation", "smaller"])
@pytest.mark.parametrize("name", FACTS["classifiers"])
def test_a_classifiers_answers_in_evaluation(name: str, part: str) -> None:
    model = get_text_classifier(AWD_LSTM, VOCABULARY, 3, **FACTS["classifiers"][name]).double()
    load(model, name)
    model.load_state_dict(under(f"{name}/trained"), strict=False)
    model.eval()
    wanted = under(f"{name}/{part}")
    outputs, mask = model[0](wanted["tokens"])
    close(outputs, wanted["outputs"])
    assert torch.equal(mask, wanted["mask"])
    predictions, *_ = model(wanted["tokens"])
    close(predictions, wanted["predictions"])
    pooled = masked_concat_pool(outputs, mask, FACTS["chunk"])
    close(model[1].layers(pooled), wanted["predictions"])


WRONG = FACTS["wrong in batches"]
MISSED = {
    "rows below one that has ended": {1, 2, 6, 7},
    "rows that begin in the last chunk": {1, 2},
}
"""The lengths of the documents whose ends the reference misses in a batch."""


@pytest.mark.parametrize("name", WRONG["lengths"])
def test_in_a_batch_a_document_gets_the_answer_that_the_reference_gives_it_alone(name: str) -> None:
    model = get_text_classifier(AWD_LSTM, VOCABULARY, 3, **WRONG["arguments"]).double()
    load(model, "wrong")
    predictions, *_ = model.eval()(TENSORS[f"wrong/{name}/tokens"])
    alone, together = TENSORS[f"wrong/{name}/alone"], TENSORS[f"wrong/{name}/together"]
    close(predictions, alone)
    apart = (together - alone).abs().amax(1).tolist()
    wrong = {length for length, by in zip(WRONG["lengths"][name], apart, strict=True) if by > 0.1}
    assert wrong == MISSED[name]
    assert sorted(apart)[-len(wrong) - 1] < 1e-12  # all the others are right


@pytest.mark.parametrize("tied", [True, False])
def test_a_language_model_splits_into_the_references_groups(tied: bool) -> None:
    config = awd_lstm_lm_config | SMALL | {"tie_weights": tied}
    model = get_language_model(AWD_LSTM, VOCABULARY, config)
    wanted = FACTS["groups"]["lm" if tied else "lm-untied"]
    assert named(model, awd_lstm_lm_split(model)) == wanted


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_classifier_splits_into_the_references_groups(bidirectional: bool) -> None:
    model = get_text_classifier(AWD_LSTM, VOCABULARY, 3, config=SMALL | {"bidir": bidirectional})
    wanted = FACTS["groups"]["clas-bidirectional" if bidirectional else "clas"]
    assert named(model, awd_lstm_clas_split(model)) == wanted


def named(model: nn.Module, groups: list[list[nn.Parameter]]) -> list[list[str]]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [[names[id(parameter)] for parameter in group] for group in groups]


@pytest.mark.parametrize("case", ["whole", "lean"])
def test_embeddings_are_matched_to_another_vocabulary(case: str) -> None:
    weights = under(f"embeds/{case}/given")
    words = FACTS["vocabularies"]
    matched = match_embeds(weights, words["old"], words["new"])
    assert matched is weights
    close(matched, under(f"embeds/{case}/wanted"))
