"""Events found, and false-alarm episodes a thousand series-days; both with an interval clustered by series.

An event is found by a departure dated within a day of it (for a level shift within its first fortnight, for a drift within its ramp)
and told no later than thirty days after. Days told outside every event's surroundings are false; days at most three apart make one
episode, seven days at most, so that telling every day is many episodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.generator import FIRST, Company, Event


@dataclass(frozen=True)
class Result:
    """What came of one way of judging, over all companies: hits by event, false episodes and judged days by series."""

    found: np.ndarray
    kinds: tuple[str, ...]
    owner: np.ndarray  # series of each event
    false: np.ndarray
    days: np.ndarray

    @property
    def recall(self) -> float:
        """Share of the events found."""
        return float(self.found.mean()) if len(self.found) else float("nan")

    @property
    def rate(self) -> float:
        """False episodes per 1,000 series-days."""
        return float(1000 * self.false.sum() / self.days.sum())

    def of_kind(self, kind: str) -> tuple[int, int]:
        """Events of a kind found, and planted."""
        mine = np.array([k == kind for k in self.kinds], bool)
        return int(self.found[mine].sum()), int(mine.sum())

    def interval(self, draws: int = 400) -> tuple[float, float, float, float]:
        """95 % intervals of recall and rate, by drawing series with replacement."""
        rng = np.random.default_rng(0)
        number = len(self.days)
        hits, events = (
            np.bincount(self.owner, weights=w, minlength=number) for w in (self.found * 1.0, np.ones(len(self.owner)))
        )
        drawn = rng.integers(0, number, (draws, number))
        recalls = hits[drawn].sum(axis=1) / np.maximum(events[drawn].sum(axis=1), 1)
        rates = 1000 * self.false[drawn].sum(axis=1) / self.days[drawn].sum(axis=1)
        return (*np.quantile(recalls, (0.025, 0.975)), *np.quantile(rates, (0.025, 0.975)))


def score(companies: Sequence[Company], told: Sequence[Iterable[tuple[int, int]]]) -> Result:
    """Score (row, column) pairs told for each company, over the days from the first judged one."""
    found, kinds, owner, false, days = [], [], [], [], []
    for company, alarms in zip(companies, told, strict=True):
        alarm = np.zeros(company.panel.values.shape, bool)
        for row, column in alarms:
            alarm[row, column] = True
        origin, free = len(days), np.ones_like(alarm)
        for event in company.events:
            found.append(any(alarm[row, _window(event)].any() for row in event.rows))
            kinds.append(event.kind)
            owner.append(origin + event.row)
            for row in event.rows:
                free[row, _surroundings(event)] = False
        for row in range(len(alarm)):
            false.append(_episodes(np.flatnonzero((alarm & free)[row, FIRST:])))
            days.append(alarm.shape[1] - FIRST)
    return Result(np.array(found, bool), tuple(kinds), np.array(owner, int), np.array(false), np.array(days))


def _window(event: Event) -> slice:
    last = min(event.end, event.start + 14) if event.kind == "level_shift" else event.end
    early = 3 if event.kind in {"level_shift", "drift"} else 1
    return slice(event.start - early, last + 2)


def _surroundings(event: Event) -> slice:
    last = min(event.end, event.start + 45) if event.kind == "level_shift" else event.end
    return slice(event.start - 3, last + 8)


def _episodes(days: np.ndarray) -> int:
    number, began, before = 0, -100, -100
    for day in days:
        if day - before > 3 or day - began >= 7:
            number, began = number + 1, day
        before = day
    return number
