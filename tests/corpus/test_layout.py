import json

import numpy as np
import pytest

from ulmus.corpus.layout import CorpusManifest, SplitCounts, id_type
from ulmus.errors import CorpusError

COUNTS = SplitCounts(documents=1, tokens=2, characters=3, unknown_tokens=0)


def manifest():
    return CorpusManifest(
        fingerprint="a",
        vocabulary_fingerprint="b",
        splits={"train": COUNTS},
        target="tags",
        separator="|",
        labels=("ดี", "neg"),
        provenance={"source": "ข้อความ.csv", "rows": 3},
    )


def test_a_manifest_is_saved_and_loaded_whole(tmp_path):
    manifest().save(tmp_path)

    assert CorpusManifest.load(tmp_path) == manifest()


def test_labels_alone_are_classes_as_they_once_were(tmp_path):
    older = {k: v for k, v in manifest().model_dump().items() if k not in ("target", "separator")}
    (tmp_path / "corpus.json").write_text(json.dumps(older), "utf-8")

    assert CorpusManifest.load(tmp_path).target == "class"
    (tmp_path / "corpus.json").write_text(json.dumps({**older, "labels": []}), "utf-8")
    assert CorpusManifest.load(tmp_path).target is None


def test_a_folder_without_a_manifest_is_no_corpus(tmp_path):
    with pytest.raises(CorpusError, match=r"no corpus here: .*corpus\.json.*ulmus prepare"):
        CorpusManifest.load(tmp_path / "missing")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"schema_version": 1}', b"{}"])
def test_a_damaged_manifest_is_told(tmp_path, content):
    (tmp_path / "corpus.json").write_bytes(content)

    with pytest.raises(CorpusError, match=r"damaged corpus .*not a corpus manifest"):
        CorpusManifest.load(tmp_path)


def test_a_newer_schema_is_told(tmp_path):
    newer = {**manifest().model_dump(), "schema_version": 2, "colour": "green"}
    (tmp_path / "corpus.json").write_text(json.dumps(newer), "utf-8")

    with pytest.raises(CorpusError, match=r"newer schema: .*schema 2.*accepted: schema 1"):
        CorpusManifest.load(tmp_path)


def test_ids_are_as_narrow_as_the_vocabulary_allows():
    assert id_type(65_536) is np.uint16
    assert id_type(65_537) is np.uint32


@pytest.mark.parametrize("name", ["../../elsewhere", "/etc/x", "training"])
def test_a_split_is_no_path(name, tmp_path):
    manifest().save(tmp_path)
    facts = json.loads((tmp_path / "corpus.json").read_text("utf-8"))
    facts["splits"] = {name: facts["splits"]["train"]}
    (tmp_path / "corpus.json").write_text(json.dumps(facts), "utf-8")
    with pytest.raises(CorpusError, match="it is not a corpus manifest"):
        CorpusManifest.load(tmp_path)


def test_a_manifest_nested_too_deep_is_told(tmp_path):
    (tmp_path / "corpus.json").write_text("[" * 100_000, "utf-8")
    with pytest.raises(CorpusError, match="it is not a corpus manifest"):
        CorpusManifest.load(tmp_path)
