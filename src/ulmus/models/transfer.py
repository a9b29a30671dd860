"""What one model hands to another: an encoder, or rows for a new vocabulary."""

import torch
from torch import Tensor

from ulmus.models.language_model import LanguageModel
from ulmus.models.text_classifier import TextClassifier

UNSEEN = -1
"""In a row map: the new vocabulary's row has no row in the old one."""


def copy_encoder(source: LanguageModel, target: LanguageModel | TextClassifier) -> None:
    """Copy the weights of one model's encoder into another's of the same size."""
    target.encoder.load_state_dict(source.encoder.state_dict())


@torch.no_grad()
def copy_language_model(source: LanguageModel, target: LanguageModel, row_map: Tensor) -> None:
    """Copy a language model into one with another vocabulary.

    Known words take their rows along; unknown ones get the mean embedding row and mean bias.

    Args:
        source: The model that has learned.
        target: A model of the same size but for the vocabulary.
        row_map: For each row of the target the row of the source, or `UNSEEN`.

    Shapes:
        row_map: (V of the target,) int64.
    """
    target.encoder.stack.load_state_dict(source.encoder.stack.state_dict())
    target.encoder.embedding.copy_(remap_rows(source.encoder.embedding, row_map))
    target.decoder_bias.copy_(remap_rows(source.decoder_bias, row_map))


def remap_rows(rows: Tensor, row_map: Tensor) -> Tensor:
    """Return rows re-ordered by a map; those that are unseen get the mean of all old rows.

    Shapes:
        rows: (V, ...); row_map: (W,) int64; returned: (W, ...).
    """
    unseen = row_map == UNSEEN
    mapped = rows[row_map.clamp(min=0)].clone()
    mapped[unseen] = rows.mean(0)
    return mapped
