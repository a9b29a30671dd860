"""Tests of tokenizers whose packages may not be there."""

import pytest

from ulmus.text.tokenizers.segmenters import SEGMENTERS


def skip_without_extra(spec: str) -> None:
    """Skip a test whose tokenizer, by its spec, needs a package that is not installed."""
    segmenter = SEGMENTERS.get(spec.removeprefix("words:"))
    needed = segmenter.modules if segmenter else ("pythainlp",) if "pythainlp" in spec else ()
    for module in needed:
        pytest.importorskip(module)
