"""Robust STL for many series at once: the lanes of a batch go side by side through the same banded products."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from detect.detectors.loess import Banded, LocalFit, slope_matters
from detect.detectors.stl_operator import Decomposition, Windows, low_pass, subseries_fit

__all__ = ["robust_decompose"]

_INNER_ITERATIONS, _OUTER_ITERATIONS = 2, 15  # statsmodels' own, for robust fits
_NEAR, _FAR = 0.001, 0.999  # shares of the bisquare's width that netlib rounds to full and to no weight
_LANES = 64  # series worked on together: their working arrays stay in the processor's cache


class _WeightedLoess:
    """Loess whose observations carry weights that differ from lane to lane (Cleveland et al. 1990, section 3.5)."""

    def __init__(self, fit: LocalFit) -> None:
        self.points = fit.weights.shape[1]
        self.degree = fit.degree
        self.moments = [Banded(fit.weights * fit.offset**k) for k in range(2 * fit.degree + 1)]
        place = -fit.offset[:, 0].astype(int)
        self.nearest = np.clip(place, 0, self.points - 1)
        self.reaches_beyond = bool(place[0] < 0)

    def prepare(self, weights: np.ndarray) -> _Prepared:
        """Take in the weights (n, lanes) once for all inner iterations."""
        total = self.moments[0] @ weights
        lost = total <= 0.0
        nothing_lost = not lost.any()
        scale = np.reciprocal(total) if nothing_lost else 1.0 / np.where(lost, 1.0, total)
        prepared = _Prepared(self, weights, scale, None if nothing_lost else lost)
        if self.degree:
            prepared.mean = (self.moments[1] @ weights) * scale
            spread = (self.moments[2] @ weights) * scale - prepared.mean**2
            usable = slope_matters(spread, self.points)
            prepared.slope = np.where(usable, -prepared.mean / np.where(usable, spread, 1.0), 0.0)
        return prepared


@dataclass(eq=False)
class _Prepared:
    """A weighted loess with its weights fixed; `lost` are the places whose whole neighbourhood weighs nothing."""

    loess: _WeightedLoess
    weights: np.ndarray
    scale: np.ndarray
    lost: np.ndarray | None
    mean: np.ndarray | None = None
    slope: np.ndarray | None = None

    def smooth(self, values: np.ndarray) -> np.ndarray:
        """Smooth (n, lanes) values, shape (places, lanes)."""
        weighted = self.weights * values
        fitted = self.loess.moments[0] @ weighted
        fitted *= self.scale
        if self.slope is not None and self.mean is not None:
            tilt = self.loess.moments[1] @ weighted
            tilt *= self.scale
            fitted += self.slope * (tilt - self.mean * fitted)
        return fitted if self.lost is None else self._keep(fitted, values, self.lost)

    def _keep(self, fitted: np.ndarray, values: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Leave the value itself where no neighbour has weight; beyond the ends, the nearest fitted value."""
        fitted = np.where(lost, values[self.loess.nearest], fitted)
        if self.loess.reaches_beyond:
            fitted[0] = np.where(lost[0], fitted[1], fitted[0])
            fitted[-1] = np.where(lost[-1], fitted[-2], fitted[-1])
        return fitted


