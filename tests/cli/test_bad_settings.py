"""Settings, flags and outputs that cannot be used."""

from pathlib import Path

import pytest
import torch

from tests.cli.conftest import Chain
from tests.cli.running import refused


def fit(films: Path, tmp_path: Path, *flags: object) -> str:
    return refused(tmp_path, "fit", films, "--out", tmp_path / "out", *flags)


def test_an_unknown_setting_gives_the_nearest(films: Path, tmp_path: Path) -> None:
    line = fit(films, tmp_path, "--set", "language_model.epoch=3")
    assert line == (
        "unusable settings; accepted: see --print-settings. unknown setting "
        "'language_model.epoch', did you mean 'language_model.epochs'?"
    )


def test_all_errors_are_told_at_once(films: Path, tmp_path: Path) -> None:
    flags = ("--set", "clasifier.epochs=3", "--set", "test_share=2", "--workers", "-1")
    line = fit(films, tmp_path, *flags)
    assert line.startswith("unusable settings; accepted: see --print-settings. ")
    problems = line.split(". ", 1)[1].split("; ")
    assert sorted(problems) == [
        "prepare.workers = -1: Input should be greater than or equal to 0",
        "test_share = 2: Input should be less than 1",
        "unknown setting 'clasifier', did you mean 'classifier'?",
    ]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--seed", "-1"), "prepare.seed = -1: Input should be greater than or equal to 0"),
        (("--set", "classifier.epochs=0"), "classifier.epochs = 0: Input should be greater than"),
        (("--set", "prepare.min_freq=x\x1b[0m"), "prepare.min_freq = 'x\\x1b[0m': Input should be"),
        (("--set", "engine.device=tpu"), "engine.device = 'tpu': Input should be 'auto', 'cpu'"),
    ],
)
def test_values_out_of_range(
    films: Path, tmp_path: Path, flags: tuple[str, str], told: str
) -> None:
    assert told in fit(films, tmp_path, *flags)


@pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there")
@pytest.mark.parametrize("verb", ["fit", "pretrain", "finetune", "classifier", "lr-find"])
def test_a_device_that_is_not_there(chain: Chain, tmp_path: Path, verb: str) -> None:
    sources: dict[str, tuple[object, ...]] = {
        "fit": (chain.table,),
        "pretrain": (chain.corpus,),
        "finetune": (chain.language_model, chain.table),
        "classifier": (chain.finetuned, chain.table, "--seed", 1),
        "lr-find": (chain.corpus,),
    }
    flags = ("--out", tmp_path / "out", "--set", "engine.device=cuda")
    assert refused(tmp_path, verb, *sources[verb], *flags) == (
        "there is no such device: 'cuda'; accepted: auto, cpu. Choose one of these with --set "
        "engine.device=cpu."
    )


def test_a_set_that_sets_nothing(films: Path, tmp_path: Path) -> None:
    assert fit(films, tmp_path, "--set", "epochs") == (
        "a --set that sets nothing: 'epochs'; accepted: NAME=VALUE, for example "
        "classifier.epochs=4. Write the name, '=' and the value without spaces."
    )


