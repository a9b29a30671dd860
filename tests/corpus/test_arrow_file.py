import struct

import numpy as np
import pyarrow as pa
import pytest

from ulmus.corpus.arrow_file import map_documents, open_writer
from ulmus.corpus.layout import TargetForm
from ulmus.errors import CorpusError

KINDS = {"class": np.int32, "tags": bool, "number": np.float64}
BATCHES = [[[5, 6, 7], [], [65_535]], [[]], [[9], [10, 11]]]


CLASSES = TargetForm("class", 3)


def write(path, kind, batches, targets=None, form=CLASSES):
    with open_writer(path, kind, None if targets is None else form) as writer:
        for number, batch in enumerate(batches):
            writer.append(
                np.array([i for document in batch for i in document], kind),
                np.array([len(document) for document in batch], np.int64),
                None if targets is None else np.array(targets[number], KINDS[form.kind]),
            )


def read(mapped):
    return [
        mapped.ids[start:end].tolist()
        for start, end in zip(mapped.starts, mapped.ends, strict=True)
    ]


@pytest.mark.parametrize("kind", [np.uint16, np.uint32])
def test_documents_of_all_batches_are_spans_of_one_view(tmp_path, kind):
    path = tmp_path / "train.arrow"
    write(path, kind, BATCHES)

    mapped = map_documents(path, kind, None)

    assert read(mapped) == [document for batch in BATCHES for document in batch]
    assert mapped.targets is None
    assert mapped.ids.dtype == kind
    assert mapped.ids.nbytes == path.stat().st_size // mapped.ids.itemsize * mapped.ids.itemsize
    gathered = mapped.ids[np.stack([mapped.starts[[0, 4]], mapped.starts[[5, 5]]])]
    assert gathered.tolist() == [[5, 9], [10, 10]]


def test_labels_are_read_beside_the_documents(tmp_path):
    write(tmp_path / "a.arrow", np.uint16, BATCHES, [[0, 1, 2], [1], [0, 2]])

    mapped = map_documents(tmp_path / "a.arrow", np.uint16, CLASSES)

    assert mapped.targets is not None
    assert mapped.targets.tolist() == [0, 1, 2, 1, 0, 2]
    assert mapped.targets.dtype == np.int64


def test_tags_are_read_as_rows(tmp_path):
    form = TargetForm("tags", 2)
    rows = [[[True, False], [False, False], [True, True]], [[False, True]], [[True, False]] * 2]
    write(tmp_path / "a.arrow", np.uint16, BATCHES, rows, form)

    mapped = map_documents(tmp_path / "a.arrow", np.uint16, form)

    assert mapped.targets.dtype == bool
    assert mapped.targets.tolist() == [row for batch in rows for row in batch]
    with pa.ipc.open_file(tmp_path / "a.arrow") as reader:
        assert reader.read_all()["label"].to_pylist() == mapped.targets.tolist()
    with pytest.raises(CorpusError, match=r"other columns than the manifest says"):
        map_documents(tmp_path / "a.arrow", np.uint16, TargetForm("tags", 3))


def test_numbers_are_read_as_they_were_written(tmp_path):
    form = TargetForm("number", 0)
    numbers = [[0.1, -2.5, 1e300], [3.0], [0.0, 7.25]]
    write(tmp_path / "a.arrow", np.uint16, BATCHES, numbers, form)

    mapped = map_documents(tmp_path / "a.arrow", np.uint16, form)

    assert mapped.targets.dtype == np.float64
    assert mapped.targets.tolist() == [number for batch in numbers for number in batch]


@pytest.mark.parametrize("form", [TargetForm("tags", 2), TargetForm("number", 0)])
def test_a_file_without_batches_has_no_targets(tmp_path, form):
    write(tmp_path / "a.arrow", np.uint16, [], [], form)

    assert map_documents(tmp_path / "a.arrow", np.uint16, form).targets.shape[0] == 0


def test_any_arrow_tool_reads_the_file(tmp_path):
    write(tmp_path / "a.arrow", np.uint16, BATCHES, [[0, 1, 2], [1], [0, 2]])

    with pa.ipc.open_file(tmp_path / "a.arrow") as reader:
        table = reader.read_all()

    assert table.schema.field("ids").type == pa.list_(pa.uint16())
    assert table.to_pydict() == {
        "ids": [document for batch in BATCHES for document in batch],
        "label": [0, 1, 2, 1, 0, 2],
    }


def test_a_file_without_batches_has_no_documents(tmp_path):
    write(tmp_path / "a.arrow", np.uint16, [], [])

    mapped = map_documents(tmp_path / "a.arrow", np.uint16, CLASSES)

    assert mapped.starts.size == mapped.ends.size == 0


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"damaged corpus .*no whole Arrow file.*gone.arrow"):
        map_documents(tmp_path / "gone.arrow", np.uint16, None)


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -1])
def test_a_truncated_file_is_told(tmp_path, kept):
    path = tmp_path / "a.arrow"
    write(path, np.uint16, BATCHES)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])

    with pytest.raises(CorpusError, match=r"damaged corpus .*no whole Arrow file"):
        map_documents(path, np.uint16, None)


def test_another_layout_is_told(tmp_path):
    write(tmp_path / "a.arrow", np.uint16, BATCHES)

    for kind, form in ((np.uint32, None), (np.uint16, CLASSES)):
        with pytest.raises(CorpusError, match=r"other columns than the manifest says"):
            map_documents(tmp_path / "a.arrow", kind, form)


def test_a_compressed_file_is_told(tmp_path):
    ids = pa.array([list(range(1000))], pa.list_(pa.uint16()))
    schema = pa.schema([("ids", ids.type)])
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(tmp_path / "a.arrow", schema, options=options) as stream:
        stream.write_batch(pa.record_batch([ids], schema=schema))

    with pytest.raises(CorpusError, match=r"compressed or out of line"):
        map_documents(tmp_path / "a.arrow", np.uint16, None)


def test_wrong_offsets_are_told(tmp_path):
    path = tmp_path / "a.arrow"
    write(path, np.uint16, [[[1, 2, 3, 4], [5, 6], [7]]])
    offsets = np.array([0, 4, 6, 7], np.int32).tobytes()
    content = path.read_bytes()
    assert content.count(offsets) == 1

    for wrong in ([0, 6, 4, 7], [0, 4, 6, 700], [-3, 4, 6, 7]):
        path.write_bytes(content.replace(offsets, np.array(wrong, np.int32).tobytes()))
        with pytest.raises(CorpusError, match=r"documents' offsets are wrong|no whole Arrow file"):
            map_documents(path, np.uint16, None)


def test_a_column_of_a_negative_length_is_told(tmp_path):
    path = tmp_path / "a.arrow"
    write(path, np.uint16, [[[1, 2, 3, 4], [5, 6], [7]]])
    nodes = struct.pack("<qqqq", 3, 0, 7, 0)  # lengths and missing values of list and items
    content = path.read_bytes()
    assert content.count(nodes) == 1

    for wrong in ((3, 0, -1, 0), (-1, 0, 7, 0), (3, 0, 1 << 60, 0), (1 << 60, 0, 7, 0)):
        path.write_bytes(content.replace(nodes, struct.pack("<qqqq", *wrong)))
        with pytest.raises(CorpusError, match="no whole Arrow file"):
            map_documents(path, np.uint16, None)
