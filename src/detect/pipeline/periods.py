"""Stretches of nights that know the same: the same fitted models, the same known events, the same verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["Period", "fitted_through", "periods"]


@dataclass(frozen=True)
class Period:
    """The nights `first` to `last`, judged by what was fitted from data up to `through` and known before `first`."""

    through: date
    first: date
    last: date


def fitted_through(as_of: date, refit_days: int) -> date:
    """Return the last day of the data from which the models of this night are fitted: a fixed rhythm, the same for every company."""
    before = as_of.toordinal() - 1
    return date.fromordinal(before - before % refit_days)


def periods(first: date, last: date, refit_days: int, learnt: Iterable[date] = ()) -> Iterator[Period]:
    """Split the nights first..last where models are fitted anew and after each day on which something was `learnt`."""
    cuts = {day + timedelta(days=1) for day in learnt}
    start = first
    while start <= last:
        through = fitted_through(start, refit_days)
        end = min(last, through + timedelta(days=refit_days))
        end = min([end, *(cut - timedelta(days=1) for cut in cuts if start < cut <= end)])
        yield Period(through, start, end)
        start = end + timedelta(days=1)
