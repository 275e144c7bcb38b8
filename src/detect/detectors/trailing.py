"""Weighted sums over the days before each day, for many series and days at once."""

from __future__ import annotations

import numpy as np

from detect.detectors._base import Floats

__all__ = ["carried_forward", "exponential_weights", "trailing_sum"]

_DAYS = 64  # days answered by one product


def trailing_sum(values: Floats, weights: Floats, first: int) -> Floats:
    """Weighted sum of the days before each day from `first` on, shape (series, days - first).

    `weights` (k,) ends with the weight of the day just before; days before the Panel count as zero, and so must NaN be given.
    """
    lags, days = len(weights), values.shape[1]
    out = np.zeros((values.shape[0], days - first))
    for start in range(first, days, _DAYS):
        judged = np.arange(start, min(start + _DAYS, days))
        source = np.arange(max(0, start - lags), judged[-1])
        lag = judged[None, :] - 1 - source[:, None]
        product = np.where((lag >= 0) & (lag < lags), weights[np.clip(lags - 1 - lag, 0, lags - 1)], 0.0)
        out[:, judged - first] = values[:, source[0] : source[-1] + 1] @ product if len(source) else 0.0
    return out


def exponential_weights(memory: float, lags: int) -> Floats:
    """Weights of the last `lags` days that fade with the time constant `memory`, the newest (weight 1) last."""
    return np.asarray(np.exp(-np.arange(lags)[::-1] / memory))


def carried_forward(values: Floats) -> Floats:
    """Fill NaN with the last value before it; what precedes the first value becomes zero."""
    finite = np.isfinite(values)
    column = np.maximum.accumulate(np.where(finite, np.arange(values.shape[1]), 0), axis=1)
    filled = np.take_along_axis(values, column, axis=1)
    return np.where(np.isfinite(filled), filled, 0.0)
