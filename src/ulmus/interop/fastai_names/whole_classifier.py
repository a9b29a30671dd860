"""fastai's text classifier put together, and how it splits into groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from ulmus.interop.fastai_names.classifier import PoolingLinearClassifier, SentenceEncoder
from ulmus.interop.fastai_names.encoder import AWD_LSTM
from ulmus.interop.fastai_names.language_model import (
    SequentialRNN,
    configuration,
    parameters,
    scaled,
)
from ulmus.models.awd_lstm import CLASSIFIER_DROPOUTS
from ulmus.models.text_classifier import ClassifierSettings

awd_lstm_clas_config = configuration(CLASSIFIER_DROPOUTS)
_DEFAULTS = ClassifierSettings()


def get_text_classifier(  # noqa: PLR0917  # the reference's order
    arch: type[AWD_LSTM],
    vocab_sz: int,
    n_class: int,
    seq_len: int = _DEFAULTS.sequence_length,
    config: Mapping[str, Any] | None = None,
    drop_mult: float = 1.0,
    lin_ftrs: Sequence[int] | None = None,
    ps: Sequence[float] | None = None,
    pad_idx: int = 1,
    max_len: int | None = _DEFAULTS.max_length,
    y_range: tuple[float, float] | None = None,
) -> SequentialRNN:
    """Return a text classifier that has learned nothing.

    Args:
        arch: `AWD_LSTM`; there is no other here.
        vocab_sz: Rows of the vocabulary, V.
        n_class: Features of the output, C.
        seq_len: Tokens read at once.
        config: What differs from `awd_lstm_clas_config`; a function `init` in it is applied to
            all modules.
        drop_mult: Multiplies the encoder's dropouts and the head's first.
        lin_ftrs: Features of the head's inner layers; None for one of 50.
        ps: Dropouts of all layers of the head but the first; None for 0.1 each.
        pad_idx: The token that is padding.
        max_len: See `SentenceEncoder`.
        y_range: See `PoolingLinearClassifier`.
    """
    settings = scaled(arch, {**awd_lstm_clas_config, **(config or {})}, drop_mult)
    inner = [_DEFAULTS.head_size] if lin_ftrs is None else list(lin_ftrs)
    dropouts = [_DEFAULTS.head_dropout] * len(inner) if ps is None else list(ps)
    output_p, init = settings.pop("output_p"), settings.pop("init", None)
    encoder = arch(vocab_sz, **settings)
    dims = [3 * encoder.emb_sz, *inner, n_class]
    model = SequentialRNN(
        SentenceEncoder(seq_len, encoder, pad_idx=pad_idx, max_len=max_len),
        PoolingLinearClassifier(dims, [output_p, *dropouts], bptt=seq_len, y_range=y_range),
    )
    return model if init is None else model.apply(init)


def awd_lstm_clas_split(model: Any) -> list[list[nn.Parameter]]:
    """Return the parameters in groups: embedding, each LSTM layer, head.

    Args:
        model: What `get_text_classifier` returns.
    """
    encoder = model[0].module
    return [parameters(encoder.encoder), *map(parameters, encoder.rnns), parameters(model[1])]
