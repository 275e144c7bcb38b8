"""Structural breaks of shares and prices, judged in weeks by the weeks before."""

import numpy as np
import pytest

from detect.checks.breaks import judge_breaks
from detect.checks.settings import BreakSettings
from detect.model import Kind, Outcome, Panel, SeriesKey

SETTINGS = BreakSettings()
DAYS, BREAK = 500, 400
FIRST = 210


def panel_of(values: np.ndarray, weights: np.ndarray | None = None) -> Panel:
    keys = tuple(SeriesKey("share", f"{n:03d}") for n in range(len(values)))
    days = np.datetime64("2024-01-01") + np.arange(values.shape[1])
    return Panel(keys, days, values, np.isfinite(values), weights=weights)


def shares(count: int, memory: float, seed: int = 5) -> np.ndarray:
    """Generate shares of 30 % with a weekly pattern; the days remember the day before by `memory`."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(count, DAYS))
    for day in range(1, DAYS):
        noise[:, day] = memory * noise[:, day - 1] + np.sqrt(1 - memory**2) * noise[:, day]
    return 0.3 * (1 + 0.15 * noise + 0.1 * np.sin(2 * np.pi * np.arange(DAYS) / 7))


@pytest.mark.parametrize(("memory", "at_most"), [(0.0, 0.1), (0.6, 0.1), (0.95, 0.5)])
def test_chance_is_seldom_told_even_of_series_with_a_memory(memory: float, at_most: float) -> None:
    """In 1,000 series-days there is less than a tenth of a false break, and half a one where days hang together for a month."""
    departures, _ = judge_breaks(panel_of(shares(60, memory)), SETTINGS, FIRST)
    assert len(departures) / (60 * (DAYS - FIRST)) < at_most / 1000


def test_a_share_lost_for_good_is_told_once_with_the_level_before_and_after() -> None:
    """A quarter of the share gone is told of nine series in ten within eight weeks, once each, dated to the weeks since."""
    values = shares(40, 0.3)
    values[:, BREAK:] *= 0.75
    departures, outcomes = judge_breaks(panel_of(values), SETTINGS, BREAK - 28)
    told = [d for d in departures if BREAK <= d.day <= BREAK + 56]
    assert len({d.series for d in told}) >= 36
    assert len(departures) == len({d.series for d in departures})
    assert np.median([abs(found.first - BREAK) for found in told]) <= 21
    for found in told:
        assert found.kind is Kind.STRUCTURAL_BREAK
        assert found.actual < found.expected == pytest.approx(0.3, rel=0.1)
        assert outcomes[found.series, found.day - BREAK + 28] == tuple(Outcome).index(Outcome.FINDING)


def test_one_mad_week_is_no_break() -> None:
    """A week in which a share trebles is gone again and told of no series."""
    values = shares(40, 0.3)
    values[:, BREAK : BREAK + 7] *= 3
    departures, _ = judge_breaks(panel_of(values), SETTINGS, BREAK - 28)
    assert departures == ()


def test_a_night_alone_says_what_it_says_in_a_range() -> None:
    """Neither later days nor a longer past change what a day says, beyond rounding."""
    values = shares(12, 0.5)
    values[:6, BREAK:] *= 1.3
    whole, _ = judge_breaks(panel_of(values), SETTINGS, FIRST)
    alone = []
    for day in range(BREAK + 25, BREAK + 50):
        begin = day - 7 * (SETTINGS.memory_weeks + SETTINGS.most_weeks) - SETTINGS.quiet_days
        found, _ = judge_breaks(panel_of(values[:, max(begin, 0) : day + 1]), SETTINGS, day - max(begin, 0))
        alone += [(d.series, d.day + max(begin, 0), round(d.statistic, 6)) for d in found]
    assert alone
    assert alone == [(d.series, d.day, round(d.statistic, 6)) for d in whole if BREAK + 25 <= d.day < BREAK + 50]


def test_a_ratio_s_week_is_that_of_its_denominators_together() -> None:
    """A day of two orders, both won, does not weigh as much as one of two hundred."""
    values, weights = np.full((1, DAYS), 0.3), np.full((1, DAYS), 200.0)
    values += np.random.default_rng(2).normal(0, 0.01, values.shape)
    values[0, BREAK::7], weights[0, BREAK::7] = 1.0, 2.0
    assert judge_breaks(panel_of(values, weights), SETTINGS, FIRST)[0] == ()
    assert len(judge_breaks(panel_of(values), SETTINGS, FIRST)[0]) == 1


def test_too_short_a_past_is_said_to_be_so() -> None:
    """Before the least number of weeks, and where there are no figures, the outcome is too little history; nothing is told."""
    values = shares(2, 0.0)
    values[1] = np.nan
    departures, outcomes = judge_breaks(panel_of(values), SETTINGS, 0)
    short = 7 * (SETTINGS.minimum_weeks + SETTINGS.most_weeks) - 1
    too_little, fine = (tuple(Outcome).index(o) for o in (Outcome.INSUFFICIENT_HISTORY, Outcome.OK))
    assert departures == ()
    assert set(outcomes[0, :short]) == {too_little}
    assert set(outcomes[0, short:]) == {fine}
    assert set(outcomes[1]) == {too_little}
