"""Which batches are replayed and which are read anew; that they are alike needs a GPU."""

from typing import Any

import pytest
import torch

from ulmus.models.awd_lstm import AwdLstm, AwdLstmSettings
from ulmus.nn.recording import Recorder

SIZE = AwdLstmSettings(embedding_size=4, hidden_size=8, layer_count=2)
LONG, SHORT = torch.zeros(3, 5, dtype=torch.int64), torch.zeros(3, 2, dtype=torch.int64)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens: `record 5` is a recording of five steps, `replay 5` its use."""
    events: list[str] = []

    def record(module: Any, given: Any, **_: Any) -> Any:
        steps = given[0].shape[1]
        events.append(f"record {steps}")

        def replay(tokens: Any, state: Any) -> Any:
            assert tokens.shape[1] == steps
            events.append(f"replay {steps}")
            return module(tokens, state)

        return replay

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", record)
    return events


def test_the_first_batch_is_recorded_and_the_last_of_an_epoch_is_read_anew(
    recorded: list[str],
) -> None:
    encoder, recorder = AwdLstm(SIZE, 10), Recorder()
    for tokens in (LONG, LONG, LONG, SHORT, LONG, LONG, SHORT):
        recorder.read(encoder, tokens, None)
    assert recorded == ["record 5", *["replay 5"] * 5]


def test_a_run_that_begins_with_an_odd_batch_records_those_that_follow(
    recorded: list[str],
) -> None:
    encoder, recorder = AwdLstm(SIZE, 10), Recorder()
    for tokens in (SHORT, LONG, LONG):
        recorder.read(encoder, tokens, None)
    assert recorded == ["record 2", "replay 2", "record 5", "replay 5", "replay 5"]


def test_other_weights_that_learn_are_recorded_anew(recorded: list[str]) -> None:
    encoder, recorder = AwdLstm(SIZE, 10), Recorder()
    for learns in (True, False):
        encoder.embedding.requires_grad_(learns)
        for _ in range(3):
            recorder.read(encoder, LONG, None)
    assert recorded == ["record 5", *["replay 5"] * 3] * 2


def test_hooks_hear_of_every_batch(recorded: list[str]) -> None:
    encoder, recorder, heard = AwdLstm(SIZE, 10), Recorder(), []
    encoder.stack.layers[0].register_forward_hook(lambda *_: heard.append(1))
    for _ in range(3):
        recorder.read(encoder, LONG, None)
    assert len(heard) == 3
    assert not recorded


def test_a_replayed_state_is_cut_from_the_graph(recorded: list[str]) -> None:
    encoder, recorder = AwdLstm(SIZE, 10), Recorder()
    replayed, launched = recorder.read(encoder, LONG, None), encoder(LONG)
    assert recorded == ["record 5", "replay 5"]
    assert replayed.raw.requires_grad
    assert not any(part.requires_grad for pair in replayed.state for part in pair)
    torch.testing.assert_close(replayed.raw, launched.raw)
