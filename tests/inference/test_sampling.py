import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ulmus.errors import SettingsError
from ulmus.inference.sampling import check_sampling, draw, next_token_probabilities

SHARES = [0.4, 0.3, 0.15, 0.1, 0.05]
LOGITS = torch.tensor(SHARES, dtype=torch.float64).log() + 3.0

LOGIT_LISTS = st.lists(st.floats(-20, 20), min_size=1, max_size=12)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.just(0.0) | st.floats(0.05, 5) | st.floats(0, 1e30),
        "top_k": st.integers(1, 15),
        "top_p": st.floats(0.01, 1),
        "min_p": st.floats(0, 1),
    },
)


def probabilities(**settings):
    return next_token_probabilities(LOGITS, **settings).tolist()


def parts(*weights):
    return pytest.approx([weight / sum(weights) for weight in weights])


def test_without_settings_it_is_the_softmax():
    assert probabilities() == parts(*SHARES)


def test_temperature_raises_probabilities_to_its_inverse():
    assert probabilities(temperature=0.5) == parts(*(share**2 for share in SHARES))
    assert probabilities(temperature=2) == parts(*(share**0.5 for share in SHARES))


@pytest.mark.parametrize("temperature", [0, 1e-6, 1e-30, 1e-300])
def test_a_temperature_of_about_zero_leaves_the_most_probable(temperature):
    assert probabilities(temperature=temperature) == [1, 0, 0, 0, 0]


def test_at_temperature_zero_the_first_of_equals_is_taken():
    logits = torch.tensor([[0.0, 2.0, 2.0], [5.0, 5.0, 5.0]])

    assert next_token_probabilities(logits, temperature=0).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_a_high_temperature_levels():
    assert probabilities(temperature=1e9) == pytest.approx([0.2] * 5)
    assert probabilities(temperature=1e30) == pytest.approx([0.2] * 5)
    kept = next_token_probabilities(LOGITS.float(), temperature=1e30, banned=torch.tensor([1]))
    assert kept.tolist() == pytest.approx([0.25, 0, 0.25, 0.25, 0.25])


def test_top_k_keeps_the_k_most_probable():
    assert probabilities(top_k=2) == parts(4, 3, 0, 0, 0)
    assert probabilities(top_k=1) == [1, 0, 0, 0, 0]
    assert probabilities(top_k=100) == parts(*SHARES)


def test_top_k_keeps_k_of_equals():
    assert next_token_probabilities(torch.zeros(4), top_k=3).tolist() == parts(1, 1, 1, 0)


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.01, 1), (0.39, 1), (0.41, 2), (0.69, 2), (0.71, 3), (0.96, 5), (1, 5)]
)
def test_top_p_keeps_the_fewest_that_hold_the_share(top_p, kept):
    assert probabilities(top_p=top_p) == parts(*SHARES[:kept], *[0] * (5 - kept))


def test_a_share_that_is_met_exactly_needs_no_further_token():
    logits = torch.tensor([2.0, 1.0, 1.0]).log()

    assert next_token_probabilities(logits, top_p=0.5).tolist() == [1, 0, 0]


def test_min_p_drops_the_improbable():
    assert probabilities(min_p=0.12) == parts(4, 3, 1.5, 0, 0)
    assert probabilities(min_p=0) == parts(*SHARES)


def test_min_p_that_all_fail_leaves_the_most_probable():
    assert probabilities(min_p=0.9) == [1, 0, 0, 0, 0]


def test_banned_tokens_leave_their_probability_to_the_others():
    assert probabilities(banned=torch.tensor([0, 3])) == parts(0, 3, 1.5, 0, 0.5)


def test_a_banned_token_may_be_the_only_probable_one():
    logits = torch.tensor([500.0, 1.0, 1.0, 2.0])

    drawn_from = next_token_probabilities(logits, banned=torch.tensor([0]))

    assert drawn_from.tolist() == parts(0, math.e, math.e, math.e**2)


def test_no_banned_ids_ban_nothing():
    assert probabilities(banned=torch.tensor([])) == parts(*SHARES)


def test_min_p_is_the_models_probability_whatever_is_banned():
    # Of what is left the third has 0.15 / 0.6, but the model gives it 0.15.
    assert probabilities(banned=torch.tensor([0]), min_p=0.2) == parts(0, 1, 0, 0, 0)
    assert probabilities(banned=torch.tensor([0]), min_p=0.35) == parts(0, 1, 0, 0, 0)
    assert probabilities(banned=torch.tensor([0]), min_p=0.12) == parts(0, 2, 1, 0, 0)


def test_the_steps_come_in_the_promised_order():
    # Above min_p and not banned: 0.3, 0.15 and 0.1 of 0.55. Two of them: 2/3, 1/3. Half of that
    # is met by the first alone.
    settings = {"banned": torch.tensor([0]), "min_p": 0.07, "top_k": 2}

    assert probabilities(**settings) == parts(0, 2, 1, 0, 0)
    assert probabilities(**settings, temperature=0.5) == parts(0, 4, 1, 0, 0)
    assert probabilities(**settings, top_p=0.66) == [0, 1, 0, 0, 0]
    assert probabilities(**settings, top_p=0.67, temperature=0.5) == parts(0, 4, 1, 0, 0)


