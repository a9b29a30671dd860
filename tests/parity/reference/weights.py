"""Weights saved by fastai, and what fastai makes of the weights that ulmus exports.

The learners are trained for a few steps, so that no value is the initial one and the optimizer's
state is there: with NumPy's numbers in it where layer groups learn at different rates. Then the
`ulmus` command imports each file and exports it again, and fastai loads that in every way it has.
"""

import contextlib
import os
import pickle
import subprocess
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
    load_pickle,
    set_seed,
    text_classifier_learner,
)
from sentencepiece import SentencePieceTrainer
from torch import Tensor

from tests.parity.reference.writing import FIXTURES, write_tensors
from tests.parity.tensor_hash import tensor_hash

ROOT = Path(__file__).resolve().parents[3]
COMMAND = os.environ.get("ULMUS_COMMAND", str(ROOT / ".venv" / "bin" / "ulmus"))
SIZE = {"emb_sz": 8, "n_hid": 12, "n_layers": 3}
LANGUAGE_MODEL = {**awd_lstm_lm_config, **SIZE}
CLASSIFIER = {**awd_lstm_clas_config, **SIZE}
LABELS = ["neg", "pos"]
GOOD = ["A fine film, and a FINE cast!", "The best of the year.\n\nGo and see it.", "ดีมาก 100%"]
BAD = ["A dull film, sooooo dull.", "The worst of the year <br />by far.", "Not one good scene"]
TEXTS = [*GOOD, *BAD]
OTHER_WORDS = ["film", "worst", "unheard", "the", "of", "xxfake", "xxfake"]
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
    loaders = _loaders(folder, is_lm=True)
    learn = _language_learner(loaders, folder)
    with _quiet(learn):
        learn.fit_one_cycle(1, 1e-2)
    learn.save("weights_language_model")
    learn.save_encoder("weights_encoder")
    _pickle(folder, "weights_vocabulary", loaders.vocab)
    ids = torch.randint(0, len(loaders.vocab), (2, 9))
    answers |= {"language_model/ids": ids, "language_model/logits": _logits(learn, ids)}
    facts["language_model_texts"] = _ids(loaders)

    exported = _through_ulmus(folder, "weights_language_model")
    fresh = _language_learner(loaders, exported)
    fresh.load_encoder("encoder")
    by_names = _language_learner(loaders, exported)
    by_names.load("model")
    facts["language_model_export"] = {
        "load_encoder": _difference(_encoded(fresh, ids), _encoded(learn, ids)),
        "load": _difference(_logits(by_names, ids), _logits(learn, ids)),
        "pretrained_fnames": _pretrained(folder, exported, loaders.vocab),
        "other_vocabulary": _pretrained(folder, exported, [*loaders.vocab[:9], *OTHER_WORDS]),
        **_hashes(exported),
    }
    return list(loaders.vocab)


def _pretrained(folder: Path, exported: Path, words: list[str]) -> float:
    """Compare the export as pretrained weights with fastai's own file as such, for a vocabulary.

    All fillers get one filler's row there, so the model itself is no measure.
    """
    loaders = _loaders(folder, is_lm=True, text_vocab=words)
    ids = torch.arange(len(words))[None]
    mine = _language_learner(loaders, exported, pretrained_fnames=["model", "vocab"])
    names = ["weights_language_model", "weights_vocabulary"]
    theirs = _language_learner(loaders, folder, pretrained_fnames=names)
    return _difference(_logits(mine, ids), _logits(theirs, ids))


def _classifier(
    folder: Path, vocabulary: list[str], answers: dict[str, Tensor], facts: dict[str, Any]
) -> None:
    loaders = _loaders(folder, text_vocab=vocabulary)
    learn = _classifier_learner(loaders, folder)
    with _quiet(learn):
        learn.fit_one_cycle(2, slice(1e-3, 1e-2))
    learn.save("weights_classifier")
    _pickle(folder, "weights_pair", [list(part) for part in loaders.vocab])
    _pickle(folder, "weights_category_map", loaders.vocab)
    documents = [torch.randint(2, len(vocabulary), (1, length)) for length in LENGTHS]
    for document in documents:
        length = document.shape[1]
        answers[f"classifier/{length}/ids"] = document
        answers[f"classifier/{length}/logits"] = _logits(learn, document)

    exported = _through_ulmus(folder, "weights_classifier", "weights_pair")
    whole = _classifier_learner(loaders, exported)
    whole.load("model")
    encoder = _classifier_learner(loaders, exported)
    encoder.load_encoder("encoder")
    facts["classifier_export"] = {
        "load": max(_difference(_logits(whole, d), _logits(learn, d)) for d in documents),
        "load_encoder": max(
            _difference(_encoded(encoder, d), _encoded(learn, d)) for d in documents
        ),
        **_hashes(exported),
    }


