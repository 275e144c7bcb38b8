"""Which days are walked together: stretches that begin on fixed dates, so that no judgement depends on what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from detect.detectors._base import Bools, Ints
from detect.model import Panel

__all__ = ["FIRST", "LOOKBACK", "STRETCH", "Stretch", "monday", "patterns", "stretches", "weekday_of"]

STRETCH: Final = 364  # days judged with one choice of transform and pattern
_WARM_UP: Final = 728
LOOKBACK: Final = STRETCH + _WARM_UP  # days: what lies further back changes nothing
_YOUNG: Final = (63, 126, 252)  # days after which a young series' transform is chosen anew
_GRID: Final = 28
FIRST: Final = 28
_ACTIVE: Final = 0.1  # share of a weekday's dates with a value, for it to be a working one


@dataclass(frozen=True)
class Stretch:
    """Columns [start, end) are walked, of which [begin, end) are judged; `until` is where it ends once all its days are known."""

    start: int
    begin: int
    end: int
    until: int


def monday(days: np.ndarray, column: int) -> int:
    """Return the column of the Monday on or before a column (or the first column)."""
    return max(0, column - (_number(days, column)) % 7)


def _number(days: np.ndarray, column: int) -> int:
    """Return the number of a day, counted from a Monday."""
    return int(days[column].astype("datetime64[D]").astype(np.int64)) - 4


def stretches(days: np.ndarray, start: int, first: int, last: int) -> list[Stretch]:
    """Cut the columns into stretches that begin on fixed dates: yearly, and some while after a series began. `last` ends the last one.

    Where a yearly stretch reaches back to the series' own beginning, that is rounded up to a fixed grid of days, so that
    many series are walked together.
    """
    zero = _number(days, 0)
    stop = min(len(days), last)
    young = [c + (-(zero + c)) % _GRID for c in (start + age for age in _YOUNG)]
    anchors = [c for c in range((-zero) % STRETCH, len(days) + 2 * STRETCH, STRETCH) if c > young[-1]]
    edges = [start, *young, *anchors]
    rounded = start + (-(zero + start)) % _GRID
    out = []
    for a, b in pairwise(edges):
        if a < stop and min(b, stop) > first:
            reach = a - _WARM_UP if a - _WARM_UP > start else (start if a < young[-1] else rounded)
            out.append(Stretch(reach, a, min(b, stop), min(b, len(days) + STRETCH)))
    return out


def patterns(panel: Panel, series: Ints, stretch: Stretch) -> Iterator[tuple[Ints, Bools]]:
    """Split series by the weekdays on which they have values, as far as days before the judged ones (or the first four weeks) show."""
    end = min(max(stretch.begin, stretch.start + FIRST), stretch.end)
    seen = np.isfinite(panel.values[series, stretch.start : end])
    weekday = weekday_of(panel.days[stretch.start : end])
    share = np.stack(
        [seen[:, weekday == d].mean(axis=1) if (weekday == d).any() else np.ones(len(series)) for d in range(7)], axis=1
    )
    active = share >= _ACTIVE
    active[~active.any(axis=1)] = True
    code = active @ (1 << np.arange(7))
    for value in np.unique(code):
        yield series[code == value], active[np.argmax(code == value)]


def weekday_of(days: np.ndarray) -> Ints:
    """Return the weekdays of days, Monday being 0."""
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % 7)
