"""Figures of activations, by values worked out by hand, and in a training run."""

import csv
from pathlib import Path

import pytest
import torch
from torch import nn

from ulmus.batches import ContiguousBatches, EncodedDocuments
from ulmus.errors import SettingsError
from ulmus.insight.activation_plot import plot_activations
from ulmus.insight.activation_stats import BINS, ActivationStats, Record
from ulmus.insight.recurrent_activations import Activation
from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS, AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.loop import Trainer
from ulmus.training.objectives import LanguageModelObjective
from ulmus.training.stage import Stage


def test_a_record_by_hand() -> None:
    values = torch.tensor([[0.0, 0.04], [-0.5, 0.98]])
    record = Record.of(3, values, (-1.0, 1.0))
    assert record.step == 3
    assert record.mean == pytest.approx(0.13)
    assert record.deviation == pytest.approx(values.std(correction=0).item())
    assert record.near_zero == 0.5
    bins = {20: 2, 10: 1, 39: 1}  # of width 0.05 from -1 on
    assert record.histogram == tuple(bins.get(index, 0) for index in range(BINS))


def test_what_lies_beyond_the_ends_is_in_the_last_bins() -> None:
    record = Record.of(1, torch.tensor([-7.0, 9.0, 9.0]), (0.0, 1.0))
    assert (record.histogram[0], record.histogram[-1], sum(record.histogram)) == (1, 2, 3)


def test_layers_are_looked_at_every_few_steps_in_training_only() -> None:
    torch.manual_seed(0)
    rnn = nn.RNN(3, 2, 2, batch_first=True)
    stats = ActivationStats(every=2).watch(nn.ModuleDict({"rnn": rnn}))
    outputs = []
    for _ in range(5):
        inputs = torch.randn(4, 6, 3)
        outputs.append(rnn(inputs)[0])
        rnn(torch.randn(4, 6, 3))  # the second time in one step
        rnn.eval()(inputs)
        rnn.train()
        stats.step_done()
    series = stats.series["rnn layer 2: output"]
    assert [record.step for record in series.records] == [1, 3, 5]
    for record in series.records:
        assert record == Record.of(record.step, outputs[record.step - 1], (-1.0, 1.0))
    stats.stop()
    rnn(torch.randn(4, 6, 3))
    assert len(series.records) == 3


def test_a_state_given_by_name_counts() -> None:
    torch.manual_seed(0)
    rnn = nn.RNN(3, 2, batch_first=True)
    stats = ActivationStats().watch(rnn)
    inputs, state = torch.randn(4, 6, 3), torch.randn(1, 4, 2)
    outputs = rnn(inputs, hx=state)[0]
    [record] = stats.series["RNN layer 1: output"].records
    assert record == Record.of(1, outputs, (-1.0, 1.0))


def _train(callbacks: list[ActivationStats]) -> LanguageModel:
    torch.manual_seed(0)
    size = AwdLstmSettings(embedding_size=6, hidden_size=8, layer_count=2)
    model = build_language_model(size, 11, LANGUAGE_MODEL_DROPOUTS)
    for callback in callbacks:
        callback.watch(model)
    ids = torch.randint(11, (400,)).numpy()
    documents = EncodedDocuments.join([ids])
    batches = [
        ContiguousBatches(documents, batch_size=4, sequence_length=10, shuffle=False)
        for _ in range(2)
    ]
    engine = Engine(EngineSettings(device="cpu", precision="fp32"))
    trainer = Trainer(model, LanguageModelObjective(), *batches, engine, callbacks=callbacks)
    trainer.run([Stage(name="all", epochs=2, learning_rate=1e-2)])
    return model


def test_a_training_run_is_the_same_with_and_without() -> None:
    stats = ActivationStats(every=5)
    watched, alone = _train([stats]), _train([])
    for a, b in zip(watched.parameters(), alone.parameters(), strict=True):
        assert a.equal(b)
    name = "encoder.stack.layers.1.directions.0: forget gate"
    assert [record.step for record in stats.series[name].records] == [1, 6, 11, 16]
    assert len(stats.series) == 12
    assert all(sum(r.histogram) == 4 * 10 * 6 for r in stats.series[name].records)


def test_the_table_has_a_row_for_each_record(tmp_path: Path) -> None:
    stats = ActivationStats()
    stats.add(Activation("a", torch.tensor([0.5, 1.0]), (0.0, 1.0)))
    stats.step_done()
    stats.add(Activation("a", torch.tensor([0.0, 0.0]), (0.0, 1.0)))
    stats.write(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2"]
    assert [row["mean"] for row in rows] == ["0.75", "0"]
    assert [row["near_zero"] for row in rows] == ["0", "1"]
    assert (rows[0]["bin_21"], rows[0]["bin_40"], rows[1]["bin_1"]) == ("1", "1", "2")


def test_a_picture_is_drawn_of_many_of_one_and_of_none(tmp_path: Path) -> None:
    stats = ActivationStats(every=3)
    plot_activations(tmp_path / "none.png", stats.series)
    for step in range(12):
        if step % 3 == 0:
            stats.add(Activation("a", torch.randn(50), (-1.0, 1.0)))
        stats.step_done()
    stats.add(Activation("b", torch.zeros(50), (0.0, 1.0)))
    plot_activations(tmp_path / "two.png", stats.series)
    for name in ("none", "two"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_less_than_every_step_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"looked at so often: 0; accepted: 1 or more steps"):
        ActivationStats(every=0)