class _Subseries:
    """The loess of each weekday's own points; weekdays with equally many points share their products."""

    def __init__(self, n: int, windows: Windows) -> None:
        self.n, self.period = n, windows.period
        count, longer = divmod(n, windows.period)
        groups = [(slice(0, longer), count + 1), (slice(longer, windows.period), count)]
        self.groups = [
            (phases, points, _WeightedLoess(subseries_fit(points, windows)))
            for phases, points in groups
            if phases.start < phases.stop
        ]
        self.rows = count + 2 + bool(longer)

    def _points(self, values: np.ndarray, phases: slice, count: int) -> np.ndarray:
        """Gather the values of the weekdays `phases`, (count, weekdays * lanes)."""
        lanes = values.shape[1]
        out = np.empty((count, phases.stop - phases.start, lanes))
        for column, phase in enumerate(range(phases.start, phases.stop)):
            out[:, column] = values[phase :: self.period]
        return out.reshape(count, -1)

    def prepare(self, weights: np.ndarray) -> list[_Prepared]:
        """Take in the weights (n, lanes)."""
        return [loess.prepare(self._points(weights, phases, count)) for phases, count, loess in self.groups]

    def smooth(self, prepared: list[_Prepared], values: np.ndarray) -> np.ndarray:
        """Smoothed subseries of (n, lanes) values, one step beyond both ends: (n + 2 periods, lanes)."""
        lanes = values.shape[1]
        out = np.empty((self.rows, self.period, lanes))
        for (phases, count, _), fit in zip(self.groups, prepared, strict=True):
            smoothed = fit.smooth(self._points(values, phases, count))
            out[: count + 2, phases] = smoothed.reshape(count + 2, -1, lanes)
        return out.reshape(-1, lanes)[: self.n + 2 * self.period]


class _RobustStl:
    """What robust STL needs for series of `n` days, made once per length."""

    def __init__(self, n: int, windows: Windows) -> None:
        self.subseries = _Subseries(n, windows)
        self.trend = _WeightedLoess(LocalFit.build(n, windows.trend, windows.trend_degree))
        season_of = -low_pass(n, windows)
        season_of[np.arange(n), np.arange(n) + windows.period] += 1.0
        self.season_of = Banded(season_of)

    def __call__(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Season, trend and robustness weights of (n, lanes) values."""
        weights, trend = np.ones_like(values), np.zeros_like(values)
        seasonal = trend
        for iteration in range(_OUTER_ITERATIONS + 1):
            if iteration:
                weights = _bisquare(values - (trend + seasonal))
            cycle, level = self.subseries.prepare(weights), self.trend.prepare(weights)
            for _ in range(_INNER_ITERATIONS):
                seasonal = self.season_of @ self.subseries.smooth(cycle, values - trend)
                trend = level.smooth(values - seasonal)
        return seasonal, trend, weights


def _bisquare(residual: np.ndarray) -> np.ndarray:
    """Robustness weights of (n, lanes) residuals: 1 at zero, 0 beyond six median absolute residuals of the lane."""
    size = np.abs(residual)
    n = len(size)
    middle = sorted({n // 2, n - n // 2 - 1})
    # statsmodels adds the two middle values, so an odd length counts its median twice
    width = 6.0 * np.partition(size, middle, axis=0)[middle].mean(axis=0)
    ratio = size / np.where(width > 0.0, width, 1.0)
    weights: np.ndarray = (1.0 - np.minimum(ratio, 1.0) ** 2) ** 2
    weights[ratio <= _NEAR] = 1.0
    weights[ratio > _FAR] = 0.0
    weights[:, width == 0.0] = 1.0
    return weights


@lru_cache(maxsize=8)
def _robust_stl(n: int, windows: Windows) -> _RobustStl:
    return _RobustStl(n, windows)


def robust_decompose(values: np.ndarray, windows: Windows) -> Decomposition:
    """Decompose (series, n) values without gaps as statsmodels' `STL(..., robust=True).fit()` does.

    Each series is decomposed by its own values alone. Raises ValueError for fewer than two periods of days.
    """
    count, n = values.shape
    if n < 2 * windows.period:
        msg = f"{n} days are fewer than two periods of {windows.period}"
        raise ValueError(msg)
    fit = _robust_stl(n, windows)
    seasonal, trend, weights = (np.empty((count, n)) for _ in range(3))
    for start in range(0, count, _LANES):
        lanes = slice(start, min(start + _LANES, count))
        parts = fit(np.ascontiguousarray(values[lanes].T))
        seasonal[lanes], trend[lanes], weights[lanes] = (part.T for part in parts)
    return Decomposition(trend=trend, seasonal=seasonal, residual=values - trend - seasonal, weights=weights)
