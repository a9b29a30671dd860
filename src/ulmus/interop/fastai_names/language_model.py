"""fastai's language model: an AWD_LSTM, a decoder, and how they split into groups."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from ulmus.errors import SettingsError
from ulmus.interop.fastai_names.dropouts import RNNDropout, reset_module
from ulmus.interop.fastai_names.encoder import AWD_LSTM
from ulmus.models.awd_lstm import EMBEDDING_RANGE, LANGUAGE_MODEL_DROPOUTS, Dropouts
from ulmus.models.presets import preset


def configuration(dropouts: Dropouts) -> dict[str, Any]:
    """Return fastai's dict for its size of model.

    Args:
        dropouts: The five probabilities.
    """
    size = preset("awd-lstm")
    return {
        "emb_sz": size.embedding_size,
        "n_hid": size.hidden_size,
        "n_layers": size.layer_count,
        "pad_token": 1,
        "bidir": size.bidirectional,
        "output_p": dropouts.output_dropout,
        "hidden_p": dropouts.hidden_dropout,
        "input_p": dropouts.input_dropout,
        "embed_p": dropouts.embedding_dropout,
        "weight_p": dropouts.weight_dropout,
    }


awd_lstm_lm_config = {
    **configuration(LANGUAGE_MODEL_DROPOUTS),
    "tie_weights": True,
    "out_bias": True,
}


class LinearDecoder(nn.Module):
    """Output dropout and a linear layer over the vocabulary.

    Args:
        n_out: Rows of the vocabulary, V.
        n_hid: Features of the encoder's output, E.
        output_p: Dropout on that output.
        tie_encoder: The embedding whose weight is the decoder's too; None for one of its own.
        bias: Whether a bias is learned.
    """

    initrange = EMBEDDING_RANGE

    def __init__(
        self,
        n_out: int,
        n_hid: int,
        output_p: float = 0.1,
        tie_encoder: nn.Embedding | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.decoder = nn.Linear(n_hid, n_out, bias=bias)
        nn.init.uniform_(self.decoder.weight, -self.initrange, self.initrange)
        self.output_dp = RNNDropout(output_p)
        if bias:
            nn.init.zeros_(self.decoder.bias)
        if tie_encoder is not None:
            self.decoder.weight = tie_encoder.weight

    def forward(self, input: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: A002
        """Return the logits, the encoder's output, and that after dropout.

        Shapes:
            input: (B, T, E); returned: (B, T, V), (B, T, E), (B, T, E).
        """
        dropped = self.output_dp(input)
        return self.decoder(dropped), input, dropped


class SequentialRNN(nn.Sequential):
    """Modules one after the other, whose `reset()` resets all that can be reset."""

    def reset(self) -> None:
        """Forget what was read."""
        for child in self.children():
            reset_module(child)


def get_language_model(
    arch: type[AWD_LSTM],
    vocab_sz: int,
    config: Mapping[str, Any] | None = None,
    drop_mult: float = 1.0,
) -> SequentialRNN:
    """Return a language model that has learned nothing.

    Args:
        arch: `AWD_LSTM`; there is no other here.
        vocab_sz: Rows of the vocabulary, V.
        config: Arguments of the architecture, and `output_p`, `tie_weights`, `out_bias`; a
            function `init` in it is applied to all modules.
        drop_mult: Multiplies all dropouts.

    Raises:
        SettingsError: Another architecture, or a configuration that lacks one of the three.
    """
    settings = scaled(arch, awd_lstm_lm_config if config is None else config, drop_mult)
    wanted = ("tie_weights", "output_p", "out_bias")
    if missing := [name for name in wanted if name not in settings]:
        raise SettingsError(
            "the configuration of a language model lacks a key",
            given=", ".join(missing),
            accepted="the keys of awd_lstm_lm_config",
            remedy="Start from a copy of awd_lstm_lm_config",
        )
    tie_weights, output_p, bias = (settings.pop(name) for name in wanted)
    init = settings.pop("init", None)
    encoder = arch(vocab_sz, **settings)
    tied = encoder.encoder if tie_weights else None
    decoder = LinearDecoder(vocab_sz, encoder.emb_sz, output_p, tie_encoder=tied, bias=bias)
    model = SequentialRNN(encoder, decoder)
    return model if init is None else model.apply(init)


def scaled(arch: type[AWD_LSTM], config: Mapping[str, Any], multiplier: float) -> dict[str, Any]:
    """Return a copy of a configuration with all dropouts multiplied.

    Args:
        arch: What it is for.
        config: As in `awd_lstm_lm_config`.
        multiplier: Of the dropouts.

    Raises:
        SettingsError: The architecture is not `AWD_LSTM`.
    """
    if arch is not AWD_LSTM:
        raise SettingsError(
            "an architecture that is not known here",
            given=getattr(arch, "__name__", arch),
            accepted="AWD_LSTM",
            remedy="Use ulmus.interop.fastai_names.AWD_LSTM",
        )
    return {key: p * multiplier if key.endswith("_p") else p for key, p in config.items()}


def awd_lstm_lm_split(model: Any) -> list[list[nn.Parameter]]:
    """Return the parameters in groups: each LSTM layer, then embedding and decoder.

    Args:
        model: What `get_language_model` returns.
    """
    encoder, decoder = model[0], model[1]
    return [*map(parameters, encoder.rnns), parameters(encoder.encoder, decoder)]


def parameters(*modules: nn.Module) -> list[nn.Parameter]:
    """Return the parameters of modules, each once."""
    return list(nn.ModuleList(modules).parameters())
