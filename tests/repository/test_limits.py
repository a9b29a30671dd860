"""Sizes, names and calls that keep the code readable; CONTRIBUTING.md says why."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
FOLDERS = (SOURCE, ROOT / "tests", ROOT / "benchmarks")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in folder.rglob("*.py")
    # What benchmarks install for the peer lies in a hidden folder.
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
SOURCE_FILES = [path for path in FILES if path.is_relative_to(SOURCE)]

FILE_LINES = 300
FUNCTION_LINES = 50
BANNED_NAMES = {
    *("base", "common", "core", "data", "helper", "helpers"),
    *("manager", "misc", "util", "utils"),
}
UNSAFE_MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
# Nothing is pickled to a file or unpickled from one: the tokenizer crosses to worker processes.
BETWEEN_OWN_PROCESSES = {"src/ulmus/corpus/workers.py", "src/ulmus/corpus/ray_engine.py"}


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8"), str(path)) for path in FILES}


def test_there_are_files_to_look_at() -> None:
    assert SOURCE / "ulmus" / "errors.py" in SOURCE_FILES
    assert Path(__file__).resolve() in FILES


def test_files_are_short() -> None:
    lengths = {short(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_functions_are_short(trees: dict[Path, ast.Module]) -> None:
    too_long = {
        f"{short(path)}:{node.lineno} {node.name}": lines
        for path, tree in trees.items()
        for node, lines in function_lengths(tree)
        if lines > FUNCTION_LINES
    }
    assert too_long == {}


def test_names_say_what_is_inside() -> None:
    names = {path: {path.stem, *path.relative_to(ROOT).parent.parts} for path in FILES}
    assert [short(path) for path, used in names.items() if used & BANNED_NAMES] == []


def test_the_library_never_prints(trees: dict[Path, ast.Module]) -> None:
    calls = (
        (path, node)
        for path in SOURCE_FILES
        for node in ast.walk(trees[path])
        if isinstance(node, ast.Call)
    )
    printing = [
        f"{short(path)}:{node.lineno}"
        for path, node in calls
        if isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_the_library_never_unpickles(trees: dict[Path, ast.Module]) -> None:
    unsafe = [
        f"{short(path)}: {name}"
        for path in SOURCE_FILES
        for name in imported_names(trees[path])
        if name.split(".")[0] in UNSAFE_MODULES and short(path) not in BETWEEN_OWN_PROCESSES
    ]
    assert unsafe == []


def test_lengths_count_from_the_signature_to_the_last_line() -> None:
    tree = ast.parse("@mark\ndef f():\n    x = (\n        1\n    )\n\nasync def g(): pass\n")
    assert [(node.name, lines) for node, lines in function_lengths(tree)] == [("f", 4), ("g", 1)]


def test_imports_are_seen_wherever_they_stand() -> None:
    tree = ast.parse("import a.b\ndef f():\n    from pickle import loads\nfrom . import c\n")
    assert sorted(imported_names(tree)) == ["a.b", "pickle"]


def function_lengths(
    tree: ast.Module,
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1


def imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
