"""Level and trend of the last weeks, with honest errors: a straight line under noise and a wandering level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from detect.detectors._base import Floats

__all__ = ["LocalTrend", "local_trend"]

# variance of a day's step of the level over the variance of a day's noise: from a level that stays to one that is all there is
_WANDERING: Final = (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0)


@dataclass(frozen=True, eq=False)
class LocalTrend:
    """Where each series stands and moves; every array has shape (rows,) and is in the unit of the values (trend: a day).

    `covariance` is that of the errors of level and trend; `step` the standard deviation of a day's unforeseen change of the level. `p_rise`
    is the chance of so steep a rise where the level only wanders, `p_fall` that of so steep a fall.
    """

    level: Floats
    trend: Floats
    level_error: Floats
    trend_error: Floats
    covariance: Floats
    step: Floats
    p_rise: Floats
    p_fall: Floats

    def __getitem__(self, rows: np.ndarray) -> LocalTrend:
        """Take some of the rows."""
        return LocalTrend(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class _Line:
    """Generalised least squares of a line that ends at the last of `days` days, for one ratio of wandering to noise."""

    estimate: Floats  # (2, days): level at the last day, trend
    covariance: Floats  # (2, 2), in units of the noise variance
    whiten: Floats  # (days, days): the line's residuals, made independent
    log_determinant: float


@lru_cache(maxsize=32)
def _line(days: int, wandering: float) -> _Line:
    age = np.arange(days)[::-1].astype(float)
    root = np.linalg.cholesky(np.eye(days) + wandering * np.minimum(age[:, None], age[None, :]))
    design = np.linalg.solve(root, np.column_stack([np.ones(days), -age]))
    covariance = np.linalg.inv(design.T @ design)
    inverse_root = np.linalg.inv(root)
    estimate = covariance @ design.T @ inverse_root
    whiten = inverse_root - design @ estimate
    determinant = 2 * np.log(np.diag(root)).sum() - np.linalg.slogdet(covariance)[1]
    return _Line(estimate, covariance, whiten, float(determinant))


def local_trend(values: Floats, window: int) -> LocalTrend:
    """Fit the line that ends at the last day of each row of `values` (rows, days), which has no gaps; days is a multiple of `window`.

    The line is read from the last `window` days. How much of the movement is noise and how much a wandering level is judged over all
    days, each `window` with a line of its own so that a bend between them is no wandering, by restricted likelihood (Patterson and
    Thompson 1971); as a few windows cannot tell it surely, every ratio counts with its likelihood.
    """
    origin = values[:, -1:]
    recent = (values - origin)[:, -window:]
    blocks = values.shape[1] // window
    variance, likelihood = _noise(values - origin, window, blocks)
    read = np.stack([_read(recent, noise, ratio) for noise, ratio in zip(variance, _WANDERING, strict=True)])
    level, trend, level_variance, trend_variance, covariance, step_variance, steepness = np.moveaxis(read, 1, 0)

    def mean(parts: Floats) -> Floats:
        return np.asarray((likelihood * parts).sum(axis=0))

    level_off, trend_off = level - mean(level), trend - mean(trend)
    return LocalTrend(
        level=mean(level) + origin[:, 0],
        trend=mean(trend),
        level_error=np.sqrt(mean(level_variance + level_off**2)),
        trend_error=np.sqrt(mean(trend_variance + trend_off**2)),
        covariance=mean(covariance + level_off * trend_off),
        step=np.sqrt(mean(step_variance)),
        p_rise=mean(_tail(-steepness, window - 2)),
        p_fall=mean(_tail(steepness, window - 2)),
    )


def _noise(centred: Floats, window: int, blocks: int) -> tuple[Floats, Floats]:
    """Noise variance and share of the likelihood of each ratio of wandering to noise, both (ratios, rows)."""
    stretches = centred.reshape(-1, window)
    freedom = (window - 2) * blocks
    tiny = 1e-24 * (1.0 + np.abs(centred).max(axis=1)) ** 2
    variance, score = np.empty((len(_WANDERING), len(centred))), np.empty((len(_WANDERING), len(centred)))
    for position, wandering in enumerate(_WANDERING):
        line = _line(window, wandering)
        squares = ((stretches @ line.whiten.T) ** 2).sum(axis=1).reshape(len(centred), blocks).sum(axis=1)
        variance[position] = np.maximum(squares / freedom, tiny)
        score[position] = -0.5 * (freedom * np.log(variance[position]) + blocks * line.log_determinant)
    likelihood = np.exp(score - score.max(axis=0))
    return variance, likelihood / likelihood.sum(axis=0)


def _read(recent: Floats, variance: Floats, wandering: float) -> Floats:
    """Level, trend, their variances and covariance, the variance of the level's step, and trend by its error: (7, rows)."""
    line = _line(recent.shape[1], wandering)
    level, trend = line.estimate @ recent.T
    # a noisier month than the long run widens the errors; a quieter one does not narrow them
    noise = np.maximum(variance, ((recent @ line.whiten.T) ** 2).sum(axis=1) / (recent.shape[1] - 2))
    (level_share, both), (_, trend_share) = line.covariance
    steepness = trend / np.sqrt(noise * trend_share)
    return np.stack(
        [level, trend, noise * level_share, noise * trend_share, noise * both, variance * wandering, steepness]
    )


def _tail(t: Floats, freedom: int) -> Floats:
    """Student's lower tail."""
    from scipy.special import stdtr

    return np.asarray(stdtr(freedom, t))
