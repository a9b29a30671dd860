"""Bundles made of other libraries' files answer as PyTorch does with the same weights."""

import math
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import ulmus
from tests.interop.foreign_files import (
    AWD_LSTM_LM,
    FASTAI_07,
    FASTAI_1,
    FASTAI_2,
    Size,
    awd_lstm_lm,
    bias,
    classifier,
    classify,
    encoder_of,
    fastai_07,
    fastai_1,
    fastai_2,
    head,
    logits,
    rows,
)
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import Bundle
from ulmus.errors import UlmusWarning
from ulmus.recipes.export_fastai import export_fastai
from ulmus.recipes.import_fastai import ImportSettings, import_fastai

Weights = dict[str, Tensor]
TO_OURS = {
    **{"_unk_": "xxunk", "_pad_": "xxpad", "xbos": "xxbos", "xfld": "xxfld", "t_up": "xxup"},
    **{"tk_rep": "xxrep", "tk_wrep": "xxwrep", "<unk>": "xxunk", "<eos>": "xxbos"},
}


def imported(
    folder: Path, weights: Weights, tokens: Sequence[str], settings: ImportSettings | None = None
) -> Bundle:
    """Import weights and a vocabulary, and load what was written."""
    folder.mkdir(exist_ok=True)
    torch.save(weights, folder / "model.pth")
    (folder / "vocab.pkl").write_bytes(pickle.dumps(list(tokens)))
    files = folder / "model.pth", folder / "vocab.pkl"
    made = import_fastai(*files, folder / "bundle", settings or ImportSettings())
    loaded = ulmus.load(folder / "bundle")
    assert loaded.manifest.provenance == made.manifest.provenance
    return loaded


def ours(tokens: Sequence[str], bundle: Bundle) -> Tensor:
    """The ids that a foreign vocabulary's tokens have in a bundle, in the foreign order."""
    return torch.from_numpy(bundle.processor.vocabulary.ids([TO_OURS.get(t, t) for t in tokens]))


MISSING_IN_AWD_LSTM_LM = ["xxpad", "xxeos", "xxfld", "xxrep", "xxwrep", "xxup", "xxmaj"]
CASES: list[tuple[Callable[[Size], Weights], tuple[str, ...], bool, list[str]]] = [
    (fastai_2, FASTAI_2[:-2], True, []),
    (fastai_1, FASTAI_1, True, []),
    (fastai_07, FASTAI_07, False, ["xxeos", "xxmaj"]),
    (
        awd_lstm_lm,
        AWD_LSTM_LM,
        True,
        ["xxpad", "xxeos", "xxfld", "xxrep", "xxwrep", "xxup", "xxmaj"],
    ),
]


@torch.no_grad()
@pytest.mark.parametrize(("make", "tokens", "has_bias", "missing"), CASES)
def test_logits_of_every_layout(
    make: Callable[[Size], Weights],
    tokens: tuple[str, ...],
    has_bias: bool,
    missing: list[str],
    tmp_path: Path,
) -> None:
    size = Size(tokens=len(tokens))
    bundle = imported(tmp_path, make(size), tokens)
    assert isinstance(bundle, LanguageModelBundle)
    ids = torch.randint(0, len(tokens), (3, 11), generator=torch.Generator().manual_seed(1))
    wanted = logits(size, ids, bias(size) if has_bias else None)
    places = ours(tokens, bundle)
    given = bundle.model(places[ids]).logits
    torch.testing.assert_close(given[..., places], wanted, rtol=0, atol=1e-5)
    provenance = bundle.manifest.provenance
    assert provenance.get("mean_rows_for", "").split() == missing
    assert ("decoder_bias" in provenance) != has_bias


@torch.no_grad()
def test_missing_special_tokens_get_mean_row_and_mean_bias(tmp_path: Path) -> None:
    size = Size(tokens=len(AWD_LSTM_LM))
    bundle = imported(tmp_path, awd_lstm_lm(size), AWD_LSTM_LM)
    assert isinstance(bundle, LanguageModelBundle)
    model = bundle.model
    for name in ("xxpad", "xxeos", "xxup"):
        index = int(bundle.processor.vocabulary.ids([name])[0])
        torch.testing.assert_close(model.encoder.embedding[index], rows(size).mean(0))
        torch.testing.assert_close(model.decoder_bias[index], bias(size).mean())


