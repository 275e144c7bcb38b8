"""Rates judged with their denominators, one-sided, by the days before."""

import numpy as np
import pytest

from detect.checks.rates import judge_rates
from detect.checks.settings import RateSettings
from detect.model import Direction, Kind, Outcome, Panel, SeriesKey

SETTINGS = RateSettings()
FIRST = 150


def panel_of(rate: np.ndarray, weight: np.ndarray) -> Panel:
    keys = tuple(SeriesKey("return_rate", f"{n:03d}") for n in range(len(rate)))
    return Panel(keys, np.datetime64("2024-01-01") + np.arange(rate.shape[1]), rate, weight > 0, weights=weight)


def returns(seed: int, rho: float, count: int = 60, days: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Generate daily return rates of about 4 % of some 50 to 500 orders, over-dispersed by `rho`."""
    random = np.random.default_rng(seed)
    orders = random.poisson(np.exp(random.normal(5, 0.8, count))[:, None] * np.ones(days))
    rate = np.full(orders.shape, 0.04)
    if rho:
        rate = random.beta(rate * (1 / rho - 1), (1 - rate) * (1 / rho - 1))
    found = random.binomial(orders, rate)
    return np.divide(found, orders, out=np.full(orders.shape, np.nan), where=orders > 0), orders.astype(float)


@pytest.mark.parametrize("rho", [0.0, 0.005])
def test_chance_is_seldom_told_even_when_rates_are_over_dispersed(rho: float) -> None:
    """Fewer than one false telling in a thousand series-days, whether returns are independent or come in bursts."""
    rate, weight = returns(1, rho)
    departures, _ = judge_rates(panel_of(rate, weight), SETTINGS, FIRST)
    assert len(departures) / (60 * (400 - FIRST)) < 0.001


def test_the_same_rate_is_told_of_many_orders_and_not_of_few() -> None:
    """Twelve per cent where four are usual is news of 400 orders, chance of 10."""
    weight = np.repeat([[400.0], [10.0]], 200, axis=1)
    count = np.tile([[16.0, 12.0, 20.0, 16.0], [0.0, 1.0, 0.0, 1.0]], 50)
    rate = count / weight
    rate[:, 180] = 0.12, 0.2
    departures, outcomes = judge_rates(panel_of(rate, weight), SETTINGS, FIRST)
    assert [(d.series, d.day, d.kind, d.channel) for d in departures] == [(0, 180, Kind.RATE, "rate_1")]
    assert departures[0].expected == pytest.approx(0.04, rel=0.02)
    assert departures[0].expected < departures[0].upper < departures[0].actual == 0.12
    assert outcomes[0, 180 - FIRST] == tuple(Outcome).index(Outcome.FINDING)


def test_a_small_rise_over_a_week_is_told_once() -> None:
    """Seven days at one and a half times the rate, none of which is news alone, are told by the week."""
    random = np.random.default_rng(3)
    weight = np.full((1, 300), 400.0)
    rate = random.binomial(400, 0.04, (1, 300)) / 400
    rate[0, 250:258] = 0.062
    departures, _ = judge_rates(panel_of(rate, weight), SETTINGS, FIRST)
    assert [d.channel for d in departures if d.day >= 250] == ["rate_7"]


def test_each_side_is_looked_at_only_when_asked() -> None:
    """A fall is news when falling is, and a rise is not news then."""
    weight = np.full((2, 250), 500.0)
    rate = np.random.default_rng(4).binomial(500, 0.3, (2, 250)) / 500
    rate[0, 200], rate[1, 200] = 0.15, 0.45
    told = {
        side: [
            (d.series, np.sign(d.statistic))
            for d in judge_rates(panel_of(rate, weight), SETTINGS.model_copy(update={"direction": side}), FIRST)[0]
            if d.day == 200 and d.channel == "rate_1"
        ]
        for side in Direction
    }
    assert told == {Direction.UP: [(1, 1)], Direction.DOWN: [(0, -1)], Direction.BOTH: [(0, -1), (1, 1)]}


def test_a_rate_that_stays_becomes_the_rule() -> None:
    """A lasting doubling is told for a while, then learnt."""
    random = np.random.default_rng(6)
    weight = np.full((1, 500), 400.0)
    rate = random.binomial(400, np.where(np.arange(500) < 200, 0.04, 0.09), (1, 500)) / 400
    days = [d.day for d in judge_rates(panel_of(rate, weight), SETTINGS, FIRST)[0]]
    assert min(days) in {200, 201}
    assert not [day for day in days if day > 350]


def test_later_days_change_nothing_and_every_day_has_an_outcome() -> None:
    """Cutting the future off leaves the same; no orders are no data, an infinite rate non-finite, a young series lacks history."""
    rate, weight = returns(8, 0.002, count=20)
    weight[0, 300], rate[0, 300] = 0.0, np.nan
    rate[1, 300] = np.inf
    weight[2, :290], rate[2, :290] = 0.0, np.nan
    whole, outcomes = judge_rates(panel_of(rate, weight), SETTINGS, FIRST)
    cut, cut_outcomes = judge_rates(panel_of(rate[:, :320], weight[:, :320]), SETTINGS, FIRST)
    assert cut == tuple(d for d in whole if d.day < 320)
    assert (cut_outcomes == outcomes[:, : 320 - FIRST]).all()
    named = [tuple(Outcome)[outcomes[n, 300 - FIRST]] for n in range(4)]
    assert named == [Outcome.NO_DATA, Outcome.NON_FINITE, Outcome.INSUFFICIENT_HISTORY, Outcome.OK]
