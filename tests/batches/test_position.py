import pytest

from ulmus.batches import BatchPosition
from ulmus.errors import CheckpointError


def test_a_position_accepts_its_own_corpus_and_seed():
    BatchPosition(fingerprint="a" * 64, seed=3).check("a" * 64, seed=3)


def test_a_position_refuses_another_corpus_and_names_both():
    position = BatchPosition(fingerprint="a" * 64, seed=3)

    with pytest.raises(CheckpointError, match=r"another corpus: 'bbbbbbbbbbbb…'.*aaaaaaaaaaaa…"):
        position.check("b" * 64, seed=3)


def test_a_position_refuses_another_seed():
    position = BatchPosition(fingerprint="a" * 64, seed=3)

    with pytest.raises(CheckpointError, match=r"another seed: 4; accepted: 3"):
        position.check("a" * 64, seed=4)
