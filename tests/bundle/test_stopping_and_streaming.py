"""Texts that end before a string or with a document, and texts in pieces."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import torch

from tests.bundle.saved_models import language_model, processor
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.written_text import prompt_end
from ulmus.errors import SettingsError
from ulmus.text.processor import TextProcessor

PROMPTS = ["", "the red fox", "The", "Höhe und Tür", "the sea is blue and the sky is blue ."]
TOKENIZERS = {"words": "words:en", "characters": "characters", "subwords": "subwords:48"}
THAI = ["สวัสดีชาวโลก วันนี้อากาศดีมาก", "วันนี้ฝนตก อากาศไม่ดี", "ชาวโลกกินข้าว"]


@pytest.fixture(scope="module", params=TOKENIZERS.values(), ids=TOKENIZERS.keys())
def bundle(request):
    return language_model(reader=processor(tokenizer=request.param))


@pytest.fixture(scope="module")
def words():
    return language_model()


@pytest.fixture(scope="module")
def backward():
    return language_model(backward=True)


def thai() -> LanguageModelBundle:
    reader = TextProcessor.build(THAI, tokenizer="words:th", min_freq=1)
    return language_model(reader=reader)


def pieces(bundle, prompt, **options):
    return list(bundle.stream(prompt, **options))


def test_a_text_ends_before_the_first_stop(bundle):
    """As the text would be without, cut there; whichever tokens the stop lies in."""
    found = 0
    for seed in range(6):
        whole = bundle.generate("the red fox", max_tokens=60, seed=seed)
        prompt = len(bundle.generate("the red fox", max_tokens=0))
        for start in range(prompt, min(len(whole), prompt + 30), 3):
            stop = whole[start : start + 3]
            expected = whole[: whole.index(stop, prompt)]
            assert bundle.generate("the red fox", max_tokens=60, seed=seed, stop=stop) == expected
            several = [stop, "never found", whole[start : start + 1]]
            cut = min(whole.find(s, prompt) for s in several if s in whole[prompt:])
            made = bundle.generate("the red fox", max_tokens=60, seed=seed, stop=several)
            assert made == whole[:cut]
            found += 1
    assert found > 20


def test_a_stop_that_never_comes_changes_nothing(bundle):
    expected = bundle.generate(PROMPTS, max_tokens=30, seed=2)
    assert bundle.generate(PROMPTS, max_tokens=30, seed=2, stop=["never", "found"]) == expected


def test_stops_are_found_beside_other_prompts(words):
    options = {"max_tokens": 40, "seed": [4, 5, 6, 7, 8], "stop": ["is", "fox", ","]}
    together = words.generate(PROMPTS, **options)
    for prompt, seed, text in zip(PROMPTS, options["seed"], together, strict=True):
        assert words.generate(prompt, **{**options, "seed": seed}) == text
    assert len({len(text) for text in together}) > 2


@pytest.fixture(scope="module")
def long_prompt():
    """Words enough that few more would hardly change the length of the text."""
    known = ["the", "red", "fox", "is", "blue", "and", "in", "a", "house", "by", "sea"]
    return " ".join(random.Random(5).choices(known, k=2_000))


def test_a_text_behind_a_long_prompt_comes_word_by_word(words, long_prompt, monkeypatch):
    steps, original = [], words.model.last_logits
    monkeypatch.setattr(words.model, "last_logits", lambda *a: steps.append(1) or original(*a))
    options = {"max_tokens": 50, "seed": 1}
    expected, made, late = words.generate(long_prompt, **options), [], []
    steps.clear()
    for piece in words.stream(long_prompt, **options):
        made.append(piece)
        late.append(len(steps))
    assert "".join(made) == expected
    assert len(made) > 25
    assert late[0] <= 3
    assert max(after - before for before, after in pairwise(late)) <= 8


def test_a_text_behind_a_long_prompt_ends_at_its_stop(words, long_prompt, monkeypatch):
    whole = words.generate(long_prompt, max_tokens=60, seed=1)
    stop = whole[len(long_prompt) + 30 :].split()[1]
    expected = words.complete(long_prompt, max_tokens=60, seed=1, stop=stop)
    steps, original = [], words.model.last_logits
    monkeypatch.setattr(words.model, "last_logits", lambda *a: steps.append(1) or original(*a))
    assert words.generate(long_prompt, max_tokens=60, seed=1, stop=stop) == expected.text
    assert whole.startswith(expected.text + stop)
    assert len(expected.tokens) < len(steps) <= len(expected.tokens) + 5


def test_a_long_text_costs_no_more_a_token(words, long_prompt, monkeypatch):
    counts, join = [], type(words.processor.tokenizer).join
    monkeypatch.setattr(
        type(words.processor.tokenizer),
        "join",
        lambda self, tokens, known: counts.append(len(tokens)) or join(self, tokens, known),
    )
    made = pieces(words, long_prompt, max_tokens=300, seed=1, stop="never found")
    assert len(made) > 150
    assert sum(count for count in counts if count < 1_000) < 300 * 64
    assert sum(count > 1_000 for count in counts) < 8


def test_the_model_is_asked_no_more_once_a_stop_was_met(words, monkeypatch):
    whole = words.generate("the", max_tokens=60, temperature=0, repetition_penalty=1.3)
    stop = whole.split()[4]
    steps, original = [], words.model.last_logits
    monkeypatch.setattr(words.model, "last_logits", lambda *a: steps.append(1) or original(*a))
    words.generate("the", max_tokens=60, temperature=0, repetition_penalty=1.3, stop=stop)
    assert 3 < len(steps) < 12


def test_what_the_prompt_holds_stops_nothing(words):
    text = words.generate("the red fox", max_tokens=20, seed=1)
    assert words.generate("the red fox", max_tokens=20, seed=1, stop=["the red", "e r"]) == (
        text if "e r" not in text[11:] else text[: text.index("e r", 11)]
    )
    hyphen = words.generate("the red -", max_tokens=6, seed=1)
    assert words.generate("the red -", max_tokens=6, seed=1, stop="-").startswith(hyphen[:7])


def test_a_stop_of_white_space_is_not_met_in_the_prompt():
    """Nor where the white space at the end of the prompt is certain bit by bit."""
    model = language_model(reader=processor(tokenizer="characters"))
    for stop in ("  ", " \n", "\n"):
        for prompt in ("the fox  \n", "the fox \n \n", "  "):
            whole = model.generate(prompt, max_tokens=80, seed=3)
            place = whole.find(stop, len(prompt))
            expected = whole if place < 0 else whole[:place]
            assert model.generate(prompt, max_tokens=80, seed=3, stop=stop) == expected


@pytest.mark.parametrize(
    ("prompt", "text", "end"),
    [
        ("the fox", "the fox is", 7),
        ("well -", "well-known", 5),
        ("a ( b", "a (b c", 4),
        ("go go", "going going", 2),
        ("", "any", 0),
        ("สวัสดี", "สวัสดีครับ", 6),
        ("longer", "long", 4),
    ],
)
def test_where_a_prompt_ends(prompt, text, end):
    assert prompt_end(prompt, text) == end


def test_a_prompt_may_name_the_beginning_of_a_document(words):
    """Which begins one, but not with a blank line above all."""
    assert words.generate("xxbos The fox", max_tokens=0) == "The fox"
    assert words.generate("The sea xxbos The fox", max_tokens=0) == "The sea\n\nThe fox"
    made = words.generate("xxbos The fox", max_tokens=30, seed=2)
    assert made.startswith("The fox")
    assert "".join(pieces(words, "xxbos The fox", max_tokens=30, seed=2)) == made


def test_one_document_ends_where_the_model_ends_it(words, backward):
    for model in (words, backward):
        whole = model.generate("the red fox", max_tokens=300, seed=4)
        assert "\n\n" in whole
        one = model.generate("the red fox", max_tokens=300, seed=4, one_document=True)
        assert one == whole.split("\n\n")[-1 if model is backward else 0]
        made = model.complete("the red fox", max_tokens=300, seed=4, one_document=True)
        assert made.text == one
        assert made.tokens.index("xxbos") == len(made.tokens) - 1
        assert len(made.log_probabilities) == len(made.tokens)


OPTIONS = [
    {},
    {"repetition_penalty": 1.5},
    {"stop": ["e", " s"]},
    {"stop": "is blue"},
    {"one_document": True},
    {"temperature": 0, "seed": None},
    {"max_tokens": 0},
    {"max_tokens": 1},
    {"max_tokens": 200},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_pieces_are_together_what_is_generated(bundle, options):
    for seed in range(2):
        drawn = {"max_tokens": 40, "seed": seed, **options}
        for prompt in PROMPTS:
            made = pieces(bundle, prompt, **drawn)
            assert "".join(made) == bundle.generate(prompt, **drawn)
            assert "" not in made


def lines_and_words(text):
    return re.findall(r"\n|\S+", text)


def test_pieces_of_a_function_that_keeps_line_breaks_only():
    texts = ["the fox\nis red", "a house\n\na sea", "ชาว โลก\nดี มาก"]
    reader = TextProcessor.build(texts, tokenizer=lines_and_words, min_freq=1)
    model, lines = language_model(reader=reader), 0
    for seed in range(5):
        whole = model.generate("the fox is", max_tokens=40, seed=seed)
        assert "".join(pieces(model, "the fox is", max_tokens=40, seed=seed)) == whole
        assert whole.startswith("the fox is")
        lines += whole.count("\n")
    assert lines > 5


def test_pieces_of_a_text_without_spaces():
    model = thai()
    whole = model.generate("สวัสดี", max_tokens=40, seed=1)
    made = pieces(model, "สวัสดี", max_tokens=40, seed=1)
    assert "".join(made) == whole
    assert len(made) >= 20
    stop = whole[30:33]
    cut = whole[: whole.index(stop, 6)]
    assert model.generate("สวัสดี", max_tokens=40, seed=1, stop=stop) == cut


def test_pieces_come_while_the_model_goes_on(words, monkeypatch):
    steps, original = [], words.model.last_logits
    monkeypatch.setattr(words.model, "last_logits", lambda *a: steps.append(1) or original(*a))
    stream, seen = words.stream("the", max_tokens=1_000_000, seed=1), []
    assert steps == []
    for _ in range(5):
        seen.append((next(stream), len(steps)))
        assert not torch.is_inference_mode_enabled()
        assert torch.is_grad_enabled()
    assert all(count < 30 for _, count in seen)
    assert len({count for _, count in seen}) == 5


def test_a_completion_has_no_tokens_behind_its_stop(bundle):
    whole = bundle.complete("the", max_tokens=40, seed=5)
    stop = whole.text[20:24]
    made = bundle.complete("the", max_tokens=40, seed=5, stop=stop)
    count = len(made.tokens)
    assert made.text == whole.text[: whole.text.index(stop, 3)]
    assert made.tokens == whole.tokens[:count]
    assert made.log_probabilities == whole.log_probabilities[:count]
    texts = [bundle.complete("the", max_tokens=n, seed=5).text for n in (count, count - 1)]
    assert texts[0].startswith(made.text)
    assert not texts[1].startswith(made.text)


def test_threads_stream_side_by_side(words):
    def work(seed):
        return pieces(words, "the", max_tokens=30, seed=seed)

    expected = [work(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == expected


def test_a_backward_model_cannot_stop_at_a_string_or_be_streamed(backward):
    told = r"^a backward model writes from the end, and so cannot "
    with pytest.raises(
        SettingsError, match=told + r"stop at a string: \"stop = \('\.',\)\"; accepted"
    ):
        backward.generate("the", stop=".")
    with pytest.raises(SettingsError, match=told + r"be streamed: 'backward = true'; accepted: a "):
        backward.stream("the")


def test_a_beam_search_cannot_be_streamed(words):
    message = r"^a beam search knows its text only when it has ended: 'beams = 3'; accepted: strea"
    with pytest.raises(SettingsError, match=message):
        words.stream("the", beams=3)
