"""What people said of findings, placed on the rows of a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from detect.detectors._base import Feedback, Ints
from detect.detectors.innovations import Said
from detect.model import Panel

__all__ = ["Placed", "on_rows", "placed"]


@dataclass(frozen=True)
class Placed:
    """A verdict on a Panel's row and columns."""

    series: int
    column: int  # first column that may know it
    said: Feedback
    first: int
    last: int


def placed(panel: Panel, feedback: Sequence[Feedback]) -> list[Placed]:
    """Return the verdicts on series of the Panel; each may be known on the day after it was recorded."""
    rows = {key: i for i, key in enumerate(panel.keys)}

    def column(day: date) -> int:
        return int((np.datetime64(day, "D") - panel.days[0]).astype(int))

    return [
        Placed(rows[f.key], column(f.recorded_on) + 1, f, column(f.first_day), column(f.last_day))
        for f in feedback
        if f.key in rows
    ]


def on_rows(verdicts: Sequence[Placed], series: Ints, columns: Ints) -> dict[int, list[Said]]:
    """Turn verdicts on Panel columns into verdicts on the rows and columns of one pass."""
    place = {int(s): i for i, s in enumerate(series)}
    out: dict[int, list[Said]] = {}
    for v in verdicts:
        row, first, last = (int(k) for k in np.searchsorted(columns, [v.column, v.first, v.last + 1]))
        if v.series in place and 0 < row < len(columns) and first < row and first < last:
            out.setdefault(row, []).append(Said(v.said.verdict, place[v.series], first, last - 1))
    return out
