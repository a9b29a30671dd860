"""The dropouts of AWD-LSTM under fastai's names; what is drawn comes from `ulmus.nn.dropouts`."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call

from ulmus.errors import SettingsError
from ulmus.nn import dropouts


def dropout_mask(x: Tensor, sz: Sequence[int], p: float) -> Tensor:
    """Draw a mask whose values are 0, or 1/(1-p) with probability 1-p.

    Args:
        x: Gives the mask its device and type.
        sz: The mask's shape.
        p: The share of zeros.
    """
    return dropouts.dropout_mask(x, sz, p)


class RNNDropout(nn.Module):
    """Drops the same features at every step of a sequence, in training mode.

    Args:
        p: The share of zeros.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return the inputs with one mask for all steps.

        Shapes:
            x: (B, T, ...), for example a sequence of images (B, T, channels, height, width).
        """
        return dropouts.sequence_dropout(x, self.p, training=self.training)


class WeightDropout(nn.Module):
    """Wraps a module some of whose weights lose entries in training mode.

    A weight that is named becomes the parameter `NAME_raw` of this module, which takes the
    gradient; the wrapped module holds what the last call made of it under its old name.

    Args:
        module: The wrapped module. More weights of it than are named are dropped where it lists
            them in an attribute `also_dropped`; these stay its parameters.
        weight_p: The share of zeros.
        layer_names: The weight's name, or several.
    """

    def __init__(
        self,
        module: nn.Module,
        weight_p: float,
        layer_names: str | Iterable[str] = "weight_hh_l0",
    ) -> None:
        super().__init__()
        self.module = module
        self.weight_p = weight_p
        self.layer_names = [layer_names] if isinstance(layer_names, str) else list(layer_names)
        for name in self.layer_names:
            weight = _parameter(module, name)
            delattr(module, name)
            self.register_parameter(f"{name}_raw", nn.Parameter(weight.detach()))
        self._show_raw_weights()

    def forward(self, *args: Any) -> Any:
        """Call the wrapped module with weights that are dropped anew."""
        for name in self.layer_names:
            dropped = self._dropped(getattr(self, f"{name}_raw"))
            setattr(self.module, name, dropped.view_as(dropped))  # never the parameter itself
        more = {
            name: self._dropped(getattr(self.module, name))
            for name in getattr(self.module, "also_dropped", ())
        }
        with warnings.catch_warnings():
            # cuDNN would like the weights of `torch.nn.LSTM` in one piece, which they cannot be.
            warnings.filterwarnings("ignore", message=".*single contiguous chunk of memory")
            result = functional_call(self.module, more, args) if more else self.module(*args)
        for name in self.layer_names:
            # A tensor with a past could be neither copied nor saved, and would keep the graph.
            setattr(self.module, name, getattr(self.module, name).detach())
        return result

    def reset(self) -> None:
        """Show the raw weights in the wrapped module, and reset that if it can be."""
        self._show_raw_weights()
        reset_module(self.module)

    def _dropped(self, weight: Tensor) -> Tensor:
        return dropouts.drop_weight(weight, self.weight_p, training=self.training)

    def _show_raw_weights(self) -> None:
        for name in self.layer_names:
            setattr(self.module, name, getattr(self, f"{name}_raw").detach())


def reset_module(module: nn.Module) -> None:
    """Call a module's `reset()` if it has one."""
    reset = getattr(module, "reset", None)
    if callable(reset):
        reset()


def _parameter(module: nn.Module, name: str) -> Tensor:
    parameters = dict(module.named_parameters(recurse=False))
    if name not in parameters:
        raise SettingsError(
            f"{type(module).__name__} has no weight of that name to drop",
            given=name,
            accepted=", ".join(parameters),
            remedy="Name one or several of these in layer_names",
        )
    return parameters[name]


class EmbeddingDropout(nn.Module):
    """Drops whole words of an embedding, in training mode.

    Args:
        emb: The embedding.
        embed_p: The share of words that are dropped.
    """

    def __init__(self, emb: nn.Embedding, embed_p: float) -> None:
        super().__init__()
        self.emb = emb
        self.embed_p = embed_p

    def forward(self, words: Tensor, scale: float | None = None) -> Tensor:
        """Look words up.

        Args:
            words: Their rows; any shape.
            scale: Multiplies what is returned; None and 0 leave it as it is.
        """
        size = self.emb.num_embeddings
        embedded: Tensor = self.emb(words)
        dropped = dropouts.drop_words(embedded, words, size, self.embed_p, training=self.training)
        return dropped * scale if scale else dropped
