"""From statistics to p-values that mean what they say, and from a promise of false alarms to what is told.

Each channel's statistic has a tail of its own, learnt from all series together: a Student t whose scale and degrees of freedom are
read off two quantiles of |statistic| low enough not to see true departures. Below one in as many days as were seen, a p-value
is an extrapolation of that tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["RESTLESS", "Tail", "allowance", "fit_tail", "own_width", "p_value", "restless"]

Floats = NDArray[np.float64]

_DEGREES: Final = np.array([3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 15, 20, 30, 60, 200])
_PRIOR: Final = 500.0  # days' worth of belief in the prior tail
_PRIOR_DEGREES: Final = 7.0
_TRIM: Final = 4.0
_CALM: Final = 1.4  # times the normal mean: what is still an ordinary month
RESTLESS: Final = 40  # columns
_ORDINARY: Final = 10.0
_MEAN: Final = 0.7979  # of |x| for a standard normal x
_FEW: Final = 20
_UNSEEN: Final = 3  # days


@dataclass(frozen=True)
class Tail:
    """A scaled Student t for |statistic|, learnt from `days` series-days."""

    scale: float = 1.0
    degrees: float = _PRIOR_DEGREES
    days: int = 0

    def as_array(self) -> Floats:
        """Return the numbers to be stored."""
        return np.array([self.scale, self.degrees, float(self.days)])

    @classmethod
    def of_array(cls, numbers: Floats) -> Tail:
        """Return the tail stored by `as_array`."""
        return cls(float(numbers[0]), float(numbers[1]), int(numbers[2]))


def fit_tail(statistic: Floats, quantiles: tuple[float, float] = (0.5, 0.96)) -> Tail:
    """Learn a tail from statistics of any shape; NaN are days without an answer. Few days give little more than the prior.

    The quantiles count among the days on which there is anything at all (a statistic other than zero).
    What lies beyond `_TRIM` robust scales is left out on both sides, of the data and of the t that is fitted to them: true departures
    lie there, and one day in fifty would fatten a tail that is read off its 96 % quantile.
    """
    size = np.abs(statistic[np.isfinite(statistic)])
    if np.count_nonzero(size) < _FEW:
        return Tail()
    something = float(np.mean(size > 0))
    levels = (1 - (1 - quantiles[0]) * something, 1 - (1 - quantiles[1]) * something)
    low, high = _trimmed(size, levels)
    inner = [_t_quantile(q * (1 - _beyond(_DEGREES, levels[0])), _DEGREES) for q in levels]
    degrees = float(np.interp(-high / max(low, 1e-12), -inner[1] / inner[0], _DEGREES)) if low > 0 else _PRIOR_DEGREES
    trust = len(size) / (len(size) + _PRIOR)
    inverse = trust / degrees + (1 - trust) / _PRIOR_DEGREES
    near = np.array(1 / inverse)
    scale = high / float(_t_quantile(levels[1] * (1 - _beyond(near, levels[0])), near))
    return Tail(float(np.exp(trust * np.log(max(scale, 1e-6)))), float(near), len(size))


def _trimmed(size: Floats, quantiles: tuple[float, float]) -> tuple[float, float]:
    """Return the two quantiles of the sizes within `_TRIM` robust scales, found in two rounds."""
    kept = size
    for _ in range(2):
        # The lower quantile is the median for most channels; others are mostly zero, and are scaled by their upper one.
        unit = np.quantile(kept, quantiles[0]) / _normal(quantiles[0])
        kept = size[size <= _TRIM * unit] if unit > 0 else kept
    low, high = np.quantile(kept, quantiles)
    return float(low), float(high)


def p_value(statistic: Floats, tail: Tail) -> Floats:
    """Return the two-sided probability of |statistic| or more on a normal day; NaN where there is no statistic."""
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(tail.degrees, -np.abs(statistic) / tail.scale), float)


def own_width(statistic: Floats) -> Floats:
    """Return how much wider than normal each series' statistic (series, days) is at its 90 % quantile, from 1 to 8.

    A series whose days are mostly alike and now and then jump (a timetable) has a tail that no pooled one describes. One day in ten is
    oftener than true departures are, so these do not widen it; up to a quarter more than normal is taken for chance.
    """
    size = np.sort(np.where(np.isnan(statistic), np.inf, np.abs(statistic)), axis=1)
    count = (~np.isnan(statistic)).sum(axis=1)
    if not size.shape[1]:
        return np.ones(len(size))
    place = np.clip(np.floor(0.9 * (count + _UNSEEN)).astype(int), 0, np.maximum(count - 1, 0))
    high = np.where(count >= _FEW, np.take_along_axis(size, place[:, None], axis=1)[:, 0], 1.0)
    return np.asarray(np.clip(high / (1.25 * _normal(0.9)), 1.0, 8.0))


def restless(statistic: Floats) -> Floats:
    """Return how much larger than usual a statistic (series, days) has been lately, at least 1 and at most 4; each day from those before.

    Troubled times are no time for small alarms. The mean of |statistic|, each cut at four, over the last `RESTLESS` days, with ten normal
    ones added, is held against 1.4 times its normal value.
    """
    seen = ~np.isnan(statistic)
    size = np.where(seen, np.minimum(np.abs(statistic), 4.0), 0.0)
    total, count = _trailing(size), _trailing(seen.astype(float))
    return np.asarray(np.clip((total + _ORDINARY * _MEAN) / (count + _ORDINARY) / (_CALM * _MEAN), 1.0, 4.0))


def _trailing(values: Floats) -> Floats:
    """Return the sum of the `RESTLESS` columns before each."""
    total = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    end = np.arange(values.shape[1])
    return np.asarray(total[:, end] - total[:, np.maximum(end - RESTLESS, 0)])


def allowance(budget: Floats | float, share: Floats, rate: float) -> Floats:
    """Return the p below which a channel tells, for its share of a promise of `budget` false episodes per 1,000 series-days.

    `rate` is how many episodes all channels tell together per unit of p spent (see `episodes`).
    """
    return np.asarray(np.minimum(share * budget / 1000 / rate, 0.05), float)


def _beyond(degrees: Floats, quantile: float) -> Floats:
    """Return the share of a t that lies beyond what `_trimmed` keeps."""
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(degrees, -_TRIM * _t_quantile(quantile, degrees) / _normal(quantile)), float)


def _normal(quantile: float) -> float:
    """Return the quantile of |x| for a standard normal x."""
    from scipy.special import ndtri

    return float(ndtri((1 + quantile) / 2))


def _t_quantile(q: float | Floats, degrees: Floats) -> Floats:
    """Return the q-quantile of |t|."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(degrees, (1 + q) / 2), float)
