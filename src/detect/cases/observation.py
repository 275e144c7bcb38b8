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
    """How sure the data must be; distances are in half-widths of the expected band."""

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
    """Judge the days after `resolved_on` up to and with `through`; days without a value say nothing.

    A band follows its series: after a shift that stayed, the new level lies in the new band. A lasting departure is therefore compared with
    the same weekdays before it began, all others with the band of their own day.
    """
    settings = settings or ObservationSettings()
    watched = (history.days > np.datetime64(resolved_on)) & (history.days <= np.datetime64(through))
    middle, half = (history.lower + history.upper) / 2, (history.upper - history.lower) / 2
    if case.kind in _LASTING:
        middle, half = _before(history, middle, half, case.first_day, settings)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = ((history.actual - middle) / half)[watched]
    z = z[np.isfinite(z)]
    outside = int((np.abs(z) > 1).sum())
    if z.size < settings.min_days:
        return Observation(Recovery.TOO_EARLY, through, int(z.size), outside, float(z.mean()) if z.size else None)
    back = outside <= settings.outside_at_most * z.size and _bound(z) < settings.margin
    return Observation(Recovery.BACK if back else Recovery.NOT_BACK, through, int(z.size), outside, float(z.mean()))


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


def _before(
    history: History, middle: np.ndarray, half: np.ndarray, first_day: date, settings: ObservationSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle and half-width that each day had, by its weekday, in the time before `first_day`; shape (days,)."""
    begin = np.datetime64(first_day - timedelta(days=settings.reference_days))
    reference = (history.days >= begin) & (history.days < np.datetime64(first_day)) & ~history.flagged
    weekday = (history.days.astype("datetime64[D]").astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    was, wide = np.full_like(middle, np.nan), np.full_like(half, np.nan)
    for day in range(7):
        sample = reference & (weekday == day) & np.isfinite(middle) & np.isfinite(half)
        if sample.any():
            was[weekday == day], wide[weekday == day] = np.median(middle[sample]), np.median(half[sample])
    return was, wide
