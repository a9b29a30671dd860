import numpy as np
import pytest
from matplotlib.image import imread

from ulmus.errors import OutputError
from ulmus.insight.confusion_plot import plot_confusion

SMALL = np.array([[8, 2, 0], [0, 0, 0], [1, 3, 36]])
AWKWARD = [
    "ประเทศไทย", "tiếng Việt", "中文", "日本語", "العربية", "हिन्दी", "größer", "👩‍👩‍👧 😀",
    "", "  ", "a\nb\tc", "$x$ and $y", "\\alpha_{", "\x00\x1b", "x" * 200, "na\u200cme", "\ud800",
]  # fmt: skip


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_colours_are_shares_of_the_row_and_texts_are_counts(tmp_path, figures):
    plot_confusion(tmp_path / "confusion.png", SMALL, ["a", "b", "c"])

    matrix, scale = figures[0].axes
    shares = np.array([[0.8, 0.2, 0], [0, 0, 0], [0.025, 0.075, 0.9]])
    assert np.allclose(matrix.images[0].get_array(), shares)
    assert matrix.images[0].get_clim() == (0, 1)
    written = {text.get_position(): text.get_text() for text in matrix.texts}
    assert written == {(0, 0): "8", (1, 0): "2", (0, 2): "1", (1, 2): "3", (2, 2): "36"}
    assert names(matrix.xaxis) == names(matrix.yaxis) == ["a", "b", "c"]
    assert matrix.get_title("left") == "44 of 50 documents right"
    assert (matrix.get_xlabel(), matrix.get_ylabel()) == ("predicted class", "true class")
    assert scale.get_ylabel() == "share of the true class"
    assert imread(tmp_path / "confusion.png").ndim == 3


def test_counts_can_be_read_on_their_colour(tmp_path, figures):
    plot_confusion(tmp_path / "confusion.png", np.array([[90, 10], [30, 70]]), ["a", "b"])

    colours = {text.get_text(): text.get_color() for text in figures[0].axes[0].texts}
    assert colours == {"90": "white", "10": "black", "30": "black", "70": "white"}


@pytest.mark.parametrize(
    ("classes", "counted", "named", "least", "most"),
    [
        (2, True, True, 400, 800),
        (25, True, True, 1200, 2000),
        (26, False, True, 600, 1000),
        (77, False, True, 1800, 2400),
        (121, False, False, 2800, 3200),
        (400, False, False, 2800, 3200),
    ],
)
def test_the_picture_grows_with_the_classes_up_to_a_limit(
    tmp_path, figures, classes, counted, named, least, most
):
    labels = [f"class {index}" for index in range(classes)]

    plot_confusion(tmp_path / "confusion.png", np.eye(classes, dtype=np.int64), labels)

    matrix = figures[0].axes[0]
    assert len(matrix.texts) == classes * counted
    assert (names(matrix.yaxis) == labels) == named
    height, width, _ = imread(tmp_path / "confusion.png").shape
    assert least < height < most
    assert least < width < most


def test_labels_in_any_script_draw_without_a_warning(tmp_path, figures):
    count = len(AWKWARD)

    plot_confusion(tmp_path / "confusion.png", np.eye(count, dtype=np.int64), AWKWARD)

    drawn = names(figures[0].axes[0].yaxis)
    assert drawn[1] == "tiếng Việt"
    assert drawn[11] == "$x$ and $y"
    assert imread(tmp_path / "confusion.png").ndim == 3


def test_long_labels_stand_upright_below(tmp_path, figures):
    for labels in (["neg", "pos"], ["a rather long name of a class, too long", "pos"]):
        plot_confusion(tmp_path / "confusion.png", np.eye(2, dtype=np.int64), labels)

    turned = [figure.axes[0].get_xticklabels()[0].get_rotation() for figure in figures]
    assert turned == [0, 90]


def test_a_picture_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="the output path is taken by something"):
        plot_confusion(tmp_path, SMALL, ["a", "b", "c"])
