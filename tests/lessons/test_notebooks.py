"""Every lesson is a notebook as well: of the same code, and it runs."""

import importlib.util
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from ulmus.lessons.notebook import SETTINGS, notebook_text
from ulmus.lessons.registry import NAMES, load_lesson, sentence

FOLDER = Path(__file__).parents[2] / "docs" / "lessons"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_lessons", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_what_lies_in_the_docs_is_of_the_lessons_code(name: str, build: ModuleType) -> None:
    shown = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    wanted = build.notebook(name)
    assert [(c.cell_type, c.source) for c in shown.cells] == [
        (c.cell_type, c.source) for c in wanted.cells
    ], f"make it anew: python docs/lessons/build.py {name}"
    nbformat.validate(shown)
    ran = [cell for cell in shown.cells if SETTINGS in cell.source]
    assert any("text/markdown" in o.get("data", {}) for cell in ran for o in cell.outputs)


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # of the kernel's own packages
@pytest.mark.parametrize("name", NAMES)
def test_it_runs(name: str, build: ModuleType, novel: Path) -> None:
    text = f", text={str(novel)!r}" if load_lesson(name).reads_text else ""
    made = build.run(build.notebook(name), settings=f"quick=True{text}")
    [shows] = [cell for cell in made.cells if SETTINGS in cell.source]  # as it is in the docs
    lines = [o["data"].get("text/markdown", "") for o in shows.outputs if "data" in o]
    assert len([line for line in lines if line.startswith("✓ ")]) >= 3
    assert not [line for line in lines if line.startswith("✗ ")]
    pictures = [o for o in shows.outputs if "image/png" in o.get("data", {})]
    assert bool(pictures) == (name in ("exploding_gradients", "rnn_from_scratch"))
    answers = [c for c in made.cells if c.source.startswith("print(")]
    assert len(answers) == len(load_lesson(name).questions)
    assert all(cell.outputs for cell in answers)


def test_a_notebook_has_the_lessons_text_code_and_questions() -> None:
    text = notebook_text("stream_batches")
    assert f"# **{sentence('stream_batches')}**" in text
    assert "# %%\ndef group_chunks(" in text
    questions = load_lesson("stream_batches").questions
    assert text.count("# %% [markdown]\n# **") == len(questions) >= 3
    assert text.index("# %%\nLESSON = ") < text.index(SETTINGS) < text.index("## Questions")
