"""A limit that will be crossed: the probability within a horizon, and the day with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import Field

from detect.detectors._base import CODE, Bools, Context, Floats, Opinion, codes
from detect.detectors.first_passage import crossing_probability, days_until
from detect.detectors.local_trend import LocalTrend, local_trend
from detect.detectors.trailing import carried_forward
from detect.model import Departure, Frozen, Kind, Level, Outcome
from detect.series.metric import Limit

__all__ = ["CHANNEL", "ForecastSettings"]

CHANNEL = "forecast"
_WEEK = 7
_EPISODE_DAYS = 10.0  # a trend that is an accident lasts about so long: its days are one false alarm, not ten
_MEDIAN_COST = 1.57  # variance of a Gaussian sample's median over that of its mean
_FURTHER = 4  # horizons looked ahead for the far end of the interval


class ForecastSettings(Frozen):
    """When a series moves towards one of its metric's limits, say so before it is crossed.

    A breach is told when the trend is no accident of noise and a level that merely wanders (`p`) and, should the movement go on, the
    limit is crossed within `horizon` days with at least `probability`. How freely the level wanders is judged from three windows.
    """

    enabled: bool = True
    share: float = Field(default=0.05, ge=0.0, le=1.0)  # of the promised false alarms
    horizon: int = Field(default=30, ge=2, le=365)  # days ahead
    probability: float = Field(default=0.8, gt=0.5, lt=1.0)
    interval: float = Field(default=0.8, gt=0.0, lt=1.0)  # coverage of the interval of the crossing day
    window: int = Field(default=42, ge=14, le=364, multiple_of=7)  # days from which level and trend are read
    quiet: int = Field(default=14, ge=1)  # days without a forecast before the same limit is told anew

    @property
    def history(self) -> int:
        """Days that a series must have before its limits are looked ahead to."""
        return 3 * self.window

    def judge(self, context: Context) -> Opinion:
        """Tell each limit that will be crossed, once an episode; series whose metric has no limit are not checked."""
        budget = np.broadcast_to(np.asarray(context.budget, float), len(context.panel.keys))
        alpha = np.minimum(0.05, _EPISODE_DAYS * self.share * budget / 1000.0)
        departures: list[Departure] = []
        for limits in _sides(context):
            departures += self._episodes(context, limits, alpha)
        return Opinion(scores=(), outcomes=self._outcomes(context), departures=tuple(departures))

    def _episodes(self, context: Context, limits: _Limits, alpha: Floats) -> Iterator[Departure]:
        """Yield the first day of each stretch of days on which a breach is foreseen."""
        foreseen = {(d.series, d.day): d for d in self._foresee(context, limits, alpha)}
        for (series, day), departure in foreseen.items():
            before = any((series, day - k) in foreseen for k in range(1, self.quiet + 1))
            if day >= context.first and not before:
                yield departure

    def _foresee(self, context: Context, limits: _Limits, alpha: Floats) -> Iterator[Departure]:
        """Yield a departure for every (series, day) on which the limit lies within reach of the trend, from an episode early on."""
        start, stop = max(context.first - self.quiet, self.history - 1), context.panel.values.shape[1]
        if start >= stop:
            return
        known = context.baseline.cleaned[limits.rows]
        past = carried_forward(known)[:, start - self.history + 1 : stop] * limits.sign
        old_enough = np.isfinite(known[:, start - self.history + 1 : stop - self.history + 1])
        series, column = np.nonzero(old_enough & _quiet_week(context, limits, start, stop))
        windows = sliding_window_view(past, self.history, axis=1)[series, column]
        level, peak = _without_weekdays(windows)
        path = local_trend(level, self.window)
        gap_limit = limits.transformed(context)[series] - peak
        near = np.flatnonzero((path.p_rise <= alpha[limits.rows][series]) & (path.level < gap_limit))
        if not len(near):
            return
        chance = crossing_probability(path[near], gap_limit[near], _FURTHER * self.horizon)
        for place, ahead in zip(near, chance, strict=True):
            if ahead[self.horizon - 1] >= self.probability:
                found = _Found(int(series[place]), start + int(column[place]), path[np.array([place])])
                yield self._departure(context, limits, found, ahead)

    def _departure(self, context: Context, limits: _Limits, found: _Found, ahead: Floats) -> Departure:
        """Say what was foreseen, in the metric's own unit and in days."""
        row, limit = int(limits.rows[found.place]), limits.limits[found.place]
        tails = ((1 - self.interval) / 2, 0.5, (1 + self.interval) / 2)
        low, middle, high = (float(days_until(ahead[None, :], share)[0]) for share in tails)
        value = float(context.panel.values[row, found.day])
        level = limits.sign * float(found.path.level[0])
        return Departure(
            series=row,
            day=found.day,
            first=found.day,
            kind=Kind.FORECAST_BREACH,
            channel=CHANNEL,
            statistic=limits.sign * _six_digits(found.path.trend / found.path.trend_error),
            p=_six_digits(found.path.p_rise),
            actual=value if np.isfinite(value) else None,
            expected=_six_digits(_in_metric_unit(context, row, level)),
            lower=None,
            upper=None,
            # not crossed yet: one level below what crossing it will be
            severity=Level(min(Level.SOME, limit.level + 1)),
            evidence={
                "limit": limits.values[found.place],
                "side": "above" if limits.sign > 0 else "below",
                "limit_level": int(limit.level),
                "probability": round(float(ahead[self.horizon - 1]), 3),
                "horizon": self.horizon,
                "coverage": self.interval,
                "days": _day(middle),
                "days_low": _day(low),
                "days_high": _day(high),  # None: later than four horizons
            },
        )

    def _outcomes(self, context: Context) -> NDArray[np.int8]:
        """Say how each check ended, before any finding: (series, judged days)."""
        judged = context.panel.values.shape[1] - context.first
        out = codes(Outcome.NOT_CHECKED, (len(context.panel.keys), judged))
        begun = np.isfinite(context.baseline.cleaned)
        age = np.where(begun.any(axis=1), begun.argmax(axis=1), begun.shape[1])
        young = np.arange(context.first, begun.shape[1])[None, :] - age[:, None] + 1 < self.history
        with_limits = sorted({int(row) for limits in _sides(context) for row in limits.rows})
        out[with_limits] = np.where(young[with_limits], CODE[Outcome.INSUFFICIENT_HISTORY], CODE[Outcome.OK])
        return out


