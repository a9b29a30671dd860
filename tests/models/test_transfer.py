"""What one model hands to another."""

import pytest
import torch
from torch import nn

from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.text_classifier import TextClassifier, build_text_classifier
from ulmus.models.transfer import UNSEEN, copy_encoder, copy_language_model, remap_rows

SMALL = AwdLstmSettings(embedding_size=6, hidden_size=8, layer_count=2)


def _language_model(seed: int, words: int = 10) -> LanguageModel:
    torch.manual_seed(seed)
    model = build_language_model(SMALL, words)
    nn.init.normal_(model.decoder_bias)
    return model


def _classifier(seed: int) -> TextClassifier:
    torch.manual_seed(seed)
    return build_text_classifier(SMALL, 10, 3)


@pytest.mark.parametrize("target", [_classifier(1), _language_model(1)])
def test_an_encoder_is_copied_and_not_shared(target: TextClassifier | LanguageModel) -> None:
    source = _language_model(0)
    others = {k: v.clone() for k, v in target.state_dict().items() if not k.startswith("encoder.")}
    copy_encoder(source, target)
    tokens = torch.arange(10)[None]
    torch.testing.assert_close(target.encoder(tokens).raw, source.encoder(tokens).raw)
    for name, value in others.items():
        assert torch.equal(target.state_dict()[name], value)
    _assert_nothing_shared(source, target)


def _assert_nothing_shared(source: nn.Module, target: nn.Module) -> None:
    before = [parameter.detach().clone() for parameter in source.parameters()]
    with torch.no_grad():
        for parameter in target.parameters():
            parameter.add_(1)
    for parameter, value in zip(source.parameters(), before, strict=True):
        assert torch.equal(parameter, value)


def test_rows_follow_the_map_and_unseen_ones_get_the_mean() -> None:
    rows = torch.tensor([[0.0, 1], [2, 3], [7, 11]])
    mapped = remap_rows(rows, torch.tensor([2, UNSEEN, 0, UNSEEN, 2]))
    assert mapped.tolist() == [[7, 11], [3, 5], [0, 1], [3, 5], [7, 11]]
    assert remap_rows(rows[:, 0], torch.tensor([UNSEEN, 1])).tolist() == [3, 2]
    assert rows.tolist() == [[0, 1], [2, 3], [7, 11]]


def test_a_map_that_moves_every_row_moves_them_all() -> None:
    rows = torch.randn(5, 2)
    order = torch.tensor([4, 3, 2, 1, 0])
    assert torch.equal(remap_rows(rows, order), rows.flip(0))


def test_a_language_model_changes_its_vocabulary() -> None:
    source, target = _language_model(0), _language_model(1, words=6)
    row_map = torch.tensor([3, UNSEEN, 9, 0, 1, UNSEEN])
    copy_language_model(source, target, row_map)
    embedding, bias = source.encoder.embedding.detach(), source.decoder_bias.detach()
    for row, old in enumerate(row_map.tolist()):
        wanted = embedding.mean(0) if old == UNSEEN else embedding[old]
        torch.testing.assert_close(target.encoder.embedding[row].detach(), wanted)
        wanted = bias.mean() if old == UNSEEN else bias[old]
        torch.testing.assert_close(target.decoder_bias[row].detach(), wanted)
    for name, value in source.encoder.stack.state_dict().items():
        assert torch.equal(target.encoder.stack.state_dict()[name], value)
    _assert_nothing_shared(source, target)


def test_known_words_keep_their_logits() -> None:
    source, target = _language_model(0), _language_model(1, words=4)
    row_map = torch.tensor([5, 2, 8, UNSEEN])
    copy_language_model(source, target, row_map)
    tokens = torch.tensor([[0, 1, 2, 0, 2]])
    torch.testing.assert_close(
        target(tokens).logits[..., :3], source(row_map[tokens]).logits[..., row_map[:3]]
    )
