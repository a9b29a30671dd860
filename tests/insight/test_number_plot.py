import numpy as np
import pytest

from ulmus.errors import OutputError
from ulmus.insight.number_plot import MOST_DOTS, plot_numbers


def test_a_dot_a_document_beside_the_line_of_no_error(tmp_path, figures):
    true, predicted = np.array([1.0, 2.0, 5.0]), np.array([1.5, 0.5, 4.0])

    plot_numbers(tmp_path / "numbers.png", true, predicted)

    assert (tmp_path / "numbers.png").read_bytes()[:4] == b"\x89PNG"
    (axes,) = figures[0].axes
    line, dots = axes.lines
    assert line.get_xydata().tolist() == [[0.5, 0.5], [5.0, 5.0]]
    assert dots.get_xydata().tolist() == [[1.0, 1.5], [2.0, 0.5], [5.0, 4.0]]
    assert axes.get_title(loc="left") == "3 documents"


def test_of_very_many_documents_some_are_drawn(tmp_path, figures):
    numbers = np.arange(2.0 * MOST_DOTS + 1)

    plot_numbers(tmp_path / "numbers.png", numbers, numbers)

    (axes,) = figures[0].axes
    assert len(axes.lines[1].get_xdata()) <= MOST_DOTS
    assert axes.get_title(loc="left").endswith("documents, one of 3")


def test_a_path_that_is_taken(tmp_path):
    with pytest.raises(OutputError, match="the output path is taken"):
        plot_numbers(tmp_path, np.ones(2), np.ones(2))
