import numpy as np
import pytest

from ulmus.insight.diagnosis_plot import plot_classes, plot_lengths


def test_classes_stand_with_the_largest_first(figures, tmp_path):
    plot_classes(tmp_path / "classes.png", {"rare": 2, "größte": 9, "some": 5})
    axes = figures[0].axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["größte", "some", "rare"]
    assert [bar.get_width() for bar in axes.patches] == [9, 5, 2]
    assert axes.yaxis_inverted()
    assert axes.get_title(loc="left") == ""


def test_a_picture_that_leaves_classes_out_says_so(figures, tmp_path):
    plot_classes(tmp_path / "classes.png", {f"c{i}": i + 1 for i in range(77)})
    axes = figures[0].axes[0]
    assert len(axes.patches) == 60
    assert axes.get_title(loc="left") == "the 60 largest of 77 classes"


def test_every_document_is_in_the_picture_of_lengths(figures, tmp_path):
    lengths = {"train": np.array([1, 5, 5, 900]), "test": np.array([7, 7])}
    plot_lengths(tmp_path / "lengths.png", lengths)
    axes = figures[0].axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "train, 4 documents",
        "test, 2 documents",
    ]
    heights = [np.asarray(patch.get_xy())[:, 1].max() for patch in axes.patches]
    assert heights == pytest.approx([2, 2, 2, 2])
    assert axes.get_xlim()[1] >= 900
