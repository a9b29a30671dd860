import pytest

from ulmus.errors import TokenizerError
from ulmus.text.tokenizers.subword_options import SubwordOptions, parse_subword_spec


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        ("subwords", SubwordOptions()),
        ("subwords:8000", SubwordOptions(size=8000)),
        ("subwords:8000:bpe", SubwordOptions(size=8000, model_type="bpe")),
        ("subwords:language=th:space=<_>", SubwordOptions(language="th", space="<_>")),
        (
            "subwords:200:bpe:language=th:space=<_>",
            SubwordOptions(size=200, model_type="bpe", language="th", space="<_>"),
        ),
    ],
)
def test_a_spec_and_its_options(spec, options):
    assert parse_subword_spec(spec) == options
    assert options.spec == spec


def test_parts_come_in_any_order_and_defaults_may_be_written():
    parsed = parse_subword_spec("subwords:space=<_>:unigram:language=en:300")
    assert parsed.spec == "subwords:300:space=<_>"


@pytest.mark.parametrize(
    "spec",
    [
        "subwords:",
        "subwords:many",
        "subwords:28",
        "subwords:1000001",
        "subwords:99999999999999999999",
        "subwords:word",
        "subwords:space=",
        "subwords:space=▁",
        "subwords:space= ",
        "subwords:language=",
        "subwords:colour=red",
        "subwords:²",
    ],
)
def test_a_spec_that_means_nothing(spec):
    with pytest.raises(TokenizerError, match=r"not a subword tokenizer: .*accepted: subwords\[:SI"):
        parse_subword_spec(spec)


def test_letters_of_european_languages_are_covered_wholly():
    assert SubwordOptions(language="de").character_coverage == 0.99999
    assert SubwordOptions(language="th").character_coverage == 0.9998
