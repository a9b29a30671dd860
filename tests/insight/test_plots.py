import subprocess
import sys
from typing import NamedTuple

import pytest
from matplotlib.image import imread

from ulmus.errors import OutputError
from ulmus.insight.plots import plot_history, plot_learning_rates


class Epoch(NamedTuple):
    stage: str
    epoch: int
    step: int
    train_loss: float
    valid_loss: float
    metric: float


class Step(NamedTuple):
    step: int
    train_loss: float


EPOCHS = [
    Epoch("head", 1, 10, 2.0, 1.8, 0.5),
    Epoch("all groups", 2, 20, 1.5, 1.4, 0.7),
    Epoch("all groups", 3, 30, 1.2, 1.5, 0.6),
]
STEPS = [Step(5, 2.2), Step(10, 1.8), Step(15, 1.6), Step(20, 1.4), Step(25, 1.3), Step(30, 1.1)]


def lines(axes):
    """Points by label of every line that has a label of its own."""
    named = {line.get_label(): line for line in axes.lines if line.get_label()[0] != "_"}
    return {
        name: [tuple(map(float, xy)) for xy in line.get_xydata()] for name, line in named.items()
    }


def test_a_history_is_drawn_as_it_was(tmp_path, figures):
    plot_history(tmp_path / "history.png", EPOCHS, STEPS, "accuracy")

    (figure,) = figures
    above, below = figure.axes
    drawn = lines(above)
    assert drawn["training, by step"] == [tuple(row) for row in STEPS]
    assert drawn["training, by epoch"] == [(10, 2.0), (20, 1.5), (30, 1.2)]
    assert drawn["validation"] == [(10, 1.8), (20, 1.4), (30, 1.5)]
    assert [x for x, _ in drawn["next stage"]] == [10, 10]
    assert [tuple(xy) for xy in below.lines[0].get_xydata()] == [(10, 0.5), (20, 0.7), (30, 0.6)]
    assert above.get_title("left") == "Loss"
    assert above.get_ylabel() == "nats"
    assert below.get_title("left") == "Accuracy: best 0.7, in epoch 2 of 3"
    assert (below.get_xlabel(), below.get_ylabel()) == ("step", "accuracy")
    assert imread(tmp_path / "history.png").shape == (720, 960, 4)


def test_the_best_perplexity_is_the_least(tmp_path, figures):
    plot_history(tmp_path / "history.png", EPOCHS, STEPS, "perplexity")

    assert figures[0].axes[1].get_title("left") == "Perplexity: best 0.5, in epoch 1 of 3"


@pytest.mark.parametrize(("epochs", "steps"), [(EPOCHS[:1], STEPS[:2]), (EPOCHS[:1], []), ([], [])])
def test_a_short_history_draws_too(tmp_path, figures, epochs, steps):
    plot_history(tmp_path / "history.png", epochs, steps, "accuracy")

    above, below = figures[0].axes
    assert lines(above)["validation"] == [(row.step, row.valid_loss) for row in epochs]
    assert below.get_xlim()[0] == 0
    assert below.get_title("left").startswith("Accuracy")
    assert imread(tmp_path / "history.png").shape == (720, 960, 4)


def test_the_suggested_rate_is_marked_on_the_curve(tmp_path, figures):
    rates, losses = [1e-4, 1e-3, 1e-2, 1e-1], [5.0, 4.0, 2.0, 9.0]

    plot_learning_rates(tmp_path / "curve.png", rates, losses, 10**-2.5)

    (axes,) = figures[0].axes
    curve, rule, mark = axes.lines
    assert [tuple(xy) for xy in curve.get_xydata()] == list(zip(rates, losses, strict=True))
    assert list(rule.get_xdata()) == [10**-2.5] * 2
    assert mark.get_xydata()[0].tolist() == pytest.approx([10**-2.5, 3.0])
    assert axes.get_xscale() == "log"
    assert axes.get_title("left") == "Learning-rate finder: 0.0032 suggested"
    assert axes.get_xlabel() == "learning rate"
    assert axes.get_ylabel() == "smoothed training loss (nats)"
    assert imread(tmp_path / "curve.png").shape == (540, 960, 4)


def test_the_same_figures_give_the_same_file(tmp_path):
    for name in ("one.png", "two.png"):
        plot_history(tmp_path / name, EPOCHS, STEPS, "accuracy")

    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.png", "two.png"]


def test_no_global_state_of_matplotlib_is_used():
    code = (
        "import sys, ulmus.insight.confusion_plot, ulmus.insight.plots\n"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_picture_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="the output path is taken by something"):
        plot_history(tmp_path, EPOCHS, STEPS, "accuracy")
