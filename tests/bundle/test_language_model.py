import math
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.bundle.saved_models import TEXTS, language_model, processor
from ulmus.bundle.writer import language_model_bundle
from ulmus.errors import CorpusError, SettingsError, SourceError
from ulmus.models.language_model import build_language_model
from ulmus.text.special_tokens import FILLER


@pytest.fixture(scope="module")
def bundle():
    return language_model()


@pytest.fixture(scope="module")
def backward():
    return language_model(backward=True)


@pytest.fixture(scope="module")
def uniform(bundle):
    """A model that gives every token the same probability."""
    model = build_language_model(bundle.manifest.encoder, bundle.manifest.vocabulary_size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return language_model_bundle(model, bundle.processor)


def favouring(bundle, *tokens):
    """Return a copy of a uniform model that likes some tokens above all others."""
    model = build_language_model(bundle.manifest.encoder, bundle.manifest.vocabulary_size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        for place, token in enumerate(tokens):
            ids = [i for i, t in enumerate(bundle.processor.vocabulary.tokens) if t == token]
            model.decoder_bias[ids] = 50.0 - place
    return language_model_bundle(model, bundle.processor)


def test_the_prompt_comes_back_as_the_processor_writes_it(bundle, backward):
    for model in (bundle, backward):
        assert model.generate("The  RED fox, flies!", max_tokens=0) == "The RED fox, xxunk!"
        assert model.generate("", max_tokens=0) == ""
        assert model.generate(max_tokens=0) == ""


def test_what_is_generated_follows_the_prompt(bundle):
    text = bundle.generate("the red fox", max_tokens=12, seed=1)
    assert text.startswith("the red fox ")
    assert len(text) > len("the red fox ")


def test_a_backward_model_writes_what_comes_before(backward):
    text = backward.generate("the red fox", max_tokens=12, seed=1)
    assert text.endswith(" the red fox")
    assert len(text) > len(" the red fox")


def greedy_ids(bundle, ids, count):
    """Return ids continued by the most probable token that may be generated."""
    banned = bundle._writer.banned
    for _ in range(count):
        logits, _state = bundle.model.last_logits(torch.tensor([ids]))
        logits[0, banned] = -torch.inf
        ids = [*ids, int(logits.argmax())]
    return ids


def test_a_backward_model_reads_the_prompt_from_its_end(backward):
    beginning, *words = backward.processor.encode("the red fox").tolist()
    _, *read = greedy_ids(backward, [beginning, *reversed(words)], 8)
    expected = backward.processor.decode([beginning, *reversed(read)])
    assert backward.generate("the red fox", max_tokens=8, temperature=0) == expected


@pytest.mark.parametrize("seed", [0, 5])
def test_a_seed_gives_the_same_text_again(seed, bundle):
    def draw(number):
        return bundle.generate("the", max_tokens=40, seed=number)

    first = draw(seed)
    torch.manual_seed(99)
    assert draw(seed) == first
    assert draw(seed + 1) != first


def test_without_a_seed_texts_differ(bundle):
    assert len({bundle.generate(max_tokens=40) for _ in range(4)}) == 4


def test_temperature_zero_takes_the_most_probable_token(bundle):
    ids = greedy_ids(bundle, bundle.processor.encode("the red").tolist(), 10)
    greedy = bundle.generate("the red", max_tokens=10, temperature=0)
    assert greedy == bundle.processor.decode(ids)
    with pytest.raises(SettingsError, match=r"^temperature 0 draws nothing, so seed means nothing"):
        bundle.generate("the red", max_tokens=10, temperature=0, seed=4)


def test_unknown_padding_field_and_filler_tokens_are_never_generated(bundle):
    silent = ("xxunk", FILLER, "xxpad", "xxfld", "xxeos")
    model = favouring(bundle, *silent, "fox")
    assert model.generate("the", max_tokens=5) == "the fox fox fox fox fox"
    assert model.generate("the", max_tokens=5, temperature=0) == "the fox fox fox fox fox"


def test_special_tokens_are_spelled_out(bundle):
    assert favouring(bundle, "xxmaj").generate("", max_tokens=3) == ""
    upper = favouring(bundle, "xxup")
    assert "xxup" not in upper.generate("the fox", max_tokens=5)
    assert "xxbos" not in favouring(bundle, "xxbos").generate("the fox", max_tokens=5)


def test_top_k_of_one_is_greedy(bundle):
    greedy = bundle.generate("the", max_tokens=20, temperature=0)
    assert bundle.generate("the", max_tokens=20, top_k=1, seed=3) == greedy
    assert bundle.generate("the", max_tokens=20, top_p=1e-9, seed=3) == greedy
    assert bundle.generate("the", max_tokens=20, min_p=1.0, seed=3) == greedy


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -1},
        {"temperature": 1e39},
        {"repetition_penalty": 1e-45},
        {"top_k": 0},
        {"top_p": 0},
        {"min_p": 2},
        {"max_tokens": -1},
    ],
)
def test_settings_out_of_range_are_refused(wrong, bundle):
    with pytest.raises(SettingsError, match=f"^{next(iter(wrong))} is out of range"):
        bundle.generate("the", **wrong)


