"""A state dict's embedding for another vocabulary, under fastai's name."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ulmus.errors import SettingsError
from ulmus.models.transfer import UNSEEN, remap_rows

EMBEDDING, DROPPED_EMBEDDING = "0.encoder.weight", "0.encoder_dp.emb.weight"
DECODER, BIAS = "1.decoder.weight", "1.decoder.bias"


def match_embeds(
    old_wgts: dict[str, Tensor], old_vocab: Sequence[str], new_vocab: Sequence[str]
) -> dict[str, Tensor]:
    """Change a language model's weights, in place, from one vocabulary to another.

    Words that are in both keep their rows; new ones get the mean row and the mean bias.

    Args:
        old_wgts: The state dict.
        old_vocab: The words of its rows; a mapping `o2i` of its own is used if it has one.
        new_vocab: The words that there shall be.

    Returns:
        The same dict.

    Raises:
        SettingsError: There is no embedding, or a word's row lies beyond its end.
    """
    if EMBEDDING not in old_wgts:
        raise SettingsError(
            "the weights have no embedding",
            given=", ".join(old_wgts),
            accepted=f"a language model's state dict with {EMBEDDING}",
            remedy="Give the whole model's state dict, not the encoder's",
        )
    old_rows = getattr(old_vocab, "o2i", None) or {word: i for i, word in enumerate(old_vocab)}
    row_map = torch.tensor([old_rows.get(word, UNSEEN) for word in new_vocab], dtype=torch.int64)
    embedding = old_wgts[EMBEDDING]
    if len(row_map) and (last := int(row_map.max())) >= len(embedding):
        raise SettingsError(
            "the vocabulary has words beyond the end of the embedding",
            given=f"row {last} of {len(embedding)}",
            accepted="the vocabulary that these weights were trained with",
            remedy="Look for the vocabulary that was saved beside the weights",
        )
    row_map = row_map.to(embedding.device)
    matched = remap_rows(embedding, row_map)
    old_wgts[EMBEDDING] = matched
    if DROPPED_EMBEDDING in old_wgts:
        old_wgts[DROPPED_EMBEDDING] = matched.clone()
    old_wgts[DECODER] = matched.clone()
    if BIAS in old_wgts:
        old_wgts[BIAS] = remap_rows(old_wgts[BIAS], row_map)
    return old_wgts
