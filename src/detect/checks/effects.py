"""Before and after an event: how far a figure's level departs from what its own past would have gone on to be.

The counterfactual of a day is the mean of its weekday over the weeks before the event. How far such a continuation misses without any
event is measured, not assumed: the same comparison is made at every earlier week (placebo dates; an interrupted time series judged by
its own walk-forward errors). The interval is that of Student's t with as many degrees of freedom as there are windows that do not
overlap. Seasons that come once a year are not removed: they stand in the interval where the past holds them, in the change where not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["COMPARED", "COVERAGE", "Effect", "TooLittle", "effect_of"]

Floats = NDArray[np.float64]

COVERAGE = 0.95
COMPARED = 56  # days before an event from which its counterfactual is made
_WEEK = 7
_LEAST_DAYS = 7  # days since the event, and windows of the past that do not overlap, below which nothing is said
_LEAST_WINDOWS = 3


@dataclass(frozen=True)
class Effect:
    """The change of one figure: `before` is what was to be expected of the days after the event, `after` what they were.

    `lower` to `upper` is where the change itself lies with `COVERAGE`; `tried` earlier dates were compared in the same way, of which
    `as_large` moved as far or further.
    """

    days: int
    before: float
    after: float
    lower: float
    upper: float
    tried: int
    as_large: int

    @property
    def change(self) -> float:
        """After less before, in the figure's unit, for one day."""
        return self.after - self.before

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.lower > 0 or self.upper < 0


@dataclass(frozen=True)
class TooLittle:
    """Why nothing can be said: `seen` days since the event (or before it, for `before`), where `needed` are."""

    reason: str  # after | before
    seen: int
    needed: int


def effect_of(
    values: Floats, weights: Floats | None, usual: NDArray[np.bool_], event: int, horizon: int
) -> Effect | TooLittle:
    """Compare the days from column `event` on, at most `horizon` of them, with the weeks before.

    `values` is (days,), consecutive, NaN where there is none. `weights` are a ratio's
    denominators. `usual` (days,) leaves out days on which the company was closed or the calendar moved the figure.
    """
    used = usual & np.isfinite(values)
    weight = np.where(used, 1.0 if weights is None else np.nan_to_num(weights), 0.0)
    end = min(event + horizon, len(values))
    days = int((weight[event:end] > 0).sum())
    if days < min(_LEAST_DAYS, horizon):
        return TooLittle("after", days, min(_LEAST_DAYS, horizon))
    here = _compare(values, weight, event, end)
    length = end - event
    starts = range(event - length, COMPARED - 1, -_WEEK)
    tried = [c for c in (_compare(values, weight, g, g + length) for g in starts) if c is not None]
    windows = len(tried) * _WEEK // length if length > _WEEK else len(tried)
    if here is None or windows < _LEAST_WINDOWS:
        return TooLittle("before", event, COMPARED + _LEAST_WINDOWS * length)
    errors = np.array([after - before for before, after in tried])
    before, after = here
    half = _t(windows) * float(np.sqrt(np.mean(errors**2)))
    change = after - before
    as_large = int((np.abs(errors) >= abs(change)).sum())
    return Effect(days, before, after, change - half, change + half, len(tried), as_large)


def _t(windows: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(windows, (1 + COVERAGE) / 2))


def _compare(values: Floats, weight: Floats, start: int, end: int) -> tuple[float, float] | None:
    """Give the expected and the actual mean of the days start..end, by the days before `start`; None where a weekday has no past."""
    if start < COMPARED:
        return None
    mass, past = (x[start - COMPARED : start].reshape(-1, _WEEK) for x in (weight, np.nan_to_num(values) * weight))
    total = mass.sum(axis=0)
    expected = np.divide(past.sum(axis=0), total, out=np.full(_WEEK, np.nan), where=total > 0)
    wanted, mass = np.resize(expected, end - start), weight[start:end]
    known = (mass > 0) & np.isfinite(wanted)
    if not known.any():
        return None
    whole, mass = mass[known].sum(), mass[known]
    return float((wanted[known] * mass).sum() / whole), float((values[start:end][known] * mass).sum() / whole)
