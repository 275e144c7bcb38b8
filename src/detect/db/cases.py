"""The table `exceptions`: one row a case, as its events leave it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from detect.db.records import CaseConflict
from detect.db.tables import exceptions as table
from detect.db.upsert import upsert
from detect.db.values import digest, to_python
from detect.model import Case, Category, Cause, Kind, Level, Status, Text, Verdict

__all__ = ["names", "read", "write"]

NAMES = tuple(field.name for field in fields(Case))
OPEN = tuple(status.value for status in Status if status.is_open)


def write(connection: Connection, cases: Iterable[Case]) -> int:
    """Write the cases that changed; CaseConflict when the store has later events than a case was folded from."""
    rows = [_row(case) for case in cases]
    query = select(table.c.id, table.c.seq).where(table.c.id.in_([row["id"] for row in rows]))
    stored = dict(connection.execute(query).all()) if rows else {}
    for row in rows:
        if stored.get(row["id"], 0) > row["seq"]:
            raise CaseConflict(row["id"], row["seq"] + 1)
    return len(upsert(connection, table, rows))


def read(
    connection: Connection,
    open_only: bool,
    department: str | None,
    detected_on: date | None,
    ids: Iterable[str] | None,
    parent: str | None = None,
    *,
    archived: bool = True,
) -> list[Case]:
    """Return cases, the gravest and then the newest first."""
    query = select(*(table.c[name] for name in NAMES))
    if open_only:
        query = query.where(table.c.status.in_(OPEN))
    if department is not None:
        query = query.where(table.c.department == department)
    if detected_on is not None:
        query = query.where(table.c.detected_on == detected_on)
    if not archived:
        query = query.where(table.c.status != Status.ARCHIVED.value)
    if parent is not None:
        query = query.where(table.c.parent == parent)
    if ids is not None:
        query = query.where(table.c.id.in_(list(ids)))
    return [
        _case(row) for row in connection.execute(query.order_by(table.c.level, table.c.opened_at.desc(), table.c.id))
    ]


def names(connection: Connection) -> list[str]:
    """Return the id of every case."""
    return list(connection.scalars(select(table.c.id).order_by(table.c.id)))


def _row(case: Case) -> dict[str, Any]:
    row = {name: to_python(getattr(case, name)) for name in NAMES}
    return {**row, "digest": digest(row)}


def _case(row: Row[Any]) -> Case:
    values = row._asdict()
    return Case(
        **values
        | {
            "category": Category(row.category),
            "kind": Kind(row.kind),
            "level": Level(row.level),
            "status": Status(row.status),
            "verdict": None if row.verdict is None else Verdict(row.verdict),
            "cause": None if row.cause is None else Cause(row.cause),
            "description": Text(**row.description),
            "one_level_higher": Text(**row.one_level_higher),
            "impact": tuple(Text(**text) for text in row.impact),
            "measures": tuple(Text(**text) for text in row.measures),
        }
    )
