"""The rows of a day that break a rule: a few of their keys, and the query that shows them all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, and_, case, func, null, select

from detect.db.expressions import parse
from detect.db.relations import AtFault, at_fault
from detect.db.source_table import SourceTable

__all__ = ["broken", "repeated"]

NUMBER = "yj_number"


def broken(
    connection: Connection, table: SourceTable, condition: str, columns: Sequence[str], day: date, limit: int
) -> AtFault:
    """Return the rows for which `condition`, in the expression language, holds."""
    translator = table.translator
    names = list(dict.fromkeys([*table.source.key, *columns]))
    query = select(*(translator.column(name).label(name) for name in names)).select_from(table.selectable)
    query = query.where(table.within(day, day), translator.condition(parse(condition)))
    return at_fault(connection, query.order_by(*names), limit)


def repeated(
    connection: Connection, table: SourceTable, unique: Sequence[str], columns: Sequence[str], day: date, limit: int
) -> AtFault:
    """Return the rows beyond the first of each combination of `unique`; rows without any of them are none."""
    translator = table.translator
    parts = [translator.column(name) for name in unique]
    names = list(dict.fromkeys([*table.source.key, *columns]))
    number = case(
        (and_(*(part.is_(None) for part in parts)), null()),
        else_=func.row_number().over(partition_by=parts, order_by=parts),
    )
    shown = [translator.column(name).label(name) for name in names]
    numbered = select(*shown, number.label(NUMBER)).select_from(table.selectable).where(table.within(day, day))
    rows = numbered.subquery("numbered")
    query = select(*(rows.c[name] for name in names)).where(rows.c[NUMBER] > 1).order_by(*names)
    return at_fault(connection, query, limit)
