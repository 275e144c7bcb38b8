"""Limits that will be crossed."""

import numpy as np
import pytest

from detect.detectors._base import Baseline, Context
from detect.detectors.first_passage import crossing_probability, days_until
from detect.detectors.forecast import ForecastSettings
from detect.detectors.local_trend import LocalTrend, local_trend
from detect.model import Category, Kind, Level, Outcome, Panel, SeriesKey, Text
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Limit, Metric


def context(values, limit, *, first=None, budget=2.0):
    """Make a context whose baseline changes nothing: values as they are, no transform, no calendar."""
    rows, days = values.shape
    keys = tuple(SeriesKey("debt_ratio", f"s{row:04d}") for row in range(rows))
    panel = Panel(keys, np.datetime64("2025-01-01") + np.arange(days), values, np.isfinite(values))
    whole = np.ones_like(values)
    baseline = Baseline(
        z=0 * whole,
        expected=values,
        lower=values - 3,
        upper=values + 3,
        adjusted=values,
        cleaned=values,
        spread=whole,
        history=np.tile(np.arange(days), (rows, 1)),
        active=whole > 0,
    )
    metric = Metric(
        id="debt_ratio",
        name=Text(en="debt ratio", zh="負債比率"),
        department="finance",
        category=Category.FINANCIAL,
        source="ledger",
        value="mean(ratio)",
        limits=(limit,) if limit else (),
    )
    calendar = Calendar(CalendarSettings(country=None))
    return Context(panel, {"debt_ratio": metric}, calendar, baseline, days - 1 if first is None else first, budget)


def ramp(*, days=200, slope=0.1, series=1, length=60):
    rng = np.random.default_rng(3)
    climb = np.maximum(0, np.arange(days) - (days - length)) * slope
    return 60 + climb + rng.normal(0, 0.3, (series, days))


def told(opinion):
    return [d for d in opinion.departures if d.kind is Kind.FORECAST_BREACH]


def test_a_steady_climb_is_told_with_the_day_and_its_interval():
    """A ratio climbing by 0.1 a day towards its limit: the interval holds the day of crossing, and is finite."""
    (breach,) = told(ForecastSettings().judge(context(ramp(), Limit(level=Level.MAJOR, above=67.8), first=140)))
    said, due = breach.evidence, 218 - breach.day
    assert 5 <= said["days_low"] <= due <= said["days_high"] <= 60
    assert due - 8 <= said["days"] <= due + 8
    assert said["probability"] >= 0.8
    assert (said["side"], said["limit"], breach.severity) == ("above", 67.8, Level.LARGER)
    assert breach.expected == pytest.approx(67.8 - 0.1 * due, abs=0.5)
    assert breach.p < 1e-3


def test_a_fall_towards_a_lower_limit_is_told_as_one():
    """The mirrored series and limit give the mirrored statistic, the same days and the other side."""
    up = ForecastSettings().judge(context(ramp(), Limit(level=Level.SOME, above=67.8), first=140))
    down = ForecastSettings().judge(context(120 - ramp(), Limit(level=Level.SOME, below=52.2), first=140))
    (above,), (below,) = told(up), told(down)
    assert below.statistic == pytest.approx(-above.statistic)
    assert (below.evidence["side"], below.evidence["days"]) == ("below", above.evidence["days"])


def test_a_limit_already_crossed_is_no_forecast():
    """A value beyond the limit within the last week belongs to the limit's own channel."""
    values = ramp()
    values[0, 150::6] = 68.5
    assert not told(ForecastSettings().judge(context(values, Limit(level=Level.MAJOR, above=67.8), first=140)))


def test_a_movement_away_from_the_limit_is_not_told():
    """Climbing away from a lower limit is no warning, however steep."""
    assert not told(ForecastSettings().judge(context(ramp(), Limit(level=Level.MAJOR, below=59.0))))


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_flat_noise_is_quiet(phi):
    """On 96,000 flat series-days beside a limit 4 spreads away, fewer than 0.1 forecasts per 1,000, with noise that remembers too."""
    rng = np.random.default_rng(11)
    noise = rng.normal(0, np.sqrt(1 - phi**2), (200, 640))
    for day in range(1, 640):
        noise[:, day] += phi * noise[:, day - 1]
    breaches = told(ForecastSettings().judge(context(noise, Limit(level=Level.SOME, above=4.0), first=160)))
    assert len(breaches) <= 9


