"""Validated settings: defaults, a TOML file, then `--set a.b=c`, all errors told at once."""

import copy
import datetime
import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from ulmus.errors import SettingsError, show

S = TypeVar("S", bound="Settings")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
DEEPEST = 100
LIKENESS = 0.4
"""Least similarity at which another name is offered for an unknown one."""


class Settings(BaseModel):
    """A frozen, validated set of values that stands beside what it sets up.

    A setting that may be None must have None as its default: TOML cannot say None, so
    `as_toml` leaves it out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def with_(self, **changes: Any) -> Self:
        """Return a validated copy in which some values differ; nested ones may be partial.

        Raises:
            SettingsError: An unknown name, or values out of range.
        """
        merged = self.model_dump()
        _merge(merged, changes)
        return _validated(type(self), merged)


def resolve(
    kind: type[S],
    *,
    file: Path | None = None,
    values: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
) -> S:
    """Build settings from defaults < file < values < overrides.

    Args:
        kind: The settings class.
        file: A TOML file whose tables mirror the nesting of the settings.
        values: Values by (nested) name; those that are None count as not given.
        overrides: Texts of the form `a.b=c`; `c` is read as TOML, else taken as a string. An
            entry of a list goes by its number: `a.0.b=c`.

    Returns:
        The validated settings.

    Raises:
        SettingsError: A file that cannot be read, an unknown name, or values out of range;
            all of them are in the one message.
    """
    merged = _nested_defaults(kind)
    _merge(merged, _read_file(file) if file else {})
    _merge(merged, _given(values or {}))
    for text in overrides:
        _merge(merged, _parse_override(text))
    return _validated(kind, merged)


def as_toml(settings: Settings) -> str:
    """Return settings as TOML text that `resolve` reads back."""
    lines: list[str] = []
    _toml_table(settings.model_dump(mode="json"), "", lines)
    return "\n".join(lines).strip() + "\n"


def _validated(kind: type[S], values: Mapping[str, Any]) -> S:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        names = list(_names(kind, ""))
        raise SettingsError(
            "unusable settings",
            accepted="see --print-settings",
            remedy="; ".join(_explanation(problem, names) for problem in error.errors()),
        ) from None


def _nested_defaults(kind: type[Settings]) -> dict[str, Any]:
    # Else a part that is given in part would take the rest from its own class, and not from
    # the default that stands here.
    defaults = ((n, f.get_default(call_default_factory=True)) for n, f in kind.model_fields.items())
    return {name: value.model_dump() for name, value in defaults if isinstance(value, BaseModel)}


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))  # editors on Windows add the mark
    except (OSError, ValueError, RecursionError) as error:  # nested too deep; of too many digits
        raise SettingsError(
            "the settings file cannot be read",
            given=file,
            accepted="a TOML file in UTF-8",
            remedy=f"Mend it: {error}",
        ) from None


def _parse_override(text: str) -> dict[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise SettingsError(
            "a --set that sets nothing",
            given=text,
            accepted="NAME=VALUE, for example classifier.epochs=4",
            remedy="Write the name, '=' and the value without spaces",
        )
    parts = name.strip().split(".")
    if len(parts) > DEEPEST:
        raise SettingsError(
            "a --set of a name too long",
            given=text,
            accepted=f"at most {DEEPEST} names with full stops between them",
            remedy="See --print-settings for the names there are",
        )
    parsed = _parse_value(value)
    for part in reversed(parts):
        parsed = {part: parsed}
    return parsed  # type: ignore[no-any-return]


def _parse_value(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    # No setting is a date, so what looks like one is a name; and more keys were no one's intent.
    dated = isinstance(table["value"], datetime.date | datetime.time)
    return text if dated or len(table) > 1 else table["value"]


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    given = {}
    for key, value in values.items():
        inner = _given(value) if isinstance(value, Mapping) else value
        if inner is not None and (inner != {} or value == {}):
            given[key] = inner
    return given


def _merge(into: dict[str, Any], extra: Mapping[str, Any]) -> None:
    for key, value in extra.items():
        if isinstance(value, BaseModel):
            value = value.model_dump()  # noqa: PLW2901 (so that overrides can reach inside)
        if isinstance(value, Mapping) and isinstance(into.get(key), list | tuple):
            into[key] = _merged_entries(key, into[key], value)
        elif isinstance(value, Mapping):
            if not isinstance(into.get(key), dict):
                into[key] = {}
            _merge(into[key], value)
        else:
            into[key] = value


def _merged_entries(name: str, entries: Sequence[Any], extra: Mapping[str, Any]) -> Sequence[Any]:
    """Return a list in which `--set name.0.part=value` has changed entries that are there."""
    by_number = {
        str(number): entry.model_dump() if isinstance(entry, BaseModel) else copy.deepcopy(entry)
        for number, entry in enumerate(entries)
    }
    for number in extra.keys() - by_number.keys():
        raise SettingsError(
            f"{name} has no entry of that number",
            given=number,
            accepted=f"0 to {len(entries) - 1}" if entries else "nothing, for it is empty",
            remedy=f"Number entries from 0, or give all of them as {name}=[...]",
        )
    _merge(by_number, extra)
    return list(by_number.values())


def _explanation(problem: ErrorDetails, names: Sequence[str]) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(name, names, n=1, cutoff=LIKENESS)
        return f"unknown setting {name!r}" + (f", did you mean {nearest[0]!r}?" if nearest else "")
    if problem["type"] == "missing":
        return f"{name} is missing"
    return f"{name} = {show(problem['input'])}: {message}" if name else message


def _names(kind: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        yield prefix + name
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _names(part, f"{prefix}{name}.")


def _toml_table(values: Mapping[str, Any], prefix: str, lines: list[str]) -> None:
    tables = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    for key, value in values.items():
        if value is not None and key not in tables:
            lines.append(f"{_toml_key(key)} = {_toml_value(value)}")
    for key, value in tables.items():
        lines.extend(["", f"[{prefix}{_toml_key(key)}]"])
        _toml_table(value, f"{prefix}{_toml_key(key)}.", lines)


def _toml_key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _toml_value(key)


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        told = {key: item for key, item in value.items() if item is not None}
        pairs = (f"{_toml_key(key)} = {_toml_value(item)}" for key, item in told.items())
        return "{" + ", ".join(pairs) + "}"
    # JSON's escapes are TOML's, but for the one control character that JSON lets through.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
