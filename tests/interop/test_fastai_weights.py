"""Files of weights: what is read of them, and what is refused before anything runs."""

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.interop.foreign_files import L, Size, fastai_2, with_fastcore
from ulmus.errors import BundleError
from ulmus.interop.fastai_weights import MOST_PICKLED, read_weights

SIZE = Size(tokens=17)


def saved(value: Any, tmp_path: Path, **options: Any) -> Path:
    path = tmp_path / "model.pth"
    with with_fastcore():
        torch.save(value, path, **options)
    return path


def same(given: dict[str, Tensor], wanted: dict[str, Tensor]) -> bool:
    return given.keys() == wanted.keys() and all(
        given[name].dtype == torch.float32 and torch.equal(given[name], wanted[name])
        for name in wanted
    )


@pytest.mark.parametrize("archive", [True, False])
def test_old_and_new_files(archive: bool, tmp_path: Path) -> None:
    """Until PyTorch 1.6, and so in fastai 1, a file of weights was no archive."""
    weights = fastai_2(SIZE)
    path = saved(weights, tmp_path, _use_new_zipfile_serialization=archive)
    assert zipfile.is_zipfile(path) == archive
    assert same(read_weights(path), weights)


@pytest.mark.parametrize("archive", [True, False])
def test_weights_beside_an_optimizers_state(archive: bool, tmp_path: Path) -> None:
    weights = fastai_2(SIZE)
    rates = L([{"lr": 0.01, "mom": 0.8}, {"lr": 0.02, "mom": 0.8}])
    state = {"model": weights, "opt": {"state": [weights], "hypers": rates}}
    path = saved(state, tmp_path, _use_new_zipfile_serialization=archive)
    assert same(read_weights(path), weights)


def test_what_was_read_outlives_the_file(tmp_path: Path) -> None:
    path = saved(fastai_2(SIZE), tmp_path)
    read = read_weights(path)
    path.write_bytes(b"")
    assert same(read, fastai_2(SIZE))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_become_32_bits(kind: torch.dtype, tmp_path: Path) -> None:
    weights = {"a": torch.tensor([1.5, -0.25, 3.0])}
    path = saved({name: value.to(kind) for name, value in weights.items()}, tmp_path)
    assert same(read_weights(path), weights)


def test_parameters_and_views_are_tensors(tmp_path: Path) -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    weights = {"a": torch.nn.Parameter(whole), "b": whole.T, "c": whole[1:, ::2]}
    path = saved(weights, tmp_path)
    read = read_weights(path)
    assert same(read, {name: value.detach() for name, value in weights.items()})
    assert all(value.is_contiguous() and not value.requires_grad for value in read.values())


