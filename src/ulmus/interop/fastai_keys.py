"""The names that fastai gives to the weights of an AWD-LSTM, and the older ones among them."""

import re
from itertools import pairwise
from typing import NamedTuple

from ulmus.models.awd_lstm import AwdLstmSettings

ROWS = "encoder.weight"
TIED_ROWS = "encoder_dp.emb.weight"
COPIES = {
    *(TIED_ROWS, "encoder_with_dropout.embed.weight", "encoder_with_dropout.emb.weight"),
}
"""Other names of the embedding, which are of its tied copies."""

RECURRENT = re.compile(
    r"rnns\.(\d{1,3})\.(?:module\.)?((?:weight|bias)_(?:ih|hh))_l0(_reverse)?(_raw)?"
)
DROPPED = "weight_hh"
PARTS = ("weight_ih", DROPPED, "bias_ih", "bias_hh")


class Place(NamedTuple):
    """Where a recurrent weight belongs."""

    layer: int
    direction: int
    part: str

    @property
    def name(self) -> str:
        """Its name in `nn.recurrent_stack`."""
        return f"layers.{self.layer}.directions.{self.direction}.{self.part}"

    @property
    def key(self) -> str:
        """Its name in an encoder of fastai 2, which drops out of the forward direction only."""
        if self.part == DROPPED and not self.direction:
            return f"rnns.{self.layer}.{self.part}_l0_raw"
        return f"rnns.{self.layer}.module.{self.part}_l0{'_reverse' if self.direction else ''}"


def place_of(name: str) -> Place | None:
    """Return the place of a recurrent weight by its name in any layout, or None."""
    match = RECURRENT.fullmatch(name)
    return Place(int(match[1]), int(bool(match[3])), match[2]) if match else None


def stack_shapes(settings: AwdLstmSettings) -> dict[Place, tuple[int, ...]]:
    """Return every recurrent weight of an encoder with its shape, in the order of fastai's keys.

    The order matters: `load_pretrained` goes by it and not by the names.
    """
    shapes: dict[Place, tuple[int, ...]] = {}
    directions = 2 if settings.bidirectional else 1
    for layer, (given, whole) in enumerate(pairwise(settings.layer_sizes())):
        made = whole // directions
        sizes = ((4 * made, given), (4 * made, made), (4 * made,), (4 * made,))
        of_part = dict(zip(PARTS, sizes, strict=True))
        raw = Place(layer, 0, DROPPED)
        places = [Place(layer, d, part) for d in range(directions) for part in PARTS]
        ordered = [raw, *(place for place in places if place != raw)]
        shapes |= {place: of_part[place.part] for place in ordered}
    return shapes
