"""`--language` and `--rules`: what they choose, what wins over them, and what is stored."""

import sys
import tomllib
from pathlib import Path

import pytest

import ulmus
from tests.cli.films import write_table
from tests.cli.running import TINY, done, refused
from tests.cli.running import ulmus as run
from tests.languages.extras import skip_without_extra
from ulmus.corpus.reader import open_corpus

THAI = "ผมรักเมืองไทย อาหารอร่อยมากกกกก KFC\n"
FEW = (*TINY, "--set", "language_model.epochs=1", "--set", "classifier.epochs=1")


def chosen(verb: str, *arguments: object) -> tuple[str, str | None]:
    found = tomllib.loads(done(verb, *arguments, "--print-settings").out)
    part = found if verb == "prepare" else found["prepare"]
    return part["tokenizer"], part.get("rules")


@pytest.fixture
def thai_table(tmp_path: Path) -> Path:
    skip_without_extra("words:th")
    good, bad = "อาหารอร่อยมากกกกก ชอบ", "อาหารแย่จังเลย ไม่ชอบ"
    rows = [(f"{good if n % 2 else bad} {n}", "ดี" if n % 2 else "แย่") for n in range(40)]
    return write_table(tmp_path / "thai.csv", rows)


def test_tokens_of_a_language() -> None:
    skip_without_extra("words:th")
    outcome = done("tokenize", "-", "--language", "th", stdin=THAI)
    assert outcome.out == "xxbos ▁ ผม รัก เมือง ไทย ▁ อาหาร อร่อย มาก xxrep 5 ▁ kfc\n"
    assert outcome.err == ""


def test_tokenizer_and_rules_that_are_named_win() -> None:
    given = ("tokenize", "-", "--language", "th")
    fastai = "xxbos ▁ ผม รัก เมือง ไทย ▁ อาหาร อร่อย มา ▁ xxrep ▁ 5 ▁ ก ▁ xxup ▁ kfc\n"
    assert done(*given, "--rules", "fastai", stdin=THAI).out == fastai
    outcome = done(*given, "--tokenizer", "words:xx", stdin="KFC กาาาา\n")
    assert outcome.out == "xxbos xxup kfc ก xxrep 4 า\n"


@pytest.mark.parametrize("verb", ["prepare", "fit"])
def test_the_settings_hold_what_the_language_chose(verb: str, tmp_path: Path) -> None:
    skip_without_extra("words:th")
    part = "" if verb == "prepare" else "prepare."
    thai = ("--language", "th")
    assert chosen(verb) == ("words:en", None)
    assert chosen(verb, *thai) == ("words:th", "thai2fit")
    assert chosen(verb, *thai, "--rules", "none") == ("words:th", "none")
    assert chosen(verb, *thai, "--tokenizer", "characters") == ("characters", "none")
    assert chosen(verb, *thai, "--set", f"{part}rules=unicode") == ("words:th", "unicode")
    assert chosen(verb, "--rules", "unicode") == ("words:en", "unicode")
    for name, rules in (("characters", "none"), ("subwords:800", "unicode")):
        given = "--set", f"{part}tokenizer={name}"
        assert chosen(verb, *thai, *given) == (name, rules)
        assert chosen(verb, *thai, *given, "--rules", "fastai") == (name, "fastai")
    table = "--set", "prepare={tokenizer='characters'}"
    assert verb == "prepare" or chosen(verb, *thai, *table) == ("characters", "none")
    twice = "--set", f"{part}tokenizer=characters", "--set", f'{part}tokenizer="words:th"'
    assert chosen(verb, *thai, *twice) == ("words:th", "thai2fit")
    file = tmp_path / "settings.toml"
    table = "" if verb == "prepare" else "[prepare]\n"
    file.write_text(f"{table}tokenizer = 'characters'\nrules = 'fastai'\n", "utf-8")
    assert chosen(verb, "--settings", file) == ("characters", "fastai")
    assert chosen(verb, "--settings", file, *thai) == ("words:th", "thai2fit")
    assert chosen(verb, "--settings", file, "--language", "de") == ("words:de", "unicode")


def test_a_corpus_and_a_model_hold_it_too(thai_table: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    done("prepare", thai_table, "--language", "th", "--out", out)
    processor = open_corpus(out).processor
    assert (processor.rules.name, processor.tokenizer.spec) == ("thai2fit", "words:th")

    model = tmp_path / "model"
    said = done("fit", thai_table, "--language", "th", "--out", model, *FEW)
    assert said.out.splitlines()[-1] == f"next: ulmus predict {model} SOURCE"
    bundle = ulmus.load(model)
    assert (bundle.processor.rules.name, bundle.processor.tokenizer.spec) == (
        ("thai2fit", "words:th")
    )
    assert bundle.processor.tokens("อร่อยมากกกกก") == (
        ["xxbos", " ", "อร่อย", "มาก", "xxrep", "5", " "]
    )
    assert set(bundle.labels) == {"ดี", "แย่"}
    assert done("predict", model, "-", stdin=THAI).out.count("\n") >= 1


def test_without_the_extra_it_is_subwords_and_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pythainlp", None)
    outcome = run("tokenize", "-", "--language", "th", stdin=THAI * 20)
    assert outcome.code == 0
    assert outcome.err == (
        "ulmus: Thai is cut into subwords, as its word segmenter is not installed; for words "
        'run: pip install "ulmus[thai]"\n'
    )
    assert "<_>" in outcome.out.split("\n")[0]
    line = refused(tmp_path, "tokenize", "-", "--tokenizer", "words:th", stdin=THAI)
    assert line.endswith('Run: pip install "ulmus[thai]".')


@pytest.mark.parametrize("verb", ["prepare", "fit", "tokenize"])
def test_an_unknown_language_is_refused(verb: str, tmp_path: Path) -> None:
    out = () if verb == "tokenize" else ("--out", tmp_path / "out")
    line = refused(tmp_path, verb, "absent.csv", "--language", "fr", *out)
    assert line == (
        "no preset for this language: 'fr'; accepted: de (German), en (English), ja (Japanese), "
        "th (Thai), vi (Vietnamese), zh (Chinese). For another language of spaCy write "
        "--tokenizer words:CODE, with --rules unicode where its letters are not ASCII."
    )


@pytest.mark.parametrize(("flag", "value"), [("--language", "de"), ("--rules", "unicode")])
def test_refused_beside_a_language_model(flag: str, value: str, tmp_path: Path) -> None:
    given = ("fit", "absent.csv", "--out", tmp_path / "out", "--language-model", "absent")
    assert refused(tmp_path, *given, flag, value) == (
        f"{flag} with a language model, which brings its rules and its tokenizer: '{value}'; "
        f"accepted: {flag} without --language-model. Leave {flag} out."
    )


@pytest.mark.parametrize("verb", ["prepare", "fit"])
def test_unknown_rules_are_refused(verb: str, thai_table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    line = refused(tmp_path, verb, thai_table, "--out", out, "--rules", "thaifit")
    assert line.startswith("unknown rule set: 'thaifit'; accepted: fastai, none, thai2fit, unicode")
