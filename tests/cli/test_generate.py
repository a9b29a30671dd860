"""`ulmus generate`."""

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


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--temperature", "-1"), "temperature is out of range: -1.0; accepted: 0 or more"),
        (("--top-p", "2"), "top_p is out of range: 2.0; accepted: above 0 and at most 1"),
        (("--top-k", "0"), "top_k is out of range: 0; accepted: 1 or more"),
        (("--min-p", "nan"), "min_p is out of range: nan; accepted: from 0 to 1"),
        (("--seed", "-1"), "seed is out of range: -1; accepted: "),
        (("--count", "0"), "Invalid value for '--count': Input should be greater than or equal"),
        (("--max-tokens", "x"), "Invalid value for '--max-tokens': Input should be a valid int"),
    ],
)
def test_values_out_of_range(
    chain: Chain, tmp_path: Path, flags: tuple[str, str], told: str
) -> None:
    line = refused(tmp_path, "generate", chain.finetuned, *flags)
    assert line.startswith(told)


def test_a_classifier_generates_nothing(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "generate", chain.classifier)
    assert line.startswith(f"the bundle '{chain.classifier}' is of another kind: 'text-classifier'")
    assert line.endswith("accepted: language-model. Give a language-model bundle.")
