import math
import tomllib
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import Field, ValidationError, model_validator

from ulmus.errors import SettingsError
from ulmus.settings import Settings, as_toml, resolve


class Dropouts(Settings):
    input_dropout: float = Field(0.25, ge=0, lt=1)
    output_dropout: float = Field(0.1, ge=0, lt=1)


class Layer(Settings):
    size: int = 1
    note: str | None = None


class Training(Settings):
    name: str = "first"
    epochs: int = Field(1, ge=1)
    rate: float = 1e-5
    shuffled: bool = True
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    columns: tuple[str, ...] = ("text",)
    layers: tuple[Layer, ...] = ()
    weights: dict[str, float] = Field(default_factory=dict)
    folder: Path | None = None
    dropouts: Dropouts = Dropouts()
    second: Dropouts | None = None


class Ordered(Settings):
    low: int
    high: int = 10

    @model_validator(mode="after")
    def _low_is_lower(self) -> "Ordered":
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) must not exceed high ({self.high})")
        return self


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text(text, "utf-8")
    return file


def message(kind: type[Settings] = Training, **how: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        resolve(kind, **how)
    return str(caught.value)


def test_later_ways_to_set_win(tmp_path: Path) -> None:
    file = written(tmp_path, "name = 'file'\nepochs = 2\nrate = 0.5\n[dropouts]\ninput_dropout=0\n")
    made = resolve(
        Training,
        file=file,
        values={"epochs": 3, "rate": 0.25, "dropouts": {"output_dropout": 0.5}},
        overrides=["rate=0.125", "dropouts.output_dropout=0.75"],
    )
    assert (made.name, made.epochs, made.rate) == ("file", 3, 0.125)
    assert made.dropouts == Dropouts(input_dropout=0, output_dropout=0.75)
    assert made.schedule == "one-cycle"


def test_a_part_given_in_part_keeps_the_defaults_of_where_it_stands(tmp_path: Path) -> None:
    class Whole(Settings):
        first: Dropouts = Dropouts(input_dropout=0.5)
        second: Training = Training(name="second", dropouts=Dropouts(output_dropout=0.75))

    file = written(tmp_path, "[first]\noutput_dropout = 0.25\n")
    made = resolve(
        Whole,
        file=file,
        values={"second": {"epochs": 3}},
        overrides=["second.dropouts.input_dropout=0"],
    )
    assert made.first == Dropouts(input_dropout=0.5, output_dropout=0.25)
    assert (made.second.name, made.second.epochs) == ("second", 3)
    assert made.second.dropouts == Dropouts(input_dropout=0, output_dropout=0.75)


def test_none_counts_as_not_given_at_every_depth(tmp_path: Path) -> None:
    file = written(tmp_path, "epochs = 2\n[dropouts]\ninput_dropout = 0.5\n")
    values = {
        "epochs": None,
        "dropouts": {"input_dropout": None},
        "second": {"input_dropout": None},
    }
    assert resolve(Training, file=file, values=values) == Training(
        epochs=2, dropouts=Dropouts(input_dropout=0.5)
    )


def test_the_given_values_are_not_changed() -> None:
    values: dict[str, Any] = {"weights": {"a": 1.0}, "dropouts": {"input_dropout": 0.5}}
    made = resolve(
        Training, values=values, overrides=["weights.b=2", "dropouts.input_dropout=0.125"]
    )
    assert made.weights == {"a": 1.0, "b": 2.0}
    assert values == {"weights": {"a": 1.0}, "dropouts": {"input_dropout": 0.5}}


def test_an_override_reaches_inside_a_settings_object() -> None:
    made = resolve(
        Training,
        values={"dropouts": Dropouts(output_dropout=0.5)},
        overrides=["dropouts.input_dropout=0"],
    )
    assert made.dropouts == Dropouts(input_dropout=0, output_dropout=0.5)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("epochs=4", "epochs", 4),
        ("rate = 1e-3", "rate", 1e-3),
        ("shuffled=false", "shuffled", False),
        ("name=second", "name", "second"),
        ("name=two words # not a comment", "name", "two words # not a comment"),
        ('name="4"', "name", "4"),
        ("name=", "name", ""),
        ("name=a=b", "name", "a=b"),
        ("name=2024-01-31", "name", "2024-01-31"),
        ("name=12:30:00", "name", "12:30:00"),
        ('name="a"\nb = 1', "name", '"a"\nb = 1'),
        ("name=กา", "name", "กา"),
        ('columns=["a", "b"]', "columns", ("a", "b")),
        ("folder=out/model", "folder", Path("out/model")),
    ],
)
def test_overrides_are_toml_or_else_text(text: str, name: str, value: object) -> None:
    assert getattr(resolve(Training, overrides=[text]), name) == value


