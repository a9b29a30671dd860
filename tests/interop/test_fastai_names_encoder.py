"""AWD_LSTM: the page's example, its state, and that it computes what `ulmus.models` computes."""

import copy
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from ulmus.errors import SettingsError
from ulmus.interop.fastai_names import AWD_LSTM
from ulmus.models.awd_lstm import AwdLstm, AwdLstmSettings, Dropouts

DROPOUTS = {"hidden_p": 0.2, "embed_p": 0.02, "input_p": 0.1, "weight_p": 0.2}
NONE = dict.fromkeys(DROPOUTS, 0.0)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def test_the_pages_example() -> None:
    model = AWD_LSTM(100, 20, 10, 2, **DROPOUTS)
    tokens = torch.randint(0, 100, (10, 5))
    outputs = model(tokens)
    assert model.bs == 10
    assert [[part.shape for part in pair] for pair in model.hidden] == [
        [(1, 10, 10)] * 2,
        [(1, 10, 20)] * 2,
    ]
    assert outputs.shape == (10, 5, 20)
    assert torch.equal(outputs[:, -1], model.hidden[-1][0][0])
    model.eval()
    again = [model(tokens) for _ in range(3)]
    assert not torch.equal(again[0], again[1])  # the state goes on
    model.reset()
    first = model(tokens)
    model.reset()
    assert torch.equal(model(tokens), first)


def models_encoder(face: AWD_LSTM, dropouts: dict[str, float]) -> AwdLstm:
    """Return the library's own encoder with the weights and dropouts of the face."""
    size = AwdLstmSettings(
        embedding_size=face.emb_sz,
        hidden_size=face.n_hid,
        layer_count=face.n_layers,
        bidirectional=face.n_dir == 2,
    )
    names = {"input_p": "input_dropout", "hidden_p": "hidden_dropout"}
    names |= {"embed_p": "embedding_dropout", "weight_p": "weight_dropout"}
    given = {names[name]: value for name, value in dropouts.items()}
    model = AwdLstm(size, face.encoder.num_embeddings, Dropouts(output_dropout=0, **given))
    model.train(face.training)
    model.load_state_dict(dict(zip(model.state_dict(), weights(face), strict=True)))
    return model


