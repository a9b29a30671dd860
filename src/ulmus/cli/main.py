"""Finds the verb, runs it, and turns a user's mistake into one line and exit code 2.

Of several processes that torchrun starts, the first one speaks for all.
"""

import difflib
import importlib
import importlib.metadata
import os
import signal
import sys
import threading
import time
import warnings
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ulmus.cli.interruption import cause
from ulmus.errors import LessonError, ProcessError, Terminated, UlmusError, UlmusWarning, show
from ulmus.launch import launch
from ulmus.printable import printable
from ulmus.shortage import MORE_MEMORY, is_shortage
from ulmus.unwritable import FULL

VERBS = (
    "quickstart",
    "fit",
    "curve",
    "doctor",
    "prepare",
    "pretrain",
    "finetune",
    "classifier",
    "predict",
    "generate",
    "evaluate",
    "inspect",
    "tokenize",
    "lr-find",
    "import-fastai",
    "export-fastai",
    "shrink",
    "lesson",
)
"""In the order in which one needs them; each has a module here that holds its function `run`."""

TOGETHER = ("pretrain", "finetune", "classifier", "predict")
"""The verbs that several processes can do together."""

PRECEDENCE_SECONDS = 5.0
"""How long another process waits with what is wrong, which the first one mostly says as well."""

FAILED = 1
MISTAKE = 2
INTERRUPTED, TERMINATED = 130, 143


class Verb(TyperCommand):
    """A command that prints its settings without being given what else it needs."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; with --print-settings none of them is required."""
        if "--print-settings" in args:
            for parameter in self.params:
                parameter.required = False
        return super().parse_args(ctx, args)


class VerbGroup(TyperGroup):
    """A group that imports a verb's module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return all verbs."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return a verb's command.

        Raises:
            UlmusError: There is no such verb, or it is nothing for several processes.
        """
        if cmd_name not in VERBS:
            nearest = difflib.get_close_matches(cmd_name, VERBS, n=1)
            raise UlmusError(
                "unknown verb",
                given=cmd_name,
                accepted=", ".join(VERBS),
                remedy=f"Did you mean {nearest[0]!r}?" if nearest else "See 'ulmus --help'",
            )
        if cmd_name not in TOGETHER and launch().processes > 1:
            raise UlmusError(
                "a verb that one process does alone",
                given=cmd_name,
                accepted=f"{', '.join(TOGETHER)} with several processes",
                remedy=f"Run 'ulmus {cmd_name}' without torchrun",
            )
        module = importlib.import_module(f"ulmus.cli.{cmd_name.replace('-', '_')}")
        # Plain help: half the time of rich's, whole sentences, and it reads well in a pipe.
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name=cmd_name, cls=Verb)(module.run)
        return typer.main.get_command(single)


app = typer.Typer(
    cls=VerbGroup,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Small language models that you own: classify, generate, fine-tune, in any language.",
)


@app.callback()
def _group(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"ulmus {importlib.metadata.version('ulmus')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line and exit: 0, 2 for a mistake, 130 after Ctrl-C, 143 after SIGTERM.

    1 is for a lesson whose check failed, and for a process that another one has left alone.

    A reader that stops reading, as `head` does, is no mistake.
    """
    _set_up()
    try:
        code = _run(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a reader that has gone is met
    except UlmusError as error:
        failed = isinstance(error, LessonError | ProcessError)
        code = _end(str(error), FAILED if failed else MISTAKE)
    except typer.TyperException as error:
        code = _end(_usage(error), MISTAKE)
    except KeyboardInterrupt as interruption:
        code = _stopped(interruption)
    except BrokenPipeError:  # the reader of our output has gone; there is no one left to tell
        _stop_writing()
        code = 0
    except Exception as error:
        told = _shortage(error)
        if told is None:
            raise
        code = _end(told, MISTAKE)
    sys.exit(code)


def _shortage(error: Exception) -> str | None:
    """Return what is told of an exception that means that memory or a disk is full."""
    if is_shortage(error):
        return f"there is not enough memory ({error.__class__.__name__}). {MORE_MEMORY}."
    if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
        _stop_writing()
        return f"cannot write to standard output ({error.strerror}). Make room there."
    return None


def _stop_writing() -> None:
    """Let what is still to be written to standard output at exit go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _set_up() -> None:
    # What is half written is cleaned up, as after Ctrl-C.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    # Threads that wait for work sleep instead of spinning. Measured on two cores beside one busy
    # process: a classifier's small steps took 30 times longer with spinning threads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Files and pipes are UTF-8 everywhere; half a surrogate pair, as in the name of a
            # file, stops nothing.
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    if not launch().leads:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it stays open
    warnings.simplefilter("default", UlmusWarning)  # once, though a source be read twice
    warnings.showwarning = _tell_warning


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def _run(arguments: list[str]) -> int:
    # Not `app()`, which answers Ctrl-C, a closed pipe and the end of a file on its own.
    command = typer.main.get_command(app)
    try:
        with command.make_context("ulmus", arguments) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    return 0


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with the command line itself, and where to look."""
    what = " ".join(error.format_message().split()).rstrip(".").replace(": Value error,", ":")
    problems: list[Any] = getattr(error.__cause__, "errors", list)()  # pydantic knows the value
    given = f": {show(str(problems[0]['input']))}" if problems else ""
    verb = [name for name in sys.argv[1:] if name in VERBS][:1]
    return f"{what}{given}. See '{' '.join(['ulmus', *verb])} --help'."


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,  # noqa: ARG001
    line: str | None = None,
) -> None:
    if issubclass(category, UlmusWarning):
        if launch().leads:
            _say(f"ulmus: {message}")
    else:
        typer.echo(warnings.formatwarning(message, category, filename, lineno, line), err=True)


def _stopped(interruption: KeyboardInterrupt) -> int:
    """Say what ended the run, and return its exit code."""
    if launch().processes > 1:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun ends all when one has ended
    why = cause(interruption)
    if isinstance(why, ProcessError):
        return _end(str(why), FAILED)
    how, code = "interrupted", INTERRUPTED
    if isinstance(interruption, Terminated):
        how, code = "terminated", TERMINATED
    if launch().leads:
        _say(f"ulmus: {': '.join([how, *map(str, interruption.args)])}.")
    return code


def _end(line: str, code: int) -> int:
    several, leads = launch().processes > 1, launch().leads
    if several:
        # For torchrun, which ends all processes when one has ended: nothing is left to clean up.
        signal.signal(signal.SIGTERM, signal.SIG_IGN if code == FAILED else signal.SIG_DFL)
    if several and code == MISTAKE and not leads:
        time.sleep(PRECEDENCE_SECONDS)
    _say(f"ulmus: {line}")
    return code


def _say(line: str) -> None:
    typer.echo(printable(line), err=True)
