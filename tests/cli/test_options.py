"""Settings from a file, flags and --set, and how they are printed."""

import tomllib
from pathlib import Path

import pytest

from tests.cli.running import done

WITH_SETTINGS = (
    *("quickstart", "fit", "prepare", "pretrain", "finetune", "classifier"),
    "lr-find",
)


def printed(*arguments: object) -> dict[str, dict[str, object]]:
    return tomllib.loads(done(*arguments, "--print-settings").out)


@pytest.mark.parametrize("verb", WITH_SETTINGS)
def test_what_is_printed_reads_back_as_it_was(verb: str, tmp_path: Path) -> None:
    part = "" if verb == "prepare" else "engine."
    text = done(verb, "--print-settings", "--seed", 7, "--set", f"{part}seed=9").out
    file = tmp_path / "settings.toml"
    file.write_text(text, "utf-8")
    assert "seed = 9\n" in text
    assert done(verb, "--settings", file, "--print-settings").out == text


def test_nothing_else_is_needed_and_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for verb in WITH_SETTINGS:
        assert done(verb, "--print-settings").out.count("\n") > 8
        sources = () if verb == "quickstart" else ("absent",)
        assert done(verb, *sources, "--out", "out", "--print-settings").err == ""
    assert list(tmp_path.iterdir()) == []


def test_the_later_wins(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[language_model]\nepochs = 2\nbatch_size = 20\nmodel = 'tiny'\n", "utf-8")
    given: tuple[object, ...] = ("--settings", file)
    assert printed("pretrain", *given)["language_model"]["epochs"] == 2
    given = (*given, "--epochs", 3, "--model", "small")
    assert printed("pretrain", *given)["language_model"]["epochs"] == 3
    given = (*given, "--set", "language_model.epochs=4", "--set", "language_model.epochs=5")
    found = printed("pretrain", *given)["language_model"]
    assert (found["epochs"], found["batch_size"], found["model"]) == (5, 20, "small")


def test_a_flag_leaves_the_rest_of_its_part_alone() -> None:
    """The verbs' own defaults differ from those of the parts they are made of."""
    given = ("--set", "language_model.epochs=1")
    plain, changed = printed("quickstart"), printed("quickstart", *given)
    assert changed["language_model"] == {**plain["language_model"], "epochs": 1}
    for verb in ("fit", "classifier"):
        source = printed(verb, "--workers", 1)["prepare"]["source"]
        assert (source["text"], source["label"]) == (["text"], "label")


@pytest.mark.parametrize("verb", WITH_SETTINGS)
def test_the_seed_is_that_of_everything_drawn(verb: str) -> None:
    found = printed(verb, "--seed", 11)
    seeds = [found["seed"]] if verb == "prepare" else [found["engine"]["seed"]]
    if verb in ("quickstart", "fit", "finetune", "classifier"):
        seeds.append(found["prepare"]["seed"])
    assert set(seeds) == {11}


def test_flags_reach_the_settings_they_name() -> None:
    columns = ("--text", "title", "--text", "body", "--label", "kind", "--document", "paragraph")
    kinds = ("--target", "tags", "--separator", "|")
    source = {"text": ["title", "body"], "label": "kind", "document": "paragraph"}
    source |= {"target": "tags", "separator": "|"}
    rest = ("--tokenizer", "characters", "--workers", 2)
    for verb in ("prepare", "fit"):
        found = printed(verb, *columns, *kinds, *rest)
        part = found if verb == "prepare" else found["prepare"]
        assert part["source"] == source
        assert (part["tokenizer"], part["workers"]) == ("characters", 2)
    assert printed("prepare", "--valid-share", 0.25)["valid_share"] == 0.25
    for verb in ("finetune", "classifier"):
        assert printed(verb, "--valid-share", 0.25)["prepare"]["valid_share"] == 0.25
    assert printed("classifier", *columns, *kinds)["prepare"]["source"] == source
    assert printed("pretrain", "--backward")["language_model"]["backward"] is True
    assert printed("fit", "--both-directions")["both_directions"] is True
    assert printed("classifier", "--epochs", 3)["classifier"]["epochs"] == 3
    assert printed("finetune", "--epochs", 3)["language_model"]["epochs"] == 3
    assert printed("lr-find", "--model", "tiny")["language_model"]["model"] == "tiny"