@pytest.mark.parametrize("text", ["epochs", "=3", " =3", ""])
def test_an_override_without_a_name_or_value_is_refused(text: str) -> None:
    told = message(overrides=[text])
    assert told.startswith(f"a --set that sets nothing: {text!r}; accepted: NAME=VALUE, for ex")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("epoch=4", "epochs"),
        ("dropouts.input_drop=0", "dropouts.input_dropout"),
        ("second.ouput_dropout=0", "second.output_dropout"),
        ("shufled=true", "shuffled"),
    ],
)
def test_an_unknown_name_gives_the_nearest(text: str, nearest: str) -> None:
    name = text.partition("=")[0]
    expected = (
        "unusable settings; accepted: see --print-settings. "
        f"unknown setting {name!r}, did you mean {nearest!r}?"
    )
    assert message(overrides=[text]) == expected


def test_a_name_like_no_other_gives_none() -> None:
    assert message(overrides=["zzz=1"]).endswith(". unknown setting 'zzz'.")


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, "epochs = 0\nepocs = 1\n")
    told = message(file=file, overrides=["schedule=cosine", "dropouts.input_dropout=1.5"])
    assert "epochs = 0: Input should be greater than or equal to 1" in told
    assert "schedule = 'cosine': Input should be 'one-cycle' or 'constant'" in told
    assert "dropouts.input_dropout = 1.5: Input should be less than 1" in told
    assert "unknown setting 'epocs', did you mean 'epochs'?" in told
    assert "\n" not in told


def test_what_is_missing_or_does_not_fit_together_is_told() -> None:
    assert message(Ordered).endswith(". low is missing.")
    assert message(Ordered, overrides=["low=11"]).endswith(". low (11) must not exceed high (10).")


def test_a_long_value_is_cut() -> None:
    assert len(message(overrides=["epochs=" + "x" * 10_000])) < 400


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"epochs = ", "Invalid value"),
        (b"name = '\xff'", "can't decode byte 0xff"),
        (None, "No such"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    told = message(file=file)
    assert told.startswith(f"the settings file cannot be read: {str(file)!r}; accepted: a TOML")
    assert why in told


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xef\xbb\xbfepochs = 2\r\n")
    assert resolve(Training, file=file).epochs == 2


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Training().epochs = 2


def test_with_changes_what_is_named_and_keeps_the_rest() -> None:
    made = Training(name="a", folder=Path("x"), dropouts=Dropouts(input_dropout=0))
    changed = made.with_(epochs=2, folder=None, dropouts={"output_dropout": 0.5})
    assert changed.folder is None
    assert (changed.name, changed.epochs) == ("a", 2)
    assert changed.dropouts == Dropouts(input_dropout=0, output_dropout=0.5)
    assert made.dropouts == Dropouts(input_dropout=0)
    assert made.with_(dropouts=Dropouts()) == made.with_(dropouts={"input_dropout": 0.25})


def test_with_validates() -> None:
    with pytest.raises(SettingsError, match=r"epochs = 0: .*; unknown setting 'epoch', did you"):
        Training().with_(epochs=0, epoch=3)


def test_as_toml_is_plain_to_read() -> None:
    layers = (Layer(size=2), Layer(note="b\n"))
    made = Training(name='say "ก"\\\x7f', columns=("a", "b"), layers=layers, weights={"a b": 1})
    expected = r"""
name = "say \"ก\"\\\u007f"
epochs = 1
rate = 1e-05
shuffled = true
schedule = "one-cycle"
columns = ["a", "b"]
layers = [{size = 2}, {size = 1, note = "b\n"}]

[weights]
"a b" = 1.0

[dropouts]
input_dropout = 0.25
output_dropout = 0.1
"""
    assert as_toml(made) == expected.lstrip()


def test_as_toml_without_values_or_with_tables_only() -> None:
    class Empty(Settings):
        pass

    class Nested(Settings):
        inner: Dropouts = Dropouts()

    assert as_toml(Empty()) == "\n"
    assert as_toml(Nested()).startswith("[inner]\ninput_dropout = 0.25\n")


TEXTS = some.text(some.characters(exclude_categories=["Cs"]))
DROPOUTS = some.builds(Dropouts, input_dropout=some.floats(0, 0.99))


@given(
    some.builds(
        Training,
        name=TEXTS,
        epochs=some.integers(1, 10**20),
        rate=some.floats(allow_nan=False),
        columns=some.lists(TEXTS, max_size=3).map(tuple),
        layers=some.lists(some.builds(Layer, note=some.none() | TEXTS), max_size=3).map(tuple),
        weights=some.dictionaries(TEXTS, some.floats(allow_nan=False), max_size=3),
        dropouts=DROPOUTS,
        second=some.none() | DROPOUTS,
    )
)
def test_toml_reads_back_as_it_was(made: Training) -> None:
    assert resolve(Training, values=tomllib.loads(as_toml(made))) == made


def test_a_written_file_reads_back_as_it_was(tmp_path: Path) -> None:
    made = Training(name="\u2028\x85\r\n\t\x00'\"\\ก👩‍👩‍👧", rate=math.inf, folder=tmp_path)
    assert resolve(Training, file=written(tmp_path, as_toml(made))) == made
