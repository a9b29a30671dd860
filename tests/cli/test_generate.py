"""`ulmus generate`."""

import json
from pathlib import Path

import pytest

import ulmus
from tests.cli.conftest import Chain
from tests.cli.running import done, refused


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
        (("--temperature", "-1"), "temperature is out of range: -1.0; accepted: 0 or more"),
        (("--top-p", "2"), "top_p is out of range: 2.0; accepted: above 0 and at most 1"),
        (("--top-k", "0"), "top_k is out of range: 0; accepted: 1 or more"),
        (("--min-p", "nan"), "min_p is out of range: nan; accepted: from 0 to 1"),
        (("--seed", "-1"), "seed is out of range: -1; accepted: "),
        (("--repetition-penalty", "0"), "repetition_penalty is out of range: 0.0; accepted: abo"),
        (("--beams", "0"), "beams is out of range: 0; accepted: 1 or more, or None to draw"),
        (("--beams", "2", "--top-k", "3"), "a beam search draws nothing, so top_k means nothing"),
        (("--beams", "2", "--seed", "3"), "a beam search draws nothing, so seed means nothing to "),
        (("--beams", "2", "--stream"), "a beam search knows its text only when it has ended: '"),
        (
            ("--beams", "2", "--count", "2"),
            "a beam search finds one text for each prompt: '--count",
        ),
        (("--length-normalisation", "1"), "length_normalisation compares texts of unequal length"),
        (("--stop", ""), "stop is out of range: ['']; accepted: strings that are not empty"),
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
