"""What a table's rows of some days look like, column by column: counts, extremes, and the values of columns that have few."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import permutations
from typing import Any

from sqlalchemy import Connection, Date, DateTime, Text, and_, case, cast, func, not_, select
from sqlalchemy import types as sql_types

from detect.db.source_table import SourceTable
from detect.db.translate import Element
from detect.db.values import to_python
from detect.series.profiles import ColumnProfile, TableProfile

__all__ = ["FEW", "profile"]

FEW = 12  # distinct values up to which a column is taken for a list of kinds
_MOMENTS = (Date, DateTime)
_MOST_MOMENTS = 4  # columns of dates whose order is looked at


def profile(connection: Connection, table: SourceTable, first: date, last: date) -> TableProfile:
    """Look at the rows of some days: one statement for all figures, and one for each column of few values."""
    within = table.within(first, last)
    asked: dict[str, Element] = {"rows": func.count()}
    for number, column in enumerate(table.selectable.c):
        asked |= {f"{name}_{number}": element for name, element in _figures(table, column).items()}
    if table.source.key:
        key = [table.translator.column(name) for name in table.source.key]
        asked["unique"] = table.translator.distinct(key)
    pairs = _pairs(table)
    for number, (later, earlier) in enumerate(pairs):
        both = and_(later.is_not(None), earlier.is_not(None))
        asked[f"both_{number}"] = func.count(case((both, 1)))
        asked[f"wrong_{number}"] = func.count(case((and_(both, not_(later >= earlier)), 1)))
    query = select(*(element.label(name) for name, element in asked.items())).select_from(table.selectable)
    seen: dict[str, Any] = {
        k: to_python(v) for k, v in connection.execute(query.where(within)).mappings().one().items()
    }
    columns = tuple(
        _column(connection, table, column, number, seen, (first, last))
        for number, column in enumerate(table.selectable.c)
    )
    ordered = {
        (later.name, earlier.name): int(seen[f"both_{n}"])
        for n, (later, earlier) in enumerate(pairs)
        if seen[f"both_{n}"] and not seen[f"wrong_{n}"]
    }
    repeated = int(seen["rows"]) - int(seen["unique"]) if table.source.key else None
    return TableProfile(first, last, int(seen["rows"]), repeated, columns, ordered)


def _figures(table: SourceTable, column: Element) -> dict[str, Element]:
    found: dict[str, Element] = {"given": func.count(column)}
    if not isinstance(column.type, sql_types.JSON | sql_types.LargeBinary):
        found["distinct"] = func.count(column.distinct())
    if isinstance(column.type, sql_types.Numeric | sql_types.Integer):
        found |= {"least": func.min(column), "greatest": func.max(column)}
    if _is_text(table, column):
        length = func.length(cast(column, Text))
        found |= {"shortest": func.min(length), "longest": func.max(length)}
    return found


def _column(
    connection: Connection,
    table: SourceTable,
    column: Any,
    number: int,
    seen: Mapping[str, Any],
    days: tuple[date, date],
) -> ColumnProfile:
    def of(name: str) -> Any:
        return seen.get(f"{name}_{number}")

    few = _is_text(table, column) and 0 < int(of("distinct") or 0) <= FEW
    values: tuple[str, ...] = ()
    if few:
        query = select(column).distinct().select_from(table.selectable)
        query = query.where(table.within(*days), column.is_not(None)).order_by(column)
        values = tuple(str(value) for value in connection.execute(query).scalars())
    least, greatest = of("least"), of("greatest")
    return ColumnProfile(
        name=column.name,
        type=table.types[column.name],
        given=int(of("given")),
        distinct=int(of("distinct") or 0),
        least=None if least is None else float(least),
        greatest=None if greatest is None else float(greatest),
        shortest=of("shortest"),
        longest=of("longest"),
        values=values,
    )


def _is_text(table: SourceTable, column: Any) -> bool:
    """Whether a column holds words; SQLite's dates are text too, and the day column is none of them."""
    named = table.types[column.name].upper()
    return (
        isinstance(column.type, sql_types.String)
        and "DATE" not in named
        and "TIME" not in named
        and column.name != table.source.day
    )


def _pairs(table: SourceTable) -> list[tuple[Any, Any]]:
    """Return the pairs of columns that hold dates, in both orders."""
    moments = [c for c in table.selectable.c if isinstance(c.type, _MOMENTS) or _declared_moment(table, c)]
    return list(permutations(moments[:_MOST_MOMENTS], 2))


def _declared_moment(table: SourceTable, column: Any) -> bool:
    return any(word in table.types[column.name].upper() for word in ("DATE", "TIMESTAMP"))