@torch.no_grad()
@pytest.mark.parametrize("make", [fastai_2, fastai_1, fastai_07])
def test_an_encoder_becomes_a_language_model(
    make: Callable[[Size], Weights], tmp_path: Path
) -> None:
    size = Size(tokens=len(FASTAI_2))
    with pytest.warns(UlmusWarning, match=r"an encoder alone: .*with a bias of 0\. Fine-tune it"):
        bundle = imported(tmp_path, encoder_of(make(size)), FASTAI_2)
    assert isinstance(bundle, LanguageModelBundle)
    ids = torch.tensor([[2, 9, 10, 11]])
    torch.testing.assert_close(bundle.model(ids).logits, logits(size, ids), rtol=0, atol=1e-5)
    assert bundle.manifest.provenance["imported_from"].startswith("encoder of fastai")
    assert bundle.manifest.provenance["decoder_bias"] == "0, for none was saved"


@torch.no_grad()
@pytest.mark.parametrize(
    ("layout", "biases", "lengths"),
    [
        ("fastai 2", False, (72, 1440)),
        ("fastai 1", True, (70, 1400)),
        ("fastai 0.7", True, (70, 1400)),
    ],
)
def test_classifiers(layout: str, biases: bool, lengths: tuple[int, int], tmp_path: Path) -> None:
    size = Size(tokens=len(FASTAI_1))
    weights = classifier(size, 3, layout, biases=biases)
    settings = ImportSettings(labels=("neg", "neu", "ดี"))
    bundle = imported(tmp_path, weights, FASTAI_1, settings)
    assert isinstance(bundle, TextClassifierBundle)
    assert bundle.labels == ("neg", "neu", "ดี")
    reading = bundle.manifest.classifier
    assert reading is not None
    assert (reading.sequence_length, reading.max_length, reading.head_size) == (*lengths, 7)
    ids = torch.randint(0, size.tokens, (4, 13), generator=torch.Generator().manual_seed(2))
    given = bundle.model(ours(FASTAI_1, bundle)[ids], torch.tensor([13] * 4))
    wanted = classify(size, ids, head(size, 3, biases=biases))
    torch.testing.assert_close(given, wanted, rtol=1e-5, atol=1e-5)
    assert ("biases_of_linear_layers" in bundle.manifest.provenance) == biases


@torch.no_grad()
def test_tags_and_numbers(tmp_path: Path) -> None:
    size, text = Size(tokens=len(FASTAI_2)), "the ช้าง sat on"
    tags = imported(
        tmp_path / "tags",
        classifier(size, 3),
        FASTAI_2,
        ImportSettings(target="tags", labels=("a", "b", "c")),
    )
    assert isinstance(tags, TextClassifierBundle)
    ids = torch.from_numpy(tags.processor.encode(text))[None]
    wanted = classify(size, ids, head(size, 3, biases=False)).sigmoid()
    torch.testing.assert_close(torch.from_numpy(tags.predict_proba([text])), wanted)
    weights = classifier(size, 1)
    output = float(classify(size, ids, head(size, 1, biases=False)))
    for ends, number in ((None, output), ((0.5, 5.5), 0.5 + 5 / (1 + math.exp(-output)))):
        settings = ImportSettings(target="number", number_range=ends)
        bundle = imported(tmp_path / f"{ends}", weights, FASTAI_2, settings)
        assert isinstance(bundle, TextClassifierBundle)
        assert bundle.predict([text]) == pytest.approx([number], rel=1e-5)


def test_what_is_told_is_kept(tmp_path: Path) -> None:
    weights = classifier(Size(tokens=len(FASTAI_2)))
    settings = ImportSettings(
        tokenizer="characters",
        rules="fastai",
        backward=True,
        labels=("a", "b"),
        sequence_length=5,
        max_length=15,
    )
    bundle = imported(tmp_path, weights, FASTAI_2, settings)
    manifest, processor = bundle.manifest, bundle.processor
    assert (processor.tokenizer.spec, processor.rules.name) == ("characters", "fastai")
    assert manifest.backward
    assert manifest.classifier is not None
    assert (manifest.classifier.sequence_length, manifest.classifier.max_length) == (5, 15)
    assert manifest.provenance["imported_from"] == "classifier of fastai 2"
    assert manifest.provenance["weights"] == "model.pth"


def test_the_size_of_the_pretraining_is_kept(tmp_path: Path) -> None:
    settings = ImportSettings(pretraining_tokens=103_000_000)
    bundle = imported(tmp_path, fastai_2(Size(17)), FASTAI_2, settings)
    assert bundle.manifest.provenance["pretraining_tokens"] == 103_000_000


