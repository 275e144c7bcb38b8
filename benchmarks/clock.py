"""Speed beside a reference loop in the same run, after the numbers of both were compared."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.references import lagged

from detect.detectors.isolation import IsolationTrees
from detect.detectors.robust_stl import robust_decompose
from detect.detectors.stl_operator import Windows, forecast_row, leverage, operator

DAYS = 730
DEFAULTS = Windows(seasonal=7, trend=15, seasonal_degree=1, trend_degree=1, low_pass_degree=1)
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Timing:
    """Milliseconds a series of ours and of the loop, the largest difference of their numbers, and the ratio that is wanted."""

    name: str
    ours: float
    loop: float
    difference: float
    wanted: float | None

    @property
    def ratio(self) -> float:
        """How many times faster."""
        return self.loop / self.ours


def series(count: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    week = 3 * np.sin(2 * np.pi * np.arange(DAYS) / 7)
    values = rng.normal(0, 0.1, (count, DAYS)).cumsum(axis=1) + week + rng.standard_t(4, (count, DAYS))
    values[::7, 400] += 40
    return values


def timings(quick: bool = False) -> list[Timing]:
    """Return all comparisons; each loop runs over fewer series and is told per series."""
    many = series(1000 if quick else 10_000)
    return [
        plain("plain STL, long windows", Windows(), many, 150.0),
        plain("plain STL, statsmodels' default windows", DEFAULTS, many, None),
        robust("robust STL, long windows", Windows(), many[: 512 if quick else 2048], 40.0),
        robust("robust STL, statsmodels' default windows", DEFAULTS, many[: 512 if quick else 2048], None),
        last_day(many),
        forest(many[: 500 if quick else 2000]),
    ]


def plain(name: str, windows: Windows, many: np.ndarray, wanted: float | None) -> Timing:
    fit = operator(DAYS, windows)  # built once a length
    ours, parts = _clock(lambda: fit.decompose(many))
    few = many[:20]
    loop, fits = _clock(lambda: [statsmodels_stl(row, windows, robust=False) for row in few])
    return Timing(name, ours / len(many), loop / len(few), _difference(parts, fits), wanted)


def robust(name: str, windows: Windows, many: np.ndarray, wanted: float | None) -> Timing:
    ours, parts = _clock(lambda: robust_decompose(many, windows))
    few = many[:10]
    loop, fits = _clock(lambda: [statsmodels_stl(row, windows, robust=True) for row in few])
    return Timing(name, ours / len(many), loop / len(few), _difference(parts, fits), wanted)


def last_day(many: np.ndarray) -> Timing:
    """Judge the last day alone: one row of the operator, against a decomposition of each series."""
    row = forecast_row(DAYS, Windows())
    ours, expected = _clock(lambda: many[:, :-1] @ row)
    few = many[:20]
    loop, fits = _clock(lambda: [statsmodels_stl(values, Windows(), robust=False) for values in few])
    left_out = np.array([f.resid[-1] for f in fits]) / (1.0 - leverage(DAYS, Windows()))
    difference = float(np.abs(few[:, -1] - expected[: len(few)] - left_out).max())
    return Timing("the last day's leave-one-out residual", ours / len(many), loop / len(few), difference, None)


def forest(many: np.ndarray) -> Timing:
    """Score a night by one pooled forest from stored arrays, against a forest fitted for each series."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415

    rows = lagged(many)
    scale = np.abs(rows).mean(axis=1, keepdims=True) + 1e-9
    night = (rows / scale)[:, -1]
    sample = (rows / scale)[:, 7::40].reshape(-1, 4)
    trees = IsolationTrees.fit(sample, 100, 256, 1)
    ours, score = _clock(lambda: trees.score(night))
    reference = IsolationForest(n_estimators=100, max_samples=256, random_state=1).fit(sample)
    difference = float(np.abs(score + reference.score_samples(night)).max())
    few = rows[:10]
    loop, _ = _clock(
        lambda: [IsolationForest(random_state=1).fit(r[7:-1]).score_samples(r[-1:]) for r in few], repeat=1
    )
    return Timing("pooled isolation forest, one night", ours / len(many), loop / len(few), difference, None)


def threads() -> str:
    return ", ".join(f"{name}={os.environ.get(name, 'not set')}" for name in THREADS) + f"; {os.cpu_count()} cores"


def _clock(work: Callable[[], Any], repeat: int = 3) -> tuple[float, Any]:
    """Return the best of a few runs, in milliseconds, and what it gave."""
    best = np.inf
    for _ in range(repeat):
        began = time.perf_counter()
        result = work()
        best = min(best, 1000 * (time.perf_counter() - began))
    return float(best), result


def statsmodels_stl(row: np.ndarray, windows: Windows, *, robust: bool):
    from statsmodels.tsa.seasonal import STL  # noqa: PLC0415

    return STL(
        row,
        period=windows.period,
        seasonal=windows.seasonal,
        trend=windows.trend,
        low_pass=windows.low_pass,
        seasonal_deg=windows.seasonal_degree,
        trend_deg=windows.trend_degree,
        low_pass_deg=windows.low_pass_degree,
        robust=robust,
    ).fit()


def _difference(parts, fits) -> float:
    pairs = ((parts.trend, "trend"), (parts.seasonal, "seasonal"), (parts.residual, "resid"))
    return max(float(np.abs(ours[k] - getattr(fit, name)).max()) for ours, name in pairs for k, fit in enumerate(fits))
