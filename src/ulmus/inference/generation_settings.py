"""How a text is continued: what can be asked for, and what cannot."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self, TypedDict

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ulmus.errors import SettingsError
from ulmus.inference.ranges import check_range, out_of_range
from ulmus.inference.repetition import check_penalty
from ulmus.inference.sampling import check_sampling
from ulmus.settings import Settings

LONGEST = LARGEST_SEED = 2**63 - 1
SEEDS = f"a whole number from 0 to {LARGEST_SEED}, or one for each prompt"
SAMPLING: tuple[str, ...] = ("temperature", "top_k", "top_p", "min_p", "seed")
"""What only draws have a use for."""


def _plain(value: object) -> object:
    """Return one of numpy's numbers as one of Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _several(value: object) -> tuple[Any, ...] | None:
    """Return a sequence as a tuple, and None for one value, as a string or bytes are."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return tuple(value)
    return None


def _seeds(value: object) -> object:
    """Return a seed as it is, several as a tuple; the errors of a union would be two."""
    several = _several(value)
    seeds = tuple(map(_plain, (value,) if several is None else several))
    for seed in seeds:
        fits = type(seed) is int and 0 <= seed <= LARGEST_SEED
        check_range("seed", seed, SEEDS, fits=fits or value is None)
    return seeds[0] if several is None else seeds


def _strings(value: object) -> object:
    """Return several strings, one or none as a tuple."""
    if value is None or isinstance(value, str):
        return () if value is None else (value,)
    several = _several(value)
    check_range("stop", value, "a string, or several", fits=several is not None)
    return several


Whole = Annotated[int, BeforeValidator(_plain)]
Number = Annotated[float, BeforeValidator(_plain)]
Seeds = Annotated[int | tuple[int, ...] | None, BeforeValidator(_seeds)]
Stops = Annotated[tuple[str, ...], BeforeValidator(_strings)]


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


class GenerationSettings(Settings):
    """How a text is continued; `generation_settings` makes it and tells what is wrong.

    Args:
        max_tokens: How many tokens to add at most.
        temperature: Below 1 bolder for the probable, above 1 for the improbable; 0 takes the
            most probable token always, and so nothing else that changes draws goes with it.
        top_k: Draw from the k most probable tokens only.
        top_p: Draw from the fewest tokens that together have this probability.
        min_p: Drop tokens less probable than this.
        repetition_penalty: Above 1 makes tokens of the prompt and of what was added less
            probable; see `penalised`.
        seed: For the same text again; several are one for each prompt; None draws anew each
            time.
        beams: How many texts a beam search keeps at once; None draws instead.
        length_normalisation: The power of its length by which the log-probability of a finished
            text is divided in a beam search; needs `one_document`, without which all texts are
            of one length. None is 1, the mean of the tokens; 0 favours short texts.
        stop: Strings before the first of which the text that is added ends; a string alone is
            one.
        one_document: Whether to end where the model ends the document.

    Raises:
        SettingsError: Two values that do not go together.
    """

    model_config = ConfigDict(strict=True)

    max_tokens: Whole = Field(default=50, ge=0, le=LONGEST)
    temperature: Number = 1.0
    top_k: Whole | None = None
    top_p: Number | None = None
    min_p: Number | None = None
    repetition_penalty: Number = 1.0
    seed: Seeds = None
    beams: Whole | None = Field(default=None, ge=1)
    length_normalisation: Number | None = Field(default=None, ge=0, le=10)
    stop: Stops = ()
    one_document: bool = False

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        check_sampling(**self.sampling)
        check_penalty(self.repetition_penalty)
        check_range("stop", self.stop, "strings that are not empty", fits=all(self.stop))
        _check_lengths(self)
        _check_draws(self)
        return self

    @property
    def sampling(self) -> dict[str, Any]:
        """What `next_token_probabilities` is told."""
        return {name: getattr(self, name) for name in ("temperature", "top_k", "top_p", "min_p")}

    def seeds(self, prompts: int) -> list[int | None]:
        """Return a seed for each prompt.

        Raises:
            SettingsError: There are more or fewer seeds than prompts.
        """
        if not isinstance(self.seed, tuple):
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
        SettingsError: An unknown name, a value out of its range or of another kind, or two values
            that do not go together.
    """
    try:
        return GenerationSettings(**options)
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0])
        if problem["type"] == "extra_forbidden":
            raise _unknown(name) from None
        accepted = problem["msg"].removeprefix("Input should be ")
        raise out_of_range(name, problem["input"], accepted) from None


def _unknown(name: str) -> SettingsError:
    known = list(GenerationSettings.model_fields)
    nearest = difflib.get_close_matches(name, known, n=1)
    return SettingsError(
        "generation has no such option",
        given=name,
        accepted=", ".join(known),
        remedy=f"Did you mean {nearest[0]!r}?" if nearest else "Leave it out",
    )


def _check_lengths(settings: GenerationSettings) -> None:
    power = settings.length_normalisation
    if power is not None and not (settings.beams and settings.one_document):
        raise SettingsError(
            "length_normalisation compares texts of unequal length, and there are none",
            given=power,
            accepted="beams together with one_document",
            remedy="Set both, or leave length_normalisation out",
        )


def _check_draws(settings: GenerationSettings) -> None:
    """Refuse what changes draws where nothing is drawn."""
    if settings.beams is not None:
        what, option, useless = "a beam search", "beams", SAMPLING
    elif settings.temperature == 0:
        what = option = "temperature 0"
        useless = SAMPLING[1:]
    else:
        return
    for name in useless:
        value = getattr(settings, name)
        if value != GenerationSettings.model_fields[name].default:
            raise SettingsError(
                f"{what} draws nothing, so {name} means nothing to it",
                given=value,
                accepted=f"{option} without {', '.join(useless)}",
                remedy=f"Leave out {option} or {name}",
            )
