"""A series described: the level, the weekday's part and the calendar's part come out as they were put in."""

from __future__ import annotations

import numpy as np
import pytest

from detect.detectors.baseline import Replay
from detect.detectors.portrait import portrait
from detect.detectors.structural import StructuralSettings
from detect.model import Panel, SeriesKey
from detect.series.calendars import Calendar, CalendarSettings

DAYS = np.arange(np.datetime64("2023-01-02"), np.datetime64("2025-01-06"))
WEEKDAY = np.array([1.1, 1.0, 1.0, 1.05, 1.25, 0.8, 0.8])


def described(values: np.ndarray):
    panel = Panel((SeriesKey("m", ""),), DAYS, values[None], np.isfinite(values)[None])
    calendar = Calendar(CalendarSettings(country="GB"))
    replay = Replay(panel, {}, calendar, StructuralSettings(), len(DAYS) - 1)
    return portrait(DAYS, values, replay.baseline(len(DAYS) - 1, len(DAYS)), 0)


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    random = np.random.default_rng(3)
    weekday = (DAYS.astype(int) + 3) % 7
    level = np.where(np.arange(len(DAYS)) < len(DAYS) - 28, 1000.0, 1100.0)
    christmas = np.array([d.item().month == 12 and d.item().day in {25, 26} for d in DAYS])
    return level * WEEKDAY[weekday] * np.where(christmas, 0.7, 1.0) * (1 + 0.04 * random.standard_normal(len(DAYS)))


def test_the_parts_come_out(values):
    """Friday adds about a quarter, the weekend takes a fifth, the level stands a tenth above a year ago."""
    seen = described(values)
    share = seen.weekdays / np.nanmean(seen.trend[-56:])
    assert share[4] == pytest.approx(0.25, abs=0.04)
    assert share[5] == pytest.approx(-0.2, abs=0.04)
    assert seen.level / seen.year_ago == pytest.approx(1.1, abs=0.05)
    assert seen.spread < 60


def test_what_a_holiday_takes_is_the_calendar_s(values):
    """On the second Christmas the calendar's part is about minus three tenths; on plain days it is next to nothing."""
    seen = described(values)
    at = int(np.flatnonzero(np.datetime64("2024-12-25") == DAYS)[0])
    plain = int(np.flatnonzero(np.datetime64("2024-10-16") == DAYS)[0])
    assert seen.calendar[at] / 1000 == pytest.approx(-0.3, abs=0.12)
    assert abs(seen.calendar[plain]) < 40


def test_a_short_series_has_a_level_and_no_season(values):
    """Two weeks of figures show where it stands, and no weekday pattern is made of them."""
    short = np.where(np.arange(len(DAYS)) < len(DAYS) - 13, np.nan, values)
    seen = described(short)
    assert np.isfinite(seen.level)
    assert np.isnan(seen.weekdays).all()
    assert np.isnan(seen.year_ago)


def test_a_series_without_figures_says_nothing():
    """No figure makes no number."""
    seen = described(np.full(len(DAYS), np.nan))
    assert np.isnan(seen.level)
    assert np.isnan(seen.trend).all()
