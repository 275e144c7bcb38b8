"""The rhythm in which what is learnt across series is fitted anew: fixed days, the same for a night and for a range of nights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

__all__ = ["fitted_through", "rhythm"]


def fitted_through(as_of: date, refit_days: int) -> date:
    """Return the last day of the data from which the models of this night are fitted; always before `as_of`."""
    before = as_of.toordinal() - 1
    return date.fromordinal(before - before % refit_days)


def rhythm(first: date, last: date, refit_days: int) -> Iterator[date]:
    """Yield, in order, the last day of the data of every model that the nights first..last use."""
    through = fitted_through(first, refit_days)
    while through < last:
        yield through
        through += timedelta(days=refit_days)
