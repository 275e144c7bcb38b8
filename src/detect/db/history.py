"""The append-only history of cases, chained by hashes so that a change made past this program is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from detect.db.records import CaseConflict
from detect.db.tables import case_events as table
from detect.db.tables import exceptions
from detect.db.values import to_python, written
from detect.model import Event

__all__ = ["append", "head", "lock", "notes", "read", "verify"]

CONTENT = ("case_id", "seq", "type", "at", "actor", "note", "data")
WRITERS = 0x59754A  # PostgreSQL advisory lock: one writer of the chain at a time; SQLite has one writer anyway


def lock(connection: Connection) -> None:
    """Let no other transaction write cases or events until this one ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(WRITERS)))


def append(connection: Connection, events: Iterable[Event]) -> int:
    """Write events that are not there yet; CaseConflict where another event has the number. Returns how many are new."""
    ordered = sorted(events, key=lambda event: (event.case_id, event.seq))
    if not ordered:
        return 0
    lock(connection)
    new = _unwritten(connection, ordered)
    position, previous = head(connection)
    rows = []
    for row in new:
        position += 1
        link = {**row, "position": position, "prev_hash": previous}
        previous = _hash(link)
        rows.append({**link, "hash": previous})
    if rows:
        connection.execute(insert(table), rows)
    return len(rows)


def _unwritten(connection: Connection, events: list[Event]) -> list[dict[str, Any]]:
    keys = sorted({event.case_id for event in events})
    query = select(table).where(table.c.case_id.in_(keys), table.c.seq >= min(event.seq for event in events))
    there = {(row.case_id, row.seq): _content(row) for row in connection.execute(query)}
    last = dict(
        connection.execute(
            select(table.c.case_id, func.max(table.c.seq)).where(table.c.case_id.in_(keys)).group_by(table.c.case_id)
        ).all()
    )
    new = []
    for event in events:
        row = {name: to_python(getattr(event, name)) for name in CONTENT}
        known = there.get((event.case_id, event.seq))
        if known is not None and known == _content(row):
            continue
        if known is not None or event.seq != last.get(event.case_id, 0) + 1:
            raise CaseConflict(event.case_id, event.seq)
        last[event.case_id] = event.seq
        new.append(row)
    return new


def _content(row: Row[Any] | dict[str, Any]) -> str:
    values = row if isinstance(row, dict) else row._asdict()
    return written({name: values[name] for name in CONTENT})


def _hash(link: dict[str, Any]) -> str:
    return hashlib.sha256(written({k: link[k] for k in (*CONTENT, "position", "prev_hash")}).encode()).hexdigest()


def head(connection: Connection) -> tuple[int, str]:
    """Return how many events there are and the hash of the last ('' when there is none)."""
    row = connection.execute(select(table.c.position, table.c.hash).order_by(table.c.position.desc()).limit(1)).first()
    return (row.position, row.hash) if row else (0, "")


def read(connection: Connection, case_id: str | None, types: Iterable[str] | None) -> list[Event]:
    """Return events in the order of writing."""
    query = select(*(table.c[name] for name in CONTENT)).order_by(table.c.position)
    if case_id is not None:
        query = query.where(table.c.case_id == case_id)
    if types is not None:
        query = query.where(table.c.type.in_(list(types)))
    return [Event(**row._asdict()) for row in connection.execute(query)]


def notes(connection: Connection, but: str) -> dict[str, str]:
    """Return by case what people wrote about it; `but` is the actor that is nobody."""
    query = select(table.c.case_id, table.c.note).where(table.c.note != "", table.c.actor != but)
    found: dict[str, list[str]] = {}
    for case_id, note in connection.execute(query.order_by(table.c.position)):
        found.setdefault(case_id, []).append(note)
    return {case_id: "\n".join(written) for case_id, written in found.items()}


def verify(connection: Connection) -> list[str]:
    """Say where the chain is broken, and which cases have fewer or more events than their row in `exceptions` says."""
    faults, previous, expected = [], "", 1
    seen: dict[str, int] = {}
    for row in connection.execute(select(table).order_by(table.c.position)):
        link = row._asdict()
        name = f"event {row.seq} of case {row.case_id}"
        if row.position != expected or row.seq != seen.get(row.case_id, 0) + 1:
            faults.append(f"before {name}: an event was removed or put in")
        if row.prev_hash != previous:
            faults.append(f"{name} does not follow the event before it")
        if row.hash != _hash(link):
            faults.append(f"{name} was changed after it was written")
        previous, expected, seen[row.case_id] = row.hash, row.position + 1, row.seq
    counted = dict(connection.execute(select(exceptions.c.id, exceptions.c.seq)).all())
    differing = (case for case in sorted(counted | seen) if counted.get(case, 0) != seen.get(case, 0))
    return faults + [f"case {c} should have {counted.get(c, 0)} events and has {seen.get(c, 0)}" for c in differing]
