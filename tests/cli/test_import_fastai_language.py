"""`ulmus import-fastai --language`, which stands in the place of a tokenizer."""

from pathlib import Path

import pytest

from tests.cli.running import refused
from tests.interop.foreign_files import FASTAI_2, Size, fastai_2, saved
from tests.parity.reading import FIXTURES

SUBWORDS = FIXTURES / "weights_subwords.pth", FIXTURES / "weights_subwords.pkl"
SENTENCEPIECE = FIXTURES / "weights_subwords.model"


@pytest.mark.parametrize(
    "flags",
    [
        ("--tokenizer", "words:th", "--rules", "none", "--language", "th"),
        ("--tokenizer", "characters", "--rules", "none", "--language", "klingon"),
        ("--tokenizer", "characters", "--language", "en"),
        ("--tokenizer", "function:pythainlp.tokenize:word_tokenize", "--language", "th"),
        ("--tokenizer", "subwords", "--sentencepiece", SENTENCEPIECE, "--language", "th"),
    ],
)
def test_a_language_beside_a_tokenizer(flags: tuple[object, ...], tmp_path: Path) -> None:
    """What the tokenizer and the rules are is said already, and the language would do nothing."""
    paths = (
        SUBWORDS
        if "--sentencepiece" in flags
        else saved(tmp_path, fastai_2(Size(len(FASTAI_2))), FASTAI_2)
    )
    line = refused(tmp_path, "import-fastai", *paths, "--out", tmp_path / "out", *flags)
    assert line == (
        f"--language beside --tokenizer, which chooses in its place: '{flags[-1]}'; accepted: one "
        "of the two. Leave --language away; name thai2fit's or other rules with --rules, and the "
        "language of subwords as --tokenizer subwords:language=CODE."
    )
