"""Structural breaks: a share, a price or a win rate that stands on another level than it did for months.

Days are gathered into weeks that end on the judged day, so that weekdays and single days count for little; a ratio's week is that of its
denominators together. Weeks are clipped at three robust deviations of the past. The gap between the mean of the last w weeks and that of
the weeks before is divided by its standard error, in which the variance of a mean of an AR(1) series of that length and its own lag-one
correlation stand (bias-corrected after Marriott and Pope 1954); the largest over w is judged by Student's t, with Bonferroni's bound for
the choice of w (Andrews 1993 for the idea of a supremum over the place of the break).

What is said of a day depends on the `memory_weeks + most_weeks` before it and the `quiet_days` before that alone, so a night and a
backfill say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detect.checks.settings import BreakSettings
from detect.model import Departure, Kind, Outcome, Panel

__all__ = ["CHANNEL", "judge_breaks"]

CHANNEL = "structural_break"
Floats = NDArray[np.float64]

_OUTCOMES = tuple(Outcome)
_WEEK = 7
_CLIP = 3.0  # robust deviations
_NOTHING = 1e-9  # what rounding leaves of a week without any weight
_MAD = 1.4826
_SUSTAINED, _HALF_WAY = 0.85, 0.5  # so many of the weeks since the break must lie at least half its size away
_STEADIEST, _STICKIEST = 0.0, 0.95  # bounds of the correlation of one week with the last


def judge_breaks(panel: Panel, settings: BreakSettings, first: int) -> tuple[tuple[Departure, ...], NDArray[np.uint8]]:
    """Judge the days from column `first` on; a break is told on the first day on which it is clear.

    `panel.values` are levels, or rates where `panel.weights` are given. Returns the departures by day, and outcomes (series, judged
    days), positions in tuple(Outcome). What comes after a day changes nothing that was said of it.
    """
    weeks = _Weeks.of(panel)
    begin = max(first - settings.quiet_days, 0)
    quiet = np.full((2, len(panel.keys)), settings.quiet_days)  # days since a break up, and down, was last seen
    outcomes = np.full(panel.values.shape, _OUTCOMES.index(Outcome.INSUFFICIENT_HISTORY), dtype=np.uint8)
    departures: list[Departure] = []
    for day in range(begin, panel.values.shape[1]):
        seen = _seen(weeks, day, settings)
        outcomes[seen.judged, day] = _OUTCOMES.index(Outcome.OK)
        for side, row in ((1, 0), (-1, 1)):
            here = seen.broken & (np.sign(seen.statistic) == side)
            for series in np.flatnonzero(here & (quiet[row] >= settings.quiet_days)):
                if day >= first:
                    departures.append(_departure(int(series), day, seen))
                    outcomes[series, day] = _OUTCOMES.index(Outcome.FINDING)
            quiet[row] = np.where(here, 0, quiet[row] + 1)
    return tuple(departures), outcomes[:, first:]


@dataclass(frozen=True, eq=False)
class _Weeks:
    """Running sums over days, from which the weeks that end on any day are read; both (series, days + 1)."""

    total: Floats
    weight: Floats

    @classmethod
    def of(cls, panel: Panel) -> _Weeks:
        weight = np.ones_like(panel.values) if panel.weights is None else np.nan_to_num(panel.weights)
        known = panel.present & np.isfinite(panel.values) & (weight > 0)
        weight = np.where(known, weight, 0.0)
        value = np.where(known, panel.values, 0.0) * weight
        return cls(*(np.pad(np.cumsum(a, axis=1), ((0, 0), (1, 0))) for a in (value, weight)))

    def until(self, day: int, count: int) -> tuple[Floats, Floats]:
        """Give values and weights of the `count` weeks that end on `day`, the last one first; NaN where a week has no value."""
        ends = day + 1 - _WEEK * np.arange(count + 1)
        whole = ends[1:] >= 0
        ends = np.maximum(ends, 0)
        total, weight = (a[:, ends[:-1]] - a[:, ends[1:]] for a in (self.total, self.weight))
        there = (weight > _NOTHING) & whole
        return np.divide(total, weight, out=np.full_like(total, np.nan), where=there), np.where(there, weight, 0.0)


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a day says of each series, all (series,): the clearest break, and whether it is one to tell."""

    judged: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    statistic: Floats
    p: Floats
    before: Floats
    after: Floats
    error: Floats
    weeks: NDArray[np.int64]
    compared: NDArray[np.int64]


def _seen(weeks: _Weeks, day: int, settings: BreakSettings) -> _Seen:
    from scipy.special import stdtr

    most = settings.most_weeks
    values, weight = weeks.until(day, most + settings.memory_weeks)
    past = _Past.of(values[:, most:], weight[:, most:], settings.minimum_weeks)
    choices = np.arange(settings.least_weeks, most + 1)
    after, gap, sustained = _recent(values[:, :most], weight[:, :most], past, choices)
    error = np.sqrt(past.variance * (_of_mean(past.rho, choices[:, None]) + _of_mean(past.rho, past.count)))
    known = np.isfinite(gap) & past.enough & (error > 0)
    t = np.where(known, gap, 0.0) / np.where(known, error, 1.0)
    best = np.argmax(np.abs(t), axis=0), np.arange(len(past.count))
    p = np.minimum(2 * len(choices) * stdtr(np.maximum(past.count - 2, 1), -np.abs(t[best])), 1.0)
    large = np.abs(after[best] - past.mean) >= settings.least_change * np.abs(past.mean)
    broken: NDArray[np.bool_] = known[best] & large & (p < settings.probability) & (sustained[best] >= _SUSTAINED)
    return _Seen(
        np.asarray(known.any(axis=0)),
        broken,
        t[best],
        p,
        past.mean,
        after[best],
        error[best],
        choices[best[0]],
        past.count,
    )


