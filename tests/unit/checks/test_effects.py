"""What followed an event, against a figure's own past, with an interval that holds what it promises."""

import numpy as np
import pytest

from detect.checks.effects import Effect, TooLittle, effect_of

HISTORY, AFTER = 400, 28
WEEK = np.tile([0.0, 1.0, 2.0, 0.0, -1.0, -3.0, 0.0], 100)


def series(kind: str, seed: int, days: int = HISTORY + AFTER) -> np.ndarray:
    """Generate a figure around 50 with a weekly pattern: independent days, days with a memory, or a level that wanders."""
    noise = np.random.default_rng(seed).normal(size=days)
    if kind == "memory":
        for day in range(1, days):
            noise[day] += 0.7 * noise[day - 1]
    if kind == "wandering":
        noise += np.cumsum(np.random.default_rng(seed + 10_000).normal(0, 0.15, days))
    return 50 + noise + WEEK[:days]


def effect(values: np.ndarray, event: int = HISTORY, horizon: int = AFTER, **given) -> Effect | TooLittle:
    usual = given.pop("usual", np.ones(len(values), bool))
    return effect_of(values, given.pop("weights", None), usual, event, horizon)


@pytest.mark.parametrize("kind", ["independent", "memory", "wandering"])
def test_where_nothing_happened_the_interval_holds_zero_as_often_as_it_says(kind: str) -> None:
    """Of 100 figures that went on as before, 91 to 99 have an interval around zero, whatever their nature."""
    found = [effect(series(kind, seed)) for seed in range(100)]
    held = np.mean([one.lower <= 0 <= one.upper for one in found])
    assert 0.91 <= held <= 0.99


def test_a_lasting_change_is_measured_and_set_apart_from_chance() -> None:
    """A fall by 5 is found as such, beyond the interval, and no earlier date of the same figure moved as far."""
    values = series("memory", 3)
    values[HISTORY:] -= 5
    found = effect(values)
    assert found.change == pytest.approx(-5, abs=1.5)
    assert found.lower < -5 < found.upper < 0
    assert found.beyond_chance
    assert found.as_large == 0
    assert found.tried >= 40


def test_what_comes_after_the_horizon_changes_nothing() -> None:
    """Only the days asked for are compared."""
    values = series("independent", 4)
    values[HISTORY + 14 :] += 1000
    assert effect(values, horizon=14) == effect(values[: HISTORY + 14], horizon=14)


def test_days_that_the_calendar_moves_are_left_out() -> None:
    """A holiday on which nothing was sold is no effect of the event."""
    values = series("independent", 5)
    usual = np.ones(len(values), bool)
    values[HISTORY + 3], usual[HISTORY + 3] = 0.0, False
    assert abs(effect(values, usual=usual).change) < 0.8
    assert effect(values).change < -1


def test_a_ratio_is_compared_by_its_denominators() -> None:
    """A day with hardly any orders behind its rate hardly counts."""
    values, weights = series("independent", 6), np.full(HISTORY + AFTER, 100.0)
    values[HISTORY + 2], weights[HISTORY + 2] = 500.0, 0.1
    assert abs(effect(values, weights=weights).change) < 0.8


def test_where_too_little_is_known_it_is_said_what_is_lacking() -> None:
    """Three days after, or three weeks before, are not enough: nothing is made up."""
    values = series("independent", 7)
    assert effect(values[: HISTORY + 3]) == TooLittle("after", 3, 7)
    assert effect(values[HISTORY - 60 :], event=60) == TooLittle("before", 60, 56 + 3 * 28)
    assert isinstance(effect(np.full(500, np.nan)), TooLittle)
