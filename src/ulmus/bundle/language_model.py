"""A loaded language model with its processor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch

from ulmus.bundle.encoding import Text, encoded
from ulmus.bundle.manifest import Manifest
from ulmus.evaluation.perplexity import Perplexity, document_perplexity
from ulmus.inference.generator import generate_tokens
from ulmus.models.language_model import LanguageModel
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import BEGINNING_ID, FILLER, SPECIAL_TOKENS

BETWEEN_DOCUMENTS = "\n\n"


@dataclass(frozen=True)
class LanguageModelBundle:
    """A language model that generates, and says how probable a text is.

    It keeps no state between calls, so one bundle serves many threads.

    Args:
        model: In evaluation mode.
        processor: Text to ids and back.
        manifest: The facts of bundle.json.
    """

    model: LanguageModel
    processor: TextProcessor
    manifest: Manifest
    kind: Literal["language-model"] = "language-model"

    def generate(
        self,
        prompt: str = "",
        *,
        max_tokens: int = 50,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        seed: int | None = None,
    ) -> str:
        """Continue a text. A backward model is given the end and writes what comes before.

        Args:
            prompt: The text to continue; it is part of what is returned, as the processor
                writes it.
            max_tokens: How many tokens to add.
            temperature: Below 1 bolder for the probable, above 1 for the improbable; 0 takes
                the most probable token always.
            top_k: Draw from the k most probable tokens only.
            top_p: Draw from the fewest tokens that together have this probability.
            min_p: Drop tokens less probable than this.
            seed: For the same text again; None draws anew each time.

        Returns:
            The text, without unknown or filler tokens in what was added. Where the model ends
            a document and begins another, there is a blank line.
        """
        ids = self.processor.encode(prompt)
        if self.manifest.backward:
            ids = np.concatenate([ids[:1], ids[:0:-1]])
        added = generate_tokens(
            self.model,
            torch.from_numpy(ids),
            max_tokens=max_tokens,
            banned=self._never_generated(),
            seed=seed,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
        )
        whole = [*ids.tolist(), *added]
        if self.manifest.backward:
            whole = [BEGINNING_ID, *whole[:0:-1]]
        texts = (self.processor.decode(document) for document in _documents(whole))
        return BETWEEN_DOCUMENTS.join(texts)

    def perplexity(self, texts: Sequence[Text]) -> Perplexity:
        """Measure how well the model predicts texts, each by itself, weighted by token.

        Args:
            texts: Texts, or sequences of columns.

        Raises:
            CorpusError: There is nothing to predict in the texts.
            SourceError: A single text was given instead of a list, or something that is no text.
        """
        documents = encoded(self.processor, texts)
        if self.manifest.backward:
            documents = [ids[::-1].copy() for ids in documents]
        return document_perplexity(self.model, documents, sum(map(_length, texts)))

    def _never_generated(self) -> torch.Tensor:
        """Ids that mean nothing to a reader: all specials but those the decoder spells out."""
        spelled = {"xxbos", "xxrep", "xxwrep", "xxup", "xxmaj"}
        silent = {token for token in SPECIAL_TOKENS if token not in spelled} | {FILLER}
        tokens = self.processor.vocabulary.tokens
        return torch.tensor([i for i, token in enumerate(tokens) if token in silent])


def _length(text: Text) -> int:
    """Count the characters of a text or of its columns, with one between neighbours."""
    return len(text) if isinstance(text, str) else len("\n".join(text))


def _documents(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut generated ids where a document begins."""
    begins = [index for index, value in enumerate(ids) if value == BEGINNING_ID and index > 0]
    for start, end in pairwise([0, *begins, len(ids)]):
        yield ids[start:end]
