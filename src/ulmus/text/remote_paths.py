"""Paths by URL: of object stores and whatever else pyarrow has a filesystem for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from ulmus.errors import SourceError

ACCEPTED = "file://, s3://, gs://, abfss:// or hdfs://"
URL = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]+)://(?:[^/?#]*@)?(?P<rest>[^?#]*)")
# Each read of an object store is a request, and a reader asks for 64 KiB at a time.
BUFFER_BYTES = 1 << 22


@dataclass(frozen=True)
class RemotePath:
    """A path on a filesystem of pyarrow, with those methods of `pathlib.Path` that readers call.

    It can be pickled, with its filesystem.

    Args:
        filesystem: The `pyarrow.fs.FileSystem`.
        path: The path as the filesystem names it, with `/`.
        scheme: How its URL begins, to show it.
        folder: Whether it is a folder; None asks the filesystem.
        size: How many bytes the file holds; None asks the filesystem.
    """

    filesystem: Any
    path: str
    scheme: str
    folder: bool | None = None
    size: int | None = None

    def __str__(self) -> str:
        return f"{self.scheme}://{self.path}"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    def resolve(self) -> "RemotePath":
        """Return itself: there are no links."""
        return self

    def is_dir(self) -> bool:
        """Tell whether it is a folder.

        Raises:
            FileNotFoundError: Nothing is there.
        """
        if self.folder is not None:
            return self.folder
        from pyarrow.fs import FileType

        kind = self.filesystem.get_file_info(self.path).type
        if kind == FileType.NotFound:
            raise FileNotFoundError(2, "No such file or directory", str(self))
        return bool(kind == FileType.Directory)

    def iterdir(self) -> Iterator["RemotePath"]:
        """Yield what lies in the folder."""
        from pyarrow.fs import FileSelector, FileType

        for found in self.filesystem.get_file_info(FileSelector(self.path)):
            folder = found.type == FileType.Directory
            yield replace(self, path=found.path, folder=folder, size=found.size)

    def open(self, mode: str) -> Any:
        """Open the file to be read from its beginning to its end.

        Args:
            mode: `rb`, as there is no other.
        """
        assert mode == "rb"
        # By default what is named .gz would be decompressed here.
        return self.filesystem.open_input_stream(
            self.path, compression=None, buffer_size=BUFFER_BYTES
        )

    def open_seekable(self) -> Any:
        """Open the file to be read anywhere."""
        return self.filesystem.open_input_file(self.path)


SourcePath: TypeAlias = Path | RemotePath


def byte_count(path: SourcePath) -> int:
    """Return how many bytes a file holds."""
    if isinstance(path, Path):
        return path.stat().st_size
    return int(path.filesystem.get_file_info(path.path).size if path.size is None else path.size)


def source_path(name: str) -> SourcePath:
    """Return the path that a text names: a URL's, or else a local one.

    Args:
        name: A path; or a URL of pyarrow's, as `s3://bucket/folder`, which may say more after a
            question mark, as `?region=eu-central-1`. `file://` gives a local path.

    Raises:
        SourceError: No filesystem of pyarrow reads the URL, or it cannot be reached.
    """
    url = URL.match(name)
    if url is None:
        return Path(name)
    shown = f"{url['scheme']}://{url['rest']}"  # without user, password and options
    import pyarrow as pa
    from pyarrow.fs import FileSystem

    try:
        filesystem, path = FileSystem.from_uri(name)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].replace(name, shown)
        raise SourceError(
            f"cannot read the source ({reason})",
            given=shown,
            accepted=f"a path, or a URL that begins with {ACCEPTED}",
            remedy="Check the URL, the network and your credentials",
        ) from None
    if filesystem.type_name == "local":
        return Path(path)
    return RemotePath(filesystem, path.rstrip("/"), url["scheme"])
