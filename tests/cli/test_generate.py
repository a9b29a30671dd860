"""`ulmus generate`."""

import json
import sys
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Timer
from typing import Any

import pytest

import ulmus
from tests.bundle.saved_models import language_model
from tests.cli.conftest import Chain
from tests.cli.running import done, refused
from ulmus.bundle.writer import write_bundle


def test_text_is_that_of_the_bundle(chain: Chain) -> None:
    bundle = ulmus.load(chain.finetuned)
    assert isinstance(bundle, ulmus.LanguageModelBundle)
    flags = ("--prompt", "The film", "--max-tokens", 9, "--temperature", 0.5, "--seed", 7)
    limits = ("--top-k", 5, "--top-p", 0.9, "--min-p", 0.01)
    sampling = {"top_k": 5, "top_p": 0.9, "min_p": 0.01}
    expected = bundle.generate("The film", max_tokens=9, temperature=0.5, seed=7, **sampling)  # type: ignore[arg-type]
    assert done("generate", chain.finetuned, *flags, *limits).out == f"{expected}\n"
    assert expected.startswith("The film")


def test_many_texts_have_neighbouring_seeds(chain: Chain) -> None:
    flags = ("--max-tokens", 12, "--temperature", 1)
    three = done("generate", chain.finetuned, *flags, "--count", 3, "--seed", 5).out
    alone = [done("generate", chain.finetuned, *flags, "--seed", 5 + i).out for i in range(3)]
    assert three == "".join(alone)
    assert len(set(alone)) == 3


def test_no_token_is_only_the_prompt(chain: Chain) -> None:
    flags = ("--prompt", "the film is warm", "--max-tokens", 0)
    assert done("generate", chain.finetuned, *flags).out == "the film is warm\n"


def loaded(chain: Chain) -> ulmus.LanguageModelBundle:
    bundle = ulmus.load(chain.finetuned)
    assert isinstance(bundle, ulmus.LanguageModelBundle)
    return bundle


def test_several_prompts_and_several_texts_of_each(chain: Chain) -> None:
    flags = ("--prompt", "the film", "--prompt", "", "--count", 2, "--seed", 5, "--max-tokens", 8)
    prompts, seeds = ["the film", "the film", "", ""], [5, 6, 5, 6]
    expected = loaded(chain).generate(prompts, seed=seeds, max_tokens=8)
    out = done("generate", chain.finetuned, *flags).out
    assert out == "".join(f"{text}\n" for text in expected)


@pytest.mark.parametrize("name", ["prompts.txt", "-"])
def test_prompts_from_a_file(chain: Chain, tmp_path: Path, name: str) -> None:
    """More than are continued at once, in their order, empty lines among them."""
    lines = [f"the film is {word}" for word in ("warm", "slow", "", "สวัสดี")] * 6 + ["", "end"]
    text = "\n".join(lines)
    (tmp_path / "prompts.txt").write_text(text, "utf-8")
    file = "-" if name == "-" else tmp_path / name
    flags = ("--prompts", file, "--seed", 3, "--max-tokens", 5, "--prompt", "first")
    out = done("generate", chain.finetuned, *flags, stdin=text if name == "-" else "").out
    expected = loaded(chain).generate(["first", *lines], seed=3, max_tokens=5)
    assert out == "".join(f"{one}\n" for one in expected)


@pytest.mark.parametrize("flags", [(), ("--stream",)])
def test_a_line_is_answered_when_it_comes(chain: Chain, flags: tuple[str, ...]) -> None:
    """By a process that does not know whether another line will follow."""
    options = ("--max-tokens", "5", "--seed", "3", "--prompts", "-", *flags)
    command = [sys.executable, "-m", "ulmus", "generate", str(chain.finetuned), *options]
    expected = loaded(chain).generate(["the film", "สวัสดี", "ชาว"], seed=3, max_tokens=5)
    pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
    with Popen(command, encoding="utf-8", **pipes) as process:  # type: ignore[call-overload]
        late = Timer(60, process.kill)  # so that no answer is an empty one
        late.start()
        for line, answers in (("the film\n", expected[:1]), ("สวัสดี\nชาว\n", expected[1:])):
            process.stdin.write(line)
            process.stdin.flush()
            assert [process.stdout.readline() for _ in answers] == [f"{a}\n" for a in answers]
        late.cancel()
        assert process.communicate() == ("", "")
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("flags", "at_once"),
    [((), [16, 4]), (("--count", "5"), [16] * 6 + [4]), (("--beams", "2"), [1] * 20)],
)
def test_how_many_are_continued_at_once(
    chain: Chain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
    at_once: list[int],
) -> None:
    """A search takes long, so that each is written before the next."""
    (tmp_path / "prompts.txt").write_text("the film\n" * 20, "utf-8")
    counts, generate = [], ulmus.LanguageModelBundle.generate

    def counted(bundle: ulmus.LanguageModelBundle, prompts: list[str], **options: Any) -> list[str]:
        counts.append(len(prompts))
        return generate(bundle, prompts, **options)

    monkeypatch.setattr(ulmus.LanguageModelBundle, "generate", counted)
    prompts = ("--prompts", tmp_path / "prompts.txt", "--max-tokens", 0, *flags)
    assert done("generate", chain.finetuned, *prompts).out.count("\n") == sum(at_once)
    assert counts == at_once