def test_the_perplexity_of_a_uniform_model_is_the_size_of_the_vocabulary(uniform):
    found = uniform.perplexity(TEXTS)
    size = len(uniform.processor.vocabulary)
    assert size % 8 == 0
    assert found.per_token == pytest.approx(size, rel=1e-5)


def test_every_token_but_the_first_is_counted(uniform):
    # xxbos | xxmaj a b . -> 4; xxbos | the fox -> 2; an empty text -> 0
    found = uniform.perplexity(["The fox.", "the fox", ""])
    assert found.token_count == 6
    bits = 6 * math.log2(len(uniform.processor.vocabulary))
    assert found.bits_per_character == pytest.approx(bits / (8 + 7), rel=1e-5)


def test_columns_count_with_what_stands_between_them(uniform):
    found = uniform.perplexity([("the", "fox")])
    assert found.token_count == 6  # xxbos | xxfld 1 the xxfld 2 fox
    bits = 6 * math.log2(len(uniform.processor.vocabulary))
    assert found.bits_per_character == pytest.approx(bits / len("the\nfox"), rel=1e-5)


@pytest.mark.parametrize("which", ["bundle", "backward"])
def test_perplexity_by_hand(which, request):
    model = request.getfixturevalue(which)
    nats, count = 0.0, 0
    for text in TEXTS:
        ids = torch.from_numpy(model.processor.encode(text))
        ids = ids.flip(0) if which == "backward" else ids
        logs = model.model(ids[None, :-1]).logits[0].log_softmax(-1)
        nats -= logs.gather(1, ids[1:, None]).sum().item()
        count += len(ids) - 1
    found = model.perplexity(TEXTS)
    characters = sum(len(text) for text in TEXTS)
    assert found.token_count == count
    assert found.per_token == pytest.approx(math.exp(nats / count), rel=1e-4)
    assert found.bits_per_character == pytest.approx(nats / math.log(2) / characters, rel=1e-4)
    one_by_one = [model.perplexity([text]) for text in TEXTS]
    total = sum(math.log(part.per_token) * part.token_count for part in one_by_one)
    assert total == pytest.approx(nats, rel=1e-4)


def test_nothing_to_predict_is_refused(bundle):
    with pytest.raises(CorpusError, match=r"^nothing to predict in 1 documents of 0 characters"):
        bundle.perplexity([""])


def test_a_single_text_is_refused(bundle):
    with pytest.raises(SourceError, match=r"^a single text was given: 'red'"):
        bundle.perplexity("red")


def test_characters_are_joined_without_spaces():
    model = language_model(reader=processor(tokenizer="characters"))
    text = model.generate("The fox", max_tokens=20, seed=0)
    assert text.startswith("The fox")
    assert model.generate("The  fox", max_tokens=0) == "The  fox"


def test_threads_get_the_answers_of_a_single_thread(bundle):
    def work(seed):
        return bundle.generate("the", max_tokens=15, seed=seed), bundle.perplexity(TEXTS)

    expected = [work(seed) for seed in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(16))) == expected
