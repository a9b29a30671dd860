"""The English language models that come with the package."""

import math

import pytest

import ulmus
from ulmus.bundle.packaged import ENGLISH, PACKAGED
from ulmus.recipes.fit_settings import FitSettings
from ulmus.recipes.starting_models import LEAST_KNOWN, known_share, starting_models
from ulmus.text.sources import Document

MOST_BYTES = 25_000_000

PROSE = (
    "The old man walked slowly along the river, and thought of the years that had passed since he "
    "had first come to the town. It was raining, and nobody else was on the road.",
    "The film is a waste of time: the plot makes no sense, and the actors look bored.",
    "I would like to book a table for two people at seven o'clock, please.",
)
GERMAN = (
    "Der alte Mann ging langsam am Fluss entlang und dachte an die Jahre, die vergangen waren, "
    "seit er zum ersten Mal in die Stadt gekommen war.",
)


@pytest.fixture(scope="module", params=ENGLISH)
def model(request):
    return ulmus.load(request.param)


def test_both_are_small():
    sizes = [path.stat().st_size for path in PACKAGED.rglob("*") if path.is_file()]
    assert len(sizes) > 5
    assert sum(sizes) <= MOST_BYTES


def test_each_reads_in_its_direction(model):
    assert ulmus.load("en").manifest.backward is False
    assert model.manifest.provenance["pretraining_tokens"] > 50_000_000
    assert model.manifest.storage == "int8"


def test_prose_is_much_more_probable_than_its_words_in_any_order(model):
    found = model.perplexity(PROSE)
    assert found.per_token < 60
    shuffled = [" ".join(sorted(text.split(), key=hash_of)) for text in PROSE]
    assert model.perplexity(shuffled).per_token > 5 * found.per_token


def hash_of(word):
    return sum(ord(letter) * 31**place for place, letter in enumerate(word)) % 1009


def test_it_knows_what_follows():
    model = ulmus.load("en")
    scored = model.log_probabilities(["He looked up at the sky.", "He looked up at the sadly."])
    nights = [math.exp(sum(each.log_probabilities)) for each in scored]
    assert nights[0] > 100 * nights[1]


def test_english_is_known_and_german_is_not(model):
    processor = model.processor
    assert known_share(processor, [Document((text,), None) for text in PROSE]) > 0.97
    assert known_share(processor, [Document((text,), None) for text in GERMAN]) < LEAST_KNOWN


def test_a_fit_of_english_texts_starts_from_them():
    documents = [Document((text,), "some") for text in PROSE]
    models = starting_models(FitSettings(both_directions=True), documents)
    assert [model.manifest for model in models] == [ulmus.load(name).manifest for name in ENGLISH]


def test_one_seed_generates_one_text():
    model = ulmus.load("en")
    texts = [model.generate("The meeting", max_tokens=30, seed=1) for _ in range(2)]
    assert texts[0] == texts[1]
    assert len(texts[0].split()) > 15
