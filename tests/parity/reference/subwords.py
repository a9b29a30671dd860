"""A SentencePiece model trained by fastai, its pieces of some thousand texts, and its sizes.

The lines that it was trained on are kept, so that ulmus can be trained on the same.
"""

import contextlib
import gzip
import tempfile
from pathlib import Path

import pandas as pd
from fastai.text.all import SentencePieceTokenizer, compose, defaults, tokenize_df

from tests.parity.reference.texts import written_texts
from tests.parity.reference.writing import FIXTURES, write_json

# Few kinds, so that the others hold characters that the model does not know.
TRAINED_KINDS = ("prose", "review", "contractions", "numbers", "html_page", "one_script")
TRAINED_ON, COMPARED = 500, 45
SIZES = [0, 1, 4, 100, 119, 120, 127, 128, 999, 1_000, 12_345, 119_967, 119_968, 119_999, 120_000]
SIZES += [120_003, 120_004, 130_000]


def make() -> None:
    """Write `subwords.model.gz`, `subwords.json.gz` and `subwords_lines.json.gz`."""
    trained_on = written_texts(TRAINED_ON, seed=11, kinds=TRAINED_KINDS)
    prepared = "\n".join(map(compose(*defaults.text_proc_rules), trained_on))
    write_json("subwords_lines", {"lines": prepared.split("\n")})
    texts = written_texts(COMPARED, seed=12)
    # A model remembers the path of its text, so that path is fastai's own, relative one.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        SentencePieceTokenizer().setup(trained_on, defaults.text_proc_rules)
        model = Path("tmp", "spm.model")
        tokens = _tokens(texts, SentencePieceTokenizer(sp_model=model))
        packed = gzip.compress(model.read_bytes(), mtime=0)
        sizes = _sizes()
    (FIXTURES / "subwords.model.gz").write_bytes(packed)
    pairs = list(map(list, zip(texts, tokens, strict=True)))
    write_json("subwords", {"pairs": pairs, "sizes": sizes})


def _tokens(texts: list[str], tokenizer: SentencePieceTokenizer) -> list[str]:
    frame = pd.DataFrame({"text": pd.Series(texts, dtype=object)})
    tokenized, _ = tokenize_df(frame, "text", n_workers=0, tok=tokenizer)
    if any(" " in token or not token for row in tokenized["text"] for token in row):
        raise ValueError("a token is empty or holds a space")
    return [" ".join(row) for row in tokenized["text"]]


def _sizes() -> list[list[int]]:
    """Return the default sizes for numbers of distinct words."""
    tokenizer = SentencePieceTokenizer()
    sizes = []
    for words in SIZES:
        path = Path("words.txt")
        path.write_text("".join(f"w{i} w{i // 2}\n" for i in range(words)), encoding="utf-8")
        sizes.append([words, tokenizer._get_vocab_sz(path)])
    return sizes
