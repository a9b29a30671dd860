"""`ulmus export-fastai`: files for fastai, which come back as they were."""

import json
import pickle
from pathlib import Path

import pytest
import torch

import ulmus as library
from tests.bundle.saved_models import SIZE, classifier, language_model, processor
from tests.cli.running import done, refused
from ulmus.bundle.writer import Bundle, classifier_bundle, write_bundle
from ulmus.models.number_scale import NumberScale
from ulmus.models.text_classifier import ClassifierSettings, build_text_classifier

NAMES = {"README.md", "encoder.pth", "fastai-export.json", "model.pth", "vocab.pkl"}


def written(bundle: Bundle, folder: Path) -> Path:
    folder.mkdir()
    write_bundle(folder, bundle)
    return folder


def number(**ends: float) -> Bundle:
    """A classifier that says a number."""
    torch.manual_seed(0)
    reader = processor()
    reading = ClassifierSettings(sequence_length=5, max_length=15, head_size=6)
    model = build_text_classifier(SIZE, len(reader.vocabulary), 1, settings=reading)
    scale = NumberScale(mean=0 if ends else 2.5, deviation=1 if ends else 0.5, **ends)
    return classifier_bundle(model, reader, (), target="number", number=scale)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def command_of(card: str) -> list[str]:
    """The command that the README gives for the way back."""
    (line,) = [line for line in card.splitlines() if line.startswith("ulmus import-fastai")]
    return line.removeprefix("ulmus ").split()


def same(one: Bundle, other: Bundle) -> bool:
    mine, theirs = one.model.state_dict(), other.model.state_dict()
    return (
        one.processor.fingerprint == other.processor.fingerprint
        and (one.manifest.labels, one.manifest.classifier, one.manifest.number)
        == (other.manifest.labels, other.manifest.classifier, other.manifest.number)
        and one.manifest.backward == other.manifest.backward
        and mine.keys() == theirs.keys()
        and all(torch.equal(mine[name], theirs[name]) for name in mine)
    )


