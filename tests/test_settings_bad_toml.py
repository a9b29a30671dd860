"""TOML that Python cannot hold: nested too deep, of too many digits or names."""

from pathlib import Path

import pytest

from ulmus.errors import SettingsError
from ulmus.settings import Settings, resolve


class Training(Settings):
    epochs: int = 1


@pytest.mark.parametrize("value", ["[" * 100_000, "9" * 5000])
def test_toml_that_python_cannot_hold(value: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f"epochs = {value}")
    with pytest.raises(
        SettingsError, match=r"^the settings file cannot be read: .* a TOML file in"
    ):
        resolve(Training, file=tmp_path / "a.toml")
    with pytest.raises(SettingsError, match=r"unusable settings.* epochs = '"):
        resolve(Training, overrides=[f"epochs={value}"])


def test_a_name_of_too_many_parts() -> None:
    with pytest.raises(SettingsError, match=r"^a --set of a name too long: .*at most 100 names"):
        resolve(Training, overrides=[f"a{'.a' * 50_000}=1"])
