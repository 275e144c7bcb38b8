"""The table `exceptions`: one row a case, as its events leave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select, type_coerce
from sqlalchemy import Text as Characters

from detect.db.records import CaseConflict
from detect.db.tables import exceptions as table
from detect.db.upsert import upsert
from detect.db.values import digest, to_python
from detect.model import Case, Category, Cause, Kind, Level, Status, Text, Verdict

__all__ = ["names", "read", "write"]

NAMES = tuple(field.name for field in fields(Case))
TEXTS = 4096  # of the playbooks: many cases share the same ones
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
    # JSON comes as it is written: ten thousand cases are read in a third of the time when texts that repeat are read once.
    query = select(*(type_coerce(table.c[n], Characters) if n in WRITTEN else table.c[n] for n in NAMES))
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
        _case(row)
        for row in connection.execute(query.order_by(table.c.level, table.c.opened_at.desc(), table.c.id)).all()
    ]


def names(connection: Connection) -> list[str]:
    """Return the id of every case."""
    return list(connection.scalars(select(table.c.id).order_by(table.c.id)))


def _row(case: Case) -> dict[str, Any]:
    row = {name: to_python(getattr(case, name)) for name in NAMES}
    return {**row, "digest": digest(row)}


def _case(row: Row[Any]) -> Case:
    values = list(row)
    for place, read_one in CONVERTED:
        if values[place] is not None:
            values[place] = read_one(values[place])
    return Case(*values)


def _text(written: str) -> Text:
    return Text(**orjson.loads(written))


@lru_cache(maxsize=TEXTS)
def _texts(written: str) -> tuple[Text, ...]:
    return tuple(Text(**text) for text in orjson.loads(written))


WRITTEN: Mapping[str, Callable[[str], Any]] = {
    "description": _text,
    "one_level_higher": lru_cache(maxsize=TEXTS)(_text),
    "impact": _texts,
    "measures": _texts,
    "milestones": orjson.loads,
    "evidence": orjson.loads,
}
_OF_A_LIST: Mapping[str, Mapping[Any, Any]] = {
    name: {one.value: one for one in values}
    for name, values in (
        ("category", Category), ("kind", Kind), ("level", Level), ("status", Status), ("verdict", Verdict), ("cause", Cause),
    )
}  # fmt: skip
CONVERTED: tuple[tuple[int, Callable[[Any], Any]], ...] = tuple(
    (NAMES.index(name), convert)
    for name, convert in {**WRITTEN, **{name: found.__getitem__ for name, found in _OF_A_LIST.items()}}.items()
)
