"""Generation through a bundle: several prompts, beams, log-probabilities."""

import pytest
import torch

from tests.bundle.saved_models import TEXTS, language_model, processor
from ulmus.errors import SettingsError, SourceError
from ulmus.inference.beam_search import beam_search
from ulmus.text.special_tokens import BEGINNING_ID

PROMPTS = ["", "the red fox", "The", "Höhe und Tür", "the sea is blue and the sky is blue ."]
TOKENIZERS = {"words": "words:en", "characters": "characters", "subwords": "subwords:48"}


@pytest.fixture(scope="module", params=TOKENIZERS.values(), ids=TOKENIZERS.keys())
def bundle(request):
    return language_model(reader=processor(tokenizer=request.param))


@pytest.fixture(scope="module")
def words():
    return language_model()


@pytest.fixture(scope="module")
def backward():
    return language_model(backward=True)


@pytest.mark.parametrize(
    "options", [{"seed": 3}, {"temperature": 0}, {"seed": 3, "top_p": 0.9, "min_p": 0.01}]
)
def test_several_prompts_are_continued_as_each_alone(bundle, backward, options):
    for model in (bundle, backward):
        together = model.generate(PROMPTS, max_tokens=25, **options)
        assert together == [model.generate(p, max_tokens=25, **options) for p in PROMPTS]
        reversed_ = model.generate(PROMPTS[::-1], max_tokens=25, **options)
        assert reversed_ == together[::-1]


def test_there_may_be_a_seed_for_each_prompt(words):
    texts = words.generate(["the"] * 4, max_tokens=25, seed=[1, 2, 3, 1])
    assert texts == [words.generate("the", max_tokens=25, seed=seed) for seed in (1, 2, 3, 1)]
    assert len(set(texts)) == 3
    assert len(set(words.generate(["the"] * 4, max_tokens=25))) == 4


def test_many_prompts_are_continued_in_groups(words, monkeypatch):
    expected = words.generate(PROMPTS, max_tokens=9, seed=range(5))
    monkeypatch.setattr("ulmus.bundle.generation.PROMPTS_AT_ONCE", 2)
    assert words.generate(PROMPTS, max_tokens=9, seed=range(5)) == expected


def test_prompts_may_be_few(words):
    assert words.generate([]) == words.complete(()) == []
    assert words.generate(("the",), max_tokens=0) == ["the"]


def test_completions_tell_tokens_and_log_probabilities(bundle, backward):
    for model in (bundle, backward):
        options = {"max_tokens": 20, "seed": 3, "temperature": 0.8, "repetition_penalty": 1.2}
        made = model.complete(PROMPTS, **options)
        assert [one.text for one in made] == model.generate(PROMPTS, **options)
        for prompt, one in zip(PROMPTS, made, strict=True):
            ids = model.processor.encode(prompt).tolist()
            ids = [BEGINNING_ID, *ids[:0:-1]] if model is backward else ids
            added = model.processor.vocabulary.ids(one.tokens).tolist()
            assert len(added) == 20
            expected = forced(model, ids, added)
            assert one.log_probabilities == pytest.approx(expected, abs=1e-4)
            alone = model.complete(prompt, **options)
            assert alone[:2] == one[:2]
            assert alone.log_probabilities == pytest.approx(one.log_probabilities, abs=1e-5)


@torch.no_grad()
def forced(bundle, ids, added):
    """Return the log-softmax of each added id, after everything before it."""
    logits = bundle.model(torch.tensor([[*ids, *added]])).logits[0]
    logs = torch.nn.functional.log_softmax(logits.double(), -1)
    return [logs[len(ids) + place - 1, token].item() for place, token in enumerate(added)]


def test_beams_find_what_the_search_finds(words, backward):
    for model in (words, backward):
        options = {"beams": 4, "max_tokens": 12, "repetition_penalty": 1.2}
        made = model.complete("the red fox", **options)
        ids = model.processor.encode("the red fox").tolist()
        ids = [BEGINNING_ID, *ids[:0:-1]] if model is backward else ids
        found = beam_search(model.model, torch.tensor(ids), banned=model._writer.banned, **options)
        assert model.processor.vocabulary.ids(made.tokens).tolist() == found.ids
        assert made.log_probabilities == pytest.approx(forced(model, ids, found.ids), abs=1e-4)
        assert model.generate(["the red fox", ""], **options)[0] == made.text


def test_beams_and_documents(words):
    options = {"beams": 3, "max_tokens": 30, "one_document": True}
    short = words.complete("the", **options, length_normalisation=0.0)
    long = words.complete("the", **options, length_normalisation=3.0)
    assert len(short.tokens) <= len(long.tokens)
    assert "\n\n" not in short.text
    assert words.complete("the", **options) == words.complete(
        "the", **options, length_normalisation=1.0
    )


def test_what_beams_find_ends_at_a_stop_too(words):
    whole = words.generate("the", beams=3, max_tokens=20)
    stop = whole[10:12]
    cut = whole[: whole.index(stop, 3)]
    assert words.generate("the", beams=3, max_tokens=20, stop=stop) == cut


def test_log_probabilities_of_texts(bundle, backward):
    texts = [*TEXTS, "", "fox"]
    for model in (bundle, backward):
        scored = model.log_probabilities(texts)
        for text, (tokens, values) in zip(texts, scored, strict=True):
            ids = model.processor.encode(text).tolist()
            order = -1 if model is backward else 1
            expected = forced(model, ids[::order][:1], ids[::order][1:])[::order]
            assert values == pytest.approx(expected, abs=1e-4)
            whole = [model.processor.vocabulary.token(i) for i in ids]
            assert list(tokens) == (whole[:-1] if model is backward else whole[1:])
        total = sum(sum(one.log_probabilities) for one in scored)
        found = model.perplexity(texts)
        assert sum(len(one.tokens) for one in scored) == found.token_count
        mean = torch.tensor(-total / found.token_count).exp().item()
        assert mean == pytest.approx(found.per_token, rel=1e-4)


def test_options_are_checked_before_anything_is_made(words):
    with pytest.raises(SettingsError, match=r"^temperature is out of range"):
        words.stream("the", temperature=-1)
    with pytest.raises(
        SettingsError, match=r"^generation has no such option: 'stops'; .* 'stop'\?"
    ):
        words.generate("the", stops="x")
    with pytest.raises(
        SettingsError, match=r"^there is not one seed for each prompt: '2 seeds for"
    ):
        words.generate(["the"], seed=[1, 2])


def test_what_is_no_text_is_refused(words):
    with pytest.raises(SourceError, match=r"^a stream continues one text: .*accepted: a string"):
        words.stream(["the"])
    with pytest.raises(SourceError, match=r"^something in the list is no text: '3'"):
        words.generate(["the", 3])


@pytest.mark.parametrize("prompt", [None, 3, b"the"])
def test_what_is_no_prompt_is_refused(words, prompt):
    told = rf"^a prompt is a text, or several in a list: .*{prompt}.*; accepted: a string, or a "
    for continued in (words.generate, words.complete):
        with pytest.raises(SourceError, match=told + r"list of strings\. Leave it out to begin"):
            continued(prompt)


def test_the_most_extreme_settings_generate(words):
    for options in ({"temperature": 1e30}, {"temperature": 1e-300}, {"repetition_penalty": 1e30}):
        tokens = words.complete("the", max_tokens=20, **options).tokens
        assert len(tokens) == 20
        assert set(tokens) <= set(words.processor.vocabulary.tokens)