def test_a_weekday_pattern_is_no_trend_and_its_peak_counts():
    """With a Monday 5 above the rest, the level's limit is nearer by that peak."""
    values = ramp(slope=0.1)
    monday = 5.0 * (np.arange(values.shape[1]) % 7 == 0)
    plain = ForecastSettings().judge(context(values, Limit(level=Level.SOME, above=67.8), first=140))
    peaked = ForecastSettings().judge(context(values + monday, Limit(level=Level.SOME, above=72.8), first=140))
    (a,), (b,) = told(plain), told(peaked)
    assert abs(a.day - b.day) <= 5
    assert abs(a.day + a.evidence["days"] - b.day - b.evidence["days"]) <= 6


def test_an_episode_is_told_once_and_alike_in_one_run_or_night_by_night():
    """Judging the last 40 days at once or one after the other gives the same single departure."""
    values, limit = ramp(days=220, length=80), Limit(level=Level.SOME, above=69.5)
    at_once = told(ForecastSettings().judge(context(values, limit, first=180)))
    nights = [
        d
        for day in range(180, 220)
        for d in told(ForecastSettings().judge(context(values[:, : day + 1], limit, first=day)))
    ]
    assert len(at_once) == 1
    assert [(d.day, d.p, d.evidence) for d in nights] == [(d.day, d.p, d.evidence) for d in at_once]


def test_a_young_series_is_an_outcome_and_a_metric_without_limits_is_not_checked():
    """Fewer days than three windows say insufficient_history; no limit says not_checked."""
    young = ForecastSettings().judge(context(ramp(days=100), Limit(level=Level.SOME, above=70)))
    without = ForecastSettings().judge(context(ramp(), None))
    assert list(Outcome)[young.outcomes[0, -1]] is Outcome.INSUFFICIENT_HISTORY
    assert list(Outcome)[without.outcomes[0, -1]] is Outcome.NOT_CHECKED
    assert not without.departures


def test_the_crossing_probability_is_that_of_simulated_paths():
    """Uncertain level and trend and a wandering level: within 0.02 of 20,000 simulated paths at five horizons."""
    rng = np.random.default_rng(2)
    covariance = np.array([[0.25, 0.006], [0.006, 0.0004]])
    start = rng.multivariate_normal([0.0, 0.1], covariance, 20_000)
    days = np.arange(1, 61)
    paths = start[:, :1] + start[:, 1:] * days + rng.normal(0, 0.4, (20_000, 60)).cumsum(axis=1)
    simulated = (np.maximum.accumulate(paths, axis=1) >= 2.5).mean(axis=0)
    path = LocalTrend(*(np.array([v]) for v in (0.0, 0.1, 0.5, 0.02, 0.006, 0.4, 0.0, 1.0)))
    found = crossing_probability(path, np.array([2.5]), 60)[0]
    np.testing.assert_allclose(found[[2, 6, 14, 29, 59]], simulated[[2, 6, 14, 29, 59]], atol=0.02)
    assert days_until(found[None, :], 0.5)[0] == pytest.approx(np.argmax(simulated >= 0.5) + 1, abs=1)


def test_the_trend_of_a_wandering_level_is_rarely_called_one():
    """Under a random walk with noise, one-sided p below 0.01 comes in at most 2 % of windows."""
    rng = np.random.default_rng(4)
    values = rng.normal(0, 0.1, (4000, 126)).cumsum(axis=1) + rng.normal(0, 1, (4000, 126))
    path = local_trend(values, 42)
    assert (path.p_rise < 0.01).mean() < 0.02


def test_one_series_is_foreseen_alike_alone_and_among_others():
    """Neighbours change no figure of a forecast."""
    values, limit = ramp(series=30), Limit(level=Level.SOME, above=67.8)
    together = {d.series: d for d in told(ForecastSettings().judge(context(values, limit, first=140)))}
    row = min(together)
    (alone,) = told(ForecastSettings().judge(context(values[row : row + 1], limit, first=140)))
    assert alone.evidence == together[row].evidence
    assert (alone.p, alone.statistic, alone.expected) == (
        together[row].p,
        together[row].statistic,
        together[row].expected,
    )
