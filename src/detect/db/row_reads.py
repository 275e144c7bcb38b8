"""Rows for the checks that look at rows: the events of a process, and payments or postings; one statement a table, named columns alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from detect.db.expressions import parse
from detect.db.source_table import SourceTable
from detect.db.translate import Element
from detect.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventColumns", "event_rows", "plain_rows"]


@dataclass(frozen=True)
class EventColumns:
    """Which columns of a source are the case, the activity and the time of an event; `ends` are the activities that end a case."""

    case: str
    activity: str
    timestamp: str
    ends: tuple[str, ...]
    where: str | None = None


def event_rows(
    connection: Connection, table: SourceTable, columns: EventColumns, *, first: date, last: date, limit: int
) -> pd.DataFrame:
    """Return the events up to `last` of every case that has one from `first` on, or had not ended by then.

    The frame has the columns of `columns` under their names. Raises SourceError where there are more than `limit`.
    """
    name, activity, at = (table.translator.column(c) for c in (columns.case, columns.activity, columns.timestamp))
    mine = [table.within(None, last), *_where(table, columns.where)]
    ended = func.max(case((activity.in_(columns.ends), at)))
    recent = func.max(case((table.within(first, last), 1)))
    wanted = select(name).select_from(table.selectable).where(and_(*mine)).group_by(name)
    wanted = wanted.having(or_(recent == 1, ended.is_(None), ended < func.max(at)))
    named = [name.label(columns.case), activity.label(columns.activity), at.label(columns.timestamp)]
    query = select(*named).select_from(table.selectable).where(and_(*mine, name.in_(wanted)))
    return _frame(connection, table, query, limit)


def plain_rows(
    connection: Connection,
    table: SourceTable,
    columns: Sequence[str],
    where: str | None,
    *,
    first: date | None,
    last: date | None,
    limit: int,
) -> pd.DataFrame:
    """Return the rows of the days `first` to `last` (all rows without `last`) with the columns named, in no order.

    Raises SourceError where there are more than `limit`.
    """
    named = [table.translator.column(name).label(name) for name in dict.fromkeys(columns)]
    conditions = [] if last is None else [table.within(first, last)]
    query = select(*named).select_from(table.selectable).where(*conditions, *_where(table, where))
    return _frame(connection, table, query, limit)


def _where(table: SourceTable, where: str | None) -> list[Element]:
    return [] if where is None else [table.translator.condition(parse(where))]


def _frame(connection: Connection, table: SourceTable, query: Select[Any], limit: int) -> pd.DataFrame:
    import pandas as pd

    result = connection.execute(query.limit(limit + 1))
    rows: Sequence[Any] = result.all()
    if len(rows) > limit:
        what = f"Table {table.source.table} gave more than {limit:,} rows for one check"
        raise SourceError(what, "Shorten the check's memory or narrow its `where`, or raise row_limit.")
    names: Mapping[str, Any] = dict.fromkeys(result.keys())
    values = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pd.DataFrame({n: pd.Series(list(v), dtype=object) for n, v in zip(names, values, strict=True)})
