"""How often the best possible reader of number words is right, who must find out where he is.

The text never varies, so whoever knows it and his place in it makes no mistake. But each row of the
validation text begins somewhere, most often within a number, and nothing tells where. This reader
keeps all places that fit what he has read, and says what follows in most of them. No model that
begins with an empty state can be expected to be right more often.
"""

import torch
from torch import Tensor


def right_guesses(rows: Tensor, text: Tensor) -> Tensor:
    """Return where the ideal reader is right about the next token.

    Args:
        rows: What is read, each row from its first token on.
        text: The text that the rows are cut from.

    Shapes:
        rows: (B, T + 1) int64; text: (N,) int64; returned: (B, T) bool.
    """
    return torch.stack([_right_in_row(row, text) for row in rows])


def _right_in_row(row: Tensor, text: Tensor) -> Tensor:
    places = (text[:-1] == row[0]).nonzero()[:, 0]  # all where he could be
    right = []
    for token in row[1:]:
        following = text[places + 1]
        right.append(torch.bincount(following).argmax() == token)
        places = places[following == token] + 1
        places = places[places < len(text) - 1]
    return torch.stack(right)