@dataclass(frozen=True, eq=False)
class _Limits:
    """Limits of one side: `rows` of the Panel, each with its `limit` and the limit's value; `sign` is -1 where low is harmful."""

    sign: int
    rows: NDArray[np.int64]
    limits: tuple[Limit, ...]
    values: tuple[float, ...]

    def transformed(self, context: Context) -> Floats:
        """Return the limits in transformed units, turned so that crossing is upwards."""
        limit = np.zeros(len(context.panel.keys))
        limit[self.rows] = self.values
        transform = context.baseline.transform
        return self.sign * (limit if transform is None else transform.forward(limit))[self.rows]


@dataclass(frozen=True, eq=False)
class _Found:
    place: int  # among the limits
    day: int
    path: LocalTrend


def _sides(context: Context) -> Iterator[_Limits]:
    """Yield the limits above and the limits below, one of each severity at a time: a series may have several on one side."""
    found: dict[tuple[int, int], list[tuple[int, Limit, float]]] = {}
    for row, key in enumerate(context.panel.keys):
        metric = context.metrics.get(key.metric)
        for position, limit in enumerate(metric.limits if metric else ()):
            for sign, value in ((1, limit.above), (-1, limit.below)):
                if value is not None:
                    found.setdefault((sign, position), []).append((row, limit, value))
    for (sign, _), members in sorted(found.items()):
        rows, limits, values = zip(*members, strict=True)
        yield _Limits(sign, np.array(rows), limits, values)


def _quiet_week(context: Context, limits: _Limits, start: int, stop: int) -> Bools:
    """Whether no value of the last seven days was beyond the limit, (limits, stop - start): a crossing is news only once."""
    values = limits.sign * context.panel.values[limits.rows, max(0, start - _WEEK + 1) : stop]
    with np.errstate(invalid="ignore"):
        beyond = values > limits.sign * np.array(limits.values)[:, None]
    padded = np.pad(beyond, ((0, 0), (max(0, _WEEK - 1 - start), 0)))
    return np.asarray(~sliding_window_view(padded, _WEEK, axis=1).any(axis=2))


def _without_weekdays(windows: Floats) -> tuple[Floats, Floats]:
    """Take the weekday pattern out of (rows, days) windows of whole weeks; also return its peak (rows,).

    The pattern is shrunk by what chance alone would make of it (James and Stein 1961): the largest of seven accidents is no peak.
    """
    weeks = windows.reshape(len(windows), -1, _WEEK)
    means = weeks.mean(axis=2)
    number = means.shape[1]
    slope = (means[:, -1] - means[:, 0]) / (_WEEK * (number - 1))
    within = weeks - means[:, :, None] - slope[:, None, None] * (np.arange(_WEEK) - (_WEEK - 1) / 2)
    pattern = np.median(within, axis=1)
    chance = _MEDIAN_COST * ((within - pattern[:, None, :]) ** 2).sum(axis=(1, 2)) / (number * (number - 1))
    pattern *= np.maximum(0.0, 1.0 - chance / np.maximum((pattern**2).sum(axis=1), 1e-300))[:, None]
    return (weeks - pattern[:, None, :]).reshape(windows.shape), pattern.max(axis=1)


def _six_digits(value: Floats | float) -> float:
    """Drop digits that depend on how many series were computed together."""
    return float(f"{float(np.squeeze(value)):.6g}")


def _in_metric_unit(context: Context, row: int, level: float) -> float:
    transform = context.baseline.transform
    return level if transform is None else float(transform.inverse(np.full(len(context.panel.keys), level))[row])


def _day(days: float) -> int | None:
    return int(days) if np.isfinite(days) else None
