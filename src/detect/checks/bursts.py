"""Bursts: a thing that is counted (complaints about one topic) comes far more often than it did.

A count is taken as negative binomial. Its mean is the mean of the `memory_days` before, times a factor of the weekday that all series
share (shrunk towards one); its dispersion is that of the same days by moments, so what comes in clusters of itself needs more to be told.
Windows of several days find what no single day shows. Flagged days are left out of what later days are compared with, by a robust cap.

What is said of a day depends on the `memory_days` and the quiet days before it alone, so a night and a backfill say the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detect.checks.settings import BurstSettings
from detect.model import Departure, Kind, Outcome, Panel

__all__ = ["judge_bursts"]

Floats = NDArray[np.float64]

_OUTCOMES = tuple(Outcome)
_WEEK, _PSEUDO_WEEKS = 7, 4.0
_CAP = 4.0  # deviations of a Poisson count: past days above it are lowered to it, lest a burst hide the next
_LEAST_MEAN = 0.05  # a day, of what was hardly ever seen


def judge_bursts(panel: Panel, settings: BurstSettings, first: int) -> tuple[tuple[Departure, ...], NDArray[np.uint8]]:
    """Judge the days from column `first` on; a burst is told on its first day, and again after `quiet_days` without one.

    `panel.values` are counts. Returns the departures by day, and outcomes (series, judged days), positions in tuple(Outcome).
    """
    known = panel.present & np.isfinite(panel.values)
    counts = np.where(known, panel.values, 0.0)
    weekday = panel.days.astype("datetime64[D]").astype(int) % _WEEK
    outcomes = np.full(counts.shape, _OUTCOMES.index(Outcome.NO_DATA), dtype=np.uint8)
    outcomes[panel.present & ~np.isfinite(panel.values)] = _OUTCOMES.index(Outcome.NON_FINITE)
    quiet = np.full((len(settings.windows), len(counts)), settings.quiet_days)
    told: list[Departure] = []
    for day in range(max(first - settings.quiet_days, 0), counts.shape[1]):
        past = _Past(counts, known, weekday, day, settings)
        outcomes[known[:, day], day] = _OUTCOMES.index(Outcome.INSUFFICIENT_HISTORY)
        outcomes[known[:, day] & past.enough, day] = _OUTCOMES.index(Outcome.OK)
        for row, window in enumerate(settings.windows):
            burst, departures = _judge(past, counts, known, day, window, settings)
            here = [d for d in departures if quiet[row][d.series] >= settings.quiet_days]
            quiet[row] = np.where(burst, 0, quiet[row] + 1)
            if day >= first:
                told += here
                outcomes[[d.series for d in here], day] = _OUTCOMES.index(Outcome.FINDING)
    return tuple(told), outcomes[:, first:]


class _Past:
    """What the days before say: the mean count and dispersion of each series, and the factor of each weekday."""

    def __init__(
        self, counts: Floats, known: NDArray[np.bool_], weekday: NDArray[np.int64], day: int, settings: BurstSettings
    ) -> None:
        days = slice(
            max(day - max(settings.windows) + 1 - settings.memory_days, 0), max(day - max(settings.windows) + 1, 0)
        )
        count, there, self.weekday = counts[:, days], known[:, days], weekday
        self.days = there.sum(axis=1)
        self.enough = self.days >= settings.minimum_days
        n = np.maximum(self.days, 1)
        rough = count.sum(axis=1) / n
        capped = np.minimum(count, (rough + _CAP * np.sqrt(np.maximum(rough, 1.0)))[:, None])
        self.mean = np.maximum(capped.sum(axis=1) / n, _LEAST_MEAN)
        self.factor = self._weekdays(capped, there, weekday[days])
        expected = self.mean[:, None] * self.factor[weekday[days]]
        excess = np.where(there, (capped - expected) ** 2 - expected, 0.0).sum(axis=1)
        square = np.where(there, expected**2, 0.0).sum(axis=1)
        self.dispersion = np.clip(excess / np.maximum(square, 1e-9), 0.0, 4.0)

    def _weekdays(self, count: Floats, there: NDArray[np.bool_], weekday: NDArray[np.int64]) -> Floats:
        level = count.sum() / max(there.sum(), 1)
        factor = np.ones(_WEEK)
        if level > 0:
            for k in range(_WEEK):
                mine = weekday == k
                total, n = count[:, mine].sum(), there[:, mine].sum()
                pseudo = _PSEUDO_WEEKS * len(count)
                factor[k] = (total / level + pseudo) / (n + pseudo)
        return factor


def _judge(
    past: _Past, counts: Floats, known: NDArray[np.bool_], day: int, window: int, settings: BurstSettings
) -> tuple[NDArray[np.bool_], list[Departure]]:
    from scipy.special import nbdtrik, ndtri
    from scipy.stats import nbinom

    days = slice(max(day - window + 1, 0), day + 1)
    factor = np.where(known[:, days], past.factor[past.weekday[days]], 0.0)
    expected = np.maximum(past.mean * factor.sum(axis=1), _LEAST_MEAN)
    variance = expected + past.dispersion * past.mean**2 * (factor**2).sum(axis=1)
    variance = np.maximum(variance, expected * (1 + 1e-6)) + expected**2 / np.maximum(
        past.days * expected, 1.0
    )  # and of the mean itself
    size, chance = expected**2 / (variance - expected), expected / variance
    count = counts[:, days].sum(axis=1)
    p = nbinom.sf(count - 1, size, chance)
    more = count - expected >= settings.minimum_count
    burst = known[:, day] & past.enough & (p < settings.probability) & more & (count >= settings.times * expected)
    upper = nbdtrik(1 - settings.probability, size, chance)
    return burst, [
        Departure(
            series=int(s),
            day=day,
            first=days.start,
            kind=Kind.TOPIC_BURST,
            channel=f"burst_{window}",
            statistic=float(-ndtri(max(p[s], 1e-15))),
            p=float(max(p[s], 1e-15)),
            actual=float(count[s]),
            expected=float(expected[s]),
            lower=None,
            upper=float(upper[s]),
            evidence={"window_days": window, "compared_days": int(past.days[s])},
        )
        for s in np.flatnonzero(burst)
    ]
