"""Every command and every line of Python in the README and in docs/, run as it stands there.

Only sizes differ: the tables are made here and short, so epochs are few and the subword
vocabulary is small.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ulmus
from ulmus.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FROM_FASTAI = (ROOT / "docs" / "from-fastai.md").read_text("utf-8")
FIXTURES = ROOT / "tests" / "parity" / "fixtures"
GOOD = ("a joy", "great fun", "good film", "lovely story", "the best film")
BAD = ("a bore", "so dull", "bad film", "awful story", "the worst film")
THAI = (
    ("ดี", "ภาพยนตร์เรื่องนี้สนุกมากกกก"),
    ("ดี", "อาหารอร่อยและบริการดี"),
    ("ดี", "ผมชอบเรื่องนี้มาก"),
    ("แย่", "ภาพยนตร์เรื่องนี้น่าเบื่อ"),
    ("แย่", "อาหารแย่และบริการช้า"),
    ("แย่", "ผมไม่ชอบเรื่องนี้เลย"),
)
QUICK = {
    "fit": ["--model", "tiny", "--set", "language_model.epochs=1", "--set", "classifier.epochs=1"],
    "curve": [
        *("--model", "tiny", "--draws", "1"),
        *("--set", "language_model.epochs=1", "--set", "classifier.epochs=1"),
    ],
    "pretrain": ["--model", "tiny", "--epochs", "1"],
    "finetune": ["--epochs", "1"],
    "classifier": ["--epochs", "1"],
    "lr-find": ["--model", "tiny", "--set", "finder.steps=10"],
}


def blocks(language: str, page: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def commands(page: str = README) -> list[list[str]]:
    lines = [line for block in blocks("console", page) for line in block.splitlines()]
    asked = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [shlex.split(line, comments=True) for line in asked]


def write_sources(folder: Path) -> None:
    rows = [f"{text} {i},pos" for i in range(12) for text in GOOD]
    rows += [f"{text} {i},neg" for i in range(12) for text in BAD]
    for name in ("reviews.csv", "new.csv", "other.csv"):
        (folder / name).write_text("\n".join(["text,label", *rows]), "utf-8")
    thai = [f"{text} {i},{label}" for i in range(12) for label, text in THAI]
    (folder / "thai.csv").write_text("\n".join(["text,label", *thai]), "utf-8")
    genres, stars = ("", "old", "old;funny"), ("1", "2.5", "4")
    films = [
        f"{row.rsplit(',', 1)[0]},{genres[i % 3]},{stars[i % 3]}" for i, row in enumerate(rows)
    ]
    (folder / "films.csv").write_text("\n".join(["text,genres,stars", *films]), "utf-8")
    shutil.copy(FIXTURES / "weights_language_model.pth", folder / "learner.pth")
    shutil.copy(FIXTURES / "weights_vocabulary.pkl", folder / "vocab.pkl")
    (folder / "more.txt").write_text("\n".join(GOOD + BAD), "utf-8")
    (folder / "novels").mkdir()
    novel = "\n\n".join(
        f"chapter {i} the {text} went on and on" for i in range(60) for text in GOOD
    )
    (folder / "novels" / "one.txt").write_text(novel, "utf-8")


def run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [part.replace("subwords:8000", "subwords:60") for part in arguments]
    monkeypatch.setattr(sys, "argv", ["ulmus", *quick, *QUICK.get(arguments[0], [])])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0, arguments


def test_the_commands_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sources(tmp_path)
    monkeypatch.chdir(tmp_path)
    ran = []
    for words in commands():
        if words[0] == "ulmus":
            run(words[1:], monkeypatch)
            ran.append(words[1])
    assert set(ran) >= {
        "fit",
        "curve",
        "doctor",
        "shrink",
        "predict",
        "generate",
        "prepare",
        "pretrain",
        "finetune",
        "classifier",
        "import-fastai",
        "export-fastai",
    }
    assert len((tmp_path / "labels.csv").read_text("utf-8").splitlines()) == 121
    assert "accuracy" in capsys.readouterr().out
    run(["predict", "thai-model", "thai.csv"], monkeypatch)
    predicted = capsys.readouterr().out.splitlines()[1:]
    assert len(predicted) == 12 * len(THAI)
    assert {line.split(",")[0] for line in predicted} <= {"ดี", "แย่"}
    words = ulmus.load("thai-model").processor
    assert (words.tokenizer.spec, words.rules.name) == ("words:th", "thai2fit")
    assert "อร่อย" in words.vocabulary

    for block in blocks("python"):  # it loads what the commands have made
        exec(compile(block, "README.md", "exec"), {})


def test_the_commands_of_several_processes_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sources(tmp_path)
    monkeypatch.chdir(tmp_path)
    run(["prepare", "reviews.csv", "--text", "text", "--out", "corpus"], monkeypatch)
    asked = [words[1:] for words in commands() if words[0] == "torchrun"]
    assert len(asked) == 2
    for words in asked:
        quick = [sys.executable, "-m", "torch.distributed.run", *words, *QUICK["pretrain"]]
        subprocess.run(quick, check=True, capture_output=True, timeout=240)
        assert ulmus.load("english").kind == "language-model"


def test_the_make_targets_are_there() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text("utf-8")
    asked = [words[1] for words in commands() if words[0] == "make"]
    assert asked == ["demo", "test"]
    assert all(f"\n{target}:" in makefile for target in asked)


def test_the_commands_for_people_from_fastai_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sources(tmp_path)
    monkeypatch.chdir(tmp_path)
    asked = commands(FROM_FASTAI)
    assert [words[1] for words in asked] == ["import-fastai", "export-fastai"]
    for words in asked:
        run(words[1:], monkeypatch)
    assert (tmp_path / "for-fastai" / "encoder.pth").exists()
