"""fastai's way from texts in memory to ids on disk: tokenize, choose words, number them, save."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from fastai.text.all import Numericalize, WordTokenizer, make_vocab, tokenize_df

from children.newmm_tokenizer import NewmmTokenizer
from children.tokenized_texts import read_texts
from harness.child import Job, serve

TOKENIZERS = {"english": WordTokenizer, "thai": NewmmTokenizer}


def build(settings: dict[str, Any]) -> Job:
    frame = pd.DataFrame({"text": read_texts(settings)})
    folder = Path(settings["folder"]) / f"peer{settings['workers']}"
    folder.mkdir()
    words: list[str] = []

    def run() -> None:
        tokenizer = TOKENIZERS[settings["language"]]()
        rows, counts = tokenize_df(frame, "text", n_workers=settings["workers"], tok=tokenizer)
        words[:] = make_vocab(counts, settings["min_freq"], settings["max_vocab"])
        numbered = map(Numericalize(words), rows["text"])
        np.save(folder / "ids.npy", np.concatenate([ids.numpy() for ids in numbered]))
        np.save(folder / "lengths.npy", rows["text_length"].to_numpy())

    return Job(run, lambda: {"hash": _hash(folder, words)})


def _hash(folder: Path, words: list[str]) -> str:
    digest = sha256()
    for document in _documents(folder):
        digest.update((" ".join(words[index] for index in document) + "\n").encode("utf-8"))
    return digest.hexdigest()


def _documents(folder: Path) -> Iterator[Any]:
    ends = np.cumsum(np.load(folder / "lengths.npy"))
    yield from np.split(np.load(folder / "ids.npy"), ends[:-1])


if __name__ == "__main__":
    serve(build)
