"""Every error and warning a user can meet.

    UlmusError
    ├── SettingsError      an unknown setting, or a value out of range
    ├── SourceError        a text source that cannot be read as asked
    ├── LabelError         labels that no classifier can be trained or scored with
    ├── TokenizerError     an unknown, unusable or missing tokenizer, or rule set
    ├── MissingExtraError  an optional dependency that is not installed
    ├── CorpusError        a corpus folder that is damaged, or does not fit
    ├── BundleError        a saved model that is damaged, of another kind, or too new
    ├── CheckpointError    a training checkpoint that is damaged, or does not fit
    ├── OutputError        an output path that cannot be written
    │   └── DiskFullError  no space is left there
    ├── ShortageError      less memory than the smallest piece of work needs
    ├── ProcessError       another process of the same run that has ended
    └── LessonError        a lesson whose check failed; no mistake of the user
    Terminated             SIGTERM, which ends a run as Ctrl-C does
    UlmusWarning           something was skipped or chosen for the user, who should know

An error says four things in one line: what is wrong, the value given, what is accepted, and
what to do about it.
"""

from os import PathLike

SHOWN_CHARACTERS = 160
MOST_CHARACTERS = 1_000
"""Of a part of an error that is not the value; names that a file gives may be of any length."""


def show(value: object) -> str:
    """Return a value as one short line: a string or path quoted and escaped, cut if long."""
    quoted = isinstance(value, str | PathLike)
    text = repr(str(value)) if quoted else _one_line(str(value))
    return _cut(text, SHOWN_CHARACTERS)


class UlmusError(Exception):
    """A mistake the user can mend, told in one line.

    Args:
        what: What is wrong, without the value and without a full stop.
        given: The value that was given, shown quoted; None where there is none to show.
        accepted: What would have been accepted.
        remedy: What to do now, as a sentence without a full stop.
    """

    def __init__(
        self, what: str, given: object = None, accepted: str = "", remedy: str = ""
    ) -> None:
        # All four stay in `args`, so that the error crosses process borders whole.
        super().__init__(what, given, accepted, remedy)

    def __str__(self) -> str:
        what, given, accepted, remedy = self.args
        # The value keeps its spaces: two of them may be what is wrong with it.
        line = _part(what) if given is None else f"{_part(what)}: {show(given)}"
        if accepted:
            line += f"; accepted: {_part(accepted)}"
        if remedy:
            line += f". {_part(remedy)}"
        return line if line.endswith((".", "?", "!", "…")) else f"{line}."


class SettingsError(UlmusError):
    """An unknown setting, or a value out of range."""


class SourceError(UlmusError):
    """A text source that cannot be read as asked."""


class LabelError(UlmusError):
    """Labels that no classifier can be trained or scored with."""


class TokenizerError(UlmusError):
    """An unknown, unusable or missing tokenizer, or rule set."""


class MissingExtraError(UlmusError):
    """An optional dependency that is not installed."""


class CorpusError(UlmusError):
    """A corpus folder that is damaged, or does not fit its use."""


class BundleError(UlmusError):
    """A saved model that is damaged, of another kind, or of a newer schema."""


class CheckpointError(UlmusError):
    """A training checkpoint that is damaged, or does not fit its use."""


class OutputError(UlmusError):
    """An output path that cannot be written."""


class DiskFullError(OutputError):
    """No space is left where an output is written."""


class ShortageError(UlmusError):
    """There is less memory than the smallest piece of work needs."""


class ProcessError(UlmusError):
    """Another process of the same run has ended; no mistake of the user."""


class LessonError(UlmusError):
    """A lesson whose check failed; no mistake of the user."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: the process was asked to end, as by Ctrl-C but for what it exits with."""


class UlmusWarning(UserWarning):
    """Something was skipped or chosen for the user, who should know."""


def _part(text: str) -> str:
    return _cut(_one_line(text), MOST_CHARACTERS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())
