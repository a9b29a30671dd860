"""Files that fastai saved answer here as they do there, and what is exported fastai has loaded.

The fixture `weights_exported` holds what fastai itself made of the exports. That stays true as
long as the exports are the same bit for bit, which is tested here.
"""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.reading import FIXTURES, read_json, read_tensors
from tests.parity.tensor_hash import tensor_hash
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import Bundle
from ulmus.errors import BundleError, UlmusWarning
from ulmus.interop.restricted_pickle import read_pickle
from ulmus.recipes.export_fastai import export_fastai
from ulmus.recipes.import_fastai import ImportSettings, import_fastai

Answers = tuple[dict[str, Tensor], dict[str, Any]]
SUBWORDS = ImportSettings(sentencepiece=FIXTURES / "weights_subwords.model")


@pytest.fixture(scope="module")
def answers() -> Answers:
    return read_tensors("weights")


def imported(
    out: Path, name: str, vocabulary: str = "vocabulary", settings: ImportSettings | None = None
) -> Bundle:
    weights, tokens = (
        FIXTURES / f"weights_{name}.pth",
        FIXTURES / f"weights_{vocabulary}.pkl",
    )
    return import_fastai(weights, tokens, out / "bundle", settings or ImportSettings())


def close(given: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(given, wanted, rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_language_model_saved_with_its_optimizer(answers: Answers, tmp_path: Path) -> None:
    tensors, facts = answers
    bundle = imported(tmp_path, "language_model")
    assert isinstance(bundle, LanguageModelBundle)
    logits = bundle.model(tensors["language_model/ids"]).logits
    close(logits, tensors["language_model/logits"])
    tokens = read_pickle(FIXTURES / "weights_vocabulary.pkl")
    assert list(bundle.processor.vocabulary.tokens) == tokens
    for text, ids in zip(facts["texts"], facts["language_model_texts"], strict=True):
        assert bundle.processor.encode(text).tolist() == ids


@torch.no_grad()
def test_an_encoder_becomes_a_language_model_without_bias(answers: Answers, tmp_path: Path) -> None:
    tensors, _ = answers
    whole = imported(tmp_path, "language_model").model.state_dict()
    with pytest.warns(UlmusWarning, match="weights of an encoder alone"):
        bundle = imported(tmp_path, "encoder")
    assert isinstance(bundle, LanguageModelBundle)
    bias = whole.pop("decoder_bias")
    assert bias.abs().max() > 0
    logits = bundle.model(tensors["language_model/ids"]).logits
    close(logits + bias, tensors["language_model/logits"])
    assert not bundle.model.decoder_bias.any()
    weights = bundle.model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in whole.items())


@torch.no_grad()
def test_a_classifier_trained_at_different_rates(answers: Answers, tmp_path: Path) -> None:
    tensors, facts = answers
    bundle = imported(tmp_path, "classifier", "pair")
    assert isinstance(bundle, TextClassifierBundle)
    assert list(bundle.labels) == facts["labels"]
    lengths = {key.split("/")[1] for key in tensors if key.startswith("classifier/")}
    assert len(lengths) == 5
    for length in lengths:
        ids, wanted = tensors[f"classifier/{length}/ids"], tensors[f"classifier/{length}/logits"]
        close(bundle.model(ids, torch.tensor([ids.shape[1]])), wanted)


@torch.no_grad()
def test_subwords_with_rows_of_the_marked_special_tokens(answers: Answers, tmp_path: Path) -> None:
    tensors, facts = answers
    bundle = imported(tmp_path, "subwords", "subwords", SUBWORDS)
    assert isinstance(bundle, LanguageModelBundle)
    theirs = read_pickle(FIXTURES / "weights_subwords.pkl")
    ours = bundle.processor.vocabulary.tokens
    assert {"▁xxbos", "▁xxup", "▁xxmaj", "▁xxrep"} <= set(theirs)
    assert not {"▁xxbos", "▁xxup", "▁xxmaj", "▁xxrep"} & set(ours)
    rows = [theirs.index(f"▁{t}" if f"▁{t}" in theirs and t[:2] == "xx" else t) for t in ours]
    real = [index for index, token in enumerate(ours) if token != "xxfake"]
    for index, (text, ids) in enumerate(zip(facts["texts"], facts["subword_texts"], strict=True)):
        mine = bundle.processor.encode(text)
        assert [rows[i] for i in mine] == ids
        logits = bundle.model(torch.from_numpy(mine)[None]).logits[..., real]
        close(logits, tensors[f"subwords/{index}/logits"][..., [rows[i] for i in real]])


def test_no_row_of_subwords_is_lost(tmp_path: Path) -> None:
    """Superseded special tokens go on as fillers, so the probabilities stay what they were."""
    bundle = imported(tmp_path, "subwords", "subwords", SUBWORDS)
    state = torch.load(FIXTURES / "weights_subwords.pth", weights_only=True)
    theirs, mine = state["0.encoder.weight"], bundle.model.encoder.embedding.detach()
    assert sorted(map(tuple, mine.tolist())) == sorted(map(tuple, theirs.tolist()))


EXPORTED = read_json("weights_exported")
CASES = {
    "language_model": ("vocabulary", ImportSettings()),
    "classifier": ("pair", ImportSettings()),
    "subwords": ("subwords", SUBWORDS),
}


@pytest.mark.parametrize("name", CASES)
def test_fastai_loaded_the_exports_and_they_are_the_same_still(name: str, tmp_path: Path) -> None:
    checked = dict(EXPORTED[name])
    vocabulary, settings = CASES[name]
    export_fastai(imported(tmp_path, name, vocabulary, settings), tmp_path / "models")
    hashes, tokens = checked.pop("hashes"), checked.pop("tokens")
    for file, expected in hashes.items():
        weights = torch.load(tmp_path / "models" / f"{file}.pth", weights_only=True)
        assert tensor_hash(weights) == expected, file
    assert read_pickle(tmp_path / "models" / "vocab.pkl") == tokens
    assert checked.pop("compared_tokens", 50) >= 50
    assert checked  # the differences between fastai's logits of its file and of ours
    assert all(difference == 0 for difference in checked.values()), checked


@pytest.mark.parametrize("name", ["language_model", "classifier"])
def test_an_export_holds_the_tensors_that_fastai_saved(name: str, tmp_path: Path) -> None:
    vocabulary, settings = CASES[name]
    export_fastai(imported(tmp_path, name, vocabulary, settings), tmp_path / "models")
    mine = torch.load(tmp_path / "models" / "model.pth", weights_only=True)
    with torch.serialization.safe_globals(STAND_INS):
        theirs = torch.load(FIXTURES / f"weights_{name}.pth", weights_only=True)["model"]
    assert list(mine) == list(theirs)
    assert tensor_hash(mine) == tensor_hash(theirs)


def test_a_learners_classes_are_an_object_of_fastai(tmp_path: Path) -> None:
    match = r"never loaded: 'fastai\.data\.transforms\.CategoryMap'.*\[list\(part\) for part in"
    with pytest.raises(BundleError, match=match):
        imported(tmp_path, "classifier", "category_map")
    assert list(tmp_path.iterdir()) == []


class Anything:
    """What stands for the optimizer's objects, so that PyTorch reads the weights beside them."""

    def __new__(cls, *_: object) -> "Anything":
        return super().__new__(cls)

    def __setstate__(self, _: object) -> None: ...


STAND_INS: list[Any] = [
    (Anything, name)
    for name in (
        "fastcore.foundation.L",
        "numpy._core.multiarray.scalar",
        "numpy.core.multiarray.scalar",
        "numpy.dtype",
    )
]
