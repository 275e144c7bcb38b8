"""STL as one matrix: with equal weights the decomposition of a series of fixed length is linear in its values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from detect.detectors.loess import Banded, LocalFit

__all__ = [
    "Decomposition",
    "StlOperator",
    "Windows",
    "forecast_row",
    "last_residual",
    "leverage",
    "low_pass",
    "operator",
    "subseries_fit",
]

_ROUNDING = 1e-17  # a thousand weights as small as this move no digit of a double
INNER_ITERATIONS = 5  # statsmodels' number of passes when no robust weights are wanted


class Windows(NamedTuple):
    """Lengths (odd numbers of points) and degrees of the local fits; `seasonal` counts periods."""

    period: int = 7
    seasonal: int = 51
    trend: int = 61
    low_pass: int = 9
    seasonal_degree: int = 0
    trend_degree: int = 0
    low_pass_degree: int = 0


@dataclass(frozen=True, eq=False)
class Decomposition:
    """The parts of each series, each of shape (series, days); they add up to the series."""

    trend: np.ndarray
    seasonal: np.ndarray
    residual: np.ndarray
    weights: np.ndarray | None = None  # robustness weights, where they were asked for


@dataclass(frozen=True, eq=False)
class StlOperator:
    """Plain STL for series of `n` days: `trend` and `seasonal` are (n, n) and act on a column of values.

    `season_of` is the latter as applied to batches, without weights below a rounding error; `trend_of` the trend's loess, which makes
    the trend of the values less their season.
    """

    n: int
    trend: np.ndarray
    seasonal: np.ndarray
    season_of: Banded
    trend_of: Banded

    def decompose(self, values: np.ndarray) -> Decomposition:
        """Decompose (series, n) values without gaps: two banded products for the whole batch."""
        seasonal = self.season_of.along_rows(values)
        residual = values - seasonal
        trend = self.trend_of.along_rows(residual)
        residual -= trend
        return Decomposition(trend=trend, seasonal=seasonal, residual=residual)


def cyclic(n: int, windows: Windows) -> np.ndarray:
    """Smooth each weekday's subseries, one step beyond both ends: matrix (n + 2 periods, n)."""
    period = windows.period
    out = np.zeros((n + 2 * period, n))
    for phase in range(period):
        count = (n - phase - 1) // period + 1
        out[phase::period, phase::period][: count + 2] = subseries_fit(count, windows).matrix()
    return out


def subseries_fit(count: int, windows: Windows) -> LocalFit:
    """Loess of a subseries of `count` points at its points and one step beyond both ends, (count + 2, count)."""
    inside = LocalFit.build(count, windows.seasonal, windows.seasonal_degree)
    outside = LocalFit.build(count, windows.seasonal, windows.seasonal_degree, at=np.array([-1, count]))
    return LocalFit(
        weights=np.vstack([outside.weights[:1], inside.weights, outside.weights[1:]]),
        offset=np.vstack([outside.offset[:1], inside.offset, outside.offset[1:]]),
        degree=windows.seasonal_degree,
    )


def low_pass(n: int, windows: Windows) -> np.ndarray:
    """Build the low-pass filter of the smoothed subseries, (n, n + 2 periods): averages of period, period and 3, then loess."""
    taps = _taps(windows.period)
    averages = np.zeros((n, n + 2 * windows.period))
    for row in range(n):
        averages[row, row : row + len(taps)] = taps
    smooth = LocalFit.build(n, windows.low_pass, windows.low_pass_degree).matrix()
    return np.asarray(smooth @ averages)


def _taps(period: int) -> np.ndarray:
    """Return the weights of averages of period, period and 3 in one."""
    taps = np.ones(1)
    for width in (period, period, 3):
        taps = np.convolve(taps, np.full(width, 1.0 / width))
    return taps


@lru_cache(maxsize=16)
def operator(n: int, windows: Windows) -> StlOperator:
    """Build, once per length, the operator equal to `statsmodels.tsa.seasonal.STL(...).fit()` with equal weights.

    Raises ValueError for fewer than two periods of days, which leave no season to see.
    """
    if n < 2 * windows.period:
        msg = f"{n} days are fewer than two periods of {windows.period}"
        raise ValueError(msg)
    inside = slice(windows.period, windows.period + n)
    smooth = cyclic(n, windows)
    season_of = smooth[inside] - low_pass(n, windows) @ smooth
    trend_of = LocalFit.build(n, windows.trend, windows.trend_degree).matrix()
    identity = np.eye(n)
    trend = np.zeros((n, n))
    for _ in range(INNER_ITERATIONS):
        seasonal = season_of @ (identity - trend)
        trend = trend_of @ (identity - seasonal)
    felt = np.where(np.abs(seasonal) < _ROUNDING, 0.0, seasonal)
    return StlOperator(n=n, trend=trend, seasonal=seasonal, season_of=Banded(felt), trend_of=Banded(trend_of))


@lru_cache(maxsize=64)
def last_residual(n: int, windows: Windows) -> np.ndarray:
    """Return the row (n,) that gives the last day's residual, of the operator for `n` days: without building the operator.

    A row times the operator needs products of a row with the loess matrices alone, through the passes from the last to the first.
    """
    smooth = cyclic(n, windows)
    inside = slice(windows.period, windows.period + n)
    low = LocalFit.build(n, windows.low_pass, windows.low_pass_degree).matrix()
    trend_of = LocalFit.build(n, windows.trend, windows.trend_degree).matrix()
    taps = _taps(windows.period)

    def seasonal(row: np.ndarray, passes: int) -> np.ndarray:
        once = row @ smooth[inside] - np.convolve(row @ low, taps) @ smooth
        return np.asarray(once - trend(once, passes - 1))

    def trend(row: np.ndarray, passes: int) -> np.ndarray:
        once = row @ trend_of if passes else np.zeros(n)
        return np.asarray(once - seasonal(once, passes)) if passes else once

    last = np.zeros(n)
    last[-1] = 1.0
    row = np.asarray(last - seasonal(last, INNER_ITERATIONS) - trend(last, INNER_ITERATIONS))
    row.flags.writeable = False
    return row


def leverage(n: int, windows: Windows) -> float:
    """Return how much of the last day's surprise its own fit swallows, between 0 and 1."""
    return float(1.0 - last_residual(n, windows)[-1])


def forecast_row(n: int, windows: Windows) -> np.ndarray:
    """Return the weights (n - 1,) of the days before the last that give its expectation without it.

    The leave-one-out residual r/(1-h) is the value less this weighted sum, so the day judged never enters its own expectation.
    """
    row = last_residual(n, windows)
    return np.asarray(-row[:-1] / row[-1])
