"""Months, quarters and years of daily figures: which period a day lies in, its name, its neighbours, and its figure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from detect.model import SeriesType

__all__ = ["Grain", "Period", "figure_of", "named", "period_of"]

_NAMES = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])(?:-(?P<day>\d{2}))?))?")


class Grain(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


@dataclass(frozen=True)
class Period:
    """The days `first` to `last`."""

    grain: Grain
    first: date
    last: date

    @property
    def name(self) -> str:
        """2025-04-30, 2025-04, 2025-Q2 or 2025."""
        if self.grain is Grain.DAY:
            return self.first.isoformat()
        if self.grain is Grain.YEAR:
            return f"{self.first.year}"
        if self.grain is Grain.QUARTER:
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return f"{self.first.year}-{self.first.month:02}"

    def before(self, count: int = 1) -> Period:
        """Return the period `count` places earlier."""
        if self.grain is Grain.DAY:
            day = self.first - timedelta(days=count)
            return Period(self.grain, day, day)
        return _from_month(self.grain, self.first.year * 12 + self.first.month - 1 - count * _MONTHS[self.grain])

    @property
    def year_before(self) -> Period:
        """The same period of the year before; of a day the same weekday, 52 weeks earlier."""
        return self.before(364 if self.grain is Grain.DAY else 12 // _MONTHS[self.grain])


def period_of(day: date, grain: Grain) -> Period:
    """Return the period in which `day` lies."""
    if grain is Grain.DAY:
        return Period(grain, day, day)
    length = _MONTHS[grain]
    month = day.year * 12 + day.month - 1
    return _from_month(grain, month - month % length)


def named(name: str, grain: Grain) -> Period | None:
    """Return the period of that name, or None where it names none of that grain."""
    match = _NAMES.fullmatch(name)
    if match is None:
        return None
    quarter, month, day = match["quarter"], match["month"], match["day"]
    said = Grain.DAY if day else Grain.MONTH if month else Grain.QUARTER if quarter else Grain.YEAR
    if said is not grain:
        return None
    try:
        first = date(int(match["year"]), int(month or (int(quarter) * 3 - 2 if quarter else 1)), int(day or 1))
    except ValueError:
        return None
    return period_of(first, grain)


def figure_of(values: NDArray[np.float64], weights: NDArray[np.float64] | None, kind: SeriesType) -> float | None:
    """Add the days of a period up: amounts and counts are summed, ratios weighed by their denominators, balances and prices taken last.

    Days without a figure are NaN; None where no day has one.
    """
    there = np.isfinite(values)
    if not there.any():
        return None
    if kind in {SeriesType.BALANCE, SeriesType.PRICE}:
        return float(values[there][-1])
    if kind is SeriesType.RATIO:
        weight = np.ones(len(values)) if weights is None else np.nan_to_num(weights)
        whole = float(weight[there].sum())
        return float((values[there] * weight[there]).sum() / whole) if whole else None
    return float(values[there].sum())


def _from_month(grain: Grain, month: int) -> Period:
    after = month + _MONTHS[grain]
    end = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    return Period(grain, date(month // 12, month % 12 + 1, 1), end)
