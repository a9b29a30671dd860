"""Finished stages of a run in a folder, so that an interrupted one need not repeat them."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ulmus.errors import CheckpointError, OutputError, UlmusError
from ulmus.files import atomic_file, check_replaceable, read_json
from ulmus.recipes.finish import checkpoint_of

IDENTITY = "fit.json"

T = TypeVar("T")


@dataclass(frozen=True)
class WorkFolder:
    """Finished stages by name, so that an interrupted run need not repeat them.

    Args:
        path: The folder.
        resume: Whether an interrupted run goes on.
    """

    path: Path
    resume: bool

    def open(self, identity: str) -> None:
        """Make the folder, or see that it is of the run that is to go on.

        Args:
            identity: Fingerprint of documents and settings.

        Raises:
            CheckpointError: `resume` where there is nothing, or something else, to go on with.
            OutputError: The path is taken by something else, or cannot be written.
        """
        file = self.path / IDENTITY
        if not self.resume:
            check_replaceable(self.path, IDENTITY)
            shutil.rmtree(self.path, ignore_errors=True)
            with atomic_file(file) as temporary:
                temporary.write_text(json.dumps({"identity": identity}), "utf-8")
        elif not _says(file, {"identity": identity}):
            raise CheckpointError(
                "there is no interrupted run with these documents and settings",
                given=self.path,
                accepted="the work folder that Ctrl-C left, with the same documents and settings",
                remedy="Start without --resume",
            )

    @contextmanager
    def used(self) -> Iterator[None]:
        """Remove the folder when the block is done, or when nothing can be done with it.

        What is finished is kept for `resume` where a run is interrupted or a disk is full.
        """
        try:
            yield
        except OutputError:
            raise
        except UlmusError:
            shutil.rmtree(self.path)
            raise
        shutil.rmtree(self.path)

    def stage(
        self, name: str, marker: str, load: Callable[[Path], T], make: Callable[[Path, bool], T]
    ) -> T:
        """Return a stage's result: loaded where it is finished, else made.

        Args:
            name: Its folder.
            marker: The file that every such folder holds.
            load: Loads it.
            make: Makes it, told whether to go on from a checkpoint.
        """
        folder = self.path / name
        if (folder / marker).exists():
            return load(folder)
        return make(folder, self.resume and checkpoint_of(folder).exists())


def _says(file: Path, facts: object) -> bool:
    """Tell whether a JSON file is there and whole, and says just that."""
    try:
        said: object = read_json(file)
    except (OSError, ValueError):
        return False
    return said == facts
