import pickle
import re
import sys
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import pytest

from tests.languages.awkward_texts import AWKWARD_TEXTS
from tests.languages.extras import skip_without_extra
from ulmus.errors import MissingExtraError, TokenizerError, UlmusWarning
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers import SegmentedWordTokenizer, build_tokenizer, load_tokenizer
from ulmus.text.tokenizers.segmenters import SEGMENTERS

EXTRAS = {
    "ja": ("japanese", "sudachidict_core"),
    "th": ("thai", "pythainlp"),
    "vi": ("vietnamese", "underthesea"),
    "zh": ("chinese", "rjieba"),
}


@pytest.fixture(scope="module", params=SEGMENTERS)
def tokenizer(request):
    skip_without_extra(f"words:{request.param}")
    return SegmentedWordTokenizer(request.param)


@pytest.mark.parametrize(
    ("language", "text", "tokens"),
    [
        (
            "th",
            "xxbos ผมรัก xxrep 3 ก",
            ["xxbos", " ", "ผม", "รัก", " ", "xxrep", " ", "3", " ", "ก"],
        ),
        ("th", "อินเทอร์เน็ต", ["อินเทอร์เน็ต"]),
        ("zh", "xxbos 我爱xx xxrep 3 好", ["xxbos", "我", "爱", "xx", "xxrep", "3", "好"]),
        ("zh", "北京 大学  生\n前", ["北京", "大学", "生", "\n", "前"]),
        ("ja", "xxbos 猫である xxrep 3 ！", ["xxbos", "猫", "で", "ある", "xxrep", "3", "！"]),
        ("ja", "㍿　東京\n です", ["㍿", "　", "東京", "\n ", "です"]),
        ("vi", "xxbos xxmaj bác sĩ 3 giờ", ["xxbos", "xxmaj", "bác sĩ", "3", "giờ"]),
        ("vi", "bệnh\nnhân, bệnh  nhân", ["bệnh", "\n", "nhân", ",", "bệnh", "nhân"]),
    ],
)
def test_words_spaces_and_special_tokens(language, text, tokens):
    skip_without_extra(f"words:{language}")
    assert SegmentedWordTokenizer(language).tokens(text) == tokens


def without_spaces(text):
    return text.replace(" ", "")


@pytest.mark.parametrize("name", AWKWARD_TEXTS)
def test_nothing_but_spaces_is_lost(tokenizer, name):
    text = AWKWARD_TEXTS[name].replace("\ud83d", "\ufffd")
    composed = unicodedata.normalize("NFC", text) if tokenizer.language == "vi" else text
    tokens = tokenizer.tokens(text)
    assert all(tokens)
    assert without_spaces("".join(tokens)) == without_spaces(composed)
    if tokenizer.keeps_spaces_behind_specials:
        assert "".join(tokens) == text
        assert tokenizer.join(tokens) == text


def test_special_tokens_are_whole(tokenizer):
    text = " ".join(SPECIAL_TOKENS)
    assert [token for token in tokenizer.tokens(text) if token != " "] == list(SPECIAL_TOKENS)
    assert "xxmaj" in tokenizer.tokens("\u3000xxmaj\u00a0a")


LENGTH = 20_000
LONG_TEXTS = (
    "1" * LENGTH,
    "1." * LENGTH,
    "กา" * LENGTH,
    "我" * LENGTH,
    "あ" * LENGTH,
    "()" * LENGTH,
)


@pytest.mark.parametrize("text", [*LONG_TEXTS, "a\u0301\u0316" + "\u0301\u0316" * LENGTH])
def test_time_does_not_grow_with_the_square_of_a_text(tokenizer, text):
    start = time.perf_counter()
    tokens = tokenizer.tokens(text)
    assert time.perf_counter() - start < 10
    assert len("".join(tokens)) == len(text) or tokenizer.language == "vi"


def test_an_address_that_underthesea_takes_exponential_time_for():
    pytest.importorskip("underthesea")
    start = time.perf_counter()
    tokens = SegmentedWordTokenizer("vi").tokens("http://" + "." * 40 + " x")
    assert time.perf_counter() - start < 5
    assert "".join(tokens) == "http://" + "." * 40 + "x"


