import subprocess
import sys
from hashlib import sha256

import pytest

from ulmus.errors import TokenizerError
from ulmus.text.tokenizers.subword_options import SubwordOptions
from ulmus.text.tokenizers.subword_training import (
    DistinctWords,
    sample_stretches,
    train_model,
)

WORDS = [f"{a}{b}{c}" for a in "bdgk" for b in "aeiou" for c in "lmnrst"]
TEXTS = [" ".join(WORDS[i : i + 7]) for i in range(0, 120, 3)]


@pytest.mark.parametrize("model_type", ["unigram", "bpe"])
def test_the_same_texts_give_the_same_model_in_any_process(model_type):
    options = SubwordOptions(size=60, model_type=model_type)
    model = train_model(options, iter(TEXTS))
    assert train_model(options, list(TEXTS)) == model
    code = (
        "from tests.text.tokenizers.test_subword_training import *;"
        f"model = train_model({options!r}, TEXTS); print(sha256(model).hexdigest())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.decode().strip() == sha256(model).hexdigest()
    assert result.stderr == b""


@pytest.mark.parametrize(
    ("words", "size"), [(0, 29), (99, 29), (100, 32), (128, 32), (132, 40), (4_004, 1_008)]
)
def test_the_default_size_is_a_quarter_of_the_words(words, size):
    seen = DistinctWords()
    texts = [f"w{i} w{i}\nw0" for i in range(words)]
    assert list(seen.seen_in(texts)) == texts
    assert seen.default_size() == size


def test_the_default_size_has_a_limit_at_which_counting_ends():
    seen = DistinctWords()
    for _ in seen.seen_in([" ".join(map(str, range(120_000))), "more and more"]):
        pass
    assert seen.default_size() == 30_000
    assert len(seen.words) == 120_000


def test_few_words_of_many_characters_get_enough_pieces():
    texts = [chr(0x4E00 + i) * 2 for i in range(200)]
    assert train_model(SubwordOptions(), texts)
    with pytest.raises(TokenizerError, match="Vocabulary size is smaller than required_chars"):
        train_model(SubwordOptions(size=100), texts)


@pytest.mark.parametrize("texts", [[], [""], ["  \n "]])
@pytest.mark.parametrize("size", [None, 100])
def test_no_text_is_told(texts, size):
    message = r"no subword model can be trained on \d characters of text .*Give more text"
    with pytest.raises(TokenizerError, match=message):
        train_model(SubwordOptions(size=size), texts)


def test_long_texts_are_cut_at_spaces():
    text = "word " * 2_000
    stretches = sample_stretches([text, "short"])
    assert "".join(stretches) == text + "short"
    assert max(map(len, stretches)) <= 2_000
    assert all(stretch.startswith(" word") for stretch in stretches[1:-1])
    assert [len(s) for s in sample_stretches(["a" * 4_100])] == [2_000, 2_000, 100]


def test_a_sample_is_bounded_even_and_the_same_each_time():
    texts = [f"{i:09d} " for i in range(10_000)]
    sample = sample_stretches(texts, most=5_000)
    assert sample == sample_stretches(iter(texts), most=5_000)
    assert 150 <= len(sample) <= 500
    assert sample == sorted(sample)
    later = sum(int(text) >= 5_000 for text in sample)
    assert 0.35 < later / len(sample) < 0.65


def test_one_long_line_is_not_left_out():
    line = " ".join(WORDS * 200)
    assert len(line) > 90_000
    assert train_model(SubwordOptions(size=60), [line])
