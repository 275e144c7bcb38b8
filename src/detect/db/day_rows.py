"""The rows of one business day as a SELECT text, for the expectations that look at rows of the day alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, and_, case, func, null, select

from detect.db.source_table import SourceTable

__all__ = ["day_rows", "select_rows"]


def day_rows(table: SourceTable, day: date, numbering: Mapping[str, Sequence[str]], dialect: Dialect) -> str:
    """Return the SELECT of the day's rows: the table's columns, the source's derived ones, and the `numbering` columns.

    A numbering column counts the rows that are equal in its columns (1, 2, …), and is NULL where all of those are NULL.
    """
    query = select_rows(table, day, numbering)
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def select_rows(table: SourceTable, day: date | None, numbering: Mapping[str, Sequence[str]]) -> Select[Any]:
    """Return the SELECT of one day's rows, or without a day of all of them, as `day_rows` writes it."""
    derived = [table.translator.column(name).label(name) for name in table.source.columns]
    numbered = [_number(table, columns).label(name) for name, columns in sorted(numbering.items())]
    query = select(*table.selectable.c, *derived, *numbered)
    return query if day is None else query.where(table.within(day, day))


def _number(table: SourceTable, names: Sequence[str]) -> ColumnElement[Any]:
    columns = [table.translator.column(name) for name in names]
    number = func.row_number().over(partition_by=columns, order_by=columns)
    return case((and_(*(column.is_(None) for column in columns)), null()), else_=number)