def test_syllables_in_decomposed_letters_are_the_same_words():
    pytest.importorskip("underthesea")
    tokenizer = SegmentedWordTokenizer("vi")
    text = "bác sĩ và bệnh nhân"
    assert tokenizer.tokens(unicodedata.normalize("NFD", text)) == tokenizer.tokens(text)
    assert tokenizer.tokens(text) == ["bác sĩ", "và", "bệnh nhân"]
    assert tokenizer.tokens("hoà bình ðang") == ["hoà bình", "ðang"]


@pytest.mark.parametrize(
    ("language", "tokens", "text"),
    [
        ("th", ["ผม", "▁", "รัก", " ", "น้ำ"], "ผม รัก น้ำ"),
        ("vi", ["bác sĩ", ",", "tôi"], "bác sĩ, tôi"),
        ("zh", ["我", "用", "iPhone", "15", "。"], "我用iPhone 15。"),
        ("ja", ["猫", "で", "ある"], "猫である"),
    ],
)
def test_joined_as_the_language_writes(language, tokens, text):
    skip_without_extra(f"words:{language}")
    assert SegmentedWordTokenizer(language).join(tokens) == text


def test_pickled_by_its_language(tokenizer):
    data = pickle.dumps(tokenizer)
    assert len(data) < 250
    again = pickle.loads(data)
    assert again == tokenizer
    assert len({again, tokenizer}) == 1
    assert again.tokens("xxbos กา 好") == tokenizer.tokens("xxbos กา 好")
    assert tokenizer != build_tokenizer("characters")


def test_many_threads_may_use_one(tokenizer):
    texts = [f"{AWKWARD_TEXTS['japanese']} {n} {AWKWARD_TEXTS['vietnamese']}" for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(tokenizer.tokens, texts)) == [tokenizer.tokens(t) for t in texts]


def test_what_is_stored_is_its_spec_and_the_segmenter(tokenizer, tmp_path):
    _, package = EXTRAS[tokenizer.language]
    tokenizer.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert tokenizer.spec == f"words:{tokenizer.language}"
    made_with = f"{package} {version(package)}"
    assert tokenizer.description() == {"spec": tokenizer.spec, "segmenter": made_with}
    assert load_tokenizer(tokenizer.description(), tmp_path) == tokenizer
    assert tokenizer.pieces() is None
    assert tokenizer.word_end(["a", "b"], 0) == 1
    assert tokenizer.is_space("▁")


def test_another_version_is_told_and_remembered(tokenizer, tmp_path):
    _, package = EXTRAS[tokenizer.language]
    stored = {"spec": tokenizer.spec, "segmenter": f"{package} 0.1"}
    message = (
        rf"were cut by {package} 0\.1, and {package} {re.escape(version(package))} is installed"
    )
    with pytest.warns(UlmusWarning, match=message):
        loaded = load_tokenizer(stored, tmp_path)
    assert loaded.description() == stored
    assert loaded != tokenizer
    assert loaded.tokens("xxbos กา 好") == tokenizer.tokens("xxbos กา 好")


@pytest.mark.parametrize("made_with", [{}, {"segmenter": "pyvi 0.1.1"}])
def test_another_segmenter_is_refused(tokenizer, made_with, tmp_path):
    _, package = EXTRAS[tokenizer.language]
    given = made_with.get("segmenter", "spaCy's")
    message = f"with another segmenter: .{given}.; accepted: {package}. Prepare the text"
    with pytest.raises(TokenizerError, match=message):
        load_tokenizer({"spec": tokenizer.spec, **made_with}, tmp_path)


@pytest.mark.parametrize("language", SEGMENTERS)
def test_a_missing_extra_is_told_with_its_command(language, monkeypatch):
    extra, package = EXTRAS[language]
    message = rf"'words:{language}'; .*package {package}, .*Run: pip install \"ulmus\[{extra}\]\""
    for module in SEGMENTERS[language].modules:
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, module, None)
            assert not SEGMENTERS[language].is_installed()
            with pytest.raises(MissingExtraError, match=message):
                build_tokenizer(f"words:{language}")


def test_a_broken_package_is_a_missing_extra(monkeypatch):
    pytest.importorskip("pythainlp")
    monkeypatch.setitem(sys.modules, "pythainlp.tokenize", None)
    with pytest.raises(MissingExtraError, match=r"pip install \"ulmus\[thai\]\""):
        build_tokenizer("words:th")
