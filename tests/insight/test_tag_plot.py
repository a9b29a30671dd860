import numpy as np
import pytest

from ulmus.errors import OutputError
from ulmus.insight.tag_plot import MOST_TAGS, plot_tags


def test_a_bar_a_tag_the_most_frequent_on_top(tmp_path, figures):
    f1, counts = np.array([0.25, 1.0, 0.5]), np.array([3, 1200, 3])

    plot_tags(tmp_path / "tags.png", f1, counts, ["old", "größe", "a $ b"])

    assert (tmp_path / "tags.png").read_bytes()[:4] == b"\x89PNG"
    (axes,) = figures[0].axes
    assert [bar.get_width() for bar in axes.patches] == [1.0, 0.25, 0.5]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["größe", "old", "a $ b"]
    assert [text.get_text() for text in axes.texts] == ["1.00 of 1,200", "0.25 of 3", "0.50 of 3"]
    bottom, top = axes.get_ylim()
    assert bottom > top  # the first row is above the others


def test_the_rarest_of_many_tags_are_not_drawn(tmp_path, figures):
    counts = np.arange(200)

    plot_tags(tmp_path / "tags.png", np.full(200, 0.5), counts, [f"tag {i}" for i in counts])

    (axes,) = figures[0].axes
    assert len(axes.patches) == MOST_TAGS
    assert axes.get_yticklabels()[0].get_text() == "tag 199"
    assert axes.get_title(loc="left") == f"F1 of each tag ({MOST_TAGS} of 200)"


def test_a_path_that_is_taken(tmp_path):
    with pytest.raises(OutputError, match="the output path is taken"):
        plot_tags(tmp_path, np.ones(1), np.ones(1, np.int64), ["a"])
