"""Activation regularization and temporal activation regularization.

Paper: Merity, McCann, Socher, "Revisiting Activation Regularization for Language RNNs" (2017).
"""

from collections.abc import Sequence

from torch import Tensor

from ulmus.nn.pooling import side_by_side


def activation_regularization(dropped: Tensor, alpha: float) -> Tensor:
    """Return alpha times the mean square of the last layer's outputs after dropout.

    Shapes:
        dropped: (B, T, E); returned: ().
    """
    return alpha * dropped.square().mean()


def temporal_regularization(raw: Tensor, beta: float) -> Tensor:
    """Return beta times the mean squared change from step to step, before dropout.

    A sequence of one step has no change and gives 0.

    Shapes:
        raw: (B, T, E); returned: ().
    """
    if raw.shape[1] < 2:
        return raw.new_zeros(())
    return beta * (raw[:, 1:] - raw[:, :-1]).square().mean()


def document_regularization(
    raw: Sequence[Tensor], counted: Sequence[Tensor], alpha: float, beta: float
) -> Tensor:
    """Return both regularizations of documents, over the steps that are pooled.

    Both look at the outputs before dropout, for a classifier drops out only what was pooled.

    Shapes:
        raw: (R, T, E) each, where R may fall from one to the next, by the last rows; counted:
        (R, T) bool each; returned: ().
    """
    outputs, counts = side_by_side(raw), side_by_side(counted)
    activation = outputs.square().mean(-1)[counts].mean()
    neighbours = counts[:, 1:] & counts[:, :-1]
    if not neighbours.any():
        return alpha * activation
    changes = (outputs[:, 1:] - outputs[:, :-1]).square().mean(-1)
    return alpha * activation + beta * changes[neighbours].mean()
