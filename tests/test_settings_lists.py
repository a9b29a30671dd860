"""`--set` reaches inside the entries of a list, by their number."""

from pathlib import Path
from typing import Any

import pytest

from ulmus.errors import SettingsError
from ulmus.settings import Settings, as_toml, resolve


class Layer(Settings):
    size: int = 1
    note: str | None = None


class Model(Settings):
    layers: tuple[Layer, ...] = ()
    names: tuple[str, ...] = ("a", "b")


class Whole(Settings):
    model: Model = Model()


FILE = "[[model.layers]]\nsize = 3\nnote = 'first'\n[[model.layers]]\nsize = 5\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(FILE, "utf-8")
    return file


def test_tables_of_a_file_become_entries_and_read_back(file: Path) -> None:
    made = resolve(Whole, file=file)
    assert made.model.layers == (Layer(size=3, note="first"), Layer(size=5))
    file.write_text(as_toml(made), "utf-8")
    assert resolve(Whole, file=file) == made


def test_one_part_of_one_entry(file: Path) -> None:
    made = resolve(Whole, file=file, overrides=["model.layers.1.size=7", "model.names.0=z"])
    assert made.model.layers == (Layer(size=3, note="first"), Layer(size=7))
    assert made.model.names == ("z", "b")


def test_an_entry_that_is_a_settings_object() -> None:
    layers = (Layer(size=3, note="first"),)
    values = {"model": {"layers": layers}}
    made = resolve(Whole, values=values, overrides=["model.layers.0.size=4"])
    assert made.model.layers == (Layer(size=4, note="first"),)
    assert layers == (Layer(size=3, note="first"),)
    assert Model(layers=layers).with_(layers={"0": {"size": 9}}).layers[0].size == 9


def test_the_given_values_are_not_changed() -> None:
    values = {"model": {"layers": [{"size": 3}]}}
    resolve(Whole, values=values, overrides=["model.layers.0.size=4"])
    assert values == {"model": {"layers": [{"size": 3}]}}


def test_the_whole_list_at_once(file: Path) -> None:
    made = resolve(Whole, file=file, overrides=["model.layers=[{size=2}, {size=4, note='x'}]"])
    assert made.model.layers == (Layer(size=2), Layer(size=4, note="x"))
    assert resolve(Whole, file=file, overrides=["model.layers=[]"]).model.layers == ()


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("model.layers.2.size=1", "layers has no entry of that number: '2'; accepted: 0 to 1"),
        ("model.layers.size=1", "layers has no entry of that number: 'size'; accepted: 0 to 1"),
        ("model.layers.-1.size=1", r"that number: '-1'.* all of them as layers=\[...\]\.$"),
        ("model.layers.0.size=x", "model.layers.0.size = 'x': "),
        ("model.layers.0.sise=1", "unknown setting 'model.layers.0.sise', did you mean"),
    ],
)
def test_entries_that_are_not_there_and_parts_that_are_wrong(
    override: str, said: str, file: Path
) -> None:
    with pytest.raises(SettingsError, match=said):
        resolve(Whole, file=file, overrides=[override])


def test_an_empty_list_has_no_entries() -> None:
    given: dict[str, Any] = {"overrides": ["model.layers.0.size=1"]}
    with pytest.raises(SettingsError, match=r"accepted: nothing, for it is empty"):
        resolve(Whole, **given)
