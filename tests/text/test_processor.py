import json
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from ulmus.errors import BundleError, SourceError, TokenizerError
from ulmus.text import TextProcessor, Vocabulary
from ulmus.text.tokenizers import WordTokenizer

TEXTS = [
    "The Time Machine, by H. G. Wells!!!",
    "I have said, THE TIME MACHINE was gone; don't ask.",
    "Go go go go home, ผมรักเมืองไทย 我爱北京 <br /> (A/B) #1",
]


def halves(text):
    return [text[: len(text) // 2], text[len(text) // 2 :]]


SPECS = {
    "words": "words:en",
    "characters": "characters",
    "subwords": "subwords:120",
    "spaced": "subwords:120:bpe:space=<_>",
    "function": "function:tests.text.test_processor:halves",
}


@pytest.fixture(scope="module", params=SPECS)
def processor(request):
    return TextProcessor.build(TEXTS, tokenizer=SPECS[request.param], min_freq=1)


def test_known_texts_have_known_tokens_only(processor):
    for text in TEXTS:
        ids = processor.encode(text)
        assert ids.dtype == np.int64
        assert ids[0] == 2
        assert (ids[1:] != 0).all()
        assert processor.vocabulary.ids(processor.tokens(text)).tolist() == ids.tolist()


def test_words_come_back():
    processor = TextProcessor.build(TEXTS * 3)
    text = "The Time Machine, by H. G. Wells!!! don't Go go go go home (a/B) #1"
    assert processor.decode(processor.encode(text)) == text
    assert processor.decode(processor.encode("a never seen time")) == "a xxunk xxunk time"
    assert processor.decode([]) == ""


@pytest.mark.parametrize("spec", [spec for spec in SPECS.values() if "function" not in spec])
def test_several_columns_are_marked_and_unmarked(spec):
    columns = ("the time", "of a machine")
    processor = TextProcessor.build([columns] * 9, tokenizer=spec)
    ids = processor.encode(columns)
    assert ids.tolist().count(4) == 2
    assert processor.decode(ids) == "the time of a machine"


def test_by_frequency_with_limits():
    processor = TextProcessor.build(["b a a", "c a b"], min_freq=2, max_vocab=10)
    assert processor.vocabulary.tokens[9] == "a"
    assert len(processor.vocabulary) == 16
    assert "b" not in processor.vocabulary


def test_texts_may_be_read_once_only():
    once = TextProcessor.build(iter(TEXTS), tokenizer="subwords:120", min_freq=1)
    assert once == TextProcessor.build(TEXTS, tokenizer="subwords:120", min_freq=1)


def test_one_text_in_place_of_a_list_is_told():
    with pytest.raises(SourceError, match=r"one text where several are needed: 'The .*a list of"):
        TextProcessor.build(TEXTS[0])


def test_no_text_at_all():
    processor = TextProcessor.build([], tokenizer="characters")
    assert len(processor.vocabulary) == 16
    assert processor.encode("ab").tolist() == [2, 0, 0]


def test_a_tokenizer_may_be_handed_in():
    processor = TextProcessor.build(TEXTS, tokenizer=WordTokenizer("xx"), rules="none", min_freq=1)
    assert processor.tokens("Don't GO") == ["xxbos", "Don't", "GO"]
    lambda_processor = TextProcessor.build(TEXTS, tokenizer=lambda text: text.split(), min_freq=1)
    assert lambda_processor.tokens("Go on") == ["xxbos", "xxmaj", "go", "on"]


def test_an_id_outside_is_an_error(processor):
    with pytest.raises(IndexError):
        processor.decode([len(processor.vocabulary)])
    with pytest.raises(IndexError, match="below 0"):
        processor.decode([-1])


def test_with_another_vocabulary():
    processor = TextProcessor.build(TEXTS, tokenizer="characters", min_freq=1)
    other = replace(processor, vocabulary=Vocabulary.build({"T": 3}))
    assert other.encode("Th").tolist() == [2, 9, 0]
    assert other.fingerprint != processor.fingerprint
    assert other.splitter is processor.splitter


def test_fingerprint_covers_rules_tokenizer_model_and_vocabulary():
    def build(texts, **options):
        return TextProcessor.build(texts, min_freq=1, **options)

    same = Vocabulary.build({"a": 3})
    processors = [
        build(TEXTS, tokenizer="words:en"),
        build(TEXTS, tokenizer="words:xx"),
        build(TEXTS, tokenizer="words:en", rules="none"),
        build(TEXTS, tokenizer="subwords:120"),
        build(TEXTS[:2], tokenizer="subwords:120"),
    ]
    fingerprints = {replace(p, vocabulary=same).fingerprint for p in processors}
    assert len(fingerprints) == 5
    assert build(TEXTS).fingerprint == build(TEXTS).fingerprint


def test_saved_and_loaded(processor, tmp_path):
    processor.save(tmp_path)
    files = {"processor.json", "vocabulary.json"}
    if "subwords" in processor.tokenizer.spec:
        files.add("subwords.model")
    assert {file.name for file in tmp_path.iterdir()} == files
    spec = processor.tokenizer.spec
    loaded = TextProcessor.load(tmp_path, spec if spec.startswith("function") else None)
    assert loaded == processor
    assert loaded.fingerprint == processor.fingerprint
    for text in TEXTS:
        assert loaded.encode(text).tolist() == processor.encode(text).tolist()


def test_a_new_process_gives_the_same_ids(processor, tmp_path):
    processor.save(tmp_path)
    code = (
        "import json, sys; from ulmus.text import TextProcessor;"
        "processor = TextProcessor.load(__import__('pathlib').Path(sys.argv[1]), sys.argv[2]);"
        "texts = json.load(sys.stdin);"
        "print(json.dumps([processor.encode(text).tolist() for text in texts]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, tmp_path, processor.tokenizer.spec],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(result.stdout) == [processor.encode(text).tolist() for text in TEXTS]


def test_spawned_workers_give_the_same_ids(processor):
    with get_context("spawn").Pool(1) as pool:
        worked = pool.map(processor.encode, TEXTS)
    for ids, text in zip(worked, TEXTS, strict=True):
        assert ids.tolist() == processor.encode(text).tolist()


def test_threads_give_the_same_ids(processor):
    texts = [f"{text} number {i % 17} {'ab' * (i % 5)}c" for i in range(40) for text in TEXTS]
    alone = [processor.encode(text).tolist() for text in texts]
    fresh = pickle.loads(pickle.dumps(processor))
    with ThreadPoolExecutor(8) as threads:
        together = [ids.tolist() for ids in threads.map(fresh.encode, texts)]
    assert together == alone


def test_a_function_must_be_handed_in_again(tmp_path):
    TextProcessor.build(TEXTS, tokenizer=halves, min_freq=1).save(tmp_path)
    spec = SPECS["function"]
    with pytest.raises(TokenizerError, match=f"stored by name only: .*--tokenizer {spec} on"):
        TextProcessor.load(tmp_path)
    with pytest.raises(TokenizerError, match="another tokenizer"):
        TextProcessor.load(tmp_path, str.split)
    assert TextProcessor.load(tmp_path, halves) == TextProcessor.load(tmp_path, spec)


def damage_text(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("processor.json", "{", "", "Extra data"),
        ("processor.json", '"rules"', '"ruled"', "'rules'"),
        ("processor.json", '"fastai"', "7", "a name in it is no string"),
        ("processor.json", '"spec"', '"speck"', "'spec'"),
        ("vocabulary.json", '"machine"', '"engine"', "belongs to another vocabulary"),
        ("vocabulary.json", '"xxbos"', '"xxeos"', "it does not begin with the special"),
    ],
)
def test_damaged_files_are_told(tmp_path, name, old, new, message):
    TextProcessor.build(TEXTS, min_freq=1).save(tmp_path)
    damage_text(tmp_path, name, old, new)
    with pytest.raises(BundleError, match=f"cannot be read .*{message}"):
        TextProcessor.load(tmp_path)


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(BundleError, match=r"text processor cannot be read .*processor\.json'"):
        TextProcessor.load(tmp_path)


def test_rules_of_a_newer_version_are_told(tmp_path):
    TextProcessor.build(TEXTS, min_freq=1).save(tmp_path)
    damage_text(tmp_path, "processor.json", '"fastai"', '"future"')
    with pytest.raises(TokenizerError, match="unknown rule set: 'future'"):
        TextProcessor.load(tmp_path)


def test_saving_again_replaces(processor, tmp_path):
    processor.save(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    processor.save(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy)
    spec = processor.tokenizer.spec
    assert TextProcessor.load(copy, spec).fingerprint == processor.fingerprint
