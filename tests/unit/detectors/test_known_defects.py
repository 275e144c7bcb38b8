"""Defects known of other tools of this kind, each shown not to be one of this one, at the settings that it comes with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from detect.config import Book, load
from detect.detectors import Detection
from detect.detectors._base import CODE
from detect.model import Category, Finding, Kind, Outcome, Panel, SeriesKey
from detect.pipeline.casework import Desk
from detect.pipeline.judging import Models, fit, judge
from detect.pipeline.order import night_after
from detect.series.calendars import Calendar, CalendarSettings

CALENDAR = Calendar(CalendarSettings(country=None))
START = date(2024, 1, 1)
WEEK = np.array([1.0, 1.05, 1.0, 1.1, 1.2, 0.6, 0.5])
ROOT = Path(__file__).parents[3]


def business(series: int, days: int, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.round(1000 * WEEK[np.arange(days) % 7] * np.exp(rng.normal(0, noise, (series, days))), 2)


def panel_of(values: np.ndarray) -> Panel:
    days = np.arange(np.datetime64(START), np.datetime64(START) + values.shape[1])
    keys = tuple(SeriesKey(f"m{i:02d}", "") for i in range(len(values)))
    return Panel(keys, days, values, ~np.isnan(values))


def judged(values: np.ndarray, first: int, models: Models | None = None):
    panel, day = panel_of(values), START + timedelta(days=first)
    known = models or fit(panel, {}, CALENDAR, Detection(), day - timedelta(days=1))
    return judge(panel, {}, CALENDAR, Detection(), known, day)


@pytest.fixture(scope="module")
def book() -> Book:
    """Give the configuration as it is shipped."""
    return load(ROOT, {})


def cases_of(book: Book, days: list[int]) -> int:
    """Count the cases that spikes on these days make, night by night."""
    desk = Desk(book, {})
    for day in (START + timedelta(days=k) for k in days):
        found = Finding(
            day, day, day, "orders", "", "point", Category.PROCESS, Kind.SPIKE, "sales", "orders", 90.0, 40.0
        )
        desk.take(day, night_after(book, day), [found], {}, clock_runs=True, judged=lambda *_: False)
    return len(desk.cases)


def test_the_refractory_period_acts_at_the_settings_shipped(book: Book):
    """What goes on is told once: departures at most the quiet days apart are one case, and what comes later is another."""
    quiet = book.policy.detection.quiet
    assert cases_of(book, [0, 1, 2, quiet + 2]) == 1
    assert cases_of(book, [0, quiet + 1]) == 2


def test_the_refractory_period_is_the_setting(book: Book):
    """Set to another number of days it acts so: a setting that nothing reads would leave this as it was."""
    detection = book.policy.detection.model_copy(update={"quiet": 2})
    short = replace(book, policy=book.policy.model_copy(update={"detection": detection}))
    assert cases_of(short, [0, 4]) == 2
    assert cases_of(book, [0, 4]) == 1


def test_a_lasting_shift_is_told_once_and_not_every_night():
    """A new level is one message in three weeks, at the settings shipped."""
    values = business(1, 420)
    values[0, 380:] *= 1.15
    runs = [d for d in judged(values, 370).departures if d.channel in {"run", "peer_run"}]
    assert [d.kind for d in runs] == [Kind.LEVEL_SHIFT]


@pytest.mark.parametrize("before", [28, 30, 35, 45, 70])
def test_an_outlier_is_not_masked_by_itself_however_short_the_history(before: int):
    """The tested day stays out of its own baseline: a value ten times the usual is told from the first judged day on."""
    values = business(1, before + 1)
    values[0, -1] *= 10
    assert [d.day for d in judged(values, before).departures] == [before]


def test_the_tested_day_changes_nothing_of_what_it_is_compared_with():
    """Expected value and band are the same whatever the day itself brought."""
    values = business(2, 200)
    far = values.copy()
    far[0, -1] *= 1000
    models = fit(panel_of(values), {}, CALENDAR, Detection(), START + timedelta(days=198))
    plain, moved = judged(values, 199, models), judged(far, 199, models)
    for name in ("expected", "lower", "upper"):
        assert np.array_equal(getattr(plain, name), getattr(moved, name))


def test_a_missing_day_is_no_zero_and_yesterdays_value_is_not_todays():
    """Yesterday tripled and today has no row: today is told as missing with no figure, never as zero and never as tripled."""
    values = business(4, 300)
    values[0, 298] *= 3
    values[0, 299] = np.nan
    found = judged(values, 298)
    today = [d for d in found.departures if (d.series, d.day) == (0, 299)]
    assert [(d.kind, d.actual) for d in today] == [(Kind.MISSING, None)]
    assert [d.kind for d in found.departures if (d.series, d.day) == (0, 298)] == [Kind.SPIKE]
    alone = judged(values[:1], 298)
    assert not [d for d in alone.departures if d.day == 299]
    assert alone.outcomes["structural"][0, 1] == CODE[Outcome.NO_DATA]


@pytest.mark.parametrize("noise", [0.0, 1e-12, 1e-9])
def test_a_constant_series_is_no_anomaly_whatever_the_noise_of_its_floats(noise: float):
    """A column that was the same all month is not told of: spread has a floor."""
    rng = np.random.default_rng(5)
    values = 0.3 * (1 + noise * rng.normal(0, 1, (1, 300)))
    assert judged(values, 100).departures == ()
    assert np.isfinite(judged(values, 100).expected).all()
