"""INSERT … ON CONFLICT for both databases: the one way by which a rerun changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Row, Table

__all__ = ["add_missing", "upsert"]

Rows = Sequence[Mapping[str, Any]]


def upsert(connection: Connection, table: Table, rows: Rows, versioned: str | None = None) -> list[Row[Any]]:
    """Insert rows, or update those whose `digest` differs; returns the primary keys (and version) of the rows changed.

    Rows are written in key order, so that two writers never wait for each other in a circle. `versioned` names a column that
    counts up at each change.
    """
    keys = [c.name for c in table.primary_key]
    returned = [*table.primary_key, *([table.c[versioned]] if versioned else [])]
    ordered = _ordered(rows, keys)
    if not ordered:
        return []
    statement = _insert(connection, table)
    values = {name: statement.excluded[name] for name in ordered[0] if name not in keys}
    if versioned:
        values[versioned] = table.c[versioned] + 1
    statement = statement.on_conflict_do_update(
        index_elements=keys, set_=values, where=table.c.digest != statement.excluded.digest
    )
    return list(connection.execute(statement.returning(*returned), ordered).all())


def add_missing(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert the rows whose primary key is new, leave the others alone; returns how many were new."""
    keys = [c.name for c in table.primary_key]
    ordered = _ordered(rows, keys)
    if not ordered:
        return 0
    statement = _insert(connection, table).on_conflict_do_nothing(index_elements=keys)
    return len(connection.execute(statement.returning(*table.primary_key), ordered).all())


def _insert(connection: Connection, table: Table) -> Any:
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # the one that is in use, not both
    return dialect.insert(table)


def _ordered(rows: Rows, keys: list[str]) -> list[dict[str, Any]]:
    return sorted((dict(row) for row in rows), key=lambda row: tuple(row[k] for k in keys))
