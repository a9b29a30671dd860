import random

import pytest
import torch

from tests.bundle.saved_models import TEXTS
from ulmus.bundle.growing_text import GrowingText, text_of
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import BEGINNING_ID

MORE = [
    "สวัสดีชาวโลก วันนี้อากาศดี - ดีมาก (a) 3 5",
    "a well-known \"quote\" isn't l'eau, 3 or 12 - 5",
    "你好世界。我们 都很好 3",
]
TOKENIZERS = {
    "words": "words:en",
    "French words": "words:fr",
    "Thai words": "words:th",
    "characters": "characters",
    "subwords": "subwords:110",
    "subwords with a space token": "subwords:110:space=<_>",
    "function": str.split,
}
FREQUENT = ["xxrep", "xxwrep", "xxmaj", "xxup", "-", '"', "3", "▁3", "▁", " ", "1", "<_>", "xxbos"]


@pytest.fixture(scope="module", params=TOKENIZERS.values(), ids=TOKENIZERS.keys())
def processor(request):
    return TextProcessor.build([*TEXTS, *MORE], tokenizer=request.param, min_freq=1)


def random_ids(processor, draw, count):
    """Return ids as no model writes them: half of them have to do with what stands beside."""
    frequent = [i for i, token in enumerate(processor.vocabulary.tokens) if token in FREQUENT]
    return [
        draw.choice(frequent) if draw.random() < 0.5 else draw.randrange(len(processor.vocabulary))
        for _ in range(count)
    ]


@pytest.mark.parametrize("every", [1, 5])
def test_what_is_certain_never_changes(processor, every, monkeypatch):
    """Whatever comes, and also when the text is looked at now and then only."""
    monkeypatch.setattr("ulmus.bundle.growing_text.DECODED_FOR_EACH", 128 // every**3)
    draw = random.Random(7)
    shown = total = 0
    for _ in range(150):
        ids = [BEGINNING_ID, *random_ids(processor, draw, 25)]
        final = text_of(processor, ids)
        growing = GrowingText(processor, ids[:3])
        for token_id in ids[3:]:
            growing.add(token_id)
            assert final.startswith(growing.certain)
        assert growing.whole() == final
        shown, total = shown + len(growing.certain), total + len(final)
    assert shown > total / 3


def test_words_are_certain_when_the_next_one_is_there():
    processor = TextProcessor.build([*TEXTS, *MORE], min_freq=1)
    tokens = ["the", "well", "-", "xxmaj", "known", "xxup", "fox", "xxwrep", "3", "red", "house"]
    growing, certain = GrowingText(processor, [BEGINNING_ID]), []
    for token_id in processor.vocabulary.ids(tokens):
        growing.add(int(token_id))
        certain.append(growing.certain)
    assert certain == [
        *["", "the", "the well", "the well", "the well", "the well"],
        *["the well-Known", "the well-Known", "the well-Known"],
        *["the well-Known FOX", "the well-Known FOX red red red"],
    ]


def test_a_new_document_makes_the_one_before_certain():
    processor = TextProcessor.build(TEXTS, min_freq=1)
    ids = processor.encode("the red fox").tolist()
    growing = GrowingText(processor, ids)
    growing.add(BEGINNING_ID)
    assert growing.certain == growing.whole() == "the red fox\n\n"
    assert text_of(processor, [*ids, *ids, *ids[:1]]) == "the red fox\n\nthe red fox\n\n"


def test_the_cost_of_a_token_is_bounded(monkeypatch):
    processor = TextProcessor.build(TEXTS, min_freq=1)
    decoded = []
    monkeypatch.setattr(TextProcessor, "decode", lambda _, ids: decoded.append(len(ids)) or "")
    growing = GrowingText(processor, [BEGINNING_ID])
    fox = int(processor.vocabulary.ids(["fox"])[0])
    for _ in range(4_000):
        growing.add(fox)
    assert 128 + 4_000 // 128 < len(decoded) < 700
    assert sum(decoded) / 4_000 < 2 * 128
    assert torch.tensor(decoded).diff().max() <= 4_000 // 128 + 1
