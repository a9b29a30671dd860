"""fastai's language model, classifier and vocabulary change: what no fixture can show."""

from typing import ClassVar

import pytest
import torch
from torch import nn

from ulmus.errors import SettingsError
from ulmus.interop.fastai_names import (
    AWD_LSTM,
    LinearDecoder,
    PoolingLinearClassifier,
    SentenceEncoder,
    SequentialRNN,
    awd_lstm_lm_config,
    get_language_model,
    get_text_classifier,
    masked_concat_pool,
    match_embeds,
)

SMALL = {"emb_sz": 6, "n_hid": 8, "n_layers": 2}


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def padded(
    lengths: list[int], chunk: int, padding: int = 1
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Draw documents, and put each behind whole chunks of padding and before the rest of it."""
    made = []
    for length in lengths:
        document = torch.randint(0, 22, (length,))
        document[document == padding] = 22  # any other token is a word, the usual padding too
        missing = max(lengths) - length
        front = missing // chunk * chunk
        batched = nn.functional.pad(document, (front, missing - front), value=padding)
        made.append((document, batched))
    return made


@pytest.mark.parametrize("padding", [{}, {"pad_idx": 0}, {"pad_idx": 7}])
@pytest.mark.parametrize("seed", range(5))
def test_a_document_gets_the_same_answer_in_a_batch_and_alone(
    seed: int, padding: dict[str, int]
) -> None:
    torch.manual_seed(seed)
    options = {"seq_len": 5, "config": SMALL, "max_len": None} | padding
    model = get_text_classifier(AWD_LSTM, 23, 3, **options).eval()
    nn.init.normal_(model[0].module.encoder.weight)
    lengths = sorted(torch.randint(1, 30, (9,)).tolist(), reverse=True)
    documents = padded(lengths, 5, *padding.values())
    together = model(torch.stack([batched for _, batched in documents]))[0]
    alone = torch.cat([model(document[None])[0] for document, _ in documents])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)
    assert alone.std(0).min() > 1e-3  # documents do differ


def test_a_chunk_reads_on_from_where_the_last_one_ended() -> None:
    encoder = AWD_LSTM(23, **SMALL).eval()
    tokens = torch.randint(2, 23, (3, 13))
    outputs, mask = SentenceEncoder(5, encoder)(tokens)
    encoder.reset()
    torch.testing.assert_close(outputs, encoder(tokens))
    assert not mask.any()


def test_only_chunks_near_the_end_are_returned() -> None:
    encoder = AWD_LSTM(23, **SMALL).eval()
    tokens = torch.randint(2, 23, (3, 13))
    whole, _ = SentenceEncoder(5, encoder)(tokens)
    assert torch.equal(SentenceEncoder(5, encoder, max_len=8)(tokens)[0], whole[:, 5:])
    assert torch.equal(SentenceEncoder(5, encoder, max_len=7)(tokens)[0], whole[:, 10:])


def test_any_module_can_be_read_with_and_any_token_be_the_padding() -> None:
    tokens = torch.tensor([[4, 3, 2], [0, 0, 5]])
    embedding = nn.Embedding(6, 2)
    outputs, mask = SentenceEncoder(2, embedding, pad_idx=0)(tokens)
    assert mask.tolist() == [[False] * 3, [True, True, False]]
    torch.testing.assert_close(outputs[~mask], embedding(tokens)[~mask])
    assert outputs[1, :2].tolist() == [[0, 0], [0, 0]]  # rows that have not begun are not read


def test_rows_out_of_order_are_refused() -> None:
    tokens = torch.tensor([[2, 3, 4, 5], [1, 1, 4, 5], [2, 3, 4, 1]])
    with pytest.raises(
        SettingsError,
        match=r"a row of the batch begins in an earlier chunk than the row above it: 'row 2'; "
        r"accepted: .*longest documents first\. Sort the batch by length",
    ):
        SentenceEncoder(2, AWD_LSTM(23, **SMALL))(tokens)


def test_pooling_takes_last_greatest_and_mean_of_what_is_no_padding() -> None:
    outputs = torch.tensor([[[9.0], [1], [5], [2], [8]], [[1.0], [2], [3], [4], [5]]])
    mask = torch.tensor([[True, False, False, False, True], [True, True, True, False, True]])
    wanted = torch.tensor([[2, 5, 8 / 3], [4, 4, 4]])
    torch.testing.assert_close(masked_concat_pool(outputs, mask, 3), wanted)


def test_a_heads_layers_are_where_state_dicts_expect_them() -> None:
    head = PoolingLinearClassifier([12, 7, 5, 3], [0.4, 0.0, 0.1], bptt=5, y_range=(0, 5))
    assert [[type(part).__name__ for part in layer] for layer in list(head.layers)[:-1]] == [
        ["BatchNorm1d", "Dropout", "Linear", "ReLU"],
        ["BatchNorm1d", "Linear", "ReLU"],  # without a dropout there is no module for it
        ["BatchNorm1d", "Dropout", "Linear"],
    ]
    assert [layer[1].p for layer in (head.layers[0], head.layers[2])] == [0.4, 0.1]
    norm = head.layers[0][0]
    assert (set(norm.weight.tolist()), set(norm.bias.tolist())) == ({1.0}, {norm.bias[0].item()})
    assert norm.bias[0].item() == pytest.approx(1e-3)


def test_a_range_bounds_the_output() -> None:
    head = PoolingLinearClassifier([3, 1], [0.0], bptt=5, y_range=(-1, 4)).eval()
    outputs = torch.randn(50, 4, 1) * 1000
    predictions, *_ = head((outputs, torch.zeros(50, 4, dtype=torch.bool)))
    pooled = masked_concat_pool(outputs, torch.zeros(50, 4, dtype=torch.bool), 5)
    logits = head.layers[0](pooled)
    torch.testing.assert_close(predictions, 5 / (1 + torch.exp(-logits)) - 1)
    assert predictions.min() == -1
    assert predictions.max() == 4


def test_a_dropout_for_each_layer_is_wanted() -> None:
    with pytest.raises(
        SettingsError,
        match="number of dropouts is not that of the layers: '1 in ps, 2 layers in dims'",
    ):
        PoolingLinearClassifier([12, 7, 3], [0.1], bptt=5)


def test_all_dropouts_of_a_model_are_multiplied() -> None:
    config = awd_lstm_lm_config | SMALL
    encoder, decoder = get_language_model(AWD_LSTM, 23, config, drop_mult=0.5)
    assert (encoder.input_dp.p, encoder.encoder_dp.embed_p) == (0.125, 0.01)
    assert {rnn.weight_p for rnn in encoder.rnns} == {0.1}
    assert {dropout.p for dropout in encoder.hidden_dps} == {0.075}
    assert decoder.output_dp.p == 0.05
    assert config["output_p"] == 0.1  # the caller's own is left alone
    reader, head = get_text_classifier(AWD_LSTM, 23, 3, config=SMALL, drop_mult=0.5)
    assert (reader.module.input_dp.p, head.layers[0][1].p, head.layers[1][1].p) == (0.2, 0.2, 0.1)
    assert (reader.bptt, reader.max_len, reader.pad_idx, head.bptt) == (72, 1440, 1, 72)
    reader, head = get_text_classifier(AWD_LSTM, 23, 3, seq_len=9, config=SMALL)
    assert (reader.bptt, head.bptt) == (9, 9)


def test_a_decoder_shares_the_embedding_unless_it_is_to_have_its_own() -> None:
    embedding = nn.Embedding(23, 6)
    assert LinearDecoder(23, 6, tie_encoder=embedding).decoder.weight is embedding.weight
    own = LinearDecoder(23, 6, bias=False)
    assert own.decoder.bias is None
    assert 0.05 < own.decoder.weight.max() <= 0.1
    assert -0.1 <= own.decoder.weight.min() < -0.05
    model = get_language_model(AWD_LSTM, 23, awd_lstm_lm_config | SMALL)
    assert model[1].decoder.weight is model[0].encoder.weight
    assert not model[1].decoder.bias.any()
    config = awd_lstm_lm_config | SMALL | {"out_bias": False}
    assert get_language_model(AWD_LSTM, 23, config)[1].decoder.bias is None


def test_a_decoder_in_training_drops_the_same_features_at_every_step() -> None:
    decoder = LinearDecoder(23, 50, output_p=0.2)
    inputs = torch.rand(40, 7, 50) + 1
    logits, raw, dropped = decoder(inputs)
    assert raw is inputs
    kept = dropped[:, 0] != 0
    assert kept.double().mean().item() == pytest.approx(0.8, abs=0.03)
    assert len({*map(tuple, kept.tolist())}) == 40  # each row has its own
    torch.testing.assert_close(dropped, inputs * kept[:, None] / 0.8)
    weight, bias = decoder.decoder.weight, decoder.decoder.bias
    torch.testing.assert_close(logits, dropped @ weight.T + bias)
    logits, raw, dropped = decoder.eval()(inputs)
    assert torch.equal(raw, inputs)
    assert torch.equal(dropped, inputs)
    torch.testing.assert_close(logits, inputs @ weight.T + bias)


def test_a_reset_reaches_the_encoder_through_the_whole() -> None:
    config = awd_lstm_lm_config | SMALL
    for model, encoder in [
        ((lm := get_language_model(AWD_LSTM, 23, config)), lm[0]),
        ((classifier := get_text_classifier(AWD_LSTM, 23, 3, config=SMALL)), classifier[0].module),
    ]:
        assert isinstance(model, SequentialRNN)
        model(torch.randint(2, 23, (2, 3)))
        assert encoder.hidden[0][0].any()
        model.reset()
        assert not encoder.hidden[0][0].any()


def test_a_configuration_can_bring_its_own_initialisation() -> None:
    def ones(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.ones_(module.weight)

    config = awd_lstm_lm_config | SMALL | {"init": ones}
    assert set(get_language_model(AWD_LSTM, 23, config)[0].encoder.weight.flatten().tolist()) == {1}
    head = get_text_classifier(AWD_LSTM, 23, 3, config=SMALL | {"init": ones})[1]
    assert set(head.layers[1][2].weight.flatten().tolist()) == {1}


@pytest.mark.parametrize("make", [get_language_model, get_text_classifier])
def test_another_architecture_is_refused(make: object) -> None:
    with pytest.raises(SettingsError, match=r"not known here: 'LSTM'; accepted: AWD_LSTM\. Use "):
        make(nn.LSTM, 23, 3)  # type: ignore[operator]


def test_a_configuration_that_lacks_keys_names_them() -> None:
    with pytest.raises(
        SettingsError, match=r"lacks a key: 'tie_weights, output_p, out_bias'; .* Start from a copy"
    ):
        get_language_model(AWD_LSTM, 23, SMALL)


class Vocabulary(list[str]):
    """A list that brings its own rows, as fastai's does."""

    o2i: ClassVar = {"a": 1, "b": 0}


def test_a_vocabularys_own_rows_are_used() -> None:
    weights = {"0.encoder.weight": torch.tensor([[1.0, 2.0], [3.0, 6.0]])}
    matched = match_embeds(weights, Vocabulary(["a", "b"]), ["a", "new", "b"])
    assert matched["0.encoder.weight"].tolist() == [[3, 6], [2, 4], [1, 2]]
    assert torch.equal(matched["1.decoder.weight"], matched["0.encoder.weight"])
    assert set(matched) == {"0.encoder.weight", "1.decoder.weight"}


def test_weights_without_an_embedding_are_refused() -> None:
    with pytest.raises(
        SettingsError,
        match=r"the weights have no embedding: 'encoder\.weight'; accepted: .*0\.encoder\.weight",
    ):
        match_embeds({"encoder.weight": torch.zeros(2, 3)}, ["a"], ["b"])


def test_a_vocabulary_longer_than_the_embedding_is_refused() -> None:
    weights = {"0.encoder.weight": torch.zeros(2, 3)}
    with pytest.raises(
        SettingsError, match=r"words beyond the end of the embedding: 'row 2 of 2'; accepted: "
    ):
        match_embeds(weights, ["a", "b", "c"], ["c"])
    assert set(weights) == {"0.encoder.weight"}
