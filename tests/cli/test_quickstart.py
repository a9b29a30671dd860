"""`ulmus quickstart`, on a few of the docstrings it reads."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import ulmus
from tests.cli.running import Outcome, done, refused
from tests.cli.running import ulmus as run
from ulmus.recipes import docstrings, quickstart

FEW = tuple(
    part
    for setting in (
        *("language_model.model=tiny", "language_model.epochs=1"),
        *("classifier.epochs=1", "engine.seed=2"),
    )
    for part in ("--set", setting)
)


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(quickstart, "SCIENTIFIC", ("numpy", "sklearn"))
        monkeypatch.setattr(quickstart, "MOST_DOCUMENTS", 70)
        monkeypatch.setattr(docstrings, "MOST_FILES", 20)
        yield monkeypatch


@pytest.fixture(scope="module")
def walk(
    patched: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("quickstart")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        return folder, done("quickstart", "--out", "my elm", *FEW)


def test_the_whole_path_and_what_to_type_next(
    walk: tuple[Path, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, outcome = walk
    monkeypatch.chdir(folder)
    assert [path.name for path in folder.iterdir()] == ["my elm"]
    report = json.loads(Path("my elm/report.json").read_text("utf-8"))
    lines = outcome.out.splitlines()
    assert lines[0] == f"Scored on {report['test_documents']} test documents"
    assert any(line.startswith("│ classes ") and line.endswith(" 3 │") for line in lines)
    verdict = lines.index(report["verdict"])
    assert [bool(line) for line in lines[verdict + 1 :]] == [False, True, False, *[True] * 4]
    assert lines[verdict + 2].startswith("The language model continues 'Return the': Return the")
    assert lines[-4] == (
        "The classifier is in my elm, the language model in my elm/language-model. Next:"
    )
    assert lines[-1] == "  ulmus fit YOUR.csv --text COLUMN --label COLUMN --out model"
    told = outcome.err.replace(" in bf16", "").splitlines()
    stages = [line.split(":")[0] for line in told if "steps" in line]
    assert stages == ["language model", "classifier"]

    # What it says to type next works.
    said, _, predict = lines[-3].partition(" | ")
    text = shlex.split(said)[1]
    answer = done(*shlex.split(predict)[1:], stdin=text).out.splitlines()[1]
    assert answer.split(",")[0] in ("numpy", "python", "sklearn")
    generate = shlex.split(lines[-2])
    assert done(*generate[1:], "--max-tokens", 3).out.startswith("Parameters")


def test_the_sample_is_the_models(walk: tuple[Path, Outcome]) -> None:
    folder, outcome = walk
    model = ulmus.load(folder / "my elm" / "language-model")
    assert isinstance(model, ulmus.LanguageModelBundle)
    sample = model.generate("Return the", max_tokens=60, temperature=0.7, seed=2)
    assert f"continues 'Return the': {' '.join(sample.split())}\n" in outcome.out


def test_a_taken_folder_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", "utf-8")
    line = refused(tmp_path, "quickstart", "--out", tmp_path)
    assert line.startswith(f"the output path is taken: '{tmp_path}'; accepted: a new path, ")


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize("stage", ["pretrain", "train_classifier"])
def test_an_interrupted_walk_cannot_go_on_and_leaves_nothing(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_what: object, **_how: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"ulmus.recipes.fit_stages.{stage}", press)
    outcome = run("quickstart", "--out", tmp_path / "model", *FEW)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err.splitlines()[-1] == "ulmus: interrupted."
    assert list(tmp_path.iterdir()) == []
