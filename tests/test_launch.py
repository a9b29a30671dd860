"""Which process of a run this is."""

import pytest

from ulmus.launch import RESTARTS, TOLD, Launch, launch

SECOND_OF_THREE = dict(zip(TOLD, ("1", "3", "0", "127.0.0.1", "29500"), strict=True))


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RESTARTS, raising=False)
    for name, value in SECOND_OF_THREE.items():
        monkeypatch.setenv(name, value)


def test_torchrun_tells_which_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launch() == Launch(rank=1, processes=3, local_rank=0, restarts=0)
    assert not launch().leads
    monkeypatch.setenv(RESTARTS, "2")
    monkeypatch.setenv("RANK", "0")
    assert launch() == Launch(0, 3, 0, 2)
    assert launch().leads


@pytest.mark.parametrize("name", TOLD)
def test_who_is_not_told_everything_is_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    assert launch() == Launch(0, 1, 0, 0)
    assert launch().leads