def test_a_file_that_cannot_be_read_is_told_before_any_text(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "generate", chain.finetuned, "--prompt", "a", "--prompts", "absent")
    assert line.startswith("cannot read the source (No such file or directory): 'absent'")


def test_the_tokenizer_function_is_handed_in(tmp_path: Path) -> None:
    """Without it a Thai model whose words a function cuts is not even loaded."""
    function = "function:pythainlp.tokenize:word_tokenize"
    texts = ["สวัสดีชาวโลก วันนี้อากาศดีมาก", "วันนี้ฝนตก อากาศไม่ดี"]
    reader = ulmus.TextProcessor.build(texts, tokenizer=function, min_freq=1)
    model = language_model(reader=reader)
    (tmp_path / "thai").mkdir()
    write_bundle(tmp_path / "thai", model)
    flags = ("--prompt", "วันนี้อากาศ", "--seed", 3, "--max-tokens", 8)
    made = done("generate", tmp_path / "thai", *flags, "--tokenizer", function)
    assert made.out == model.generate("วันนี้อากาศ", seed=3, max_tokens=8) + "\n"
    assert made.out.startswith("วันนี้อากาศ")
    streamed = done("generate", tmp_path / "thai", *flags, "--tokenizer", function, "--stream")
    assert streamed.out == made.out
    line = refused(tmp_path, "generate", tmp_path / "thai", *flags)
    assert line.startswith("the saved text processor needs its tokenizer function, which is stored")


def test_a_stop_and_a_document(chain: Chain) -> None:
    bundle, flags = loaded(chain), ("--prompt", "the film", "--seed", 2, "--max-tokens", 60)
    whole = bundle.generate("the film", seed=2, max_tokens=60)
    stop = whole[20:23]
    out = done("generate", chain.finetuned, *flags, "--stop", stop, "--stop", "neverfound").out
    assert out == whole[: whole.index(stop, 8)] + "\n"
    out = done("generate", chain.finetuned, *flags, "--one-document").out
    assert out == bundle.generate("the film", seed=2, max_tokens=60, one_document=True) + "\n"
    document = bundle.generate("", seed=0, max_tokens=300)
    assert "\n\n" in document
    lines = ("--seed", 0, "--max-tokens", 300, "--stop", r"\n\n")
    assert done("generate", chain.finetuned, *lines).out == document.split("\n\n")[0] + "\n"


def test_a_stream_writes_the_same_text(chain: Chain) -> None:
    flags = ("--prompt", "The film", "--prompt", "", "--count", 2, "--seed", 4, "--top-p", 0.9)
    flags = (*flags, "--repetition-penalty", 1.3)
    plain = done("generate", chain.finetuned, *flags)
    assert done("generate", chain.finetuned, *flags, "--stream") == plain
    assert done("generate", chain.finetuned, "--stream", "--max-tokens", 3).code == 0


def test_log_probabilities_are_lines_of_json(chain: Chain) -> None:
    flags = ("--prompt", "the film", "--prompt", "สวัสดี", "--seed", 4, "--max-tokens", 6)
    out = done("generate", chain.finetuned, *flags, "--log-probabilities").out
    expected = loaded(chain).complete(["the film", "สวัสดี"], seed=4, max_tokens=6)
    for line, completion in zip(out.splitlines(), expected, strict=True):
        told = json.loads(line)
        assert told["text"] == completion.text
        assert told["tokens"] == list(completion.tokens)
        assert told["log_probabilities"] == pytest.approx(completion.log_probabilities)
    assert "\\u" not in out