def weights(face: AWD_LSTM) -> list[Tensor]:
    """Return the face's weights in the order of the library's encoder."""
    found = [face.encoder.weight]
    for rnn in face.rnns:
        lstm = rnn.module
        found += [lstm.weight_ih_l0, rnn.weight_hh_l0_raw, lstm.bias_ih_l0, lstm.bias_hh_l0]
        if face.n_dir == 2:
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            found += [getattr(lstm, f"{name}_l0_reverse") for name in names]
    return found


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_it_is_the_librarys_encoder_draw_by_draw(training: bool, bidirectional: bool) -> None:
    """With the same seed even the dropouts are the same, in three calls with carried state."""
    face = AWD_LSTM(30, 6, 8, 3, pad_token=0, bidir=bidirectional, **DROPOUTS).train(training)
    model = models_encoder(face, DROPOUTS)
    state = None
    for call in range(3):
        tokens = torch.randint(1, 30, (4, 5))
        torch.manual_seed(call)
        outputs = face(tokens)
        torch.manual_seed(call)
        wanted = model(tokens, state)
        state = tuple((hidden.detach(), cell.detach()) for hidden, cell in wanted.state)
        assert torch.equal(outputs, wanted.raw)
        torch.testing.assert_close(tuple(face.hidden), state, rtol=0, atol=0)
        given = torch.autograd.grad(outputs.square().sum(), weights(face))
        torch.testing.assert_close(
            given,
            torch.autograd.grad(wanted.raw.square().sum(), list(model.parameters())),
        )


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_same_seed_draws_the_weights_that_torch_draws(bidirectional: bool) -> None:
    torch.manual_seed(5)
    model = AWD_LSTM(30, 6, 8, 3, bidir=bidirectional)
    torch.manual_seed(5)
    embedding = nn.Embedding(30, 6)
    share = 2 if bidirectional else 1
    lstms = [
        nn.LSTM(given, made // share, bidirectional=bidirectional)
        for given, made in pairwise([6, 8, 8, 6])
    ]
    nn.init.uniform_(embedding.weight, -0.1, 0.1)
    wanted = [embedding.weight, *(p for lstm in lstms for p in lstm.parameters())]
    for given, expected in zip(weights(model), wanted, strict=True):
        assert torch.equal(given, expected)


def test_the_state_grows_by_zeros_and_is_cut() -> None:
    model = AWD_LSTM(30, 6, 8, 2, **NONE).eval()
    first, second = torch.randint(0, 30, (2, 5)), torch.randint(0, 30, (5, 4))
    model(first)
    outputs = model(second)
    model.reset()
    model(first[:1])
    torch.testing.assert_close(model(second[:1]), outputs[:1])
    fresh = AWD_LSTM(30, 6, 8, 2, **NONE).eval()
    fresh.load_state_dict(model.state_dict())
    torch.testing.assert_close(fresh(second[2:]), outputs[2:])
    assert model.bs == 1
    assert model.hidden[0][0].shape == (1, 1, 8)


def test_a_fresh_model_has_a_state_for_one_row_and_a_reset_one_for_the_last_batch() -> None:
    model = AWD_LSTM(30, 6, 8, 2)
    assert model.bs == 1
    assert [hidden.shape for hidden, _ in model.hidden] == [(1, 1, 8), (1, 1, 6)]
    model(torch.zeros(3, 4, dtype=torch.int64))
    model.reset()
    assert [hidden.shape for hidden, _ in model.hidden] == [(1, 3, 8), (1, 3, 6)]
    assert not any(part.any() for pair in model.hidden for part in pair)


def test_the_state_has_no_past_and_the_model_can_be_copied() -> None:
    model = AWD_LSTM(30, 6, 8, 2, **DROPOUTS)
    tokens = torch.randint(0, 30, (3, 4))
    for _ in range(2):  # a second backward pass would fail through a state with a past
        model(tokens).sum().backward()
    assert not any(part.requires_grad for pair in model.hidden for part in pair)
    twin = copy.deepcopy(model).eval()
    assert torch.equal(twin(tokens), model.eval()(tokens))


def test_the_state_follows_the_model_to_another_type() -> None:
    model = AWD_LSTM(30, 6, 8, 2, **NONE)
    tokens = torch.randint(0, 30, (3, 4))
    model(tokens)
    model.double()
    assert model(tokens).dtype == torch.float64
    assert {part.dtype for pair in model.hidden for part in pair} == {torch.float64}


def test_embedded_tokens_are_read_as_tokens_are() -> None:
    model = AWD_LSTM(30, 6, 8, 2).eval()
    tokens = torch.randint(0, 30, (3, 4))
    wanted = model(tokens)
    model.reset()
    assert torch.equal(model(model.encoder(tokens), from_embeds=True), wanted)


def test_both_directions_lose_weights() -> None:
    """Deliberately unlike the reference, which drops those of the forward direction only."""
    torch.manual_seed(0)
    model = AWD_LSTM(30, 32, 32, 2, bidir=True, **(NONE | {"weight_p": 0.5}))
    model(torch.randint(2, 30, (3, 9))).square().sum().backward()
    for rnn in model.rnns:
        backward = rnn.module.weight_hh_l0_reverse
        assert isinstance(backward, nn.Parameter)
        for gradient in (rnn.weight_hh_l0_raw.grad, backward.grad):
            share = (gradient == 0).double().mean().item()
            assert share == pytest.approx(0.5, abs=0.1)
    for rnn in model.rnns:
        rnn.weight_p = 0.0  # as code does that switches it off later
    model.zero_grad()
    model(torch.randint(2, 30, (3, 9))).square().sum().backward()
    assert all((rnn.module.weight_hh_l0_reverse.grad != 0).all() for rnn in model.rnns)


def test_hooks_see_each_layer() -> None:
    model = AWD_LSTM(30, 6, 8, 3).eval()
    seen: list[Tensor] = []
    for rnn in model.rnns:
        rnn.register_forward_hook(lambda _module, _inputs, made: seen.append(made[0]))
    outputs = model(torch.randint(0, 30, (2, 5)))
    assert [made.shape for made in seen] == [(2, 5, 8), (2, 5, 8), (2, 5, 6)]
    assert seen[-1] is outputs


def test_an_odd_size_cannot_be_shared_by_two_directions() -> None:
    with pytest.raises(SettingsError, match="two directions need an even embedding_size"):
        AWD_LSTM(30, 6, 9, 2, bidir=True)


def test_embedded_tokens_of_another_size_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"accepted: \(2, steps, 6\) and twice \(1, 2, 8\)"):
        AWD_LSTM(30, 6, 8, 2)(torch.zeros(2, 3, 7), from_embeds=True)
