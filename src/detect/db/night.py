"""What a night or a person's step writes, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from detect.db import cases, history, leases, ledger, outbox
from detect.db.records import FindingRow, Lease, NightRecord, Written
from detect.db.tables import finding_versions
from detect.db.tables import findings as table
from detect.db.upsert import add_missing, upsert
from detect.db.values import canonical, digest, to_python
from detect.model import Case, Category, Event, Finding, Kind, Level, Notice

__all__ = ["commit", "findings", "record"]

NAMES = tuple(field.name for field in fields(Finding))


def commit(connection: Connection, night: NightRecord, lease: Lease, now: datetime) -> Written:
    """Write a night; the order of the tables is that of `record`, so that the two never wait for each other in a circle."""
    leases.fence(connection, lease)
    runs, checks = ledger.write(connection, night.run, night.checks)
    changed = _write_findings(connection, night, now)
    if night.cases:
        history.lock(connection)
    events = history.append(connection, night.events)
    written = cases.write(connection, night.cases)
    return Written(runs, checks, changed, events, written, outbox.put(connection, night.notices, now))


def record(
    connection: Connection,
    events: tuple[Event, ...],
    changed: tuple[Case, ...],
    notices: tuple[Notice, ...],
    now: datetime,
) -> Written:
    """Write steps outside of a night: the events of one case or of several, and the cases as they leave them."""
    history.lock(connection)
    appended = history.append(connection, events)
    written = cases.write(connection, changed)
    return Written(events=appended, cases=written, notices=outbox.put(connection, notices, now))


def _write_findings(connection: Connection, night: NightRecord, now: datetime) -> int:
    rows = {row["id"]: row for row in map(_row, night.findings)}
    changed = upsert(connection, table, list(rows.values()), versioned="version")
    versions = [
        {
            "finding_id": key,
            "version": version,
            "run_id": night.run.run_id,
            "recorded_at": now,
            "state": rows[key]["state"],
            "reason": rows[key]["reason"],
            "digest": rows[key]["digest"],
            "content": {k: v for k, v in rows[key].items() if k not in {"version", "digest"}},
        }
        for key, version in ((row.id, row.version) for row in changed)
    ]
    return add_missing(connection, finding_versions, versions)


def _row(kept: FindingRow) -> dict[str, Any]:
    row = {name: to_python(getattr(kept.finding, name)) for name in NAMES}
    row |= {"case_id": kept.case_id, "state": kept.state}
    # The reason says why this version is, so it is no part of what makes it differ from the one before.
    key = hashlib.sha256(canonical(kept.finding.key).encode()).hexdigest()[:32]
    return {"id": key, **row, "digest": digest(row), "reason": kept.reason, "version": 1}


def findings(
    connection: Connection, as_of: date | None, case_id: str | None, first: date | None, last: date | None
) -> list[FindingRow]:
    """Return findings in their latest version, in the order of nights."""
    query = select(table)
    if as_of is not None:
        query = query.where(table.c.as_of == as_of)
    if case_id is not None:
        query = query.where(table.c.case_id == case_id)
    if first is not None:
        query = query.where(table.c.as_of >= first)
    if last is not None:
        query = query.where(table.c.as_of <= last)
    order = (table.c.as_of, table.c.day, table.c.subject, table.c.segment, table.c.channel)
    return list(_findings(connection.execute(query.order_by(*order))))


def _findings(rows: Iterable[Row[Any]]) -> Iterable[FindingRow]:
    for row in rows:
        values = {name: getattr(row, name) for name in NAMES}
        values |= {
            "category": Category(row.category),
            "kind": Kind(row.kind),
            "severity": None if row.severity is None else Level(row.severity),
        }
        yield FindingRow(Finding(**values), row.case_id, row.state, row.reason, row.version)
