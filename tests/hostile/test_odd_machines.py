"""fit, predict and generate, in Thai, on machines that lack something or are set up oddly."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytestmark = pytest.mark.slow

GOOD = ("อาหารอร่อยมาก", "บริการดีเยี่ยม", "ชอบร้านนี้", "พนักงานน่ารัก", "คุ้มค่ามาก")
BAD = ("อาหารไม่อร่อย", "บริการแย่มาก", "ไม่ชอบร้านนี้", "พนักงานไม่สุภาพ", "แพงเกินไป")
ENDS = ("ครับ", "ค่ะ", "วันนี้", "เมื่อวาน", "จริงๆ", "เลย")
ROWS = [
    (opinion + end, label)
    for end in ENDS
    for opinions, label in ((GOOD, "ดี"), (BAD, "แย่"))
    for opinion in opinions
]
COLUMNS = "ข้อความ", "ความเห็น"
FIT = (
    *("--text", COLUMNS[0], "--label", COLUMNS[1], "--language", "th", "--model", "tiny"),
    *("--set", "language_model.epochs=1", "--set", "classifier.epochs=2", "--seed", "3"),
)


class Machine(NamedTuple):
    """What a machine has or lacks.

    Args:
        environment: Variables; None takes one away.
        before: Words before each command.
        encoding: Of arguments and paths.
        folder: Where everything lies.
        line_end: Of the table.
        same_arithmetic: Whether sums are taken in the order of any machine like this one.
    """

    environment: Mapping[str, str | None] = {}
    before: Sequence[str] = ()
    encoding: str = "utf-8"
    folder: str = "work"
    line_end: str = "\n"
    same_arithmetic: bool = True


THAI_LOCALE = "th_TH.TIS-620"
PLAIN = dict.fromkeys(("PYTHONUTF8", "PYTHONIOENCODING", "LANG", "LC_ALL", "LC_CTYPE"), None)
MACHINES = {
    "one core": Machine(before=("taskset", "--cpu-list", "0")),
    "two threads": Machine({"OMP_NUM_THREADS": "2"}, same_arithmetic=False),
    "no AVX-512": Machine(
        {
            "ATEN_CPU_CAPABILITY": "avx2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        },
        same_arithmetic=False,
    ),
    "no AVX": Machine(
        {
            "ATEN_CPU_CAPABILITY": "default",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        },
        same_arithmetic=False,
    ),
    "no network": Machine(before=("unshare", "--user", "--map-root-user", "--net")),
    "no home": Machine({"HOME": "/proc/nobody", "XDG_CACHE_HOME": None, "MPLCONFIGDIR": None}),
    "C locale": Machine({**PLAIN, "LC_ALL": "C"}),
    "Thai locale of one byte a letter": Machine(
        {**PLAIN, "LC_ALL": THAI_LOCALE}, encoding="tis-620", folder="งาน ของ ฉัน"
    ),
    "streams of Western letters": Machine({**PLAIN, "PYTHONIOENCODING": "latin-1"}),
    "Thai folder with spaces": Machine(folder="งาน ของ ฉัน"),
    "line ends of Windows": Machine(line_end="\r\n"),
}


class Run(NamedTuple):
    """A folder in which a model was fitted and used, and how that went."""

    work: Path
    machine: Machine

    def ulmus(self, *arguments: str | Path) -> str:
        """Run a command on the machine; it must succeed, and have nothing to complain of."""
        encoding = self.machine.encoding
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **self.machine.environment}
        command = [*self.machine.before, sys.executable, "-m", "ulmus", *arguments]
        done = subprocess.run(
            [bytes(word) if isinstance(word, Path) else word.encode(encoding) for word in command],
            env={name: value for name, value in environment.items() if value is not None},
            cwd=self.work,
            capture_output=True,
            check=False,
            timeout=300,
        )
        said = done.stderr.decode("utf-8", "replace")
        assert done.returncode == 0, said
        assert "Traceback" not in said
        assert "Warning" not in said
        return done.stdout.decode("utf-8", "replace")

    def said(self, bundle: Path = Path("out")) -> tuple[list[str], np.ndarray]:
        """Return the labels that a bundle gives to the table's texts, and their probabilities."""
        self.ulmus("predict", bundle, "table.csv", "--text", COLUMNS[0], "--out", "said.csv")
        with (self.work / "said.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(ROWS)
        return [row["label"] for row in rows], np.array([float(row["probability"]) for row in rows])

    def report(self) -> dict[str, object]:
        """Return the figures of the report but how long it took."""
        with (self.work / "out/report.json").open(encoding="utf-8") as file:
            return {name: value for name, value in json.load(file).items() if name != "minutes"}


def fitted(folder: Path, machine: Machine) -> Run:
    work = folder / os.fsdecode(machine.folder.encode(machine.encoding))
    work.mkdir()
    lines = [",".join(row) + machine.line_end for row in (COLUMNS, *ROWS)]
    (work / "table.csv").write_bytes("".join(lines).encode())
    run = Run(work, machine)
    run.ulmus("fit", "table.csv", "--out", "out", *FIT)
    return run


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str], np.ndarray]:
    run = fitted(tmp_path_factory.mktemp("usual"), Machine())
    return run, *run.said()


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Return a folder with a Thai locale, or None where none can be made."""
    folder = tmp_path_factory.mktemp("locales")
    command = ["localedef", "-i", "th_TH", "-f", "TIS-620", str(folder / THAI_LOCALE)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return folder


@pytest.mark.parametrize("name", MACHINES)
def test_the_whole_path(
    name: str,
    usual: tuple[Run, list[str], np.ndarray],
    locales: Path | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = MACHINES[name]
    if machine.before:
        tried = subprocess.run([*machine.before, "true"], capture_output=True, check=False)
        if tried.returncode:
            pytest.skip(f"cannot be made here: {tried.stderr.decode()}")
    if machine.encoding != "utf-8":
        if locales is None:
            pytest.skip("localedef cannot make a Thai locale here")
        monkeypatch.setenv("LOCPATH", str(locales))
    run = fitted(tmp_path, machine)
    usually, labels, probabilities = usual
    language_model = usually.work / "out/language-model"
    assert run.ulmus("generate", language_model, "--prompt", "อาหาร", "--seed", "1").strip()
    if machine.same_arithmetic:
        own_labels, own = run.said()
        np.testing.assert_array_equal(own, probabilities)
        assert own_labels == labels
        assert run.report() == usually.report()
    else:  # another order of sums: training may end elsewhere, a model's answers may not
        found_labels, found = run.said(usually.work / "out")
        np.testing.assert_allclose(found, probabilities, atol=1e-5)
        assert found_labels == labels
    print(f"odd machine: {name}: fit, generate and predict")
