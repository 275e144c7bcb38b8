"""INSERT … ON CONFLICT for both databases: the one way by which a rerun changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
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
    ordered = _ordered(table, rows)
    if not ordered:
        return []
    statement = _upserting(connection.dialect.name, table, tuple(ordered[0]), versioned)
    return list(connection.execute(statement, ordered).all())


def add_missing(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert the rows whose primary key is new, leave the others alone; returns how many were new."""
    ordered = _ordered(table, rows)
    if not ordered:
        return 0
    return len(connection.execute(_adding(connection.dialect.name, table), ordered).all())


# A statement is the same for every row of a table: to make it takes longer than SQLite takes to carry it out.
@cache
def _upserting(dialect: str, table: Table, names: tuple[str, ...], versioned: str | None) -> Any:
    keys = [c.name for c in table.primary_key]
    statement = _insert(dialect, table)
    values = {name: statement.excluded[name] for name in names if name not in keys}
    if versioned:
        values[versioned] = table.c[versioned] + 1
    statement = statement.on_conflict_do_update(
        index_elements=keys, set_=values, where=table.c.digest != statement.excluded.digest
    )
    return statement.returning(*table.primary_key, *([table.c[versioned]] if versioned else []))


@cache
def _adding(dialect: str, table: Table) -> Any:
    keys = [c.name for c in table.primary_key]
    statement = _insert(dialect, table).on_conflict_do_nothing(index_elements=keys)
    return statement.returning(*table.primary_key)


def _insert(dialect: str, table: Table) -> Any:
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)  # the one that is in use, not both


def _ordered(table: Table, rows: Rows) -> list[dict[str, Any]]:
    keys = [c.name for c in table.primary_key]
    return sorted((dict(row) for row in rows), key=lambda row: tuple(row[k] for k in keys))
