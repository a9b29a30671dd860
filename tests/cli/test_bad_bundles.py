"""Saved models and corpora that cannot be used."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.films import reviews, write_table
from tests.cli.running import TINY, done, refused


def copied(chain: Chain, tmp_path: Path) -> Path:
    shutil.copytree(chain.classifier, tmp_path / "model")
    return tmp_path / "model"


def changed(folder: Path, name: str, **facts: object) -> None:
    content = json.loads((folder / name).read_text("utf-8"))
    (folder / name).write_text(json.dumps({**content, **facts}), "utf-8")


def cut(name: str) -> Callable[[Path], None]:
    def shorten(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])

    return shorten


DAMAGE: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "cut weights": (
        cut("model.safetensors"),
        "the bundle is damaged (the weights are not those that were written)",
        "model.safetensors",
    ),
    "no weights": (
        lambda folder: (folder / "model.safetensors").unlink(),
        "the bundle is damaged ([Errno 2] No such file or directory",
        "model.safetensors",
    ),
    "cut manifest": (cut("bundle.json"), "the bundle is damaged (", "bundle.json"),
    "cut vocabulary": (
        cut("processor/vocabulary.json"),
        "the vocabulary cannot be read (Unterminated string",
        "vocabulary.json",
    ),
    "another kind of value": (
        lambda folder: changed(folder, "bundle.json", labels=3),
        "the bundle is damaged (",
        "bundle.json",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_a_damaged_bundle(chain: Chain, tmp_path: Path, verb: str, damage: str) -> None:
    model = copied(chain, tmp_path)
    harm, told, file = DAMAGE[damage]
    harm(model)
    line = refused(tmp_path, verb, model, chain.table, "--out", tmp_path / "out")
    assert line.startswith(told)
    assert file in line
    assert re.search("accepted: the files? as (they were|it was) (written|saved)[.] Copy the", line)


@pytest.mark.parametrize("verb", ["predict", "evaluate", "inspect"])
def test_a_newer_schema(chain: Chain, tmp_path: Path, verb: str) -> None:
    model = copied(chain, tmp_path)
    changed(model, "bundle.json", schema_version=99)
    rest = () if verb == "inspect" else (chain.table,)
    assert refused(tmp_path, verb, model, *rest) == (
        "the bundle is of a newer schema: 99; accepted: schema versions up to 1. Install a newer "
        "ulmus."
    )


@pytest.mark.parametrize("verb", ["fit", "finetune", "classifier", "generate", "lr-find"])
def test_another_kind_of_bundle(chain: Chain, tmp_path: Path, verb: str) -> None:
    out, model = ("--out", tmp_path / "out"), chain.classifier
    command: dict[str, tuple[object, ...]] = {
        "fit": (chain.table, "--language-model", model, *out),
        "finetune": (model, chain.table, *out),
        "classifier": (model, chain.table, *out),
        "generate": (model,),
        "lr-find": (chain.corpus, "--language-model", model, *out),
    }
    line = refused(tmp_path, verb, *command[verb])
    assert line == (
        f"the bundle '{model}' is of another kind: 'text-classifier'; accepted: language-model. "
        "Give a language-model bundle."
    )


@pytest.mark.parametrize("given", ["corpus", "a file", "nothing"])
def test_what_is_no_bundle(chain: Chain, tmp_path: Path, given: str) -> None:
    place = {"corpus": chain.corpus, "a file": chain.table, "nothing": tmp_path / "absent"}[given]
    line = refused(tmp_path, "predict", place, chain.table)
    assert line == (
        f"there is no bundle: '{place}'; accepted: a folder that holds bundle.json. Give the "
        "folder that --out named when the model was made."
    )


def test_a_corpus_of_another_vocabulary(chain: Chain, tmp_path: Path) -> None:
    done("prepare", chain.table, "--label", "label", "--tokenizer", "characters", "--seed", "1",
         "--out", tmp_path / "corpus")  # fmt: skip
    flags = ("--out", tmp_path / "out")
    line = refused(tmp_path, "classifier", chain.finetuned, tmp_path / "corpus", *flags)
    assert line.startswith(
        f"the corpus {tmp_path / 'corpus'} was made with another vocabulary than the model: "
    )
    assert line.endswith("Make the corpus anew with the model's vocabulary, or give the source.")


@pytest.mark.parametrize("verb", ["pretrain", "lr-find"])
def test_what_is_no_corpus(chain: Chain, tmp_path: Path, verb: str) -> None:
    line = refused(tmp_path, verb, chain.classifier, "--out", tmp_path / "out", *TINY)
    assert line == (
        f"no corpus here: '{chain.classifier}'; accepted: a folder that holds corpus.json. Make "
        "one with 'ulmus prepare SOURCE --out CORPUS'."
    )


@pytest.mark.parametrize("verb", ["pretrain", "inspect"])
def test_a_corpus_of_a_newer_schema(chain: Chain, tmp_path: Path, verb: str) -> None:
    shutil.copytree(chain.corpus, tmp_path / "corpus")
    changed(tmp_path / "corpus", "corpus.json", schema_version=7)
    out = () if verb == "inspect" else ("--out", tmp_path / "out")
    line = refused(tmp_path, verb, tmp_path / "corpus", *out)
    assert line.startswith(f"a corpus of a newer schema: '{tmp_path / 'corpus'}: schema 7'; ")


def test_a_truncated_corpus(chain: Chain, tmp_path: Path) -> None:
    shutil.copytree(chain.corpus, tmp_path / "corpus")
    cut("train.arrow")(tmp_path / "corpus")
    line = refused(tmp_path, "pretrain", tmp_path / "corpus", "--out", tmp_path / "out", *TINY)
    assert line.startswith("a damaged corpus (")
    assert "train.arrow" in line


@pytest.mark.parametrize("verb", ["finetune", "classifier"])
@pytest.mark.parametrize(
    "flag", [("--valid", "films.csv"), ("--text", "title"), ("--workers", "2")], ids=str
)
def test_a_corpus_is_read_already(
    chain: Chain, tmp_path: Path, verb: str, flag: tuple[str, str]
) -> None:
    name, _ = flag
    line = refused(tmp_path, verb, chain.finetuned, chain.corpus, "--out", tmp_path / "out", *flag)
    assert line.startswith(f"{name} with a corpus, whose text is read and divided already: ")
    assert line.endswith(
        f"accepted: {name} beside a source of text. Leave {name} out, or prepare a corpus with it."
    )


def at_spaces(text: str) -> list[str]:
    return text.split()


SPEC = "function:tests.cli.test_bad_bundles:at_spaces"


def test_a_function_tokenizer_has_to_be_handed_in(tmp_path: Path) -> None:
    table = write_table(tmp_path / "films.csv", reviews(40))
    flags = ("--set", "language_model.epochs=1", "--set", "classifier.epochs=1", *TINY)
    model = tmp_path / "model"
    done("fit", table, "--out", model, "--tokenizer", SPEC, *flags)
    for command in (("predict", model, table), ("generate", model / "language-model")):
        assert refused(tmp_path, *command) == (
            "the saved text processor needs its tokenizer function, which is stored by name only: "
            f"'{SPEC}'; accepted: --tokenizer {SPEC} on the command line, tokenizer='{SPEC}' or "
            "tokenizer=FUNCTION in Python. Hand it in."
        )
        assert done(*command, "--tokenizer", SPEC).out != ""
        line = refused(tmp_path, *command, "--tokenizer", "words:en")
        assert line.startswith("the saved text processor was made with another tokenizer: 'words")
    assert f"\ntokenizer: {SPEC}\n" in done("inspect", model).out
