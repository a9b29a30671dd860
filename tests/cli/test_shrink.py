"""`ulmus shrink`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Chain
from tests.cli.films import BLAME, PRAISE
from tests.cli.running import done, refused


@pytest.mark.parametrize(("storage", "share"), [("int8", 0.35), ("bf16", 0.55)])
def test_a_classifier_in_fewer_bytes_says_the_same(
    chain: Chain, tmp_path: Path, storage: str, share: float
) -> None:
    out = tmp_path / "small"
    outcome = done("shrink", chain.classifier, "--out", out, "--storage", storage)
    assert outcome.out.startswith(f"saved: {out} (")
    sizes = [(path / "model.safetensors").stat().st_size for path in (chain.classifier, out)]
    assert sizes[1] < share * sizes[0]
    said = [
        done("predict", model, "-", stdin=f"{PRAISE}\n{BLAME}\n").out.splitlines()
        for model in (chain.classifier, out)
    ]
    assert [row.split(",")[0] for row in said[0]] == [row.split(",")[0] for row in said[1]]
    assert "storage" in done("inspect", out).out


def test_a_small_language_model_is_fine_tuned_like_any_other(chain: Chain, tmp_path: Path) -> None:
    small = tmp_path / "small"
    done("shrink", chain.language_model, "--out", small)
    tuned = tmp_path / "tuned"
    done("finetune", small, chain.table, "--out", tuned, "--epochs", "1", "--seed", "1")
    assert "fp32" in done("inspect", tuned).out


def test_an_unknown_storage_is_refused(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "shrink", chain.classifier, "--out", tmp_path, "--storage", "int4")
    assert "int4" in line
    assert "int8" in line
