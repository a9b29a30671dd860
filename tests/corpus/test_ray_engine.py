"""The engine of Ray beside the local one: the same files with the same bytes."""

import gzip
import json
import os
import signal
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpus.sample_text import documents, generated
from tests.text.object_store import object_store
from ulmus.corpus import hold_out, ray_engine, source_parts, write_corpus
from ulmus.corpus.ray_engine import RayEngine
from ulmus.corpus.ray_session import ray_session
from ulmus.corpus.source_parts import SourcePart, SourceParts
from ulmus.corpus.workers import LocalEngine
from ulmus.errors import CorpusError, SourceError, UlmusWarning
from ulmus.recipes.prepare import PrepareSettings, Sources, prepare
from ulmus.text.remote_paths import source_path
from ulmus.text.sources import SourceSettings
from ulmus.text.splitter import build_splitter

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:skipped")]
AWKWARD = ["ไม่ได้ 🙂 你好", "I can't <br />read THIS!!!", " ", "", "a\u2028b \x85 c", "ﬀ İ ǅ"]


@pytest.fixture(scope="module")
def two_workers():
    with ray_session("local", 2):
        yield


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(source_parts, "PIECE_BYTES", 20_000)


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def prepared(folder, sources, engine, **values):
    settings = PrepareSettings.model_validate({"engine": engine, "min_freq": 1, **values})
    prepare(sources, folder / engine, settings)
    return files(folder / engine)


def same(folder, sources, **values):
    """Prepare with both engines; return how many files of how many bytes are the same."""
    local = prepared(folder, sources, "local", **values)
    assert prepared(folder, sources, "ray", **values) == local
    return len(local), sum(map(len, local.values()))


