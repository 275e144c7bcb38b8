"""What the rows of a table look like: what a drafted suite is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

__all__ = ["ColumnProfile", "TableProfile"]


@dataclass(frozen=True)
class ColumnProfile:
    """One column: `type` as the database names it; `least`, `greatest` of numbers, `shortest`, `longest` of texts; `values` where few."""

    name: str
    type: str
    given: int
    distinct: int
    least: float | None = None
    greatest: float | None = None
    shortest: int | None = None
    longest: int | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableProfile:
    """The rows of the days `first` to `last`.

    `repeated` are rows that repeat others by the source's key; `ordered` are pairs of date columns (later, earlier) with the number
    of rows that have both, none of which is the other way round.
    """

    first: date
    last: date
    rows: int
    repeated: int | None
    columns: tuple[ColumnProfile, ...]
    ordered: Mapping[tuple[str, str], int]
