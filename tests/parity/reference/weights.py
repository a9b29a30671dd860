"""Weights saved by fastai, and what its models answer with them.

The learners are trained for a few steps, so that no value is the initial one and the optimizer's
state is there: with NumPy's numbers in it where layer groups learn at different rates.
"""

import contextlib
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from fastai.text.all import (
    AWD_LSTM,
    SentencePieceTokenizer,
    TextDataLoaders,
    awd_lstm_clas_config,
    awd_lstm_lm_config,
    defaults,
    language_model_learner,
    set_seed,
    text_classifier_learner,
)
from sentencepiece import SentencePieceTrainer
from torch import Tensor

from tests.parity.reference.writing import FIXTURES, write_tensors

SIZE = {"emb_sz": 8, "n_hid": 12, "n_layers": 3}
LANGUAGE_MODEL = {**awd_lstm_lm_config, **SIZE}
CLASSIFIER = {**awd_lstm_clas_config, **SIZE}
LABELS = ["neg", "pos"]
GOOD = ["A fine film, and a FINE cast!", "The best of the year.\n\nGo and see it.", "ดีมาก 100%"]
BAD = ["A dull film, sooooo dull.", "The worst of the year <br />by far.", "Not one good scene"]
TEXTS = [*GOOD, *BAD]
LENGTHS = (1, 5, 72, 73, 150)
"""Documents of one chunk and of several."""


def make() -> None:
    """Write `weights_*.pth`, `.pkl` and `.model`, and `weights.safetensors` with the answers."""
    set_seed(5, reproducible=True)
    answers: dict[str, Tensor] = {}
    facts: dict[str, Any] = {"texts": TEXTS, "labels": LABELS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vocabulary = _language_model(folder, answers, facts)
        _classifier(folder, vocabulary, answers, facts)
        _subwords(folder, answers, facts)
        for path in sorted((folder / "models").iterdir()):
            (FIXTURES / path.name).write_bytes(path.read_bytes())
            print(f"  {path.name}: {path.stat().st_size:,} bytes")
    write_tensors("weights", answers, facts)


def _language_model(folder: Path, answers: dict[str, Tensor], facts: dict[str, Any]) -> list[str]:
    loaders = text_loaders(folder, is_lm=True)
    learn = language_learner(loaders, folder)
    with _quiet(learn):
        learn.fit_one_cycle(1, 1e-2)
    learn.save("weights_language_model")
    learn.save_encoder("weights_encoder")
    _pickle(folder, "weights_vocabulary", loaders.vocab)
    ids = torch.randint(0, len(loaders.vocab), (2, 9))
    answers |= {"language_model/ids": ids, "language_model/logits": logits_of(learn, ids)}
    facts["language_model_texts"] = ids_of(loaders)
    return list(loaders.vocab)


def _classifier(
    folder: Path, vocabulary: list[str], answers: dict[str, Tensor], facts: dict[str, Any]
) -> None:
    loaders = text_loaders(folder, text_vocab=vocabulary)
    learn = classifier_learner(loaders, folder)
    with _quiet(learn):
        learn.fit_one_cycle(2, slice(1e-3, 1e-2))
    learn.save("weights_classifier")
    _pickle(folder, "weights_pair", [list(part) for part in loaders.vocab])
    _pickle(folder, "weights_category_map", loaders.vocab)
    documents = [torch.randint(2, len(vocabulary), (1, length)) for length in LENGTHS]
    for document in documents:
        length = document.shape[1]
        answers[f"classifier/{length}/ids"] = document
        answers[f"classifier/{length}/logits"] = logits_of(learn, document)


def _subwords(folder: Path, answers: dict[str, Tensor], facts: dict[str, Any]) -> None:
    model = _sentencepiece(folder)
    loaders = text_loaders(folder, is_lm=True, tok_tfm=subword_tokenizer(model))
    learn = language_learner(loaders, folder)
    with _quiet(learn):
        learn.fit_one_cycle(1, 1e-2)
    learn.save("weights_subwords", with_opt=False)
    _pickle(folder, "weights_subwords", loaders.vocab)
    read = ids_of(loaders)
    facts["subword_texts"] = read
    for index, ids in enumerate(read):
        answers[f"subwords/{index}/logits"] = logits_of(learn, torch.tensor([ids]))


def _sentencepiece(folder: Path) -> Path:
    """Train a small model as fastai does, but without the large tables that fold characters."""
    (folder / "lines.txt").write_text("\n".join(map(_prepared, TEXTS * 3)), "utf-8")
    with contextlib.chdir(folder):  # a model remembers the path of its text
        SentencePieceTrainer.train(
            input="lines.txt",
            model_prefix="models/weights_subwords",
            vocab_size=110,
            model_type="unigram",
            character_coverage=0.99999,
            normalization_rule_name="identity",
            unk_id=9,
            pad_id=-1,
            bos_id=-1,
            eos_id=-1,
            minloglevel=2,
            user_defined_symbols=[f"▁{token}" for token in defaults.text_spec_tok],
            hard_vocab_limit=False,
        )
    (folder / "models" / "weights_subwords.vocab").unlink()
    return folder / "models" / "weights_subwords.model"


def _prepared(text: str) -> str:
    for rule in defaults.text_proc_rules:
        text = rule(text)
    return text.replace("\n", " ")


def subword_tokenizer(model: Path) -> SentencePieceTokenizer:
    """Return fastai's tokenizer with a model of pieces."""
    return SentencePieceTokenizer(sp_model=str(model), cache_dir=model.parent)


def text_loaders(folder: Path, **options: Any) -> Any:
    """Return fastai's batches of the texts, made in a folder of their own."""
    rows = [(text, LABELS[text in GOOD]) for text in TEXTS * 6]
    return TextDataLoaders.from_df(
        pd.DataFrame(rows, columns=["text", "label"]),
        path=folder,
        text_col="text",
        label_col="label",
        valid_pct=0.2,
        seed=1,
        bs=4,
        seq_len=6,
        **options,
    )


def language_learner(loaders: Any, path: Path, **options: Any) -> Any:
    """Return a learner of a small language model, which loads from and saves to `PATH/models`."""
    return language_model_learner(
        loaders, AWD_LSTM, config=LANGUAGE_MODEL, pretrained=False, path=path, **options
    )


def classifier_learner(loaders: Any, path: Path) -> Any:
    """Return a learner of a small classifier, which loads from and saves to `PATH/models`."""
    return text_classifier_learner(
        loaders, AWD_LSTM, config=CLASSIFIER, pretrained=False, path=path, n_out=len(LABELS)
    )


@contextlib.contextmanager
def _quiet(learn: Any) -> Iterator[None]:
    with learn.no_bar(), learn.no_logging():
        yield


def _pickle(folder: Path, name: str, value: object) -> None:
    (folder / "models" / f"{name}.pkl").write_bytes(pickle.dumps(value))


def ids_of(loaders: Any) -> list[list[int]]:
    """Return the ids of the texts, special tokens among them."""
    return [loaders.test_dl([text]).items[0].tolist() for text in TEXTS]


@torch.no_grad()
def logits_of(learn: Any, ids: Tensor) -> Tensor:
    """Return a learner's logits of one batch, without a state from before."""
    learn.model.eval().reset()
    return learn.model(ids)[0].detach().clone()
