"""Whether the measures worked: the metric of a resolved case must be back in its band (policy P4.6).

Back means three things at once: enough days were seen, hardly one lies outside the band, and the mean distance from the middle is shown
to be small (two one-sided t-tests, Schuirmann 1987), so that a few quiet days after a shift do not pass for recovery.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from pydantic import Field

from detect.model import Case, Frozen, History, Kind

__all__ = ["Observation", "ObservationSettings", "Recovery", "observe"]

_LASTING = frozenset({Kind.LEVEL_SHIFT, Kind.DRIFT, Kind.PATTERN_BREAK, Kind.STRUCTURAL_BREAK, Kind.STUCK})
_USUAL_SPREAD = (
    1 / 3
)  # of a quiet series, in half-widths of its band: seven lucky days must not look more certain than that


class Recovery(StrEnum):
    """What an observation says."""

    BACK = "back"
    NOT_BACK = "not_back"
    TOO_EARLY = "too_early"


class ObservationSettings(Frozen):
    """How sure the data must be; distances are in half-widths of the expected band, measured on its side."""

    min_days: int = Field(default=5, ge=5)
    outside_at_most: float = Field(default=0.1, ge=0, lt=1)  # share of the days that may lie outside
    margin: float = Field(default=0.5, gt=0)  # the mean must be shown to lie within
    reference_days: int = Field(default=56, ge=14)  # what a lasting departure is compared with, before it began


@dataclass(frozen=True)
class Observation:
    """What the days from the resolution `through` the last one seen say; `mean` is None where no day has a value."""

    state: Recovery
    through: date
    days: int
    outside: int
    mean: float | None


def observe(
    case: Case, history: History, resolved_on: date, through: date, settings: ObservationSettings | None = None
) -> Observation:
    """Judge the days after `resolved_on` up to and with `through`; days without a value or without a band say nothing.

    A band follows its series: after a shift that stayed, the new level lies in the new band. A lasting departure is therefore compared with
    the same weekdays before it began, all others with the band of their own day.
    """
    settings = settings or ObservationSettings()
    watched = (history.days > np.datetime64(resolved_on)) & (history.days <= np.datetime64(through))
    lower, expected, upper = history.lower, history.expected, history.upper
    if case.kind in _LASTING:
        lower, expected, upper = _before(history, case.first_day, settings)
    actual, lower, expected, upper = history.actual[watched], lower[watched], expected[watched], upper[watched]
    seen = np.isfinite(actual) & (np.isfinite(lower) | np.isfinite(upper))
    days, outside = int(seen.sum()), int((((actual < lower) | (actual > upper)) & seen).sum())
    # The band of a skewed series is wider above than below what is expected: each side is measured by its own width. A limit on one
    # side, or a band without width, has no centre from which a mean could be told to have moved.
    centre = np.where((expected > lower) & (expected < upper), expected, (lower + upper) / 2)
    half = np.where(actual >= centre, upper - centre, centre - lower)
    centred = seen & (half > 0)
    z = (actual[centred] - centre[centred]) / half[centred]
    mean = float(z.mean()) if z.size else None
    if days < settings.min_days:
        return Observation(Recovery.TOO_EARLY, through, days, outside, mean)
    back = outside <= settings.outside_at_most * days and (z.size < settings.min_days or _bound(z) < settings.margin)
    return Observation(Recovery.BACK if back else Recovery.NOT_BACK, through, days, outside, mean)


def _bound(z: np.ndarray) -> float:
    """Return the upper 95 % confidence bound of the mean's distance from zero."""
    spread = max(float(z.std(ddof=1)), _USUAL_SPREAD)
    return abs(float(z.mean())) + _student_95(z.size - 1) * spread / math.sqrt(z.size)


def _student_95(freedom: int) -> float:
    """Return Student's one-sided 95 % point by its expansion (Abramowitz and Stegun 26.7.5), good to 0.002 from 4 degrees of freedom."""
    z = 1.6448536269514722
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def _before(history: History, first_day: date, settings: ObservationSettings) -> tuple[np.ndarray, ...]:
    """Return the band (lower, expected, upper; shape (days,)) that each day had, by its weekday, in the time before `first_day`.

    Where that time knows no band of a weekday, the day keeps its own.
    """
    begin = np.datetime64(first_day - timedelta(days=settings.reference_days))
    reference = (history.days >= begin) & (history.days < np.datetime64(first_day)) & ~history.flagged
    weekday = (history.days.astype("datetime64[D]").astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    bounds = history.lower.copy(), history.expected.copy(), history.upper.copy()
    for bound in bounds:
        known = reference & np.isfinite(bound)
        usual = {day: np.median(bound[known & (weekday == day)]) for day in np.unique(weekday[known])}
        for day, value in usual.items():
            bound[weekday == day] = value
    return bounds
