"""Stages and the papers' settings from the command line, forward and backward."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

import ulmus
from tests.cli.conftest import Chain
from tests.cli.films import write_table
from tests.cli.running import done, refused

SETTINGS = """
[language_model]
model = "tiny"
hidden_size = 96
batch_size = 8
sequence_length = 16
vary_sequence_length = true
dropout_multiplier = 0.0

[[language_model.stages]]
name = "top"
epochs = 1
learning_rate = 10.0
train_from = -1
schedule = "constant"

[[language_model.stages]]
name = "all"
epochs = 9
learning_rate = 30.0
schedule = "constant"

[language_model.trainer]
optimizer = "nt-asgd"
nonmonotone_interval = 0
clip = 0.25
weight_decay = 1.2e-6
"""
CLASSIFIER = """
[classifier]
batch_size = 8

[[classifier.stages]]
name = "head"
epochs = 2
learning_rate = 2e-2
train_from = -1

[[classifier.stages]]
name = "all"
epochs = 3
learning_rate = 1e-2
lowest_learning_rate = 1e-3
"""


def settings_file(folder: Path, text: str = SETTINGS) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, "utf-8")
    return file


def stages_of(folder: Path) -> list[str]:
    with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        return [row["stage"].removesuffix(", averaged") for row in csv.DictReader(file)]


def manifest(folder: Path) -> Any:
    return json.loads((folder / "bundle.json").read_text("utf-8"))


COUNTING = "one two three four five six seven"


def test_a_backward_model_goes_the_whole_way(tmp_path: Path) -> None:
    rows = [(COUNTING, "up" if n % 2 else "down") for n in range(40)]
    rows = [(f"{label} {text}", label) for text, label in rows]  # read last is what tells
    table = write_table(tmp_path / "table.csv", rows)
    file, settings = tmp_path / "settings.toml", ("--settings", tmp_path / "settings.toml")
    seed = ("--seed", "1")
    judged = ("--valid", table)  # texts that are alike are held out all or none
    settings_file(tmp_path)
    base, tuned, classifier = (tmp_path / name for name in ("base", "tuned", "classifier"))
    done("prepare", table, *judged, "--out", tmp_path / "corpus", *seed)
    done("pretrain", tmp_path / "corpus", "--backward", "--out", base, *settings, *seed)
    done("finetune", base, table, *judged, "--out", tuned, *settings, *seed)
    file.write_text(CLASSIFIER, "utf-8")
    done("classifier", tuned, table, *judged, "--out", classifier, *settings, *seed)

    assert [manifest(folder)["backward"] for folder in (base, tuned, classifier)] == [True] * 3
    assert manifest(base)["encoder"]["hidden_size"] == manifest(tuned)["encoder"]["hidden_size"]
    assert manifest(base)["encoder"]["hidden_size"] == 96
    assert [stages_of(folder) for folder in (base, tuned)] == [["top", *["all"] * 9]] * 2
    assert stages_of(classifier) == ["head"] * 2 + ["all"] * 3

    tell = ("--prompt", "seven", "--temperature", "0", "--max-tokens", "6")
    assert done("generate", tuned, *tell).out.strip() == COUNTING
    shown = done("evaluate", tuned, table, "--text", "text").out
    perplexity = ulmus.load(tuned).perplexity([text for text, _ in rows]).per_token
    assert perplexity < 1.6  # one bit in the ninth word, and the rest known
    assert f"{perplexity:.4g}"[:4] in shown
    assert re.search(r"accuracy +1\.0+\n", done("evaluate", classifier, table).out)
    assert ulmus.load(classifier).predict([f"up {COUNTING}", f"down {COUNTING}"]) == ["up", "down"]


def test_one_part_of_one_stage_may_be_set(chain: Chain, tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    out = tmp_path / "model"
    changed = ("--set", "language_model.stages.1.epochs=1", "--set", "language_model.hidden_size=8")
    done("pretrain", chain.corpus, "--out", out, "--settings", file, *changed)
    assert stages_of(out) == ["top", "all"]
    told = manifest(out)["provenance"]["settings"]["stages"]
    assert [(stage["name"], stage["epochs"]) for stage in told] == [("top", 1), ("all", 1)]


def test_all_stages_may_be_set_at_once(chain: Chain, tmp_path: Path) -> None:
    stages = "classifier.stages=[{name='a', epochs=1, learning_rate=0.01, train_from=-2}]"
    out = tmp_path / "model"
    done("classifier", chain.finetuned, chain.table, "--out", out, "--set", stages, "--seed", "1")
    assert stages_of(out) == ["a"]


SLIPS = {
    "language_model.stages.2.epochs=1": (
        "stages has no entry of that number: '2'; accepted: 0 to 1. Number entries from 0, or "
        "give all of them as stages=[...]."
    ),
    "language_model.stages.1.rate=1": "unknown setting 'language_model.stages.1.rate', did you",
    "language_model.stages.1.factor=0.5": "language_model.stages.1.factor = 0.5: Input should be",
    "language_model.stages.1.schedule=one-cycle": (
        "nt-asgd needs a constant rate, which stage 'all' has not: 'one-cycle'; accepted: "
        "constant. Set schedule to constant, or trainer.optimizer to adam."
    ),
    "language_model.stages.1.train_from=5": (
        "no such layer group to train from: 5; accepted: -3 to 2. Choose another train_from."
    ),
    "language_model.stages=[{epochs=1, learning_rate=1}]": "model.stages.0.name is missing",
    "language_model.trainer.optimizer=sgd": "optimizer = 'sgd': Input should be 'adam' or 'nt-",
    "language_model.dropouts.weight_dropout=1": "weight_dropout = 1: Input should be less than 1",
    "language_model.layer_count=0": "layer_count = 0: Input should be greater than or equal to 1",
    "language_model.trainer.momenta=[0.9, 0.8]": "language_model.trainer.momenta.2 is missing",
    "language_model.trainer.clip=inf": "clip = inf: Input should be a finite number",
}


@pytest.mark.parametrize(("override", "told"), SLIPS.items())
def test_slips_are_told_in_one_line(override: str, told: str, chain: Chain, tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    command = ("pretrain", chain.corpus, "--out", tmp_path / "model", "--settings", file)
    assert told in refused(tmp_path, *command, "--set", override)


def test_a_flag_that_stages_leave_idle_is_told(chain: Chain, tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    command = ("pretrain", chain.corpus, "--out", tmp_path / "model", "--settings", file)
    line = refused(tmp_path, *command, "--epochs", "3")
    assert (
        "epochs would have no effect beside stages; leave it out, or set it in the stages" in line
    )