def test_beams(chain: Chain) -> None:
    flags = ("--prompt", "the film", "--max-tokens", 9, "--beams", 3)
    expected = loaded(chain).generate("the film", max_tokens=9, beams=3)
    assert done("generate", chain.finetuned, *flags).out == f"{expected}\n"
    flags = (*flags, "--one-document", "--length-normalisation", 0.6)
    options = {"one_document": True, "length_normalisation": 0.6}
    expected = loaded(chain).generate("the film", max_tokens=9, beams=3, **options)  # type: ignore[arg-type]
    assert done("generate", chain.finetuned, *flags).out == f"{expected}\n"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--temperature", "-1"), "temperature is out of range: -1.0; accepted: from 0 to 1e+30"),
        (("--temperature", "1e39"), "temperature is out of range: 1e+39; accepted: from 0 to 1e+"),
        (("--top-p", "2"), "top_p is out of range: 2.0; accepted: above 0 and at most 1"),
        (("--top-k", "0"), "top_k is out of range: 0; accepted: 1 or more"),
        (("--min-p", "nan"), "min_p is out of range: nan; accepted: from 0 to 1"),
        (("--seed", "-1"), "seed is out of range: -1; accepted: "),
        (
            ("--seed", "9223372036854775808"),
            "seed is out of range: 9223372036854775808; accepted: a whole number from 0 to "
            "9223372036854775807, ",
        ),
        (
            ("--seed", "9223372036854775807", "--count", "2"),
            "each further text has the next seed, and there are not enough behind this one: "
            "'--seed 9223372036854775807 --count 2'; accepted: --seed up to 9223372036854775806 "
            "with this --count. Choose a smaller seed.",
        ),
        (("--repetition-penalty", "0"), "repetition_penalty is out of range: 0.0; accepted: fro"),
        (("--repetition-penalty", "1e-45"), "repetition_penalty is out of range: 1e-45; accepte"),
        (("--beams", "0"), "beams is out of range: 0; accepted: greater than or equal to 1"),
        (("--temperature", "0", "--top-k", "3"), "temperature 0 draws nothing, so top_k means no"),
        (("--temperature", "0", "--seed", "3"), "temperature 0 draws nothing, so seed means noth"),
        (
            ("--temperature", "0", "--count", "2"),
            "temperature 0 finds one text for each prompt: '--count 2'; accepted: --temperature 0 "
            "without --count. Leave out one of them.",
        ),
        (("--beams", "2", "--top-k", "3"), "a beam search draws nothing, so top_k means nothing"),
        (("--beams", "2", "--seed", "3"), "a beam search draws nothing, so seed means nothing to "),
        (("--beams", "2", "--stream"), "a beam search knows its text only when it has ended: '"),
        (
            ("--beams", "2", "--count", "2"),
            "a beam search finds one text for each prompt: '--count",
        ),
        (("--length-normalisation", "1"), "length_normalisation compares texts of unequal length"),
        (("--stop", ""), "stop is out of range: ('',); accepted: strings that are not empty"),
        (
            ("--stream", "--log-probabilities"),
            "text and JSON cannot be written at once: '--stream ",
        ),
        (("--prompts", "absent.txt"), "cannot read the source (No such file or directory): 'abs"),
        (("--count", "0"), "Invalid value for '--count': Input should be greater than or equal"),
        (("--max-tokens", "x"), "Invalid value for '--max-tokens': Input should be a valid int"),
    ],
)
def test_values_out_of_range(
    chain: Chain, tmp_path: Path, flags: tuple[str, ...], told: str
) -> None:
    line = refused(tmp_path, "generate", chain.finetuned, *flags)
    assert line.startswith(told)


def test_prompts_that_are_not_utf8(chain: Chain, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_bytes("Höhe".encode("latin-1"))
    line = refused(tmp_path, "generate", chain.finetuned, "--prompts", file)
    assert str(file) in line
    assert "UTF-8" in line


def test_a_classifier_generates_nothing(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "generate", chain.classifier)
    assert line.startswith(f"the bundle '{chain.classifier}' is of another kind: 'text-classifier'")
    assert line.endswith("accepted: language-model. Give a language-model bundle.")
