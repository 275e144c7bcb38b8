"""Rates with their denominators: three returns of ten orders are not thirty of a hundred.

A day's count k of n is taken as beta-binomial: mean p and intra-day correlation rho come from the days before it (rho by moments, from
Pearson's statistic), so a rate that jumps about of itself needs more to be told. The tail is that of the beta distribution with the
mean and variance of k/n. Windows of several days find what no single day shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detect.checks.settings import RateSettings
from detect.model import Departure, Direction, Outcome, Panel

__all__ = ["Past", "judge_rates"]

Floats = NDArray[np.float64]

_OUTCOMES = tuple(Outcome)
_HALF = 0.5  # Jeffreys' half counts, and the continuity correction
_EPISODE, _LEARNT_AFTER = 21, 10  # a rate flagged on ten of three weeks' days is the new rate, and is learnt
_RECOVERED = 0.05  # a window is told again once its rate has been this probable


def judge_rates(panel: Panel, settings: RateSettings, first: int) -> tuple[tuple[Departure, ...], NDArray[np.uint8]]:
    """Judge the days from column `first` on, one-sided (both sides by half the probability each for direction `both`).

    `panel.values` are rates and `panel.weights` their denominators. Returns the departures by day and outcomes (series, judged days),
    positions in tuple(Outcome). Flagged days stay out of what later days are compared with, until they are the rule.
    """
    sides = (1, -1) if settings.direction is Direction.BOTH else (-1 if settings.direction is Direction.DOWN else 1,)
    scans = [_Scan(panel, settings, side, settings.probability / len(sides)) for side in sides]
    for scan in scans:
        for day in range(panel.values.shape[1]):
            scan.step(day)
    departures = sorted(
        (d for s in scans for d in s.departures if d.day >= first), key=lambda d: (d.day, d.series, d.channel)
    )
    outcomes = scans[0].outcomes
    for departure in departures:
        outcomes[departure.series, departure.day] = _OUTCOMES.index(Outcome.FINDING)
    return tuple(departures), outcomes[:, first:]


@dataclass(frozen=True, eq=False)
class Past:
    """What the days before say of each series: mean rate, correlation within a day, and how many days said it; all (series,)."""

    rate: Floats
    rho: Floats
    days: NDArray[np.int64]

    @classmethod
    def of(cls, count: Floats, weight: Floats) -> Past:
        """Learn from counts and denominators (series, days); a day without denominator says nothing."""
        total = weight.sum(axis=1)
        rate = np.clip((count.sum(axis=1) + _HALF) / (total + 1), 1e-9, 1 - 1e-9)
        spread = np.maximum(weight * (rate * (1 - rate))[:, None], 1e-12)
        used = weight > 0
        pearson = np.where(used, (count - weight * rate[:, None]) ** 2 / spread, 0.0).sum(axis=1)
        days = used.sum(axis=1)
        room = np.maximum(weight - 1, 0.0).sum(axis=1)
        rho = np.divide(pearson - days, room, out=np.zeros_like(room), where=room > 0)
        return cls(rate, np.clip(rho, 0.0, 0.9), days)

    def beta(self, weight: Floats) -> tuple[Floats, Floats]:
        """Give the beta distribution of the rate of a window with denominators `weight` (series, window days)."""
        total = np.maximum(weight.sum(axis=1), 1e-9)
        inflation = (weight * (1 + np.maximum(weight - 1, 0.0) * self.rho[:, None])).sum(axis=1)
        concentration = np.maximum(total**2 / np.maximum(inflation, 1e-9) - 1, 1e-6)
        return self.rate * concentration, (1 - self.rate) * concentration


class _Scan:
    """One ordered pass over the days on one side, all series at once; `side` -1 looks at what is left of the denominator."""

    def __init__(self, panel: Panel, settings: RateSettings, side: int, probability: float) -> None:
        weight = np.zeros_like(panel.values) if panel.weights is None else np.nan_to_num(panel.weights)
        finite = np.isfinite(panel.values) & panel.present & (weight > 0)
        self.settings, self.side, self.probability = settings, side, probability
        self.weight = np.where(finite, weight, 0.0)
        rate = np.clip(np.where(finite, panel.values, 0.0), 0.0, 1.0)
        self.count = self.weight * (rate if side > 0 else 1 - rate)
        self.flagged = np.zeros(panel.values.shape, dtype=bool)
        self.learnt = self.weight.copy()  # denominators of the days that later days are compared with
        self.told = {window: np.zeros(len(panel.keys), dtype=bool) for window in settings.windows}
        self.outcomes = np.full(panel.values.shape, _OUTCOMES.index(Outcome.NO_DATA), dtype=np.uint8)
        self.outcomes[panel.present & ~np.isfinite(panel.values) & (weight > 0)] = _OUTCOMES.index(Outcome.NON_FINITE)
        self.departures: list[Departure] = []

    def step(self, day: int) -> None:
        """Judge one day by the days before it, then decide whether later days are compared with it."""
        here = self.weight[:, day] > 0
        enough = np.zeros(len(here), dtype=bool)
        for window in self.settings.windows:
            past = self._past(day - window + 1)
            known = here & (past.days >= self.settings.minimum_days)
            enough |= known
            if known.any():
                self._judge(day, window, past, known)
        self.outcomes[here, day] = _OUTCOMES.index(Outcome.INSUFFICIENT_HISTORY)
        self.outcomes[here & enough, day] = _OUTCOMES.index(Outcome.OK)
        recent = self.flagged[:, max(day - _EPISODE + 1, 0) : day + 1].sum(axis=1)
        self.learnt[self.flagged[:, day] & (recent <= _LEARNT_AFTER), day] = 0.0

    def _past(self, before: int) -> Past:
        days = slice(max(before - self.settings.memory_days, 0), max(before, 0))
        weight = self.learnt[:, days]
        return Past.of(np.where(weight > 0, self.count[:, days], 0.0), weight)

    def _judge(self, day: int, window: int, past: Past, known: NDArray[np.bool_]) -> None:
        from scipy.special import betainc

        days = slice(max(day - window + 1, 0), day + 1)
        weight, count = self.weight[:, days], self.count[:, days].sum(axis=1)
        total = np.maximum(weight.sum(axis=1), 1e-9)
        a, b = past.beta(weight)
        p = 1.0 - betainc(a, b, np.clip((count - _HALF) / total, 0.0, 1.0))
        low = known & (p < self.probability) & (count - past.rate * total >= self.settings.minimum_count)
        told = self.told[window] if window > 1 else np.zeros_like(low)
        if window == 1:
            self.flagged[:, day] |= low
        for series in np.flatnonzero(low & ~told):
            self._tell(int(series), day, window, count=count[series], total=total[series], p=p[series], beta=(a, b))
        self.told[window] = (told | low) & (p < _RECOVERED)

    def _tell(
        self, series: int, day: int, window: int, *, count: float, total: float, p: float, beta: tuple[Floats, Floats]
    ) -> None:
        from scipy.special import betaincinv, ndtri

        a, b = beta[0][series], beta[1][series]
        limit, rate, usual = float(betaincinv(a, b, 1 - self.probability)), count / total, a / (a + b)
        if self.side < 0:
            limit, rate, usual = 1 - limit, 1 - rate, 1 - usual
        self.departures.append(
            Departure(
                series=series,
                day=day,
                first=max(day - window + 1, 0),
                kind=self.settings.kind,
                channel=f"rate_{window}",
                statistic=float(-self.side * ndtri(max(p, 1e-15))),
                p=float(p),
                actual=float(rate),
                expected=float(usual),
                lower=limit if self.side < 0 else None,
                upper=limit if self.side > 0 else None,
                evidence={"count": round(float(rate * total), 2), "of": round(float(total), 2), "days": window},
            )
        )