@pytest.mark.parametrize("top_p", [0.05, 0.3, 0.5, 0.8, 0.999, 0.999999])
@pytest.mark.parametrize("spread", [0.01, 3.0])
def test_top_p_of_a_large_vocabulary(top_p, spread):
    """With a flat distribution more tokens are needed than are looked at first."""
    logits = spread * torch.randn(2, 5_000, generator=torch.Generator().manual_seed(1)).double()
    plain = logits.softmax(-1)

    result = next_token_probabilities(logits, top_p=top_p)

    for row, made in zip(plain, result, strict=True):
        order = row.argsort(descending=True).tolist()
        kept, share = set(), 0.0
        while share < top_p:
            kept.add(order[len(kept)])
            share += float(row[order[len(kept) - 1]])
        assert set(made.nonzero().flatten().tolist()) == kept
        torch.testing.assert_close(made.sum(), torch.tensor(1.0).double())


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9).filter(any), st.integers(0, 2**30 - 1))
def test_a_draw_is_the_token_that_the_point_falls_on(weights, point):
    """Weights and points that sums and products leave exact."""
    places = [token for token, weight in enumerate(weights) for _ in range(weight)]
    expected = places[point * len(places) // 2**30]

    at = torch.tensor([point / 2**30], dtype=torch.float64)
    made = draw(torch.tensor([weights]).float(), at)

    assert made.tolist() == [expected]


@pytest.mark.parametrize("point", [0.0, 0.25, 1 - 2**-53])
def test_draws_never_take_what_has_no_probability(point):
    weights = torch.tensor([[0.0, 0.1, 0.0, 0.2, 0.0]])

    made = draw(weights, torch.tensor([point], dtype=torch.float64))

    assert made.tolist() == [3 if point == 1 - 2**-53 else 1]


def test_draws_are_as_frequent_as_they_are_probable():
    points = (torch.arange(10_000, dtype=torch.float64) + 0.5) / 10_000
    rows = torch.tensor([SHARES]).expand(10_000, -1)

    counts = draw(rows, points).bincount(minlength=5)

    assert counts.tolist() == pytest.approx([share * 10_000 for share in SHARES], abs=1)


@given(LOGIT_LISTS, SETTINGS, st.sampled_from([(), (1,), (3,), (2, 3)]))
def test_properties_on_one_two_and_three_axes(values, settings, leading):
    shift = torch.arange(math.prod(leading), dtype=torch.float32).reshape(*leading, 1)
    logits = torch.tensor(values) + shift.sin()  # the rows differ by rounding only
    plain = logits.softmax(-1)

    result = next_token_probabilities(logits, **settings)

    assert result.shape == logits.shape
    assert result.isfinite().all()
    assert result.ge(0).all()
    assert result.sum(-1).flatten().tolist() == pytest.approx([1] * math.prod(leading), abs=1e-5)
    # The most probable token always stays among the most probable.
    best = plain.argmax(-1, keepdim=True)
    assert (result.gather(-1, best) >= result.amax(-1, keepdim=True) - 1e-6).all()
    kept = (result > 0).sum(-1)
    assert kept.max() <= settings.get("top_k", len(values))
    # A dropped token was never more probable than one that was kept.
    least_kept = plain.masked_fill(result == 0, torch.inf).amin(-1)
    most_dropped = plain.masked_fill(result > 0, 0).amax(-1)
    assert (most_dropped <= least_kept + 1e-6).all()
    rows = result.reshape(-1, len(values))
    again = [next_token_probabilities(row, **settings) for row in logits.reshape(rows.shape)]
    assert torch.equal(torch.stack(again), rows)


def test_low_precision_is_raised_and_the_logits_stay_as_they_are():
    logits = torch.tensor([1.0, 2.0, 3.0], dtype=torch.bfloat16)

    result = next_token_probabilities(logits, banned=torch.tensor([1]), temperature=0.5)

    assert result.dtype == torch.float32
    assert result.tolist() == parts(1, 0, math.e**4)
    assert logits.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"temperature": -0.1},
            r"temperature is out of range: -0.1; accepted: from 0 to 1e\+30\. Set",
        ),
        (
            {"temperature": 1.1e30},
            r"temperature is out of range: 1.1e\+30; accepted: from 0 to 1e\+30",
        ),
        ({"temperature": math.inf}, r"temperature is out of range: inf; accepted: from 0 to 1e"),
        ({"temperature": math.nan}, r"temperature is out of range: nan; accepted: from 0 to 1e"),
        ({"top_k": 0}, r"top_k is out of range: 0; accepted: 1 or more, or None for all tokens"),
        ({"top_p": 0.0}, r"top_p is out of range: 0.0; accepted: above 0 and at most 1, or None"),
        ({"top_p": 1.1}, r"top_p is out of range: 1.1; accepted: above 0 and at most 1, or None"),
        ({"top_p": math.nan}, r"top_p is out of range: nan"),
        ({"min_p": -0.1}, r"min_p is out of range: -0.1; accepted: from 0 to 1, or None"),
        ({"min_p": 1.5}, r"min_p is out of range: 1.5; accepted: from 0 to 1, or None"),
    ],
)
def test_values_out_of_range_are_refused(settings, message):
    with pytest.raises(SettingsError, match=message):
        check_sampling(**settings)
    with pytest.raises(SettingsError, match=message):
        next_token_probabilities(LOGITS, **settings)


def test_banning_every_token_is_refused():
    with pytest.raises(SettingsError, match="all 5 tokens are banned; accepted: at least one"):
        next_token_probabilities(LOGITS, banned=torch.tensor([0, 1, 2, 3, 4, 4]))
