"""Statistics become p-values that mean what they say."""

import numpy as np
import pytest

from detect.findings.calibration import RESTLESS, Tail, allowance, fit_tail, own_width, p_value, restless


@pytest.mark.parametrize("degrees", [4, 8, 300])
def test_p_means_what_it_says_in_the_far_tail(degrees: float) -> None:
    """Of 200,000 normal days about one in a thousand has p below 0.001, although one day in forty was a true departure."""
    rng = np.random.default_rng(1)
    learnt = rng.standard_t(degrees, 20_000)
    learnt[:500] = rng.uniform(4, 12, 500)
    share = (p_value(rng.standard_t(degrees, 200_000), fit_tail(learnt)) < 0.001).mean()
    assert 0.0005 < share < 0.002


def test_a_few_days_give_little_more_than_the_prior() -> None:
    """Thirty calm days do not make a thin tail."""
    tail = fit_tail(np.random.default_rng(0).normal(0, 1, 30))
    assert tail.degrees < 9
    assert fit_tail(np.array([0.1, np.nan])) == Tail()
    assert fit_tail(np.zeros(500)) == Tail()


def test_a_stored_tail_is_the_tail() -> None:
    """What is written to the store reads back the same."""
    tail = fit_tail(np.random.default_rng(0).normal(0, 2, 3000))
    assert Tail.of_array(tail.as_array()) == tail


def test_jumps_widen_their_own_series_and_departures_do_not() -> None:
    """One day in seven beyond four spreads is a habit; three in a hundred are departures."""
    z = np.random.default_rng(0).normal(0, 1, (2, 350))
    z[0, ::7] = 6.0
    z[1, ::35] = 6.0
    width = own_width(z)
    assert width[0] > 2
    assert width[1] == 1.0


def test_troubled_times_count_only_until_the_day_before() -> None:
    """The factor of a day does not look at the day, and forgets after its window."""
    z = np.full((1, 200), 0.8)
    z[0, 100:120] = 4.0
    factor = restless(z)[0]
    assert factor[100] == 1.0
    assert factor[120] > 1.5
    assert factor[120 + RESTLESS] == 1.0


def test_a_larger_promise_tells_more_and_never_everything() -> None:
    """The allowance grows with budget and share, less where a unit of p makes more episodes, up to one day in twenty."""
    small, large = allowance(1.0, np.array([0.1, 0.5]), 0.5)
    assert small < large
    assert allowance(1.0, np.array([0.5]), 1.0)[0] == large / 2
    assert allowance(1000.0, np.array([1.0]), 0.5)[0] == 0.05
