"""Several classifiers' answers as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def average_answers(answers: Sequence[NDArray[np.floating]]) -> NDArray[np.floating]:
    """Return the mean of several classifiers' probabilities or numbers for the same documents.

    Shapes:
        answers: each (N, C); returned: (N, C), in the same precision.
    """
    mean: NDArray[np.float64] = np.stack(answers).mean(0, dtype=np.float64)
    return mean.astype(answers[0].dtype)
