"""fastai's parts of a text classifier; the pooling comes from `ulmus.nn.pooling`."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ulmus.errors import SettingsError
from ulmus.interop.fastai_names.dropouts import reset_module
from ulmus.nn.pooling import Pool

NORM_BIAS = 1e-3
"""What the bias of a batch normalisation starts from in the reference."""


class SentenceEncoder(nn.Module):
    """Reads whole documents, `bptt` tokens at a time, with a module that keeps its state.

    A batch is padded in front by whole chunks of `bptt` and the rest behind, and its rows stand
    in the order of their first chunk.

    Args:
        bptt: Tokens read at once.
        module: Reads them; its `reset()` is called before each batch.
        pad_idx: The token that is padding.
        max_len: Only chunks that begin within this many tokens of the end are returned, the
            others warm the state; None for all.
    """

    def __init__(
        self, bptt: int, module: nn.Module, pad_idx: int = 1, max_len: int | None = None
    ) -> None:
        super().__init__()
        self.bptt, self.module, self.pad_idx, self.max_len = bptt, module, pad_idx, max_len

    def reset(self) -> None:
        """Forget what was read."""
        reset_module(self.module)

    def forward(self, input: Tensor) -> tuple[Tensor, Tensor]:  # noqa: A002
        """Return the module's outputs and where the padding is.

        Shapes:
            input: (B, T) int64; returned: (B, S, E) and (B, S) bool, where S of the T steps are
                within reach of max_len.

        Raises:
            SettingsError: Rows in an order that the state cannot follow.
        """
        self.reset()
        steps = input.shape[1]
        padding = input == self.pad_idx
        parts = zip(input.split(self.bptt, 1), padding.split(self.bptt, 1), strict=True)
        outputs, masks = [], []
        for start, rows, (tokens, mask) in zip(
            range(0, steps, self.bptt), _rows_to_read(padding, self.bptt), parts, strict=True
        ):
            made = self.module(tokens[:rows])
            if self.max_len is None or steps - start <= self.max_len:
                absent = made.new_zeros(len(tokens) - rows, *made.shape[1:])
                outputs.append(torch.cat([made, absent]))
                masks.append(mask)
        return torch.cat(outputs, 1), torch.cat(masks, 1)


def _rows_to_read(padding: Tensor, bptt: int) -> list[int]:
    """Count, for each chunk, the rows down to the last that has a token in it.

    The reference counts the rows with a token at the chunk's start and reads as many from the
    top. Where a row has ended above one that goes on, that leaves out the lower one.
    """
    chunks = [(~part).any(1) for part in padding.split(bptt, 1)]
    present: list[list[bool]] = torch.stack(chunks).tolist()
    first = [(*column, True).index(True) for column in zip(*present, strict=True)]
    if first != sorted(first):
        row = next(row for row in range(1, len(first)) if first[row] < first[row - 1])
        raise SettingsError(
            "a row of the batch begins in an earlier chunk than the row above it",
            given=f"row {row}",
            accepted="rows in the order of their first chunk, the longest documents first",
            remedy="Sort the batch by length before padding it",
        )
    return [max((row + 1 for row, has in enumerate(chunk) if has), default=0) for chunk in present]


def masked_concat_pool(output: Tensor, mask: Tensor, bptt: int) -> Tensor:  # noqa: ARG001
    """Return [last, max, mean] over the steps that are not padding.

    Args:
        output: What a `SentenceEncoder` returned.
        mask: Where the padding is.
        bptt: Not needed here. The reference takes all padding within this many last steps for
            padding behind, and misses the last step of a row that begins among them.

    Shapes:
        output: (B, T, E); mask: (B, T) bool; returned: (B, 3E).
    """
    rows, steps, features = output.shape
    ends = torch.arange(steps, device=mask.device).expand(rows, steps).masked_fill(mask, -1).amax(1)
    return Pool.empty(rows, features, output).add(output, ~mask, ends).concatenated()


class PoolingLinearClassifier(nn.Module):
    """Pooling and linear layers, each behind batch normalisation and dropout.

    Args:
        dims: Features of the pooled input, of each layer between, and of the output.
        ps: Dropout before each layer; there is no dropout module where it is 0.
        bptt: As in `masked_concat_pool`.
        y_range: Low and high end of the output, for regression.

    Raises:
        SettingsError: There is not one dropout for each layer.
    """

    def __init__(
        self,
        dims: Sequence[int],
        ps: Sequence[float],
        bptt: int,
        y_range: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        if len(ps) != len(dims) - 1:
            raise SettingsError(
                "the number of dropouts is not that of the layers",
                given=f"{len(ps)} in ps, {len(dims) - 1} layers in dims",
                accepted="one for each layer",
                remedy="Give ps one entry less than dims",
            )
        inner = len(dims) - 2
        layers: list[nn.Module] = [
            _layer(given, made, p, activated=index < inner)
            for index, (given, made, p) in enumerate(zip(dims[:-1], dims[1:], ps, strict=True))
        ]
        self.layers = nn.Sequential(*layers, *([] if y_range is None else [_Range(*y_range)]))
        self.bptt = bptt

    def forward(self, input: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:  # noqa: A002
        """Return the logits and, twice, the encoder's outputs.

        Args:
            input: What a `SentenceEncoder` returned.
        """
        outputs, mask = input
        return self.layers(masked_concat_pool(outputs, mask, self.bptt)), outputs, outputs


def _layer(given: int, made: int, probability: float, *, activated: bool) -> nn.Sequential:
    norm = nn.BatchNorm1d(given)
    nn.init.constant_(norm.bias, NORM_BIAS)
    dropout = [nn.Dropout(probability)] if probability else []
    activation = [nn.ReLU(inplace=True)] if activated else []
    return nn.Sequential(norm, *dropout, nn.Linear(given, made, bias=False), *activation)


class _Range(nn.Module):
    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, outputs: Tensor) -> Tensor:
        return self.low + (self.high - self.low) * outputs.sigmoid()
