"""What fastai makes of the weights that ulmus exports: the one module here that starts ulmus.

It is asked as anybody asks it, by its command. The command imports each file that `weights.py` left
among the fixtures and exports it again; fastai loads that in every way it has, and its answers
are compared with those that it gives with its own file.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import torch
from fastai.text.all import load_pickle, set_seed
from torch import Tensor

from tests.parity.reference.weights import (
    LENGTHS,
    classifier_learner,
    ids_of,
    language_learner,
    logits_of,
    subword_tokenizer,
    text_loaders,
)
from tests.parity.reference.writing import FIXTURES, write_json
from tests.parity.tensor_hash import tensor_hash

ROOT = Path(__file__).resolve().parents[3]
COMMAND = os.environ.get("ULMUS_COMMAND", str(ROOT / ".venv" / "bin" / "ulmus"))
OTHER_WORDS = ["film", "worst", "unheard", "the", "of", "xxfake", "xxfake"]


def make() -> None:
    """Write `weights_exported.json.gz`: what differs, and hashes of what was compared."""
    set_seed(6, reproducible=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = folder / "models"
        models.mkdir()
        for path in FIXTURES.glob("weights_*"):
            shutil.copy(path, models)
        facts = {
            "language_model": _language_model(folder),
            "classifier": _classifier(folder),
            "subwords": _subwords(folder),
        }
    write_json("weights_exported", facts)


def _language_model(folder: Path) -> dict[str, Any]:
    vocabulary = load_pickle(folder / "models" / "weights_vocabulary.pkl")
    loaders = text_loaders(folder, is_lm=True, text_vocab=vocabulary)
    theirs = language_learner(loaders, folder).load("weights_language_model")
    ids = torch.randint(0, len(vocabulary), (2, 9))
    exported = _through_ulmus(folder, "weights_language_model", "weights_vocabulary")
    encoder = language_learner(loaders, exported).load_encoder("encoder")
    whole = language_learner(loaders, exported).load("model")
    return {
        "load_encoder": _difference(_encoded(encoder, ids), _encoded(theirs, ids)),
        "load": _difference(logits_of(whole, ids), logits_of(theirs, ids)),
        "pretrained_fnames": _pretrained(folder, exported, vocabulary),
        "other_vocabulary": _pretrained(folder, exported, [*vocabulary[:9], *OTHER_WORDS]),
        **_hashes(exported),
    }


def _pretrained(folder: Path, exported: Path, words: list[str]) -> float:
    """Compare the export as pretrained weights with fastai's own file as such, for a vocabulary.

    All fillers get one filler's row there, so the model itself is no measure.
    """
    loaders = text_loaders(folder, is_lm=True, text_vocab=words)
    ids = torch.arange(len(words))[None]
    mine = language_learner(loaders, exported, pretrained_fnames=["model", "vocab"])
    names = ["weights_language_model", "weights_vocabulary"]
    theirs = language_learner(loaders, folder, pretrained_fnames=names)
    return _difference(logits_of(mine, ids), logits_of(theirs, ids))


def _classifier(folder: Path) -> dict[str, Any]:
    vocabulary, _ = load_pickle(folder / "models" / "weights_pair.pkl")
    loaders = text_loaders(folder, text_vocab=vocabulary)
    theirs = classifier_learner(loaders, folder).load("weights_classifier")
    exported = _through_ulmus(folder, "weights_classifier", "weights_pair")
    whole = classifier_learner(loaders, exported).load("model")
    encoder = classifier_learner(loaders, exported).load_encoder("encoder")
    documents = [torch.randint(2, len(vocabulary), (1, length)) for length in LENGTHS]
    return {
        "load": max(_difference(logits_of(whole, d), logits_of(theirs, d)) for d in documents),
        "load_encoder": max(
            _difference(_encoded(encoder, d), _encoded(theirs, d)) for d in documents
        ),
        **_hashes(exported),
    }


def _subwords(folder: Path) -> dict[str, Any]:
    """Compare the tokens that both vocabularies have: the export's has no rows for some."""
    model = folder / "models" / "weights_subwords.model"
    old = load_pickle(folder / "models" / "weights_subwords.pkl")
    before = _subword_loaders(folder, model, old)
    theirs = language_learner(before, folder).load("weights_subwords")
    flags = ("--sentencepiece", str(model))
    exported = _through_ulmus(folder, "weights_subwords", "weights_subwords", *flags)
    new = load_pickle(exported / "models" / "vocab.pkl")
    after = _subword_loaders(folder, exported / "models" / "spm.model", new)
    mine = language_learner(after, exported).load("model")
    known = [word for word in old if word in new and word != "xxfake"]
    old_rows, new_rows = (list(map(words.index, known)) for words in (old, new))
    differences = [
        _difference(
            logits_of(mine, torch.tensor([new_ids]))[..., new_rows],
            logits_of(theirs, torch.tensor([old_ids]))[..., old_rows],
        )
        for new_ids, old_ids in zip(ids_of(after), ids_of(before), strict=True)
    ]
    return {"load": max(differences), "compared_tokens": len(known), **_hashes(exported)}


def _subword_loaders(folder: Path, model: Path, words: list[str]) -> Any:
    tokenizer = subword_tokenizer(model)
    return text_loaders(folder, is_lm=True, tok_tfm=tokenizer, text_vocab=words)


@torch.no_grad()
def _encoded(learn: Any, ids: Tensor) -> Tensor:
    learn.model.eval().reset()
    encoder = learn.model[0]
    return getattr(encoder, "module", encoder)(ids).detach().clone()


def _difference(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def _through_ulmus(folder: Path, name: str, vocabulary: str, *flags: str) -> Path:
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
