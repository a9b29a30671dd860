"""`ulmus doctor`."""

from pathlib import Path

from tests.cli.conftest import Chain
from tests.cli.running import done, refused


def test_a_table_is_looked_at(chain: Chain, tmp_path: Path) -> None:
    out = tmp_path / "doctor"
    outcome = done("doctor", chain.table, "--label", "label", "--test", chain.table,
                   "--language-model", chain.language_model, "--out", out)  # fmt: skip
    assert "LEAK: 60 of 60 test documents are in the train documents" in outcome.out
    assert "the language model lacks" in outcome.out
    assert f"saved: {out}" in outcome.out
    assert (out / "lengths.png").read_bytes().startswith(b"\x89PNG")


def test_a_column_that_is_not_there(chain: Chain, tmp_path: Path) -> None:
    line = refused(tmp_path, "doctor", chain.table, "--text", "body")
    assert "body" in line
