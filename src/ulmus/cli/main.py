"""Finds the verb, runs it, and turns a user's mistake into one line and exit code 2."""

import importlib
import os
import sys
import warnings
from typing import Any

import typer
from typer.core import TyperGroup

from ulmus.errors import UlmusError, UlmusWarning

VERBS = {
    "quickstart": "quickstart",
    "fit": "fit",
    "prepare": "prepare",
    "pretrain": "pretrain",
    "finetune": "finetune",
    "classifier": "classifier",
    "predict": "predict",
    "generate": "generate",
    "evaluate": "evaluate",
    "inspect": "inspect_",
    "tokenize": "tokenize",
    "lr-find": "lr_find",
}
"""Each verb and the module of this package that holds its function `run`."""

INTERRUPTED = 130


class VerbGroup(TyperGroup):
    """A group that imports a verb's module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return all verbs, in the order in which one needs them."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return a verb's command, or None if there is no such verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"ulmus.cli.{VERBS[cmd_name]}")
        single = typer.Typer(add_completion=False)
        single.command(name=cmd_name)(module.run)
        return typer.main.get_command(single)


app = typer.Typer(
    cls=VerbGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Small language models that you own: classify, generate, fine-tune, in any language.",
)


@app.callback()
def _group() -> None:
    """Hold the verbs together."""


def main() -> None:
    """Run the command line and exit: 0, 2 for a user's mistake, 130 after Ctrl-C."""
    # Threads that wait for work sleep instead of spinning. Measured on two cores beside one busy
    # process: a classifier's small steps took 30 times longer with spinning threads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    warnings.showwarning = _tell_warning
    try:
        code = app(standalone_mode=False)
    except (UlmusError, typer.TyperException) as error:
        _say(f"ulmus: {_message(error)}")
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        _say("ulmus: interrupted. What was done is kept; run the same command with --resume")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; there is no one left to tell.
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _message(error: Exception) -> str:
    text = error.format_message() if isinstance(error, typer.TyperException) else str(error)
    return " ".join(text.split())


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,  # noqa: ARG001
    line: str | None = None,
) -> None:
    if issubclass(category, UlmusWarning):
        _say(f"ulmus: {message}")
    else:
        _say(warnings.formatwarning(message, category, filename, lineno, line).rstrip())


def _say(line: str) -> None:
    typer.echo(line, err=True)
