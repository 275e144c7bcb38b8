"""One series as a person describes it: where it stands, what the weekday does, what the calendar does. For eyes; it judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detect.detectors._base import Baseline, Floats
from detect.detectors.stl_operator import Windows, operator
from detect.detectors.stretches import weekday_of
from detect.detectors.transforms import IDENTITY, Transform

__all__ = ["Portrait", "portrait"]

_MONTH: Final = 28  # days: a mean over whole weeks
_YEAR: Final = 364
_RECENT: Final = 180  # days from which an ordinary day's distance is read
_WEEKS: Final = 8  # weeks over which the weekday pattern is averaged
_SEASONAL, _TREND = 51, 61  # windows of the second opinion, so that both show the same season


@dataclass(frozen=True, eq=False)
class Portrait:
    """Everything in the metric's unit; arrays have shape (days,), NaN where nothing can be said.

    `trend`, `seasonal` and `calendar` are what each adds at the level of that day: seasonal is the weekday's part by STL (Cleveland et al.
    1990) on the cleaned, calendar-adjusted series; `weekdays` (7,) its mean over the last weeks, Monday first.
    """

    level: float
    month_ago: float
    year_ago: float
    spread: float
    trend: Floats
    seasonal: Floats
    calendar: Floats
    weekdays: Floats


def portrait(days: np.ndarray, values: Floats, base: Baseline, row: int) -> Portrait:
    """Describe the series `row` of a baseline over `days` (datetime64[D]); `values` (days,) are its figures."""
    transform = _of(base.transform, row)
    trend, seasonal = _decomposed(base, row, transform)
    recent = seasonal[-7 * _WEEKS :]
    weekday = weekday_of(days[-7 * _WEEKS :])
    by_weekday = np.array([_mean(recent[weekday == k]) for k in range(7)])
    error = np.abs(values - base.expected[row])[-_RECENT:]
    known = error[np.isfinite(error)]
    return Portrait(
        level=_mean(values[-_MONTH:]),
        month_ago=_mean(values[-2 * _MONTH : -_MONTH]),
        year_ago=_mean(values[-_YEAR - _MONTH : -_YEAR]),
        spread=float(np.median(known)) if known.size else float("nan"),
        trend=trend,
        seasonal=seasonal,
        calendar=_calendar(values, base, row, transform),
        weekdays=by_weekday,
    )


def _decomposed(base: Baseline, row: int, transform: Transform) -> tuple[Floats, Floats]:
    """Return trend and season (days,) of the series' own working days; NaN throughout where it is too short for a season."""
    cleaned = base.cleaned[row]
    nothing = np.full(cleaned.shape, np.nan)
    active = base.active[row] & np.isfinite(cleaned)
    places = np.flatnonzero(active)
    period = _period(places)
    if period < 2 or places.size < 3 * period:  # noqa: PLR2004 - one day a week has no season, two weeks show none
        return nothing, nothing.copy()
    windows = Windows(period, _SEASONAL, _TREND, period + 1 + period % 2)
    found = operator(places.size, windows).decompose(cleaned[places][None])
    trend, seasonal = nothing.copy(), nothing.copy()
    level = found.trend[0]
    trend[places] = _back(transform, level)
    seasonal[places] = _back(transform, level + found.seasonal[0]) - trend[places]
    return trend, seasonal


def _period(places: np.ndarray) -> int:
    """Return how many days of the last weeks' weeks are working days of the series."""
    last = places[places > places[-1] - 7 * _WEEKS] if places.size else places
    return len(set((last % 7).tolist()))


def _calendar(values: Floats, base: Baseline, row: int, transform: Transform) -> Floats:
    """Return what was expected less what would have been without the calendar's effect (days,)."""
    effect = _forward(transform, values) - base.adjusted[row]
    expected = base.expected[row]
    return np.asarray(expected - _back(transform, _forward(transform, expected) - effect))


def _of(transform: Transform | None, row: int) -> Transform:
    if transform is None:
        return Transform(np.array([IDENTITY]), np.ones(1), np.zeros(1), np.ones(1))
    one = slice(row, row + 1)
    return Transform(transform.family[one], transform.offset[one], transform.quantum[one], transform.typical[one])


def _forward(transform: Transform, values: Floats) -> Floats:
    return np.asarray(transform.forward(values[:, None])[:, 0])


def _back(transform: Transform, values: Floats) -> Floats:
    return np.asarray(transform.inverse(values[:, None])[:, 0])


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