def archived_again(path: Path, compression: int, pickled: bytes | None = None) -> Path:
    """Write an archive anew, with another pickle in it if one is given."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            told = pickled if pickled is not None and name.endswith("/data.pkl") else content
            archive.writestr(name, told)
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_packed_by_another_program(compression: int, tmp_path: Path) -> None:
    """Compressed bytes, mapped into memory, would be read as if they were the numbers."""
    path = archived_again(saved(fastai_2(SIZE), tmp_path), compression)
    assert same(read_weights(path), fastai_2(SIZE))


@pytest.mark.parametrize("archive", [True, False])
def test_many_keys_of_the_same_numbers(archive: bool, tmp_path: Path) -> None:
    """Copied one by one these would take 4 GB, out of a file of 4 MB."""
    numbers = torch.zeros(1 << 20)
    weights = {f"0.rnns.{index}.module.bias_ih_l0": numbers for index in range(1000)}
    line = refusal(saved(weights, tmp_path, _use_new_zipfile_serialization=archive))
    assert "(its tensors claim 4,194,304,000 bytes and the file holds 4," in line


def test_many_keys_of_the_same_numbers_compressed(tmp_path: Path) -> None:
    weights = {f"a{index}": torch.zeros(1 << 20) for index in range(3)}
    path = archived_again(saved(weights, tmp_path), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    assert same(read_weights(path), weights)
    weights = {f"a{index}": weights["a0"] for index in range(100)}
    path = archived_again(saved(weights, tmp_path), zipfile.ZIP_DEFLATED)
    assert "(its tensors claim 419,430,400 bytes and the file holds 4," in refusal(path)


def test_tied_keys_are_all_read_and_share_nothing(tmp_path: Path) -> None:
    rows = torch.arange(3_000_000.0)
    names = ("0.encoder.weight", "0.encoder_dp.emb.weight", "1.decoder.weight")
    read = read_weights(saved(dict.fromkeys(names, rows), tmp_path))
    assert same(read, dict.fromkeys(names, rows))
    assert len({value.data_ptr() for value in read.values()}) == 3


def test_a_pickle_that_grows_when_it_is_unpacked(tmp_path: Path) -> None:
    pickled = b"\x80\x02]" + b"N0" * MOST_PICKLED + b"."
    path = saved(fastai_2(SIZE), tmp_path)
    path = archived_again(path, zipfile.ZIP_DEFLATED, pickled)
    assert path.stat().st_size < 100_000
    line = refusal(path)
    assert line.startswith("the pickle of the weights is larger than that of any model: ")
    assert "accepted: at most 4,194,304 bytes of data.pkl" in line


class Trap:
    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


def refusal(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        read_weights(path)
    return str(caught.value)


@pytest.mark.parametrize("archive", [True, False])
def test_a_call_is_refused_by_name_and_not_made(archive: bool, tmp_path: Path) -> None:
    trap = tmp_path / "called"
    state = {"model": fastai_2(SIZE), "opt": Trap(trap)}
    line = refusal(saved(state, tmp_path, _use_new_zipfile_serialization=archive))
    assert f"ask for something that is never loaded: '{os.mkdir.__module__}.mkdir'; " in line
    assert line.endswith("Save them anew with torch.save(model.state_dict(), FILE).")
    assert not trap.exists()


def test_a_whole_model_is_no_state_dictionary(tmp_path: Path) -> None:
    """awd-lstm-lm saves the list of model, criterion and optimizer."""
    line = refusal(saved([torch.nn.LSTM(2, 2), torch.nn.CrossEntropyLoss()], tmp_path))
    assert "never loaded: 'torch.nn.modules.rnn.LSTM'" in line


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([torch.zeros(2)], "a list, not a dictionary of tensors"),
        ({}, "a dict, not a dictionary of tensors"),
        ({"model": {}, "opt": {}}, "a dict, not a dictionary of tensors"),
        ({"a": torch.zeros(2), "epoch": 3}, "'epoch' is a int, not a tensor"),
        ({3: torch.zeros(2)}, "3 is a Tensor, not a tensor"),
        ({"a": torch.zeros(2, dtype=torch.int64)}, "a holds int64"),
        ({"a": torch.zeros(2, dtype=torch.complex64)}, "a holds complex64"),
        ({"a": torch.zeros(2, device="meta")}, "a is not a plain tensor"),
        ({"a": torch.eye(2).to_sparse()}, "a is not a plain tensor"),
        ({"a": torch.zeros(1).expand(10**6, 10**6)}, "a claims more numbers than the file holds"),
    ],
)
def test_what_is_no_weight(value: Any, told: str, tmp_path: Path) -> None:
    assert refusal(saved(value, tmp_path)).startswith(f"these are no weights of a model ({told}): ")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers_are_named(odd: float, tmp_path: Path) -> None:
    weights = fastai_2(SIZE)
    weights["0.rnns.1.module.bias_ih_l0"][3] = odd
    path = saved(weights, tmp_path)
    assert refusal(path) == (
        "a weight is no number: 0.rnns.1.module.bias_ih_l0 holds 1 of 40 values that are NaN or "
        f"infinite: '{path}'; accepted: finite weights. Take weights from before the training "
        "diverged."
    )


def damaged(change: Any) -> Any:
    def make(tmp_path: Path) -> Path:
        path = saved(fastai_2(SIZE), tmp_path)
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


DAMAGED = "it is damaged, or PyTorch did not write it, or with another pickle protocol than 2"
UNREADABLE = {
    "cut in half": damaged(lambda content: content[: len(content) // 2]),
    "cut at the end": damaged(lambda content: content[:-50]),
    "empty": damaged(lambda _: b""),
    "a text": damaged(lambda _: b"weights"),
    "an archive of something else": damaged(lambda _: b"PK\x05\x06" + bytes(18)),
    "protocol 4": lambda tmp_path: saved(fastai_2(SIZE), tmp_path, pickle_protocol=4),
    "a plain pickle": damaged(lambda _: pickle.dumps(["xxunk"])),
    "garbage in place of the pickle": lambda tmp_path: archived_again(
        saved(fastai_2(SIZE), tmp_path), zipfile.ZIP_STORED, b"hello world garbage"
    ),
    "an unknown instruction": lambda tmp_path: archived_again(
        saved(fastai_2(SIZE), tmp_path), zipfile.ZIP_STORED, b"\x80\x02" + b"\xff" * 300
    ),
    "no pickle": lambda tmp_path: archived_again(
        saved(fastai_2(SIZE), tmp_path), zipfile.ZIP_STORED, b""
    ),
    "not there": lambda tmp_path: tmp_path / "model.pth",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read(name: str, tmp_path: Path) -> None:
    path = UNREADABLE[name](tmp_path)
    line = refusal(path)
    told = "No such file or directory" if name == "not there" else DAMAGED
    assert line.startswith(f"the weights cannot be read ({told}): '{path}'; accepted: a file of ")
    assert len(line) < 500


def test_a_folder(tmp_path: Path) -> None:
    line = refusal(tmp_path)
    assert line.startswith(f"a folder in place of a file of weights: '{tmp_path}'; accepted: ")
    assert line.endswith("Name the .pth file in it.")


def test_weights_that_grow_beyond_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ulmus.interop.fastai_weights.LEAST_SUSPECT", 1 << 20)
    path, packed = saved({"a": torch.zeros(1 << 20)}, tmp_path), tmp_path / "packed.pth"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as to:
        for name in archive.namelist():
            to.writestr(name, archive.read(name))
    with pytest.raises(BundleError, match=r"^the weights grow to more than 20 times their size"):
        read_weights(packed)
    monkeypatch.setattr("ulmus.interop.fastai_weights.LEAST_SUSPECT", 1 << 23)
    assert same(read_weights(packed), {"a": torch.zeros(1 << 20)})
