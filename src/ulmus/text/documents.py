"""What a document is, and what can be asked of a source of documents."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, Self, TypeAlias

from pydantic import BeforeValidator, Field, field_validator, model_validator

from ulmus.settings import Settings
from ulmus.text.frames import ArrowStream
from ulmus.text.readers import Unit
from ulmus.text.remote_paths import SourcePath
from ulmus.text.targets import SEPARATOR, TargetKind


class Document(NamedTuple):
    """A text, in one or several columns, and its label if it has one.

    Attributes:
        columns: The texts of the text columns, usually one.
        label: The label, as a text: a class, tags with a separator between them, or a number.
            None if there is none or none was asked for.
    """

    columns: tuple[str, ...]
    label: str | None

    @property
    def text(self) -> str:
        """The columns as one text, joined by newlines."""
        return "\n".join(self.columns)


Source: TypeAlias = (
    str | SourcePath | Sequence[str | Document | None] | Sequence[SourcePath] | ArrowStream
)


class SourceSettings(Settings):
    """What is read of a source.

    Attributes:
        text: The names of the columns that hold the text (tables only); one may be a string.
        label: The name of the column that holds the label; None reads no labels. For the .txt
            files of a folder any name makes the parent folder's name the label.
        target: What a label is: `class`, the one class of the document; `tags`, any number of
            them; or `number`, a quantity.
        separator: What stands between the tags of a label; a column of lists has no need of it.
        document: What one document of a .txt file is; None is a line where the file itself is
            named, and the whole file where it is found in a folder.
        encoding: Of text files, CSV, TSV and JSON Lines, by Python's name; None is UTF-8, or
            UTF-16 where a byte order mark says so.
    """

    text: Annotated[
        tuple[str, ...],
        Field(min_length=1),
        BeforeValidator(lambda names: (names,) if isinstance(names, str) else names),
    ] = ("text",)
    label: str | None = None
    target: TargetKind = "class"
    separator: str = Field(SEPARATOR, min_length=1)
    document: Unit | None = None
    encoding: str | None = None

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, name: str | None) -> str | None:
        try:
            "a".encode("utf-8" if name is None else name)
        except LookupError:
            raise ValueError("an encoding that Python knows, such as latin-1 or cp1252") from None
        return name

    @model_validator(mode="after")
    def _targets_have_labels(self) -> Self:
        if self.label is None and self.target != "class":
            raise ValueError(f"the target {self.target!r} needs the name of a label column")
        if self.separator != SEPARATOR and self.target != "tags":
            raise ValueError(f"a separator stands between tags, and the target is {self.target!r}")
        return self
