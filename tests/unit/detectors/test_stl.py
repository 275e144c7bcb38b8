"""STL as a detector: a day judged by its leave-one-out residual."""

import numpy as np
import pytest

from detect.detectors._base import Baseline, Context
from detect.detectors.stl import StlSettings
from detect.model import Outcome, Panel, SeriesKey
from detect.series.calendars import Calendar, CalendarSettings


def weekly(days, series=6, seed=1, phi=0.0):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, np.sqrt(1 - phi**2), (series, days))
    for day in range(1, days):
        noise[:, day] += phi * noise[:, day - 1]
    return 4 * np.sin(2 * np.pi * np.arange(days) / 7) + noise


def context(values, first, cleaned=None):
    whole = np.ones_like(values)
    keys = tuple(SeriesKey("m", f"{row:03d}") for row in range(len(values)))
    panel = Panel(keys, np.datetime64("2023-01-01") + np.arange(values.shape[1]), values, np.isfinite(values))
    baseline = Baseline(
        z=whole,
        expected=whole,
        lower=whole,
        upper=whole,
        adjusted=values,
        cleaned=values if cleaned is None else cleaned,
        spread=whole,
        history=np.tile(np.arange(values.shape[1]), (len(values), 1)),
        active=whole > 0,
    )
    return Context(panel, {}, Calendar(CalendarSettings(country=None)), baseline, first, 2.0)


def statistic(given):
    (scores,) = StlSettings().judge(given).scores
    assert np.isnan(scores.p).all()
    return scores.statistic


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_the_statistic_is_in_units_of_what_residuals_usually_are(phi):
    """On noise, with memory or without, the statistic has unit spread and no memory of its own."""
    found = statistic(context(weekly(900, series=40, phi=phi), 500))
    assert found.std() == pytest.approx(1.0, abs=0.06)
    assert abs((found[:, 1:] * found[:, :-1]).mean()) < 0.08


def test_a_spike_keeps_its_surprise():
    """A spike of eight spreads on the last day comes out as about eight, not as the quarter that an endpoint fit leaves."""
    values = weekly(600)
    values[2, -1] += 8.0
    assert statistic(context(values, 599))[2, 0] == pytest.approx(8.0, abs=2.0)


def test_later_days_change_no_earlier_statistic_and_a_night_is_as_good_as_a_replay():
    """Judged night by night, with the future cut off, the statistics are those of one run over all days."""
    values = weekly(700)
    at_once = statistic(context(values, 640))
    for day in (640, 655, 699):
        np.testing.assert_allclose(
            statistic(context(values[:, : day + 1], day))[:, 0], at_once[:, day - 640], atol=1e-9
        )


def test_days_beyond_the_window_change_nothing():
    """A history cut to the days that the operator and its scale can read gives the same statistic."""
    values = weekly(1500)
    settings = StlSettings()
    short = values[:, -(settings.window + 2 * 182 + 28 + 1) :]
    long, cut = statistic(context(values, 1499)), statistic(context(short, short.shape[1] - 1))
    np.testing.assert_allclose(long, cut, atol=1e-9)


def test_a_series_is_judged_alike_alone_and_among_others():
    """Neighbours, shorter ones too, leave a series' statistic as it is."""
    values = weekly(500)
    values[0, :300] = np.nan
    together = statistic(context(values, 470))
    np.testing.assert_allclose(statistic(context(values[3:4], 470)), together[3:4], atol=1e-9)
    np.testing.assert_allclose(statistic(context(values[0:1], 470)), together[0:1], atol=1e-9)


def test_what_was_cleaned_away_teaches_nothing():
    """A spike in the history that the cleaned series does not hold changes no later statistic."""
    values = weekly(500)
    spoilt = values.copy()
    spoilt[1, 480] += 50.0
    np.testing.assert_allclose(
        statistic(context(spoilt, 490, cleaned=values)), statistic(context(values, 490)), atol=1e-9
    )


def test_every_day_ends_in_an_outcome_and_no_statistic_is_infinite():
    """Young series, absent days and values that are no numbers are told apart."""
    values = weekly(200)
    values[0, :150] = np.nan
    values[1, 190] = np.nan
    values[2, 191] = np.inf
    given = context(
        values, 185, cleaned=np.where(np.isfinite(values), values, np.where(np.arange(200) < 150, np.nan, 0.0))
    )
    given.panel.present[2, 191] = True
    given.baseline.adjusted[2, 191] = np.nan
    opinion = StlSettings().judge(given)
    outcomes = tuple(Outcome)
    assert outcomes[opinion.outcomes[0, 0]] is Outcome.INSUFFICIENT_HISTORY
    assert outcomes[opinion.outcomes[1, 5]] is Outcome.NO_DATA
    assert outcomes[opinion.outcomes[2, 6]] is Outcome.NON_FINITE
    assert outcomes[opinion.outcomes[3, 0]] is Outcome.OK
    assert not np.isinf(opinion.scores[0].statistic).any()


def test_lengths_of_history_are_whole_weeks_and_end_at_the_least():
    """The operators kept are few, longest first, whole periods, from the window down to the least history."""
    lengths = StlSettings().lengths
    assert (lengths[0], lengths[-1]) == (728, 84)
    assert all(n % 7 == 0 for n in lengths)
    assert list(lengths) == sorted(lengths, reverse=True)
