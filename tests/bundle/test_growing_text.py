import random
import re

import pytest

from tests.bundle.saved_models import TEXTS
from ulmus.bundle import decoded_tail, growing_text
from ulmus.bundle.decoded_tail import settled_place
from ulmus.bundle.growing_text import GrowingText, text_of
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import BEGINNING_ID
from ulmus.text.tokenizers import FunctionTokenizer

MORE = [
    "สวัสดีชาวโลก วันนี้อากาศดี - ดีมาก (a) 3 5",
    "a well-known \"quote\" isn't l'eau, 3 or 12 - 5\nand „more“ 'of' it",
    "你好世界。我们 都很好 3",
    "มากกกกกก ๆๆๆๆ wow!!!!! นานๆๆๆๆๆ 5 555555",
]


def words_and_lines(text):
    """A function to which spaces are nothing and line breaks are tokens."""
    return re.findall(r"\n|[^\s]+", text)


TOKENIZERS = {
    "words": ("words:en", None),
    "French words": ("words:fr", None),
    "Thai words": ("words:th", None),
    "Thai words by thai2fit's rules": ("words:th", "thai2fit"),
    "Chinese words": ("words:zh", None),
    "characters": ("characters", None),
    "characters with case": ("characters", "unicode"),
    "subwords": ("subwords:130", None),
    "subwords with a space token": ("subwords:130:space=<_>", None),
    "function": (str.split, None),
    "function that keeps line breaks": (words_and_lines, None),
}
FREQUENT = [
    *("xxrep", "xxwrep", "xxmaj", "xxup", "xxfld", "xxbos", "xxrep5", "-", '"', "'", "„", "“"),
    *("1", "3", "▁3", "▁", " ", "<_>", "\n"),
]


@pytest.fixture(scope="module", params=TOKENIZERS.values(), ids=TOKENIZERS.keys())
def processor(request):
    tokenizer, rules = request.param
    return TextProcessor.build([*TEXTS, *MORE], tokenizer=tokenizer, rules=rules, min_freq=1)


def random_ids(processor, draw, count):
    """Return ids as no model writes them: half of them have to do with what stands beside."""
    known = [i for i, token in enumerate(processor.vocabulary.tokens) if token in FREQUENT]
    few = draw.sample(known, 4)  # so that each way to put them together is met somewhere
    return [
        draw.choice(few) if draw.random() < 0.5 else draw.randrange(len(processor.vocabulary))
        for _ in range(count)
    ]


@pytest.mark.parametrize(("short_tail", "kept"), [(32, 8), (4, 2)])
def test_what_is_certain_never_changes(processor, short_tail, kept, monkeypatch):
    """Whatever comes, and however soon the text before is forgotten."""
    monkeypatch.setattr(growing_text, "SHORT_TAIL", short_tail)
    monkeypatch.setattr(decoded_tail, "KEPT", kept)
    draw = random.Random(7)
    shown = total = 0
    for count in [25] * 250 + [80] * 30:
        ids = [BEGINNING_ID, *random_ids(processor, draw, count)]
        final = text_of(processor, ids)
        prompt = draw.randrange(1, 20)
        growing, certain = GrowingText(processor, ids[:prompt]), ""
        for token_id in ids[prompt:]:
            certain += growing.add(token_id)
            assert final.startswith(certain)
        shown, total = shown + len(certain), total + len(final)
        certain += growing.add(BEGINNING_ID)
        assert certain == text_of(processor, [*ids, BEGINNING_ID])
    assert shown > total / 2


def test_words_are_certain_when_the_next_one_is_there():
    processor = TextProcessor.build([*TEXTS, *MORE], min_freq=1)
    tokens = ["the", "well", "-", "xxmaj", "known", "xxup", "fox", "xxwrep", "3", "red", "house"]
    growing = GrowingText(processor, [BEGINNING_ID])
    certain = [growing.add(int(token_id)) for token_id in processor.vocabulary.ids(tokens)]
    assert certain == [
        *["", "the", " well", "", "", "", "-Known", "", "", " FOX", " red red red"],
    ]


def test_a_word_that_does_not_show_yet_makes_nothing_certain():
    processor = TextProcessor.build([*TEXTS, *MORE], min_freq=1)
    growing = GrowingText(processor, [BEGINNING_ID])
    ids = processor.vocabulary.ids(["the", "well", "-", "xxwrep", "3", "red", "fox"])
    assert [growing.add(int(token_id)) for token_id in ids] == [
        *["", "the", " well", "", "", "", "-red red red"],
    ]


def test_a_repeated_word_is_certain_when_it_has_ended():
    """One that begins alike again and again looks as if it were certain before."""
    processor = TextProcessor.build(["a 3 111e b"], tokenizer="characters", min_freq=1)
    tokens = ["a", " ", "xxrep", "3", " ", "1", "1", "1", "e", " ", "b", "b"]
    ids = [BEGINNING_ID, *processor.vocabulary.ids(tokens).tolist()]
    assert text_of(processor, ids) == "a 111e111e111e bb"
    growing = GrowingText(processor, ids[:2])
    certain = [growing.add(token_id) for token_id in ids[2:]]
    assert "".join(certain) == "a 111e111e111e b"
    assert certain[:7] == [""] * 7


