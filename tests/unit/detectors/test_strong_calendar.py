"""Quiet series with strong habits: what the calendar does to them every year and every month is learnt, not told for ever."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from detect.detectors import Detection
from detect.model import Departure, Kind, Panel, SeriesKey
from detect.pipeline.judging import fit, judge
from detect.series.calendars import Calendar, CalendarSettings

CALENDAR = Calendar(CalendarSettings(country="GB"))
DETECTION = Detection()
DAYS = pd.date_range("2022-01-01", "2024-12-31")
FIRST = date(2024, 1, 1)  # the third year is judged
HABITS = {  # the days moved, and the factor: many spreads in a series that varies by 3 %
    "christmas": ((DAYS.month == 12) & DAYS.day.isin([24, 25, 26]), 0.3),
    "month_end": (DAYS.is_month_end, 2.5),
    "quarter_end": (DAYS.is_quarter_end, 1.8),
    "pay_run": (DAYS.day == 15, 1.8),
    "plain": (DAYS.year < 0, 1.0),
}
FAULT = int(np.flatnonzero(DAYS == "2024-12-10")[0])


def quiet_series() -> np.ndarray:
    """Return one series a habit and noise, (series, days), the last of each with a dip of a third on a plain day."""
    rng = np.random.default_rng(5)
    week = np.where(DAYS.day_of_week >= 5, 0.7, 1.0)
    values = [1000 * week * np.where(days, factor, 1.0) for days, factor in HABITS.values() for _ in range(2)]
    noisy = np.array(values) * np.exp(rng.normal(0, 0.03, (len(values), len(DAYS))))
    noisy[1::2, FAULT] *= 0.67
    return np.round(noisy, 1)


@pytest.fixture(scope="module")
def told() -> dict[str, list[Departure]]:
    """Return what is told of the third year, by habit."""
    keys = tuple(SeriesKey(f"{name}{k}", "") for name in HABITS for k in range(2))
    values = quiet_series()
    panel = Panel(keys, DAYS.to_numpy().astype("datetime64[D]"), values, np.isfinite(values))
    models = fit(panel, {}, CALENDAR, DETECTION, FIRST - timedelta(days=1))
    found = judge(panel, {}, CALENDAR, DETECTION, models, FIRST).departures
    return {name: [d for d in found if keys[d.series].metric.startswith(name)] for name in HABITS}


@pytest.mark.parametrize("habit", [name for name in HABITS if name != "plain"])
def test_a_habit_of_the_calendar_is_learnt_however_strong(told: dict[str, list[Departure]], habit: str) -> None:
    """Of the days that the habit moves in the third year, on two series, at most one is told."""
    moved = np.flatnonzero(HABITS[habit][0] & (DAYS.year == FIRST.year))
    assert len([d for d in told[habit] if d.day in moved]) <= 1


@pytest.mark.parametrize("habit", list(HABITS))
def test_a_fault_on_a_plain_day_is_told_beside_it(told: dict[str, list[Departure]], habit: str) -> None:
    """A third less on an ordinary day, in the second series of each habit, is a dip of that day."""
    assert [d.kind for d in told[habit] if d.day == FAULT] == [Kind.DIP]


def test_a_wrong_unit_on_the_last_day_of_a_month_teaches_nothing() -> None:
    """A hundred times too much on the fourth month-end seen: those of the rest of the year are expected as before, and none is told."""
    values = quiet_series()[-2:, DAYS.year == 2022]
    days = DAYS[DAYS.year == 2022]
    wrong = int(np.flatnonzero(days == "2022-04-30")[0])
    values[0, wrong] *= 100
    keys = (SeriesKey("wrong", ""), SeriesKey("right", ""))
    panel = Panel(keys, days.to_numpy().astype("datetime64[D]"), values, np.isfinite(values))
    first = days[wrong].date() + timedelta(days=1)
    models = fit(panel, {}, CALENDAR, DETECTION, first - timedelta(days=1))
    found = [d for d in judge(panel, {}, CALENDAR, DETECTION, models, first).departures if d.series == 0]
    assert not [d for d in found if days[d.day].is_month_end]


def test_quiet_series_are_told_of_seldom(told: dict[str, list[Departure]]) -> None:
    """Ten series for a year, two false episodes promised per 1,000 series-days (7): with the five faults, at most 20 days are told."""
    assert len({(d.series, d.day) for found in told.values() for d in found}) <= 20
