"""Judging a condition once a row, however many aggregates share it: SQLite by itself judges it anew for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnClause, Select, select
from sqlalchemy.sql.visitors import ExternallyTraversible, iterate, replacement_traverse

from detect.db.source_table import SourceTable
from detect.db.translate import Element

__all__ = ["judged_once"]


def judged_once(
    table: SourceTable, asked: Mapping[str, Element], conditions: Iterable[Element], where: Element
) -> Select[Any]:
    """Return the SELECT of what is `asked` by name, from the rows `where` holds with each of the `conditions` as a column of theirs.

    The offset of the inner query keeps SQLite from dissolving it into the outer one.
    """
    told = {f"yj_if_{number}": condition for number, condition in enumerate(conditions)}
    named = {id(condition): name for name, condition in told.items()}
    own = table.selectable
    parts = (part for element in asked.values() for part in iterate(element))
    read = {part.name for part in parts if isinstance(part, ColumnClause) and part.table is own}
    inner = select(*(own.c[name] for name in sorted(read)), *(c.label(name) for name, c in told.items()))
    rows = inner.where(where).offset(0).subquery(own.name)

    def replaced(element: ExternallyTraversible, **_: Any) -> Any:
        if id(element) in named:
            return rows.c[named[id(element)]]
        return rows.c[element.name] if isinstance(element, ColumnClause) and element.table is own else None

    return select(*(replacement_traverse(element, {}, replaced).label(name) for name, element in asked.items()))