@pytest.mark.parametrize("count", [1_000, 7_000])
def test_words_behind_a_long_text_are_certain_as_soon(processor, count):
    draw = random.Random(3)
    words = [i for i in range(9, len(processor.vocabulary)) if _is_a_word(processor, i)]
    ids = [BEGINNING_ID, *draw.choices(words, k=count)]
    growing, behind = GrowingText(processor, ids), 0
    certain = growing.add(words[0]) + growing.add(words[1])
    ids += words[:2]
    for token_id in draw.choices(words, k=60):
        certain += growing.add(token_id)
        ids.append(token_id)
        final = text_of(processor, ids)
        assert final.startswith(certain)
        behind = max(behind, len(final) - len(certain))
    assert behind < 60


def _is_a_word(processor, token_id):
    token = processor.vocabulary.token(token_id)
    return token.isalpha() and token not in FREQUENT and not token.startswith("xx")


def test_a_new_document_makes_the_one_before_certain():
    processor = TextProcessor.build(TEXTS, min_freq=1)
    ids = processor.encode("the red fox").tolist()
    assert GrowingText(processor, ids).add(BEGINNING_ID) == "the red fox\n\n"
    assert text_of(processor, [*ids, *ids, *ids[:1]]) == "the red fox\n\nthe red fox\n\n"


@pytest.mark.parametrize("marks", [1, 3])
def test_documents_that_show_nothing_make_no_blank_line(marks):
    processor = TextProcessor.build(TEXTS, min_freq=1)
    fox = processor.encode("The fox").tolist()
    ids = [*[BEGINNING_ID] * marks, *fox, *[BEGINNING_ID] * marks, *fox]
    assert text_of(processor, ids) == "The fox\n\nThe fox"
    growing = GrowingText(processor, [BEGINNING_ID])
    certain = "".join(map(growing.add, ids))
    assert certain == "The fox\n\nThe"


def joined(processor, monkeypatch):
    """Return a list that grows by the number of tokens whenever tokens are made a text."""
    counts, kind = [], type(processor.tokenizer)
    join = kind.join
    monkeypatch.setattr(
        kind, "join", lambda self, t, known: counts.append(len(t)) or join(self, t, known)
    )
    return counts


@pytest.mark.parametrize("start", [0, 5_000])
@pytest.mark.parametrize("tokens", ["fox", 'fox "', "xxmaj fox", "xxbos fox", "fox xxunk . -"])
def test_the_cost_of_a_token_does_not_grow_with_the_text(start, tokens, monkeypatch):
    processor = TextProcessor.build([*TEXTS, *MORE], min_freq=1)
    ids = processor.vocabulary.ids(tokens.split() * 6_000).tolist()
    growing, decoded = GrowingText(processor, ids[:start]), joined(processor, monkeypatch)
    for token_id in ids[start : start + 4_000]:
        growing.add(token_id)
    assert sum(decoded) - 4 * start < 4_000 * 64


def test_a_tail_of_which_nothing_can_be_dropped_is_decoded_now_and_then(monkeypatch):
    """A word in capitals that does not end."""
    processor = TextProcessor.build(["ab"], tokenizer="characters", rules="unicode", min_freq=1)
    first, letter = processor.vocabulary.ids(["xxup", "a"]).tolist()
    growing = GrowingText(processor, [BEGINNING_ID, first])
    decoded = joined(processor, monkeypatch)
    certain = "".join(growing.add(letter) for _ in range(4_000))
    assert set(certain) == {"A"}
    assert len(certain) > 4_000 * (1 - 1 / 64)
    assert len(decoded) < 2_000


class Numbering(FunctionTokenizer):
    """A tokenizer whose joining looks back at all tokens."""

    def join(self, tokens, known=(), /):
        return " ".join(f"{place}{token}" for place, token in enumerate(tokens))


def test_a_tokenizer_that_looks_further_back_is_not_cut_short():
    tokenizer = Numbering(str.split, "function:numbering")
    processor = TextProcessor.build(TEXTS, tokenizer=tokenizer, min_freq=1)
    fox, *_ = processor.vocabulary.ids(["fox"]).tolist()
    growing = GrowingText(processor, [BEGINNING_ID])
    certain = "".join(growing.add(fox) for _ in range(120))
    assert text_of(processor, [fox] * 120).startswith(certain)
    assert certain.endswith(" 118fox")


@pytest.mark.parametrize(
    ("tokens", "latest", "place"),
    [
        ("xxbos a b c d", 3, 3),
        ("xxbos a b c d", 0, 0),
        ("xxbos xxmaj a b", 3, 3),
        ("xxbos xxmaj a b", 2, 1),
        ("xxbos xxmaj ▁ a b", 3, 1),
        ("xxbos xxmaj ▁ a b", 4, 4),
        ("xxbos a xxrep 3 c d", 5, 5),
        ("xxbos a xxrep 3 c d", 4, 1),
        ("xxbos a xxwrep 3 xxmaj d e", 5, 2),
        ("xxbos a xxmaj xxfld 1 b c", 5, 2),
        ("xxbos a b axxrep5 c d e", 6, 6),
        ("xxbos a b axxrep5 c d e", 4, 2),
        ("xxmaj xxmaj xxmaj", 2, 0),
    ],
)
def test_where_no_special_token_reaches_across(tokens, latest, place):
    tokenizer = TextProcessor.build(["a"], tokenizer=str.split, min_freq=1).tokenizer
    assert settled_place(tokens.split(), tokenizer, latest) == place
