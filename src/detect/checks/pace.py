"""A period that is still under way: what it will come to at the pace of the periods before it, and whether that misses what was planned.

Of each earlier period the same share of days is compared with its whole: their ratio, day by day, for what adds up, their difference for
ratios, balances and prices. The forecast is the figure so far carried on by the median of those; its band is that of Student's t on
their robust spread. Told is only what misses the plan, with its tolerance, over the whole band: the month may still be saved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from detect.checks.targets import Against, Measured, TargetSettings
from detect.model import Direction, Outcome, SeriesType
from detect.series.periods import Grain, Period, period_of

__all__ = ["measure_pace", "under_way"]

_PERIODS, _LEAST = 24, 4
_MAD_TO_SIGMA = 1.4826
_SPREAD_FLOOR = 0.02  # of a whole over its part, or of the plan
_COVERAGE = 0.95
Figure = Callable[[Period], float | None]
Days = Callable[[Period], int]


def under_way(settings: TargetSettings, night: date) -> Period | None:
    """Return the period of which the share `early` is over with `night`; None on other nights, and where nothing early is asked for."""
    if settings.early is None or settings.grain is Grain.DAY or Against.TARGET not in settings.against:
        return None
    period = period_of(night, settings.grain)
    return period if _so_far(period, settings.early).last == night else None


def measure_pace(
    settings: TargetSettings,
    period: Period,
    figure: Figure,
    planned: float | None,
    side: Direction,
    kind: SeriesType,
    *,
    days: Days | None = None,
) -> Measured:
    """Foretell the whole of `period`, of which the share `early` is over; `actual` is the forecast, `expected` the plan.

    `days` counts the days of a period on which something is to be expected, such as working days; by default all.
    """
    count = days or _days
    share = settings.early or 0.5
    so_far = figure(_so_far(period, share))
    if planned is None:
        return Measured(Against.PACE, Outcome.NOT_CHECKED, f"nothing is planned for {period.name}")
    if so_far is None:
        return Measured(Against.PACE, Outcome.NO_DATA, f"{period.name} has no figures so far")
    adds_up = kind in {SeriesType.AMOUNT, SeriesType.COUNT}
    past = [_carried(period.before(k), share, figure, count if adds_up else None) for k in range(1, _PERIODS + 1)]
    known = np.array([one for one in past if one is not None])
    if len(known) < _LEAST or (adds_up and so_far <= 0):
        cause = f"only {len(known)} periods before it were seen whole"
        return Measured(Against.PACE, Outcome.INSUFFICIENT_HISTORY, cause)
    middle, half = float(np.median(known)), _half(known, 1.0 if adds_up else abs(planned))
    ends = [middle - half, middle, middle + half]
    whole = count(period) / max(count(_so_far(period, share)), 1)
    lower, forecast, upper = (so_far * whole * math.exp(e) if adds_up else so_far + e for e in ends)
    room = abs(planned) * settings.tolerance
    below, above = upper < planned - room, lower > planned + room
    told = (below and side is not Direction.UP) or (above and side is not Direction.DOWN)
    outcome = Outcome.FINDING if told else Outcome.OK
    return Measured(Against.PACE, outcome, "", forecast, planned, lower, upper, so_far)


def _days(period: Period) -> int:
    return (period.last - period.first).days + 1


def _so_far(period: Period, share: float) -> Period:
    days = math.ceil(share * _days(period))
    return Period(period.grain, period.first, period.first + timedelta(days=days - 1))


def _carried(period: Period, share: float, figure: Figure, count: Days | None) -> float | None:
    """Return what led from a part of an earlier period to its whole: the logarithm of their ratio a day, or their difference."""
    begun = _so_far(period, share)
    part, whole = figure(begun), figure(period)
    if part is None or whole is None:
        return None
    if count is None:
        return whole - part
    days, all_days = count(begun), count(period)
    return math.log(whole / part * days / all_days) if min(part, whole, days) > 0 else None


def _half(known: np.ndarray, unit: float) -> float:
    from scipy.special import stdtrit

    robust = _MAD_TO_SIGMA * float(np.median(np.abs(known - np.median(known))))
    spread = max(robust, _SPREAD_FLOOR * unit) * math.sqrt(1 + 1 / len(known))
    return float(stdtrit(len(known) - 1, (1 + _COVERAGE) / 2)) * spread
