"""The corpus that a verb makes for itself."""

from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.running import done, files, refused
from ulmus.corpus.reader import Corpus
from ulmus.errors import UlmusError


@pytest.mark.parametrize("verb", ["finetune", "classifier"])
def test_a_folder_of_a_like_name_is_left_alone(chain: Chain, tmp_path: Path, verb: str) -> None:
    mine = tmp_path / "model.corpus"
    done("prepare", chain.table, "--out", mine)
    before = files(mine)
    done(verb, chain.finetuned, chain.table, "--out", tmp_path / "model", "--epochs", 1)
    assert files(mine) == before
    assert {path.name for path in tmp_path.iterdir()} == {"model", "model.corpus"}


def test_the_folder_one_stands_in_will_do(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done("finetune", chain.finetuned, chain.table, "--out", ".", "--epochs", 1)
    assert (tmp_path / "here" / "bundle.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


@pytest.mark.parametrize("verb", ["finetune", "classifier"])
def test_the_corpus_of_a_killed_run_is_removed(chain: Chain, tmp_path: Path, verb: str) -> None:
    done("prepare", chain.table, "--out", tmp_path / ".model.0123abcd.corpus")
    done(verb, chain.finetuned, chain.table, "--out", tmp_path / "model", "--epochs", 1)
    assert {path.name for path in tmp_path.iterdir()} == {"model"}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no file system without folders")
def test_a_place_where_no_folder_can_be_made(chain: Chain, tmp_path: Path) -> None:
    for verb in (("prepare",), ("finetune", chain.finetuned)):
        told = refused(tmp_path, *verb, chain.table, "--out", "/proc/nobody/model")
        assert told.startswith("cannot write the output (No such file or directory): ")


@pytest.mark.parametrize("verb", ["finetune", "train_classifier"])
def test_nothing_stays_behind_where_training_is_refused(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def refuse(_model: object, corpus: Corpus, *_rest: object, **_how: object) -> None:
        assert corpus.folder.parent == tmp_path
        assert corpus.folder.name.startswith(".model.")
        raise UlmusError("not now", remedy="Wait")

    monkeypatch.setattr(f"ulmus.recipes.{verb}.{verb}", refuse)
    command = (verb.removeprefix("train_"), chain.finetuned, chain.table)
    assert refused(tmp_path, *command, "--out", tmp_path / "model") == "not now. Wait."


def test_a_validation_source_is_used(chain: Chain, tmp_path: Path) -> None:
    flags = ("--valid", chain.table, "--epochs", 1)
    done("finetune", chain.finetuned, chain.table, "--out", tmp_path / "model", *flags)
    said = done("inspect", tmp_path / "model").out
    whole = done("evaluate", chain.finetuned, chain.table).out.splitlines()[1].split()[1]
    assert f"valid_tokens: {int(whole.replace(',', ''))}\n" in said
