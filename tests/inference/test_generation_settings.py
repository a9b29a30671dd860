import math
from dataclasses import fields
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
    wanted = get_type_hints(GenerationSettings)
    assert get_type_hints(GenerationOptions) == {
        f.name: wanted[f.name] for f in fields(GenerationSettings)
    }


def test_options_become_settings():
    made = generation_settings({"max_tokens": 3, "stop": ["a", "b"], "seed": np.int64(4)})

    assert made == GenerationSettings(max_tokens=3, stop=["a", "b"], seed=4)
    assert made.stops == ("a", "b")
    assert GenerationSettings(stop="end").stops == ("end",)
    assert GenerationSettings().stops == ()
    assert made.sampling == {"temperature": 1.0, "top_k": None, "top_p": None, "min_p": None}


def test_one_seed_is_every_prompts_and_several_are_one_each():
    assert GenerationSettings(seed=4).seeds(3) == [4, 4, 4]
    assert GenerationSettings().seeds(2) == [None, None]
    assert GenerationSettings(seed=(4, 5)).seeds(2) == [4, 5]
    message = r"^there is not one seed for each prompt: '2 seeds for 3 prompts'; accepted: one num"
    with pytest.raises(SettingsError, match=message):
        GenerationSettings(seed=[4, 5]).seeds(3)


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("max_tokens", -1, "-1; accepted: a whole number, 0 or more"),
        ("max_tokens", 2.5, "2.5; accepted: a whole number"),
        ("max_tokens", None, "accepted: a whole number"),
        ("max_tokens", 2**63, "9223372036854775808; accepted: a whole number, 0 or more"),
        ("temperature", -1.0, "-1.0; accepted: 0 or more"),
        ("temperature", "hot", "'hot'; accepted: a number"),
        ("top_k", 0, "0; accepted: 1 or more"),
        ("top_k", 1.5, "1.5; accepted: a whole number"),
        ("top_p", 2.0, "2.0; accepted: above 0 and at most 1"),
        ("min_p", 2.0, "2.0; accepted: from 0 to 1"),
        ("repetition_penalty", 0.0, "0.0; accepted: above 0; 1 is none"),
        ("seed", -3, "-3; accepted: a whole number, 0 or more"),
        ("seed", 2**63, "9223372036854775808; accepted: a whole number, 0 or more"),
        ("seed", 0.5, "0.5; accepted: a whole number, or several"),
        ("seed", [1, "2"], "'2'; accepted: a whole number, 0 or more"),
        ("beams", 0, "0; accepted: 1 or more, or None to draw"),
        ("length_normalisation", -0.1, "-0.1; accepted: from 0 to 10, or None"),
        ("length_normalisation", math.nan, "nan; accepted: from 0 to 10, or None"),
        ("stop", "", "''; accepted: strings that are not empty"),
        ("stop", ["a", ""], r"\['a', ''\]; accepted: strings that are not empty"),
        ("stop", 3, "3; accepted: a string, or several"),
        ("stop", ["a", 3], r"\['a', 3\]; accepted: a string, or several"),
        ("one_document", 1, "1; accepted: True or False"),
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


@pytest.mark.parametrize("others", [{}, {"beams": 3}, {"one_document": True}])
def test_lengths_are_normalised_only_where_they_differ(others):
    message = (
        r"^length_normalisation compares texts of unequal length, and there are none: 0.5; "
        r"accepted: beams together with one_document\. Set both, or leave"
    )
    with pytest.raises(SettingsError, match=message):
        GenerationSettings(length_normalisation=0.5, **others)
    GenerationSettings(length_normalisation=0.5, beams=3, one_document=True)