def write_folder(folder, count=12):
    """Files of all kinds, some of a few bytes and some larger than a piece."""
    folder.mkdir(parents=True)
    kept = list(generated(count * 80, labels=["good", "bad"]))
    for number in range(count):
        some = [*kept[number * 80 : (number + 1) * 80], *documents(*AWKWARD, label="good")]
        rows = [{"text": document.text, "label": document.label} for document in some]
        path = folder / f"part {number:03}"
        if number % 3 == 0:
            path.with_suffix(".jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
        elif number % 3 == 1:
            lines = "\n".join(map(json.dumps, rows))
            path.with_suffix(".jsonl.gz").write_bytes(gzip.compress(lines.encode()))
        else:
            pq.write_table(pa.Table.from_pylist(rows), path.with_suffix(".parquet"))
    return folder


def write_texts(folder, count=60):
    for number, document in enumerate(generated(count, seed=3)):
        path = folder / f"year {number % 3}" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(document.text + "\n\n" + AWKWARD[number % len(AWKWARD)], "utf-8")
    return folder


def dying(text):
    """Kill this process where a word says so, the first time it is met."""
    for word in text.split():
        if word.startswith("kill:"):
            flag = Path(word.removeprefix("kill:"))
            if not flag.exists():
                flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
    return text.split()


def always_dying(text):
    os.kill(os.getpid(), signal.SIGKILL)


def test_both_engines_write_the_same_bytes(tmp_path, two_workers, small_pieces):
    source = write_folder(tmp_path / "source")
    texts = write_texts(tmp_path / "texts")
    letters = {"tokenizer": "characters"}  # whose worker begins at once
    labelled = {"source": {"label": "label"}, **letters}
    lists = Sources(list(generated(300)), valid=list(generated(40, seed=5)))
    urls = Sources(source.as_uri(), valid=[texts, source_path(source.as_uri())])
    compared = {
        "words, some held out": same(tmp_path, Sources(source)),
        "labels, some held out": same(tmp_path, Sources(source), **labelled),
        "labels, all given": same(tmp_path, Sources(source, valid=source), **labelled),
        "folders of texts": same(tmp_path, Sources(texts, test=source), **letters),
        "subwords": same(tmp_path, Sources(source), tokenizer="subwords:400"),
        "lists in memory": same(tmp_path, lists, **letters),
        "URLs": same(tmp_path, urls, **letters),
    }
    for name, (count, size) in compared.items():
        print(f"{name}: {count} files, {size:,} bytes, the same")


def test_workers_read_an_object_store_themselves(tmp_path, two_workers, small_pieces):
    source = write_folder(tmp_path / "source")
    objects = {f"corpus/{name}": content for name, content in files(source).items()}
    with object_store(objects) as store:
        sources = Sources(store.url("corpus"))
        same(tmp_path, sources)
    # The manifest names the source by its last part, so only that differs from the folder's.
    from_disk = prepared(tmp_path / "disk", Sources(source), "local")
    from_store = files(tmp_path / "ray")
    assert {name for name in from_disk if from_disk[name] != from_store[name]} == {"corpus.json"}


def test_a_killed_worker_changes_nothing(tmp_path, two_workers, monkeypatch):
    # Pieces of many blocks, of which some have arrived when the worker dies.
    monkeypatch.setattr(source_parts, "PIECE_BYTES", 20_000)
    monkeypatch.setattr(ray_engine, "BLOCK_BYTES", 1000)
    source = tmp_path / "source"
    source.mkdir()
    kills = 0
    for number in range(6):
        texts = [document.text or "none" for document in generated(300, seed=number)]
        if number in (0, 3, 4):
            texts[(10, 150, 299)[kills]] += f" kill:{tmp_path / f'killed-{number}'}"
            kills += 1
        (source / f"{number}.txt").write_text("\n".join(texts), "utf-8")
    splitter = build_splitter(dying, rules="none")

    def made(name, engine):
        divide = partial(hold_out, share=0.1, seed=0)
        parts = SourceParts([SourcePart(source, divide)], SourceSettings(document="line"))
        write_corpus(tmp_path / name, parts, splitter, min_freq=1, engine=engine)
        return files(tmp_path / name)

    by_ray = made("ray", RayEngine(chunk_characters=2000))

    assert len(list(tmp_path.glob("killed-*"))) == kills
    assert made("local", LocalEngine()) == by_ray
    print(f"{kills} workers of Ray killed within their pieces, the same {len(by_ray)} files")


def test_a_worker_that_always_dies_is_told(tmp_path, two_workers):
    settings = PrepareSettings(engine="ray")
    with pytest.raises(CorpusError, match=r"a worker of Ray failed .*--engine local"):
        prepare(Sources(list(generated(40))), tmp_path / "out", settings, tokenize=always_dying)
    assert list(tmp_path.iterdir()) == []


def test_the_first_mistake_in_the_sources_is_told_by_both(tmp_path, two_workers, small_pieces):
    source = write_folder(tmp_path / "source")
    (source / "part 004.jsonl.gz").write_bytes(gzip.compress(b'{"text": "a"}\n{"text": 5\n'))
    (source / "part 009.jsonl").write_text("not this either", "utf-8")
    told = []
    for engine in ("local", "ray"):
        with pytest.raises(SourceError, match=r"line 2 is not valid JSON") as caught:
            prepared(tmp_path, Sources(source), engine)
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_what_is_left_out_is_told_as_by_the_local_engine(tmp_path, two_workers, small_pieces):
    source = write_folder(tmp_path / "source")
    told = []
    for engine in ("local", "ray"):
        with pytest.warns(
            UlmusWarning, match=r"skipped \d\d of 1,032 documents of source: "
        ) as caught:
            prepared(tmp_path, Sources(source), engine)
        told.append([str(warning.message) for warning in caught])
    assert told[0] == told[1]
    (tmp_path / "blank.jsonl").write_text('{"text": " "}\n{"text": null}\n', "utf-8")
    for engine in ("local", "ray"):
        with pytest.raises(SourceError, match=r"no usable document among 2 \(2 without text\)"):
            prepared(tmp_path, Sources(tmp_path / "blank.jsonl"), engine)