@pytest.mark.parametrize("content", [None, b"a = = 3\n", b"\xff\xfe"])
def test_a_settings_file_that_cannot_be_read(
    films: Path, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    line = fit(films, tmp_path, "--settings", file)
    assert line.startswith(
        f"the settings file cannot be read: '{file}'; accepted: a TOML file in UTF-8. Mend it: "
    )


@pytest.mark.parametrize("verb", ["fit", "pretrain", "lr-find"])
def test_an_unknown_model(chain: Chain, tmp_path: Path, verb: str) -> None:
    source = chain.table if verb == "fit" else chain.corpus
    line = refused(tmp_path, verb, source, "--model", "huge", "--out", tmp_path / "out")
    assert line == (
        "unknown model preset: 'huge'; accepted: awd-lstm, compact, small, tiny. Choose one of "
        "these with --model."
    )


@pytest.mark.parametrize("verb", ["fit", "prepare", "tokenize"])
@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            "",
            "unknown tokenizer: ''; accepted: words:LANG, subwords[:SIZE], characters, "
            "function:pkg.module:name. Choose one of these.",
        ),
        (
            "wrods:en",
            "unknown tokenizer: 'wrods:en'; accepted: words:LANG, subwords[:SIZE], characters, "
            "function:pkg.module:name. Choose one of these.",
        ),
        (
            "words:klingon",
            "spaCy has no such language: 'klingon'; accepted: a language code such as",
        ),
        ("subwords:x", "not a subword tokenizer: 'subwords:x'; accepted: subwords[:SIZE]"),
        (
            "function:no.such.module:cut",
            "the tokenizer function's module fails (No module named 'no'): "
            "'function:no.such.module:cut'; accepted: function:pkg.module:name of a module that "
            "Python can import. Install the package, or set PYTHONPATH to the module's folder.",
        ),
        (
            "function:json:no_such",
            "the module has no such tokenizer function: 'function:json:no_such'",
        ),
        ("function:json", "a tokenizer function is not named in full: 'function:json'"),
    ],
)
def test_tokenizers_that_cannot_be_made(
    films: Path, tmp_path: Path, verb: str, spec: str, told: str
) -> None:
    out = () if verb == "tokenize" else ("--out", tmp_path / "out")
    line = refused(tmp_path, verb, films, "--tokenizer", spec, *out)
    assert line.startswith(told)
    assert spec.partition(":")[2] in line


@pytest.mark.parametrize("verb", ["fit", "prepare", "pretrain", "finetune", "classifier"])
@pytest.mark.parametrize("kind", ["a file", "a folder of other things"])
def test_an_output_path_that_is_taken(chain: Chain, tmp_path: Path, verb: str, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "a folder of other things":
        out.mkdir()
    (out if kind == "a file" else out / "thesis.txt").write_text("mine", "utf-8")
    # What comes first does not matter: the path is looked at before anything is read.
    sources: dict[str, tuple[object, ...]] = {
        "fit": (chain.table,),
        "prepare": (chain.table,),
        "pretrain": (chain.corpus,),
        "finetune": (chain.language_model, tmp_path / "absent.csv"),
        "classifier": (chain.finetuned, tmp_path / "absent.csv"),
    }
    marker = "corpus.json" if verb == "prepare" else "bundle.json"
    assert refused(tmp_path, verb, *sources[verb], "--out", out) == (
        f"the output path is taken: '{out}'; accepted: a new path, an empty folder, or a folder "
        f"that holds {marker}. Choose another --out or remove it."
    )


@pytest.mark.parametrize("verb", ["fit", "pretrain", "finetune", "classifier"])
def test_nothing_to_resume(chain: Chain, tmp_path: Path, verb: str) -> None:
    sources: dict[str, tuple[object, ...]] = {
        "fit": (chain.table,),
        "pretrain": (chain.corpus,),
        "finetune": (chain.language_model, chain.table),
        "classifier": (chain.finetuned, chain.table, "--seed", "1"),
    }
    line = refused(tmp_path, verb, *sources[verb], "--out", tmp_path / "out", "--resume")
    what = "there is no interrupted run with" if verb == "fit" else "there is no usable checkpoint"
    assert line.startswith(what)
    assert line.endswith("Start without --resume.")


def test_a_share_that_leaves_nothing_to_validate_on(films: Path, tmp_path: Path) -> None:
    flags = ("--valid-share", "0.0001", "--out", tmp_path / "out")
    line = refused(tmp_path, "prepare", films, *flags)
    assert line.startswith("no document in the valid split: 'train 60, valid 0 documents'; ")
    line = refused(tmp_path, "prepare", films, "--valid-share", "1", "--out", tmp_path / "out")
    assert line.endswith("valid_share = 1.0: Input should be less than 1.")
