import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.text.object_store import BUCKET, object_store
from ulmus.errors import SourceError
from ulmus.text.remote_paths import RemotePath, source_path
from ulmus.text.sources import (
    SourceSettings,
    describe_source,
    read_documents,
    source_fingerprint,
)


def parquet(texts):
    file = io.BytesIO()
    pq.write_table(pa.table({"text": texts}), file)
    return file.getvalue()


FILES = {
    "novels/b.jsonl": '{"text": "ภาษาไทย"}\n'.encode(),
    "novels/a.txt": "two\nlines".encode("utf-16"),
    "novels/deep/er/rows.csv.gz": gzip.compress(b"text\nthree\n"),
    "novels/deep/table.parquet": parquet(["four", "five"]),
    "novels/.hidden.txt": b"not this",
    "novels/notes.md": b"nor this",
    "novels/long.txt": b"a line\n" * 300_000,  # more than one buffer
    "novels/a name é.txt": b"odd",
    "other/letter.txt": b"of another folder",
}


@pytest.fixture(scope="module")
def urls():
    with object_store(FILES) as store:
        yield store.url


@pytest.fixture
def folder(tmp_path):
    for key, content in FILES.items():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def texts(source, **settings):
    return [document.text for document in read_documents(source, SourceSettings(**settings))]


def test_a_folder_of_an_object_store_reads_as_the_same_on_disk(urls, folder):
    at_home = texts(folder / "novels")

    assert len(at_home) == 7
    assert texts(urls("novels")) == texts(urls("novels/")) == at_home
    settings = SourceSettings()
    assert describe_source(urls("novels")) == "novels"
    assert source_fingerprint(urls("novels"), settings) == source_fingerprint(
        folder / "novels", settings
    )


@pytest.mark.parametrize("key", [key for key in FILES if not key.endswith(".md")])
def test_a_file_of_an_object_store_reads_as_the_same_on_disk(urls, folder, key):
    assert texts(urls(key)) == texts(folder / key)


def test_the_parents_of_files_are_their_labels(urls, folder):
    def labels(source):
        return [document.label for document in read_documents(source, settings)]

    settings = SourceSettings(label="label")
    only_texts = [source_path(urls("other")), folder / "other"]

    assert labels(only_texts[0]) == labels(only_texts[1]) == ["other"]


def test_a_path_and_a_url_may_stand_side_by_side(urls, folder):
    sources = [folder / "other", source_path(urls("novels/a.txt"))]

    assert texts(sources) == ["of another folder", "two", "lines"]


def test_a_file_url_is_a_local_path(folder):
    assert source_path(f"file://{folder}/novels") == folder / "novels"
    assert source_path((folder / "novels" / "a name é.txt").as_uri()).read_bytes() == b"odd"
    assert texts(f"file://{folder}/novels") == texts(folder / "novels")


@pytest.mark.parametrize("name", ["C:\\texts", "folder//file.txt", "a:b", "s3:/one/slash"])
def test_what_only_looks_like_a_url_is_a_local_path(name):
    assert not isinstance(source_path(name), RemotePath)


def test_an_unknown_kind_of_url_is_refused_without_its_secrets():
    with pytest.raises(SourceError, match=r"Unrecognized filesystem.*'nope://x/y'") as caught:
        texts("nope://somebody:secret@x/y?key=secret")

    assert "secret" not in str(caught.value)
    assert "begins with file://, s3://" in str(caught.value)


def test_what_is_not_there_is_told_without_secrets(urls):
    with pytest.raises(
        SourceError, match=r"no such file or folder: .*s3://texts/nothing.txt"
    ) as no:
        texts(urls("nothing.txt"))
    assert "secret" not in str(no.value)


def test_a_store_that_breaks_off_is_not_called_a_damaged_file(urls):
    broken = source_path(urls("novels/deep/er/rows.csv.gz"))
    gone = RemotePath(broken.filesystem, f"{BUCKET}/gone.csv.gz", "s3", folder=False, size=9)

    with pytest.raises(SourceError, match=r"cannot read the source \(.*not exist.*s3://"):
        texts([gone])
