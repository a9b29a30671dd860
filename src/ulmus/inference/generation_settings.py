"""How a text is continued: what can be asked for, and what cannot."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, TypedDict

from ulmus.errors import SettingsError
from ulmus.inference.ranges import check_range
from ulmus.inference.repetition import check_penalty
from ulmus.inference.sampling import check_sampling

SEED_LIMIT = 2**63
WHOLE = "a whole number, 0 or more"
SAMPLING = ("temperature", "top_k", "top_p", "min_p", "seed")
"""What a search that draws nothing has no use for."""

KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("max_tokens", "top_k", "beams"), ((Integral,), "a whole number")),
    **dict.fromkeys(("temperature", "top_p", "min_p"), ((Real,), "a number")),
    **dict.fromkeys(("repetition_penalty", "length_normalisation"), ((Real,), "a number")),
    "seed": ((Integral, Sequence), "a whole number, or several"),
    "stop": ((Sequence,), "a string, or several"),
    "one_document": ((bool,), "True or False"),
}
"""What each option is, beside its default."""


class GenerationOptions(TypedDict, total=False):
    """The keyword arguments by which a text is continued; `GenerationSettings` explains them."""

    max_tokens: int
    temperature: float
    top_k: int | None
    top_p: float | None
    min_p: float | None
    repetition_penalty: float
    seed: int | Sequence[int] | None
    beams: int | None
    length_normalisation: float | None
    stop: str | Sequence[str] | None
    one_document: bool


@dataclass(frozen=True, kw_only=True)
class GenerationSettings:
    """How a text is continued.

    Args:
        max_tokens: How many tokens to add at most.
        temperature: Below 1 bolder for the probable, above 1 for the improbable; 0 takes the
            most probable token always.
        top_k: Draw from the k most probable tokens only.
        top_p: Draw from the fewest tokens that together have this probability.
        min_p: Drop tokens less probable than this.
        repetition_penalty: Above 1 makes tokens of the prompt and of what was added less
            probable; see `penalised`.
        seed: For the same text again; a sequence holds one for each prompt; None draws anew
            each time.
        beams: How many texts a beam search keeps at once; None draws instead.
        length_normalisation: The power of its length by which the log-probability of a finished
            text is divided in a beam search; needs `one_document`, without which all texts are
            of one length. None is 1, the mean of the tokens; 0 favours short texts.
        stop: Strings before the first of which the text that is added ends.
        one_document: Whether to end where the model ends the document.

    Raises:
        SettingsError: A value out of its range, or two that do not go together.
    """

    max_tokens: int = 50
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0
    seed: int | Sequence[int] | None = None
    beams: int | None = None
    length_normalisation: float | None = None
    stop: str | Sequence[str] | None = None
    one_document: bool = False

    def __post_init__(self) -> None:
        _check_kinds(self)
        check_sampling(**self.sampling)
        check_penalty(self.repetition_penalty)
        check_range("max_tokens", self.max_tokens, WHOLE, fits=0 <= self.max_tokens < SEED_LIMIT)
        for seed in self.seed if isinstance(self.seed, Sequence) else [self.seed]:
            check_range("seed", seed, WHOLE, fits=_is_seed(seed))
        check_range("stop", self.stop, "strings that are not empty", fits=all(self.stops))
        _check_search(self)

    @property
    def sampling(self) -> dict[str, Any]:
        """What `next_token_probabilities` is told."""
        return {name: getattr(self, name) for name in ("temperature", "top_k", "top_p", "min_p")}

    @property
    def stops(self) -> tuple[str, ...]:
        """All strings at which the text ends."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    def seeds(self, prompts: int) -> list[int | None]:
        """Return a seed for each prompt.

        Raises:
            SettingsError: There are more or fewer seeds than prompts.
        """
        if not isinstance(self.seed, Sequence):
            return [self.seed] * prompts
        if len(self.seed) == prompts:
            return list(self.seed)
        raise SettingsError(
            "there is not one seed for each prompt",
            given=f"{len(self.seed)} seeds for {prompts} prompts",
            accepted="one number for all prompts, or as many as there are prompts",
            remedy="Give one seed, or one for each",
        )


def generation_settings(options: Mapping[str, Any]) -> GenerationSettings:
    """Return the settings that keyword arguments make.

    Raises:
        SettingsError: An unknown name, or what `GenerationSettings` refuses.
    """
    known = [field.name for field in fields(GenerationSettings)]
    for name in options:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            raise SettingsError(
                "generation has no such option",
                given=name,
                accepted=", ".join(known),
                remedy=f"Did you mean {nearest[0]!r}?" if nearest else "Leave it out",
            )
    return GenerationSettings(**options)


def _is_seed(seed: object) -> bool:
    return seed is None or (isinstance(seed, Integral) and 0 <= int(seed) < SEED_LIMIT)


def _check_kinds(settings: GenerationSettings) -> None:
    """Refuse what could not even be compared with a range."""
    for name, (kind, accepted) in KINDS.items():
        value = getattr(settings, name)
        default = getattr(GenerationSettings, name)
        check_range(name, value, accepted, fits=isinstance(value, kind) or value is default)
    if isinstance(settings.stop, Sequence):
        fits = all(isinstance(string, str) for string in settings.stop)
        check_range("stop", settings.stop, KINDS["stop"][1], fits=fits)


def _check_search(settings: GenerationSettings) -> None:
    beams, power = settings.beams, settings.length_normalisation
    check_range("beams", beams, "1 or more, or None to draw", fits=beams is None or beams >= 1)
    fits = power is None or 0 <= power <= 10
    check_range("length_normalisation", power, "from 0 to 10, or None", fits=fits)
    if power is not None and not (beams and settings.one_document):
        raise SettingsError(
            "length_normalisation compares texts of unequal length, and there are none",
            given=power,
            accepted="beams together with one_document",
            remedy="Set both, or leave length_normalisation out",
        )
    if beams is None:
        return
    plain = {field.name: field.default for field in fields(settings)}
    for name in SAMPLING:
        if getattr(settings, name) != plain[name]:
            raise SettingsError(
                f"a beam search draws nothing, so {name} means nothing to it",
                given=getattr(settings, name),
                accepted=f"beams without {', '.join(SAMPLING)}",
                remedy=f"Leave out beams or {name}",
            )