@dataclass(frozen=True, eq=False)
class _Past:
    """The weeks compared with: mean, variance and lag-one correlation of the clipped values; all (series,)."""

    enough: NDArray[np.bool_]
    count: NDArray[np.int64]
    mean: Floats
    variance: Floats
    rho: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, values: Floats, weight: Floats, minimum: int) -> _Past:
        """Learn from weeks (series, weeks), the latest first; NaN where there was nothing."""
        there = np.isfinite(values)
        count = there.sum(axis=1)
        enough = count >= minimum
        middle, spread = _robust(np.where(enough[:, None], values, 0.0))
        low, high = middle - _CLIP * spread, middle + _CLIP * spread
        clipped = np.clip(np.where(there, values, middle[:, None]), low[:, None], high[:, None])
        weight = np.where(there, weight, 0.0)
        mean = (clipped * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
        residual = np.where(there, clipped - mean[:, None], 0.0)
        variance = (residual**2).sum(axis=1) / np.maximum(count - 1, 1)
        return cls(enough, count, mean, variance, _correlation(residual, there, variance, count), low, high)


def _recent(values: Floats, weight: Floats, past: _Past, choices: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Give mean, gap (of clipped weeks) to the past, and the share of the last w weeks that went half of it; (choices, series).

    NaN where one of the weeks has no value.
    """

    def running(x: Floats) -> Floats:
        summed: Floats = np.cumsum(x, axis=1)[:, choices - 1].T
        return summed

    total = np.maximum(running(weight), _NOTHING)
    clipped = np.clip(values, past.low[:, None], past.high[:, None])
    after, gap = running(values * weight) / total, running(clipped * weight) / total - past.mean
    away = (clipped - past.mean[:, None])[None] / np.where(gap == 0, 1.0, gap)[:, :, None]  # in units of the gap
    within = np.arange(values.shape[1]) < choices[:, None, None]
    return after, gap, ((away > _HALF_WAY) & within).sum(axis=2) / choices[:, None]


def _robust(values: Floats) -> tuple[Floats, Floats]:
    """Give median and spread of each row; a row that hardly ever moves keeps a thousandth of its level as spread."""
    middle = _median(values)
    spread = _MAD * _median(np.abs(values - middle[:, None]))
    return middle, np.maximum(spread, 1e-3 * np.abs(middle) + 1e-12)


def _median(values: Floats) -> Floats:
    """Give the median of each row's finite values, which come first in order: np.nanmedian takes ten times as long."""
    ordered, count = np.sort(values, axis=1), np.isfinite(values).sum(axis=1)
    rows = np.arange(len(values))
    middle: Floats = (
        ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, np.minimum(count // 2, values.shape[1] - 1)]
    ) / 2
    return middle


def _correlation(residual: Floats, there: NDArray[np.bool_], variance: Floats, count: NDArray[np.int64]) -> Floats:
    """Give the correlation of a week with the one before, corrected for the bias of a short past."""
    pairs = np.maximum((there[:, :-1] & there[:, 1:]).sum(axis=1), 1)
    product = (residual[:, :-1] * residual[:, 1:]).sum(axis=1) / pairs
    raw = np.divide(product, variance, out=np.zeros_like(variance), where=variance > 0)
    corrected: Floats = raw + (1 + 3 * raw) / np.maximum(count, 1)
    return np.clip(corrected, _STEADIEST, _STICKIEST)


def _of_mean(rho: Floats, n: NDArray[np.int64]) -> Floats:
    """Give the variance of the mean of n values of an AR(1) series, in units of one value's variance."""
    n = np.maximum(n, 1)
    grown: Floats = (n * (1 - rho**2) - 2 * rho * (1 - rho**n)) / (n**2 * (1 - rho) ** 2)
    return grown


def _departure(series: int, day: int, seen: _Seen) -> Departure:
    weeks = int(seen.weeks[series])
    after, before = float(seen.after[series]), float(seen.before[series])
    return Departure(
        series=series,
        day=day,
        first=max(day + 1 - _WEEK * weeks, 0),
        kind=Kind.STRUCTURAL_BREAK,
        channel=CHANNEL,
        statistic=float(seen.statistic[series]),
        p=float(max(seen.p[series], 1e-15)),
        actual=after,
        expected=before,
        lower=None,
        upper=None,
        evidence={
            "weeks": weeks,
            "compared_weeks": int(seen.compared[series]),
            "change": after - before,
            "standard_error": float(seen.error[series]),
        },
    )
