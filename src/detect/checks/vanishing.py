"""Values of a column that stop coming, each by its own rhythm: what came every day is missed after days, what came weekly after weeks.

A value has vanished when it has stayed away for more than twice the longest time it ever stayed away in its own past, and for three open
days at least. Time counts on days on which the company was open and its table had at least half as many values as it usually has: a
table that did not come, or came in part, says nothing of one value. What is said of a day depends on the days before it alone, and a
value is told on one day of its absence only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MEMORY", "Vanished", "vanished"]

MEMORY = 180  # days before it was seen last that make a value's rhythm
_LEAST_SEEN = 15  # of them
_LONGEST_STEADY = 14  # open days: what stays away longer has no rhythm to miss it by
_LEAST_GAP = 3
_USUAL_DAYS = 28  # before a day, that say how many values usually come
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Vanished:
    """A row that stopped coming: the column in which it was seen last, open days since, and the longest gap before."""

    series: int
    last_seen: int
    gap: int
    longest: int


def vanished(seen: Bools, open_days: Bools) -> list[Vanished]:
    """Return the rows that count as vanished on the last day for the first time.

    `seen` (values, days) says on which days each came, `open_days` (days,) on which the company was open.
    """
    ticks = open_days & _usual(seen)
    if not seen.size or not ticks[-1]:
        return []
    clock = np.cumsum(ticks)
    days = np.arange(seen.shape[1])
    last = np.where(seen.any(axis=1), seen.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1), -1)
    found = []
    for row in np.flatnonzero((last >= 0) & (last < days[-1])):
        came = days[(days <= last[row]) & (days > last[row] - MEMORY) & seen[row]]
        gap, gaps = int(clock[-1] - clock[last[row]]), np.diff(clock[came])
        longest = int(gaps.max(initial=1))
        steady = len(came) >= _LEAST_SEEN and longest <= _LONGEST_STEADY
        if steady and gap == max(_LEAST_GAP, 2 * longest + 1):
            found.append(Vanished(int(row), int(last[row]), gap, longest))
    return found


def _usual(seen: Bools) -> Bools:
    """Say (days,) on which days at least half as many values came as on the median of the days with any before."""
    count = seen.sum(axis=0).astype(float)
    known = np.pad(np.where(count > 0, count, np.nan), (_USUAL_DAYS, 0), constant_values=np.nan)[:-1]
    before = np.lib.stride_tricks.sliding_window_view(known, _USUAL_DAYS)
    there = np.isfinite(before).any(axis=1)
    usual = np.zeros(len(count))
    usual[there] = np.nanmedian(before[there], axis=1)
    return np.asarray((count > 0) & (count >= usual / 2), dtype=bool)
