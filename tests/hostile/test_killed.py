"""A run that is killed at any moment leaves nothing half-written, and its repetition ends alike."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.verbs import VERBS, Verb, write_table

MOMENTS = 20
"""At which each verb is killed."""


class Server:
    """Runs the command line in children of a process that has loaded everything."""

    def __init__(self) -> None:
        path = Path(__file__).with_name("fork_server.py")
        self.process = subprocess.Popen(
            [sys.executable, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments: object, kill_after: float | None = None) -> tuple[int, float]:
        """Return the exit code and the seconds taken."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        job = {"arguments": [str(each) for each in arguments], "kill_after": kill_after}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        code, seconds = json.loads(self.process.stdout.readline())
        return code, seconds


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.process.communicate("")


@pytest.fixture(scope="module")
def sources(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    write_table(folder / "table.csv")
    prepared = server.run("prepare", folder / "table.csv", "--out", folder / "corpus")
    assert prepared[0] == 0
    return {
        "prepare": folder / "table.csv",
        "pretrain": folder / "corpus",
        "fit": folder / "table.csv",
    }


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_at_any_moment(
    verb: Verb,
    server: Server,
    sources: dict[str, Path],
    tmp_path: Path,
) -> None:
    source = sources[verb.name]
    undisturbed = tmp_path / "undisturbed"
    command = (verb.name, source, *verb.options)
    code, seconds = server.run(*command, "--out", undisturbed)
    assert code == 0
    wanted = verb.result(undisturbed)
    chance = random.Random(verb.name)
    moments, resumed = [], 0
    for number in range(MOMENTS):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        out = folder / "out"
        moments.append(chance.uniform(0, 1.05 * seconds))
        server.run(*command, "--out", out, kill_after=moments[-1])
        if out.exists():
            verb.loads(out)  # whole, or not there
        kept = [out.with_name(f"out.{ending}") for ending in ("checkpoint", "work")]
        again = any(path.exists() for path in kept) and not out.exists()
        code, _ = server.run(*command, "--out", out, *(["--resume"] if again else []))
        if again and code == 2:  # killed before there was anything to go on from
            code, _ = server.run(*command, "--out", out)
        else:
            resumed += again
        assert code == 0, moments
        assert verb.result(out) == wanted, moments
        assert [path.name for path in folder.iterdir()] == ["out"], moments
    told = ", ".join(f"{moment:.2f}" for moment in sorted(moments))
    print(f"\n{verb.name}, {seconds:.2f} s, killed after {told} s; {resumed} went on")