BUNDLES = {
    "a language model": language_model,
    "a backward language model": lambda: language_model(backward=True),
    "a classifier": classifier,
    "subwords": lambda: language_model(reader=processor(tokenizer="subwords:100")),
    "a number": lambda: number(low=0.5, high=5.5),
    "characters": lambda: language_model(reader=processor(tokenizer="characters")),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_the_way_back_that_the_readme_gives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = BUNDLES[name]()
    folder, out = written(bundle, tmp_path / "bundle"), tmp_path / "models"
    assert done("export-fastai", folder, "--out", out).out == f"saved: {out}\n"
    more = {"labels.json"} if name == "a classifier" else set()
    more |= {"spm.model"} if name == "subwords" else set()
    assert names(out) == NAMES | more
    monkeypatch.chdir(out)
    done(*command_of((out / "README.md").read_text("utf-8")))
    assert same(library.load(out / "DIR"), library.load(folder))


def test_files_of_a_language_model(tmp_path: Path) -> None:
    bundle = language_model()
    folder, out = written(bundle, tmp_path / "bundle"), tmp_path / "models"
    done("export-fastai", folder, "--out", out)
    tokens = pickle.loads((out / "vocab.pkl").read_bytes())
    assert tokens == list(bundle.processor.vocabulary.tokens)
    model = torch.load(out / "model.pth", weights_only=True)
    encoder = torch.load(out / "encoder.pth", weights_only=True)
    assert list(model) == [*(f"0.{key}" for key in encoder), "1.decoder.weight", "1.decoder.bias"]
    assert all(torch.equal(model[f"0.{key}"], encoder[key]) for key in encoder)
    rows = bundle.model.encoder.embedding.detach()
    for key in ("0.encoder.weight", "0.encoder_dp.emb.weight", "1.decoder.weight"):
        assert torch.equal(model[key], rows)
        assert model[key].data_ptr() == model["0.encoder.weight"].data_ptr()  # written once
    facts = json.loads((out / "fastai-export.json").read_text("utf-8"))
    assert facts["encoder"] == {
        **{"embedding_size": 12, "hidden_size": 16, "layer_count": 2, "bidirectional": False},
    }
    assert (facts["kind"], facts["rules"], facts["tokenizer"]) == (
        *("language-model", "fastai", "words:en"),
    )
    card = (out / "README.md").read_text("utf-8")
    assert "config = {**awd_lstm_lm_config, **dict(emb_sz=12, n_hid=16, n_layers=2)}\n" in card


def test_files_of_a_classifier(tmp_path: Path) -> None:
    folder, out = written(classifier(), tmp_path / "bundle"), tmp_path / "models"
    done("export-fastai", folder, "--out", out)
    assert json.loads((out / "labels.json").read_text("utf-8")) == ["blue", "green", "red"]
    model = torch.load(out / "model.pth", weights_only=True)
    assert [key for key in model if key.startswith("1.")] == [
        f"1.layers.{block}.{part}"
        for block in (0, 1)
        for part in (
            *("0.weight", "0.bias", "0.running_mean", "0.running_var", "0.num_batches_tracked"),
            "2.weight",
        )
    ]
    assert all(key.startswith("0.module.") for key in model if not key.startswith("1."))
    card = (out / "README.md").read_text("utf-8")
    assert "seq_len=5, max_len=15, lin_ftrs=[6])" in card


def test_the_card_says_how_a_number_is_read(tmp_path: Path) -> None:
    folder, out = written(number(), tmp_path / "bundle"), tmp_path / "models"
    done("export-fastai", folder, "--out", out)
    card = (out / "README.md").read_text("utf-8")
    assert "\n# The number is 2.5 + 0.5 * what the learner gives.\n" in card
    assert "RegressionBlock()" in card
    folder = written(number(low=0.5, high=5.5), tmp_path / "ranged")
    done("export-fastai", folder, "--out", out)
    assert ", lin_ftrs=[6], y_range=(0.5, 5.5))\n" in (out / "README.md").read_text("utf-8")


def test_marked_special_tokens_for_fastais_sentencepiece(tmp_path: Path) -> None:
    reader = processor(tokenizer="subwords:100")
    folder, out = written(language_model(reader=reader), tmp_path / "bundle"), tmp_path / "models"
    done("export-fastai", folder, "--out", out)
    tokens = pickle.loads((out / "vocab.pkl").read_bytes())
    assert tokens[:4] == ["xxunk", "xxpad", "▁xxbos", "▁xxeos"]
    assert tokens[9:] == list(reader.vocabulary.tokens[9:])
    assert (out / "spm.model").read_bytes() == (folder / "processor/subwords.model").read_bytes()


def test_a_companion_that_reads_from_the_end(fitted: tuple[Path, object], tmp_path: Path) -> None:
    folder, _ = fitted
    out = tmp_path / "models"
    done("export-fastai", folder, "--out", out)
    assert names(out) == {*NAMES, "labels.json", "backward"}
    assert names(out / "backward") == {*NAMES, "labels.json"}
    bundle = library.load(folder)
    weights = torch.load(out / "backward" / "model.pth", weights_only=True)
    backward = bundle.backward.model  # type: ignore[union-attr]
    assert torch.equal(weights["0.module.encoder.weight"], backward.encoder.embedding)
    assert "its end: give fastai reversed texts" in (out / "backward/README.md").read_text("utf-8")


def test_an_export_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    folder, out = written(language_model(), tmp_path / "bundle"), tmp_path / "models"
    done("export-fastai", folder, "--out", out)
    done("export-fastai", folder, "--out", out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.pth").write_bytes(b"trained for a week")
    for place in (folder, tmp_path / "mine"):
        line = refused(tmp_path, "export-fastai", folder, "--out", place)
        assert line.startswith(f"the output path is taken: '{place}'; accepted: a new path, an ")


def test_what_is_no_bundle(tmp_path: Path) -> None:
    line = refused(tmp_path, "export-fastai", tmp_path, "--out", tmp_path / "out")
    assert line.startswith(f"there is no bundle: '{tmp_path}'; ")
