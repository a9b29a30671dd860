"""What every settings class of the library must keep to, so that printed settings read back."""

import importlib
import pkgutil
import tomllib
from collections.abc import Iterator

import pytest

import ulmus
from ulmus.settings import Settings, as_toml, resolve


def all_settings() -> list[type[Settings]]:
    for module in pkgutil.walk_packages(ulmus.__path__, "ulmus."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return sorted(set(below(Settings)), key=lambda kind: kind.__qualname__)


def below(kind: type[Settings]) -> Iterator[type[Settings]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("ulmus."):
            yield child
            yield from below(child)


@pytest.fixture(scope="module")
def kinds() -> list[type[Settings]]:
    return all_settings()


def test_what_may_be_none_is_none_by_default(kinds: list[type[Settings]]) -> None:
    """TOML cannot say None, so a default of another value could not be switched off."""
    unsayable = [
        f"{kind.__qualname__}.{name}"
        for kind in kinds
        for name, field in kind.model_fields.items()
        if type(None) in getattr(field.annotation, "__args__", ())
        and field.get_default(call_default_factory=True) is not None
        and not field.is_required()
    ]
    assert unsayable == []


def test_defaults_read_back_from_toml(kinds: list[type[Settings]]) -> None:
    for kind in kinds:
        if not any(field.is_required() for field in kind.model_fields.values()):
            made = kind()
            assert resolve(kind, values=tomllib.loads(as_toml(made))) == made, kind
