import numpy as np
import pytest

from ulmus.inference.ensemble import average_answers


def test_probabilities_are_averaged_row_by_row():
    forward = np.array([[1.0, 0.0], [0.25, 0.75]], np.float32)
    backward = np.array([[0.5, 0.5], [0.75, 0.25]], np.float32)

    mean = average_answers([forward, backward])

    assert mean.tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert mean.dtype == np.float32


def test_one_alone_stays_as_it_is():
    only = np.array([[0.1, 0.9]], np.float32)

    assert np.array_equal(average_answers([only]), only)


def test_no_documents_stay_none():
    nothing = np.zeros((0, 3), np.float32)

    assert average_answers([nothing, nothing]).shape == (0, 3)


def test_probabilities_of_other_documents_do_not_mix():
    with pytest.raises(ValueError, match="same shape"):
        average_answers([np.zeros((2, 3), np.float32), np.zeros((1, 3), np.float32)])


def test_numbers_keep_their_double_precision():
    large = np.array([[1.7e9 + 1]]), np.array([[1.7e9 + 2]])

    assert average_answers(large).tolist() == [[1.7e9 + 1.5]]
