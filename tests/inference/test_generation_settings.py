import math
from typing import get_type_hints

import numpy as np
import pytest

from ulmus.errors import SettingsError
from ulmus.inference.generation_settings import (
    GenerationOptions,
    GenerationSettings,
    generation_settings,
)


def test_options_are_the_settings():
    assert get_type_hints(GenerationOptions).keys() == GenerationSettings.model_fields.keys()


def test_options_become_settings():
    made = generation_settings({"max_tokens": 3, "stop": ["a", "b"], "seed": np.int64(4)})

    assert made == GenerationSettings(max_tokens=3, stop=["a", "b"], seed=4)
    assert made.stop == ("a", "b")
    assert GenerationSettings(stop="end").stop == ("end",)
    assert GenerationSettings().stop == GenerationSettings(stop=None).stop == ()
    assert made.sampling == {"temperature": 1.0, "top_k": None, "top_p": None, "min_p": None}


def test_numbers_of_numpy_are_numbers():
    options = {"max_tokens": np.int32(3), "temperature": np.float32(0.5), "top_k": np.uint8(2)}
    made = generation_settings({**options, "seed": [np.int64(1), 2], "top_p": np.float64(0.25)})

    assert (made.max_tokens, made.temperature, made.top_k, made.top_p) == (3, 0.5, 2, 0.25)
    assert made.seed == (1, 2)
    assert type(made.seed[0]) is type(made.top_k) is int


def test_one_seed_is_every_prompts_and_several_are_one_each():
    assert GenerationSettings(seed=4).seeds(3) == [4, 4, 4]
    assert GenerationSettings().seeds(2) == [None, None]
    assert GenerationSettings(seed=(4, 5)).seeds(2) == [4, 5]
    assert GenerationSettings(seed=range(4, 6)).seeds(2) == [4, 5]
    assert GenerationSettings(seed=2**63 - 1).seeds(1) == [2**63 - 1]
    message = r"^there is not one seed for each prompt: '2 seeds for 3 prompts'; accepted: one num"
    with pytest.raises(SettingsError, match=message):
        GenerationSettings(seed=[4, 5]).seeds(3)


SEEDS = "a whole number from 0 to 9223372036854775807, or one for each prompt"


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("max_tokens", -1, "-1; accepted: greater than or equal to 0"),
        ("max_tokens", 2.5, "2.5; accepted: a valid integer"),
        ("max_tokens", None, "accepted: a valid integer"),
        ("max_tokens", True, "True; accepted: a valid integer"),
        ("max_tokens", np.True_, "True; accepted: a valid integer"),
        ("max_tokens", 2**63, "808; accepted: less than or equal to 9223372036854775807"),
        ("temperature", -1.0, r"-1.0; accepted: from 0 to 1e\+30"),
        ("temperature", 1e39, r"1e\+39; accepted: from 0 to 1e\+30"),
        ("temperature", "hot", "'hot'; accepted: a valid number"),
        ("temperature", True, "True; accepted: a valid number"),
        ("top_k", 0, "0; accepted: 1 or more"),
        ("top_k", 1.5, "1.5; accepted: a valid integer"),
        ("top_k", True, "True; accepted: a valid integer"),
        ("top_p", 2.0, "2.0; accepted: above 0 and at most 1"),
        ("min_p", 2.0, "2.0; accepted: from 0 to 1"),
        ("repetition_penalty", 0.0, r"0.0; accepted: from 1e-30 to 1e\+30; 1 is none"),
        ("seed", -3, f"-3; accepted: {SEEDS}"),
        ("seed", 2**63, f"9223372036854775808; accepted: {SEEDS}"),
        ("seed", 0.5, f"0.5; accepted: {SEEDS}"),
        ("seed", True, f"True; accepted: {SEEDS}"),
        ("seed", b"ab", f"b'ab'; accepted: {SEEDS}"),
        ("seed", "12", f"'12'; accepted: {SEEDS}"),
        ("seed", [1, "2"], f"'2'; accepted: {SEEDS}"),
        ("seed", [1, True], f"True; accepted: {SEEDS}"),
        ("beams", 0, "0; accepted: greater than or equal to 1"),
        ("beams", True, "True; accepted: a valid integer"),
        ("length_normalisation", -0.1, "-0.1; accepted: greater than or equal to 0"),
        ("length_normalisation", 11, "11; accepted: less than or equal to 10"),
        ("length_normalisation", math.nan, "nan; accepted: greater than or equal to 0"),
        ("stop", "", r"\(''.*; accepted: strings that are not empty"),
        ("stop", ["a", ""], r"\('a', ''\); accepted: strings that are not empty"),
        ("stop", 3, "3; accepted: a string, or several"),
        ("stop", b"a", "b'a'; accepted: a string, or several"),
        ("stop", ["a", 3], "3; accepted: a valid string"),
        ("one_document", 1, "1; accepted: a valid boolean"),
    ],
)
def test_values_out_of_range_are_refused(name, value, accepted):
    with pytest.raises(SettingsError, match=rf"^{name} is out of range.*{accepted}"):
        generation_settings({name: value})


def test_an_unknown_option_is_refused_with_the_nearest():
    message = r"^generation has no such option: 'temprature'; accepted: max_.*mean 'temperature'\?"
    with pytest.raises(SettingsError, match=message):
        generation_settings({"temprature": 1.0})
    with pytest.raises(SettingsError, match=r"such option: 'xyz'; accepted: max_.*\. Leave it out"):
        generation_settings({"xyz": 1.0})


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", 0.5), ("top_k", 3), ("top_p", 0.5), ("min_p", 0.1), ("seed", 1)],
)
def test_a_beam_search_has_no_use_for_what_changes_draws(name, value):
    message = (
        rf"^a beam search draws nothing, so {name} means nothing to it: {value}; accepted: beams "
        rf"without temperature, top_k, top_p, min_p, seed\. Leave out beams or {name}\.$"
    )
    with pytest.raises(SettingsError, match=message):
        GenerationSettings(beams=4, **{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("top_k", 3), ("top_p", 0.5), ("min_p", 0.1), ("seed", 1)]
)
def test_temperature_zero_has_no_use_for_what_changes_draws(name, value):
    message = (
        rf"^temperature 0 draws nothing, so {name} means nothing to it: {value}; accepted: "
        rf"temperature 0 without top_k, top_p, min_p, seed\. Leave out temperature 0 or {name}\.$"
    )
    with pytest.raises(SettingsError, match=message):
        GenerationSettings(temperature=0, **{name: value})
    GenerationSettings(temperature=0, repetition_penalty=1.2, one_document=True, stop="x")


@pytest.mark.parametrize("others", [{}, {"beams": 3}, {"one_document": True}])
def test_lengths_are_normalised_only_where_they_differ(others):
    message = (
        r"^length_normalisation compares texts of unequal length, and there are none: 0.5; "
        r"accepted: beams together with one_document\. Set both, or leave"
    )
    with pytest.raises(SettingsError, match=message):
        GenerationSettings(length_normalisation=0.5, **others)
    GenerationSettings(length_normalisation=0.5, beams=3, one_document=True)
