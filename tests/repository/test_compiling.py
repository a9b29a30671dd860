"""What is compiled when the package is installed, and what happens where it cannot be."""

import ctypes
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ulmus.compiled import compiled_library

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", REPOSITORY / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compiler() -> None:
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")


def test_every_c_file_is_compiled(hook: ModuleType) -> None:
    assert sorted(REPOSITORY.glob("src/**/*.c")) == sorted(hook.SOURCES)


def test_what_cannot_be_compiled_leaves_nothing(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, library = tmp_path / "broken.c", tmp_path / "broken.compiled"
    broken.write_text("this is no C")
    library.write_text("of an older source")
    assert not hook.compiled(broken, library)
    for name in ("no-such-compiler", "false"):
        monkeypatch.setenv("CC", name)
        assert not hook.compiled(hook.SOURCES[0], library)
    assert list(tmp_path.iterdir()) == [broken]


def test_a_library_of_another_version_is_not_used(hook: ModuleType, tmp_path: Path) -> None:
    compiler()
    source = tmp_path / "some.c"
    source.write_text("#include <stdint.h>\nint64_t ulmus_version(void) { return 3; }\n")
    assert compiled_library(source, 3) is None  # not compiled yet
    assert hook.compiled(source, source.with_suffix(hook.SUFFIX))
    assert isinstance(compiled_library(source, 3), ctypes.CDLL)
    assert compiled_library(source, 4) is None
    (tmp_path / f"other{hook.SUFFIX}").write_bytes(b"no library")
    assert compiled_library(tmp_path / "other.c", 3) is None


def test_an_old_compiler_makes_one_version_of_each_loop(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler()
    library = tmp_path / "gates.compiled"
    monkeypatch.setattr(hook, "ATTEMPTS", [["-DULMUS_ONE_VERSION"]])
    assert hook.compiled(hook.SOURCES[0], library)
    code = f"""
import torch
from pathlib import Path
from ulmus.compiled import compiled_library
from ulmus.nn.gate_kernels import VERSION, GateKernels
product, cell, output = torch.zeros(2, 12), torch.ones(2, 3), torch.empty(2, 3)
library = compiled_library(Path({str(library)!r}), VERSION)
GateKernels(library).forward(product, cell, output, None, None)
assert cell.tolist() == [[0.5] * 3] * 2
"""
    subprocess.run([sys.executable, "-c", code], check=True)
