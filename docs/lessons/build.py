"""Makes the notebooks of the lessons and runs them, so that their figures can be seen here.

    python docs/lessons/build.py [NAME ...] [--quick]

Takes about half an hour for all; with --quick, which cuts sizes, a few minutes.
"""

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

from ulmus.lessons.notebook import SETTINGS, notebook_text
from ulmus.lessons.registry import NAMES

FOLDER = Path(__file__).parent
SECONDS = 3600
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def notebook(name: str) -> NotebookNode:
    """Return the notebook of a lesson, not yet run."""
    made = jupytext.reads(notebook_text(name), fmt="py:percent")
    made.metadata = NotebookNode(kernelspec=NotebookNode(KERNEL))
    for index, cell in enumerate(made.cells):
        cell.id = f"{name}-{index}"  # jupytext draws one by chance
        cell.metadata = NotebookNode()
    return made


def run(made: NotebookNode, *, settings: str = "quick=False") -> NotebookNode:
    """Run a notebook, and return it with what it showed and with the settings it came with.

    Args:
        made: The notebook.
        settings: How to run the lesson, as arguments of its `LessonSettings`.
    """
    [shows] = [cell for cell in made.cells if SETTINGS in cell.source]
    kept = shows.source
    shows.source = kept.replace(SETTINGS, f"settings = LessonSettings({settings})")
    with TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        config = Config({"KernelManager": _connection(Path(folder))})
        NotebookClient(made, timeout=SECONDS, resources=resources, config=config).execute()
    shows.source = kept
    for cell in made.cells:
        cell.metadata = NotebookNode()  # when each was run
    return made


def _connection(folder: Path) -> dict[str, str]:
    """Return how to speak to a kernel: by sockets in a folder, where the system has them."""
    if os.name != "posix":
        return {"transport": "tcp"}
    return {"transport": "ipc", "ip": str(folder / "kernel")}


def main() -> None:
    """Make the notebooks that were asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    for name in given.names or NAMES:
        made = run(notebook(name), settings=f"quick={given.quick}")
        nbformat.write(made, FOLDER / f"{name}.ipynb")
        print(f"{name}.ipynb")


if __name__ == "__main__":
    main()