def _subwords(folder: Path, answers: dict[str, Tensor], facts: dict[str, Any]) -> None:
    model = _sentencepiece(folder)
    loaders = _loaders(folder, is_lm=True, tok_tfm=_subword_tokenizer(model))
    learn = _language_learner(loaders, folder)
    with _quiet(learn):
        learn.fit_one_cycle(1, 1e-2)
    learn.save("weights_subwords", with_opt=False)
    _pickle(folder, "weights_subwords", loaders.vocab)
    read = _ids(loaders)
    facts["subword_texts"] = read
    answers |= {f"subwords/{i}/logits": _logits(learn, tensor_of(ids)[None]) for i, ids in
                enumerate(read)}  # fmt: skip

    flags = ("--sentencepiece", str(model))
    exported = _through_ulmus(folder, "weights_subwords", "weights_subwords", *flags)
    words = load_pickle(exported / "models" / "vocab.pkl")
    tokenizer = _subword_tokenizer(exported / "models" / "spm.model")
    others = _loaders(folder, is_lm=True, tok_tfm=tokenizer, text_vocab=words)
    again = _language_learner(others, exported)
    again.load("model")
    known = [words.index(word) for word in loaders.vocab if word in words and word != "xxfake"]
    before = [loaders.vocab.index(words[row]) for row in known]
    found = zip(_ids(others), read, strict=True)
    facts["subwords_export"] = {
        "load": max(
            _difference(
                _logits(again, tensor_of(ids)[None])[..., known],
                _logits(learn, tensor_of(old)[None])[..., before],
            )
            for ids, old in found
        ),
        "compared_tokens": len(known),
        **_hashes(exported),
    }


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


def _subword_tokenizer(model: Path) -> SentencePieceTokenizer:
    return SentencePieceTokenizer(sp_model=str(model))


def _loaders(folder: Path, **options: Any) -> Any:
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


def _language_learner(loaders: Any, path: Path, **options: Any) -> Any:
    return language_model_learner(
        loaders, AWD_LSTM, config=LANGUAGE_MODEL, pretrained=False, path=path, **options
    )


def _classifier_learner(loaders: Any, path: Path) -> Any:
    return text_classifier_learner(
        loaders, AWD_LSTM, config=CLASSIFIER, pretrained=False, path=path, n_out=len(LABELS)
    )


@contextlib.contextmanager
def _quiet(learn: Any) -> Iterator[None]:
    with learn.no_bar(), learn.no_logging():
        yield


def _pickle(folder: Path, name: str, value: object) -> None:
    (folder / "models" / f"{name}.pkl").write_bytes(pickle.dumps(value))


def _ids(loaders: Any) -> list[list[int]]:
    return [loaders.test_dl([text]).items[0].tolist() for text in TEXTS]


def tensor_of(ids: list[int]) -> Tensor:
    """Return ids as a tensor."""
    return torch.tensor(ids)


@torch.no_grad()
def _logits(learn: Any, ids: Tensor) -> Tensor:
    learn.model.eval().reset()
    return learn.model(ids)[0].detach().clone()


@torch.no_grad()
def _encoded(learn: Any, ids: Tensor) -> Tensor:
    learn.model.eval().reset()
    encoder = learn.model[0]
    return getattr(encoder, "module", encoder)(ids).detach().clone()


def _difference(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def _through_ulmus(
    folder: Path, name: str, vocabulary: str = "weights_vocabulary", *flags: str
) -> Path:
    """Import a file and export it again; return the path whose `models` fastai looks into."""
    models, out = folder / "models", folder / f"{name}_exported"
    files = (models / f"{name}.pth", models / f"{vocabulary}.pkl")
    _run("import-fastai", *files, "--out", out / "bundle", *flags)
    _run("export-fastai", out / "bundle", "--out", out / "models")
    return out


def _run(*arguments: object) -> None:
    subprocess.run([COMMAND, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def _hashes(exported: Path) -> dict[str, Any]:
    models = exported / "models"
    names = ("model", "encoder")
    found = {name: torch.load(models / f"{name}.pth", weights_only=True) for name in names}
    return {
        "hashes": {name: tensor_hash(weights) for name, weights in found.items()},
        "tokens": load_pickle(models / "vocab.pkl"),
    }
