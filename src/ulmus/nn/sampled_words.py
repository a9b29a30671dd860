"""A few words of a large vocabulary in whose place all would be weighed against each other.

Each batch predicts its tokens among the words that occur in it and some that are drawn. A word's
logit is lowered by the logarithm of its chance to be among them, so that what is learned are the
log-probabilities over all words: given the candidates, the right one of them is told with
probabilities in proportion to p(word) / chance(word).

Papers: Bengio, Senécal, "Adaptive Importance Sampling to Accelerate Training of a Neural
Probabilistic Language Model" (2008); Jean, Cho, Memisevic, Bengio, "On Using Very Large Target
Vocabulary for Neural Machine Translation" (2015).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ulmus.nn.losses import IGNORED

FLATTENING = 0.5
"""The power of a word's frequency by which it is drawn: rare words more often than they occur."""


class Candidates(NamedTuple):
    """The words among which a batch's tokens are predicted.

    Shapes:
        ids: (S,) int64, ascending; log_chances: (S,); targets: as given, as indices into `ids`.
    """

    ids: Tensor
    log_chances: Tensor
    targets: Tensor


class WordSampler:
    """Draws candidates by how frequent words are.

    Args:
        counts: How often each word of the vocabulary occurs in training text.
        draws: How many words are drawn for a batch, beside those that occur in it; some are
            drawn twice.

    Shapes:
        counts: (V,).
    """

    def __init__(self, counts: Tensor, draws: int) -> None:
        frequencies = counts.double() + 1  # any word may be met
        self._draws = draws
        self._frequencies = frequencies / frequencies.sum()
        flattened = frequencies**FLATTENING
        self._rates = flattened / flattened.sum()

    def candidates(self, targets: Tensor) -> Candidates:
        """Return the words of a batch and others, drawn by torch's generator.

        Args:
            targets: The right tokens; those that are `IGNORED` stay so.

        Shapes:
            targets: (N,) int64.
        """
        self._rates = self._rates.to(targets.device)  # once; then it stays there
        self._frequencies = self._frequencies.to(targets.device)
        counted = targets != IGNORED
        drawn = torch.multinomial(self._rates, self._draws, replacement=True)
        ids = torch.cat([targets[counted], drawn]).unique()
        # 1 - (1 - frequency) ** N * (1 - rate) ** draws, without losing what is tiny.
        missed = len(targets) * torch.log1p(-self._frequencies[ids])
        missed += self._draws * torch.log1p(-self._rates[ids])
        chances = torch.log(-torch.expm1(missed)).float()
        found = torch.searchsorted(ids, targets.clamp(min=0)).clamp(max=len(ids) - 1)
        return Candidates(ids, chances, torch.where(counted, found, IGNORED))
