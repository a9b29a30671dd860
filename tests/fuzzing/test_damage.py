"""Each target on damage that Hypothesis invents; what it finds it makes small."""

import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.targets import TARGETS, try_target

EXAMPLES = {"sources": 300, "rules": 300, "processor": 150}
FEW = 60
"""Of what costs a folder and a model each time."""


@pytest.mark.parametrize("name", TARGETS)
def test_only_errors_of_one_line(name: str) -> None:
    outcomes: dict[str, int] = {}

    @settings(max_examples=EXAMPLES.get(name, FEW), suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=300))
    def each(content: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = try_target(TARGETS[name], content, Path(folder))
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    each()
    print(f"{name}: {sum(outcomes.values())} inputs, {outcomes}")
    assert outcomes["done"] > 0