def test_thai_words_have_thai2fits_rules(tmp_path: Path) -> None:
    size = Size(tokens=len(FASTAI_1))
    bundle = imported(tmp_path, fastai_1(size), FASTAI_1, ImportSettings(language="th"))
    assert (bundle.processor.tokenizer.spec, bundle.processor.rules.name) == (
        *("words:th", "thai2fit"),
    )
    assert {"ช้าง", "ดี"} <= set(bundle.processor.tokens("ช้าง ดี"))


@pytest.mark.parametrize(("code", "spec"), [("de", "words:de"), ("fr", "words:fr")])
def test_other_words_have_fastais_rules(code: str, spec: str, tmp_path: Path) -> None:
    size = Size(tokens=len(FASTAI_2))
    bundle = imported(tmp_path, fastai_2(size), FASTAI_2, ImportSettings(language=code))
    assert (bundle.processor.tokenizer.spec, bundle.processor.rules.name) == (spec, "fastai")


@torch.no_grad()
def test_thai2fits_model_at_its_full_size(tmp_path: Path) -> None:
    """Four layers of 1,550, as fastai 1 saves them, with what dropout left beside each."""
    size = Size(tokens=len(FASTAI_1), embedding=400, hidden=1550, layers=4)
    bundle = imported(tmp_path, fastai_1(size), FASTAI_1, ImportSettings(language="th"))
    assert isinstance(bundle, LanguageModelBundle)
    shape = bundle.manifest.encoder
    assert (shape.embedding_size, shape.hidden_size, shape.layer_count) == (400, 1550, 4)
    assert sum(p.numel() for p in bundle.model.encoder.stack.parameters()) == 53_690_400
    ids = torch.tensor([[2, 10, 11, 9, 14]])
    given = bundle.model(ours(FASTAI_1, bundle)[ids]).logits[..., ours(FASTAI_1, bundle)]
    torch.testing.assert_close(given, logits(size, ids, bias(size)), rtol=1e-5, atol=1e-4)


def same(one: Bundle, other: Bundle) -> bool:
    mine, theirs = one.model.state_dict(), other.model.state_dict()
    return (
        mine.keys() == theirs.keys()
        and all(torch.equal(mine[name], theirs[name]) for name in mine)
        and one.processor.fingerprint == other.processor.fingerprint
    )


ROUND_TRIPS: dict[str, tuple[Weights, Sequence[str], dict[str, Any]]] = {
    "fastai 2": (fastai_2(Size(17)), FASTAI_2, {}),
    "fastai 1": (fastai_1(Size(15)), FASTAI_1, {}),
    "fastai 0.7": (fastai_07(Size(10)), FASTAI_07, {"backward": True}),
    "awd-lstm-lm": (awd_lstm_lm(Size(6)), AWD_LSTM_LM, {}),
    "classifier": (classifier(Size(17), 3), FASTAI_2, {"labels": ("a", "b", "ค")}),
    "tags": (classifier(Size(17), 3), FASTAI_2, {"labels": ("a", "b", "c"), "target": "tags"}),
    "number": (
        classifier(Size(17), 1),
        FASTAI_2,
        {"target": "number", "number_range": (0.0, 5.5)},
    ),
    "old classifier": (
        classifier(Size(15), 2, "fastai 1", biases=True),
        FASTAI_1,
        {"labels": ("a", "b")},
    ),
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_what_is_exported_comes_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    weights, tokens, told = ROUND_TRIPS[name]
    settings = ImportSettings(**told)
    first = imported(tmp_path / "first", weights, tokens, settings)
    reading = first.manifest.classifier
    if reading is not None:  # which the weights do not say
        lengths = {"sequence_length": reading.sequence_length, "max_length": reading.max_length}
        settings = settings.with_(**lengths)
    export_fastai(first, tmp_path / "out")
    second = import_fastai(
        tmp_path / "out" / "model.pth", tmp_path / "out" / "vocab.pkl", tmp_path / "again", settings
    )
    assert same(first, second)
    for name in ("labels", "target", "number", "classifier", "backward"):
        assert getattr(first.manifest, name) == getattr(second.manifest, name)
    with pytest.warns(UlmusWarning, match="encoder alone"):
        encoder = import_fastai(
            tmp_path / "out" / "encoder.pth",
            tmp_path / "out" / "vocab.pkl",
            tmp_path / "encoder",
            ImportSettings(),
        )
    mine, theirs = first.model.encoder.state_dict(), encoder.model.encoder.state_dict()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
