"""The encoder: where the five dropouts lie, how it starts, which sizes it takes."""

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.nn.reference import reference_lstm
from ulmus.errors import SettingsError
from ulmus.models import awd_lstm
from ulmus.models.awd_lstm import (
    CLASSIFIER_DROPOUTS,
    LANGUAGE_MODEL_DROPOUTS,
    NO_DROPOUTS,
    AwdLstm,
    AwdLstmSettings,
    Dropouts,
)
from ulmus.settings import resolve

SMALL = AwdLstmSettings(embedding_size=6, hidden_size=8, layer_count=3)
ALL_DIFFERENT = Dropouts(
    output_dropout=0.1,
    hidden_dropout=0.2,
    input_dropout=0.3,
    embedding_dropout=0.4,
    weight_dropout=0.5,
)


def _encoder(dropouts: Dropouts = NO_DROPOUTS) -> AwdLstm:
    torch.manual_seed(0)
    return AwdLstm(SMALL, 20, dropouts)


def _tokens() -> Tensor:
    return torch.randint(0, 20, (4, 7), generator=torch.Generator().manual_seed(1))


def test_it_reads_as_torchs_layers_do() -> None:
    encoder, tokens = _encoder().eval(), _tokens()
    output = encoder(tokens)
    expected = encoder.embedding[tokens]
    states = []
    for layer in encoder.stack.layers:
        expected, state = reference_lstm(layer)(expected)
        states.append(state)
    torch.testing.assert_close(output.raw, expected)
    torch.testing.assert_close(output.state, tuple(states))
    assert torch.equal(output.dropped, output.raw)
    read = [layer.directions[0].weight_ih.shape[1] for layer in encoder.stack.layers]
    assert read == [6, 8, 8]
    assert [layer.hidden_size for layer in encoder.stack.layers] == [8, 8, 6]


def test_each_dropout_has_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, Any]] = []
    real_embed, real_drop = awd_lstm.embed, awd_lstm.sequence_dropout

    def embed(tokens: Tensor, weight: Tensor, probability: float, *, training: bool) -> Tensor:
        seen.append(("embedding", probability))
        return real_embed(tokens, weight, probability, training=training)

    def drop(inputs: Tensor, probability: float, *, training: bool) -> Tensor:
        seen.append(("sequence", probability))
        return real_drop(inputs, probability, training=training)

    def stack(inputs: Tensor, *_: Any, **given: Any) -> Any:
        seen.append(("stack", (given["hidden_dropout"], given["weight_dropout"])))
        return real_stack(inputs, *_, **given)

    encoder = _encoder(ALL_DIFFERENT)
    real_stack = encoder.stack.forward
    monkeypatch.setattr(awd_lstm, "embed", embed)
    monkeypatch.setattr(awd_lstm, "sequence_dropout", drop)
    monkeypatch.setattr(encoder.stack, "forward", stack)
    encoder(_tokens())
    assert seen == [
        ("embedding", 0.4),
        ("sequence", 0.3),
        ("stack", (0.2, 0.5)),
        ("sequence", 0.1),
    ]


def test_output_dropout_is_seen_in_dropped_only() -> None:
    encoder = _encoder(NO_DROPOUTS.with_(output_dropout=0.5))
    tokens = _tokens()
    output = encoder(tokens)
    torch.testing.assert_close(output.raw, encoder.eval()(tokens).raw)
    ratio = (output.dropped / output.raw).detach()
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))
    torch.testing.assert_close(ratio.round().unique(), torch.tensor([0.0, 2.0]))


def test_evaluation_draws_nothing() -> None:
    encoder = _encoder(ALL_DIFFERENT).eval()
    drawn = torch.get_rng_state()
    first = encoder(_tokens()).dropped
    assert torch.equal(torch.get_rng_state(), drawn)
    torch.testing.assert_close(first, _encoder().eval()(_tokens()).raw)


def test_the_embedding_starts_within_a_tenth() -> None:
    torch.manual_seed(0)
    embedding = AwdLstm(AwdLstmSettings(embedding_size=50, hidden_size=4), 40).embedding
    assert embedding.shape == (40, 50)
    assert 0.099 < embedding.max().item() <= 0.1
    assert -0.1 <= embedding.min().item() < -0.099


def test_the_references_dropouts_and_their_multiplier() -> None:
    assert tuple(LANGUAGE_MODEL_DROPOUTS.model_dump().values()) == (0.1, 0.15, 0.25, 0.02, 0.2)
    assert tuple(CLASSIFIER_DROPOUTS.model_dump().values()) == (0.4, 0.3, 0.4, 0.05, 0.5)
    half = CLASSIFIER_DROPOUTS.scaled(0.5).model_dump().values()
    assert tuple(half) == (0.2, 0.15, 0.2, 0.025, 0.25)
    assert set(NO_DROPOUTS.model_dump().values()) == {0.0}


def test_a_multiplier_that_drops_everything_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"weight_dropout = 1\.0: .* less than 1"):
        CLASSIFIER_DROPOUTS.scaled(2)


@pytest.mark.parametrize("name", ["embedding_size", "hidden_size"])
def test_two_directions_need_even_sizes(name: str) -> None:
    with pytest.raises(SettingsError, match="need an even embedding_size and hidden_size"):
        resolve(AwdLstmSettings, values={"bidirectional": True, name: 25})
    assert getattr(resolve(AwdLstmSettings, values={name: 25}), name) == 25


def test_only_the_ends_of_the_stack_have_the_embeddings_size() -> None:
    assert SMALL.layer_sizes() == [6, 8, 8, 6]
    assert SMALL.with_(layer_count=1).layer_sizes() == [6, 6]


def test_what_it_says_of_itself_tells_its_dropouts() -> None:
    assert "weight_dropout=0.5" in repr(_encoder(ALL_DIFFERENT))
    assert "hidden_size=8" in repr(_encoder())
