"""When a moving level first crosses a limit."""

from __future__ import annotations

import numpy as np

from detect.detectors._base import Floats
from detect.detectors.local_trend import LocalTrend

__all__ = ["crossing_probability", "days_until"]

_NODES = 9
_DISCRETE = 0.5826  # Siegmund (1985): a level seen once a day crosses like one watched always, were the limit this many steps further


def crossing_probability(path: LocalTrend, limit: Floats, days: int) -> Floats:
    """Probability that each level has risen to its `limit` (rows,) within 1 .. `days` days, shape (rows, days).

    The level is a Brownian motion with drift whose first passage is inverse Gaussian (Schrödinger 1915); the drift and the present level
    are uncertain as `path` says, and averaged over by Gauss-Hermite quadrature. For a limit from above, negate level, trend and limit.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    ahead = np.arange(1.0, days + 1)[None, :]
    slope_of_level = path.covariance / np.maximum(path.trend_error, 1e-300) ** 2
    rest = np.sqrt(np.maximum(path.level_error**2 - path.covariance * slope_of_level, 0.0))
    out = np.zeros((len(limit), days))
    for node, share in zip(nodes, weights, strict=True):
        surprise = node * path.trend_error
        level = path.level + slope_of_level * surprise
        for inner, inner_share in zip(nodes, weights, strict=True):
            gap = limit - (level + inner * rest)
            out += (
                share
                * inner_share
                * _passage(gap[:, None], (path.trend + surprise)[:, None], path.step[:, None], ahead)
            )
    return out


def _passage(gap: Floats, drift: Floats, step: Floats, ahead: Floats) -> Floats:
    """Chance that a Brownian motion covers `gap` within `ahead` days; certain where there is no gap left."""
    from scipy.special import log_ndtr, ndtr

    step = np.maximum(step, 1e-9 * (np.abs(gap) + np.abs(drift)) + 1e-300)
    further = np.maximum(gap, 0.0) + _DISCRETE * step
    spread = step * np.sqrt(ahead)
    straight = ndtr((drift * ahead - further) / spread)
    reflected = np.exp(np.minimum(2 * drift * further / step**2 + log_ndtr(-(drift * ahead + further) / spread), 0.0))
    return np.where(gap <= 0.0, 1.0, np.minimum(straight + reflected, 1.0))


def days_until(probability: Floats, share: float) -> Floats:
    """First day on which the probability (rows, days) has reached `share`, counted from 1; infinite where it does not, shape (rows,)."""
    reached = probability >= share
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
