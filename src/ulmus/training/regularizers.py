"""Activation regularization and temporal activation regularization.

Paper: Merity, McCann, Socher, "Revisiting Activation Regularization for Language RNNs" (2017).
"""

from torch import Tensor


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
