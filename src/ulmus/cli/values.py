"""How options become settings.

A setting is decided by its default, then the file of --settings, then its flag (--epochs 3),
then --set: the later wins.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer
from pydantic import ConfigDict

from ulmus.settings import Settings, as_toml, resolve

S = TypeVar("S", bound=Settings)


class _Named(Settings):
    # All else that is set is left to the settings themselves to judge.
    model_config = ConfigDict(extra="ignore")

    tokenizer: Any = None


class _Overriding(_Named):
    prepare: _Named = _Named()


def settled(
    kind: type[S],
    *,
    file: Path | None,
    overrides: Sequence[str] | None,
    print_settings: bool,
    values: Mapping[str, Any],
) -> S:
    """Return a verb's settings, or print them and stop.

    Args:
        kind: The verb's settings class.
        file: What --settings names.
        overrides: What --set says.
        print_settings: Whether to print and stop.
        values: What other options say, nested; None where they are not given.

    Raises:
        SettingsError: The settings are unusable.
        Exit: They were printed.
    """
    settings = resolve(kind, file=file, values=values, overrides=overrides or ())
    if print_settings:
        typer.echo(as_toml(settings), nl=False)
        raise typer.Exit
    return settings


def source_values(
    text: Sequence[str] | None,
    label: str | None,
    document: str | None,
    encoding: str | None,
    *,
    target: str | None = None,
    separator: str | None = None,
) -> dict[str, Any]:
    """Return what options say of a source as values for `SourceSettings`."""
    return {
        "text": tuple(text) if text else None,
        "label": label,
        "target": target,
        "separator": separator,
        "document": document,
        "encoding": encoding,
    }


def language_values(
    language: str | None,
    tokenizer: str | None,
    rules: str | None,
    overrides: Sequence[str] | None = None,
) -> dict[str, str | None]:
    """Return tokenizer and rules as values for `PrepareSettings`: what is asked for, or suits.

    Args:
        language: What --language says.
        tokenizer: What --tokenizer says, which wins.
        rules: What --rules says, which wins.
        overrides: What --set says; a tokenizer in it wins, and the rules have to suit it.

    Raises:
        TokenizerError: There is no preset for the language.
    """
    if language is None:
        return {"tokenizer": tokenizer, "rules": rules}
    from ulmus.text.languages import language_settings

    found = resolve(_Overriding, overrides=overrides or ())
    named = found.tokenizer or found.prepare.tokenizer
    if isinstance(named, str):
        tokenizer = named
    return dict(language_settings(language, tokenizer=tokenizer, rules=rules))


def fit_values(
    source: Mapping[str, Any],
    cutting: Mapping[str, Any],
    *,
    model: str | None,
    workers: int | None,
    seed: int | None,
    both_directions: bool | None,
    activation_stats: bool | None = None,
    **others: Any,
) -> dict[str, Any]:
    """Return what the flags of `fit` and `curve` say as values for their settings.

    Args:
        source: From `source_values`.
        cutting: From `language_values`.
        model: What --model says.
        workers: What --workers says.
        seed: What --seed says.
        both_directions: What --both-directions says.
        activation_stats: What --activation-stats says.
        others: What other flags say, by the name of the setting.
    """
    return {
        "prepare": {"source": source, **cutting, "workers": workers, "seed": seed},
        "language_model": {"model": model, "activation_stats": activation_stats},
        "classifier": {"activation_stats": activation_stats},
        "engine": {"seed": seed},
        "both_directions": both_directions,
        **others,
    }
