import pickle

import pytest

from ulmus.errors import BundleError
from ulmus.text import rule_set
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.splitter import TextSplitter
from ulmus.text.tokenizers.subword_options import SubwordOptions
from ulmus.text.tokenizers.subwords import load_subwords, show_spaces, train_subwords

SENTENCES = [
    "Wells wrote THE TIME MACHINE, and it is good.",
    "The machine went back in time; the time was late!!!",
    "Go go go back, said the man who wrote it.",
] * 5


def train(**options):
    rules = rule_set("fastai")
    return train_subwords(SubwordOptions(**options), lambda: map(rules.apply, SENTENCES))


@pytest.fixture(scope="module")
def unigram():
    return train(size=60)


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def spaced(request):
    return train(size=60, model_type=request.param, space="<_>")


def test_special_tokens_are_themselves(unigram):
    tokens = unigram.tokens("xxbos xxmaj the time xxrep 3 ! xxfld 2 xxup go")
    specials = [token for token in tokens if token in SPECIAL_TOKENS]
    assert specials == ["xxbos", "xxmaj", "xxrep", "xxfld", "xxup"]
    others = [token for token in tokens if token not in SPECIAL_TOKENS]
    assert "".join(others) == "▁the▁time▁3▁!▁2▁go"


def test_words_begin_with_a_mark(unigram):
    tokens = unigram.tokens("the time machine")
    assert "".join(tokens) == "▁the▁time▁machine"
    assert unigram.join(tokens) == "the time machine"
    assert unigram.word_end(["▁ma", "ch", "ine", "▁w"], 0) == 3
    assert unigram.word_end(["▁ma", "xxmaj"], 0) == 1
    assert not unigram.is_space("▁")


def test_pieces_are_all_but_the_special_tokens(unigram):
    pieces = unigram.pieces()
    assert len(set(pieces)) == len(pieces) <= 60 - 10
    assert {"▁", "t", "h", "e"} <= set(pieces)
    assert not {"<unk>", "▁xxbos", "xxbos"} & set(pieces)
    for sentence in SENTENCES:
        assert set(unigram.tokens(rule_set("fastai").apply(sentence))) <= {
            *pieces,
            *SPECIAL_TOKENS,
        }


def test_a_space_token_stands_for_each_space(spaced):
    tokens = spaced.tokens("xxbos the time xxmaj was xxrep 3 ! back")
    assert [t for t in tokens if t in SPECIAL_TOKENS] == ["xxbos", "xxmaj", "xxrep"]
    text = "".join(t for t in tokens if t not in SPECIAL_TOKENS)
    assert text == "the<_>time<_>was<_>3<_>!<_>back"
    assert "▁" not in tokens
    assert spaced.tokens("the\n\u3000time") == spaced.tokens("the time")
    assert spaced.join(["the", "<_>", "ti", "me"]) == "the time"
    assert spaced.is_space("<_>")
    assert spaced.is_space("▁")
    assert spaced.word_end(["ti", "me", "<_>", "w"], 0) == 2
    assert "<_>" in spaced.pieces()


def test_spaces_are_shown_but_in_front_of_special_tokens():
    assert show_spaces("a b", "") == "a b"
    assert show_spaces("xxbos a b xxmaj c", "<_>") == " xxbosa<_>b<_> xxmajc"
    assert show_spaces("a \n b", "<_>") == "a<_>b"


def test_pickled_with_its_model(unigram):
    again = pickle.loads(pickle.dumps(unigram))
    assert again == unigram
    assert again.tokens("the time") == unigram.tokens("the time")


def test_saved_and_loaded(unigram, tmp_path):
    unigram.save(tmp_path)
    assert (tmp_path / "subwords.model").read_bytes() == unigram.model
    description = unigram.description()
    assert description["spec"] == "subwords:60"
    assert load_subwords(unigram.options, tmp_path, description["model"]) == unigram


@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
def test_a_damaged_model_is_told(unigram, tmp_path, damage):
    model = {"missing": None, "cut": unigram.model[:-9], "changed": unigram.model + b"x"}[damage]
    if model:
        (tmp_path / "subwords.model").write_bytes(model)
    with pytest.raises(BundleError, match=r"subword model is missing or damaged: .*Copy the saved"):
        load_subwords(unigram.options, tmp_path, unigram.description()["model"])


@pytest.mark.parametrize("rules", ["fastai", "none", "thai2fit"])
@pytest.mark.parametrize("options", [{}, {"model_type": "bpe"}, {"space": "<_>"}])
def test_pieces_as_numbers_are_the_pieces(options, rules):
    splitter = TextSplitter(rule_set(rules), train(size=60, **options))
    # Snowmen and the characters of 日本 are unknown to the model.
    texts = ["The time☃☃ machine.", "", " a  b\n c", "xxbos xxunk <unk> ⁇ man", "日本 go go go go"]
    expected = [splitter.tokens(text) for text in texts]
    assert any("日本" in token for token in expected[4])
    numbered = splitter.numbered(texts)
    tokens = iter([numbered.tokens[number] for number in numbered.ids.tolist()])
    assert [[next(tokens) for _ in range(n)] for n in numbered.lengths.tolist()] == expected
    assert numbered.tokens == list(dict.fromkeys(token for one in expected for token in one))
