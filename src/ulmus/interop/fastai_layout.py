"""Which weight is which: the names that fastai and its predecessors give to an AWD-LSTM's parts.

| layout | what tells it |
|---|---|
| `fastai 2` | `0.rnns.0.weight_hh_l0_raw`, `0.encoder_dp.emb.weight` |
| `fastai 1` | the dropped copy `0.rnns.0.module.weight_hh_l0` beside the raw one |
| `fastai 0.7` | `0.encoder_with_dropout.embed.weight`, no bias of the decoder |
| `awd-lstm-lm` | no `0.` and `1.`, but `decoder.weight` |

A saved encoder has no `0.`, a classifier's encoder has `0.module.` or, in 0.7, `0.`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ulmus.errors import BundleError
from ulmus.interop.fastai_fit import Misfit, listed
from ulmus.interop.fastai_head import Head, read_head
from ulmus.interop.fastai_keys import COPIES, DROPPED, ROWS, Place, place_of, stack_shapes
from ulmus.models.awd_lstm import AwdLstmSettings

Kind = Literal["language model", "encoder", "classifier"]

ACCEPTED = "an AWD-LSTM of fastai 2, fastai 1, fastai 0.7 or awd-lstm-lm, or its encoder"
PREFIXES = ("0.module.", "0.", "")


class ForeignModel(NamedTuple):
    """An AWD-LSTM out of another library's file.

    Args:
        kind: What was saved.
        layout: Whose names the weights had.
        settings: The encoder's size.
        embedding: A row for each token.
        stack: The layers' weights under the names of `nn.recurrent_stack`.
        decoder_bias: One for each token; None where there is none.
        head: A classifier's head.

    Shapes:
        embedding: (V, E); decoder_bias: (V,).
    """

    kind: Kind
    layout: str
    settings: AwdLstmSettings
    embedding: Tensor
    stack: dict[str, Tensor]
    decoder_bias: Tensor | None
    head: Head | None


class Found(NamedTuple):
    """The recurrent weights of a file: the key of each place, and whether copies stood beside."""

    keys: dict[Place, str]
    doubled: bool


def recognise(weights: Mapping[str, Tensor], path: Path) -> ForeignModel:
    """Find out what weights are of, and which is which.

    Args:
        weights: Tensors by their names in the file.
        path: The file, for errors.

    Raises:
        BundleError: The layout is unknown, or keys are missing, unexpected or misshapen.
    """
    prefix = _prefix(weights, path)
    outer = "1." if prefix else "decoder."
    after = {key: value for key, value in weights.items() if key.startswith(outer)}
    inner = {key for key in weights if key.startswith(prefix) and key not in after}
    misfit = Misfit(path)
    misfit.extra(key for key in weights if key not in inner and key not in after)
    found = _recurrent(inner, prefix, misfit)
    settings = _size(weights, prefix, found, misfit)
    _check_stack(weights, prefix, found, settings, misfit)
    is_classifier = prefix == PREFIXES[0] or any(key.startswith("1.layers.") for key in after)
    head = read_head(after, settings.embedding_size, misfit) if is_classifier else None
    bias = None if is_classifier else _decoder_bias(weights, after, prefix, misfit)
    misfit.complain()
    _check_ties(weights, prefix, path)
    kind: Kind = "classifier" if head else "language model" if after else "encoder"
    return ForeignModel(
        kind,
        _layout(weights, prefix, found, after),
        settings,
        weights[prefix + ROWS],
        {place.name: weights[key] for place, key in sorted(found.keys.items())},
        bias,
        head,
    )


def _prefix(weights: Mapping[str, Tensor], path: Path) -> str:
    for prefix in PREFIXES:
        if any(key.startswith(f"{prefix}rnns.") for key in weights):
            break
    else:
        raise _unknown(path, f"keys: {listed(list(weights))}")
    if any(key.startswith(f"{prefix}rnns.") and ".linear." in key for key in weights):
        raise _unknown(path, "the layers of a QRNN, which is not supported")
    return prefix


def _recurrent(inner: set[str], prefix: str, misfit: Misfit) -> Found:
    keys: dict[Place, str] = {}
    doubled = False
    # Raw weights first: beside one, the plain name is of what dropout left of it.
    for key in sorted(inner, key=lambda key: (not key.endswith("_raw"), key)):
        place = place_of(key.removeprefix(prefix))
        if place is None:
            if key.removeprefix(prefix) not in {ROWS, *COPIES}:
                misfit.extra([key])
        elif place not in keys:
            keys[place] = key
        elif keys[place].endswith("_raw") and not key.endswith("_raw"):
            doubled = True
        else:
            misfit.extra([key])
    return Found(keys, doubled)


def _size(
    weights: Mapping[str, Tensor], prefix: str, found: Found, misfit: Misfit
) -> AwdLstmSettings:
    """Read the encoder's size off its first matrices.

    Raises:
        BundleError: They are not there, or no matrices; nothing more can be said then.
    """
    directions = 1 + max((place.direction for place in found.keys), default=0)
    first = found.keys.get(Place(0, 0, DROPPED), prefix + Place(0, 0, DROPPED).key)
    wanted = {
        prefix + ROWS: "(tokens, features)" + (", features even" if directions == 2 else ""),
        first: "(4 x hidden, hidden)",
    }
    for key, shape in wanted.items():
        matrix = weights.get(key)
        if matrix is None:
            misfit.missing([key])
        elif (
            matrix.ndim != 2
            or not matrix.numel()
            or (key != first and matrix.shape[1] % directions)
        ):
            misfit.shape(key, matrix, shape)
    if misfit.concerns(wanted):
        misfit.complain()
    return AwdLstmSettings(
        embedding_size=weights[prefix + ROWS].shape[1],
        hidden_size=weights[first].shape[1] * directions,
        layer_count=1 + max(place.layer for place in found.keys),
        bidirectional=directions == 2,
    )


def _check_stack(
    weights: Mapping[str, Tensor],
    prefix: str,
    found: Found,
    settings: AwdLstmSettings,
    misfit: Misfit,
) -> None:
    for place, shape in stack_shapes(settings).items():
        key = found.keys.get(place)
        if key is None:
            misfit.missing([prefix + place.key])
        else:
            misfit.compare(key, weights[key], shape)


def _decoder_bias(
    weights: Mapping[str, Tensor], after: Mapping[str, Tensor], prefix: str, misfit: Misfit
) -> Tensor | None:
    decoder = f"{'1.' if prefix else ''}decoder."
    if not after and not prefix:
        return None  # an encoder
    shape = weights[prefix + ROWS].shape
    matrix, bias = after.get(f"{decoder}weight"), after.get(f"{decoder}bias")
    if matrix is None:
        misfit.missing([f"{decoder}weight"])
    else:
        misfit.compare(f"{decoder}weight", matrix, shape)
    if bias is not None:
        misfit.compare(f"{decoder}bias", bias, shape[:1])
    misfit.extra(key for key in after if key not in {f"{decoder}weight", f"{decoder}bias"})
    return bias


def _check_ties(weights: Mapping[str, Tensor], prefix: str, path: Path) -> None:
    rows = weights[prefix + ROWS]
    names = {f"{prefix}{copy}" for copy in COPIES}
    names.add("1.decoder.weight" if prefix else "decoder.weight")
    for name in sorted(names & weights.keys()):
        if not torch.equal(weights[name], rows):
            raise BundleError(
                f"{name} differs from {prefix}{ROWS}, to which it should be tied",
                given=path,
                accepted="a language model with tied weights",
                remedy="Train with tie_weights=True",
            )


def _layout(
    weights: Mapping[str, Tensor], prefix: str, found: Found, after: Mapping[str, Tensor]
) -> str:
    if any("encoder_with_dropout" in key for key in weights):
        return "fastai 0.7"
    if not prefix and after:
        return "awd-lstm-lm"
    return "fastai 1" if found.doubled else "fastai 2"


def _unknown(path: Path, what: str) -> BundleError:
    return BundleError(
        f"weights of an unknown layout ({what})",
        given=path,
        accepted=ACCEPTED,
        remedy="Give the weights of an AWD-LSTM",
    )
