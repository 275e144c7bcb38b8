"""Satisfaction: a mean of scores that fell, with regard to how many answers stand behind it and how far days differ anyway.

The mean of n answers varies by sigma^2 / n for the answers and by tau^2 for the days (the same scores on another day are others). Both are
learnt from the days before by least squares of the squared errors on 1/n, neither below zero; a window's mean is then compared with the
mean of the past by Student's t. A score of three answers is not one of three hundred.

What is said of a day depends on the `memory_days` and the quiet days before it alone, so a night and a backfill say the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detect.checks.settings import SatisfactionSettings
from detect.model import Departure, Direction, Outcome, Panel

__all__ = ["judge_satisfaction"]

Floats = NDArray[np.float64]

_OUTCOMES = tuple(Outcome)
_CODE = {outcome: k for k, outcome in enumerate(_OUTCOMES)}
_CLIP, _NOTHING = 3.0, 1e-12


def judge_satisfaction(
    panel: Panel, settings: SatisfactionSettings, first: int
) -> tuple[tuple[Departure, ...], NDArray[np.uint8]]:
    """Judge the days from column `first` on; a fall is told on its first day, and again after `quiet_days` without one.

    `panel.values` are mean scores and `panel.weights` the numbers of answers. Returns the departures by day, and outcomes
    (series, judged days), positions in tuple(Outcome).
    """
    weight = np.zeros_like(panel.values) if panel.weights is None else np.nan_to_num(panel.weights)
    known = panel.present & np.isfinite(panel.values) & (weight > 0)
    weight, score = np.where(known, weight, 0.0), np.where(known, panel.values, 0.0)
    side = 1.0 if settings.direction is Direction.UP else -1.0
    outcomes = np.full(score.shape, _CODE[Outcome.NO_DATA], dtype=np.uint8)
    outcomes[panel.present & ~known] = _CODE[Outcome.OK]  # nobody answered: nothing was to be judged
    quiet = np.full((len(settings.windows), len(score)), settings.quiet_days)
    told: list[Departure] = []
    for day in range(max(first - settings.quiet_days, 0), score.shape[1]):
        enough = np.zeros(len(score), bool)
        for row, window in enumerate(settings.windows):
            ready, low, departures = _judge(score, weight, day, window, settings, side)
            enough |= ready
            here = [d for d in departures if quiet[row][d.series] >= settings.quiet_days]
            quiet[row] = np.where(low, 0, quiet[row] + 1)
            if day >= first:
                told += here
        outcomes[known[:, day], day] = _CODE[Outcome.INSUFFICIENT_HISTORY]
        outcomes[known[:, day] & enough, day] = _CODE[Outcome.OK]
    for departure in told:
        outcomes[departure.series, departure.day] = _CODE[Outcome.FINDING]
    return tuple(told), outcomes[:, first:]


def _judge(
    score: Floats, weight: Floats, day: int, window: int, settings: SatisfactionSettings, side: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], list[Departure]]:
    from scipy.special import ndtri, stdtr, stdtrit

    begin = max(day - window + 1, 0)
    past = slice(max(begin - settings.memory_days, 0), begin)
    n, x = weight[:, past], score[:, past]
    days = (n > 0).sum(axis=1)
    mean, sigma, tau = _learn(x, n)
    now_n = weight[:, begin : day + 1]
    total = np.maximum(now_n.sum(axis=1), 1e-9)
    now = (score[:, begin : day + 1] * now_n).sum(axis=1) / total
    of_days = (now_n**2).sum(axis=1) / total**2  # one over the number of days, as far as their answers weigh alike
    of_past = (n**2).sum(axis=1) / np.maximum(n.sum(axis=1), 1e-9) ** 2
    spread = np.sqrt(
        np.maximum(sigma / total + tau * of_days + sigma / np.maximum(n.sum(axis=1), 1) + tau * of_past, 1e-12)
    )
    t = (now - mean) / spread
    freedom = np.maximum(days - 2, 1)
    p = stdtr(freedom, -side * t)
    answered = (weight[:, day] > 0) & (now_n.sum(axis=1) >= settings.minimum_answers)
    ready = answered & (days >= settings.minimum_days)
    low = ready & (p < settings.probability) & (side * (now - mean) >= settings.least_change)
    limit = mean + side * spread * stdtrit(freedom, 1 - settings.probability)
    return (
        ready,
        low,
        [
            Departure(
                series=int(s),
                day=day,
                first=begin,
                kind=settings.kind,
                channel=f"satisfaction_{window}",
                statistic=float(side * -ndtri(max(p[s], 1e-15))),
                p=float(max(p[s], 1e-15)),
                actual=float(now[s]),
                expected=float(mean[s]),
                lower=float(limit[s]) if side < 0 else None,
                upper=float(limit[s]) if side > 0 else None,
                evidence={"window_days": window, "answers": round(float(total[s]), 2), "compared_days": int(days[s])},
            )
            for s in np.flatnonzero(low)
        ],
    )


def _learn(score: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, variance of one answer and variance of a day, (series,) each."""
    there = n > 0
    count = np.maximum(there.sum(axis=1), 1)
    total = np.maximum(n.sum(axis=1), 1e-9)
    mean = (score * n).sum(axis=1) / total
    each = np.where(there, 1 / np.maximum(n, 1e-9), 0.0)
    square = np.where(there, (score - mean[:, None]) ** 2, 0.0) * (count / np.maximum(count - 1, 1))[:, None]
    typical = np.sqrt(square.sum(axis=1) / count)
    square = np.minimum(square, (_CLIP * typical)[:, None] ** 2)  # a fall that was told must not widen what comes after
    centre, middle = each.sum(axis=1) / count, square.sum(axis=1) / count
    product = np.where(there, (each - centre[:, None]) * (square - middle[:, None]), 0.0).sum(axis=1)
    scatter = np.where(there, (each - centre[:, None]) ** 2, 0.0).sum(axis=1)
    sigma = np.divide(product, scatter, out=middle / np.maximum(centre, 1e-9), where=scatter > _NOTHING)
    sigma = np.clip(sigma, 0.0, middle / np.maximum(centre, 1e-9))
    return mean, sigma, np.maximum(middle - sigma * centre, 0.0)
