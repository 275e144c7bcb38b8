"""What was fitted across series (kept by the day it was fitted through), and the events the company knows of."""

from __future__ import annotations

import hashlib
from datetime import date

from sqlalchemy import Connection, delete, or_, select

from detect.db.leases import fence
from detect.db.records import Lease, StoredModel
from detect.db.tables import known_events as events
from detect.db.tables import models as table
from detect.db.upsert import add_missing, upsert
from detect.db.values import to_python
from detect.errors import UsageError
from detect.model import KnownEvent, Text

__all__ = ["add_known_event", "get", "known_events", "put"]


def put(connection: Connection, model: StoredModel, lease: Lease | None, *, alone: bool = False) -> bool:
    """Keep a model, `alone` in place of all others of its name; False when the same one was there."""
    fence(connection, lease)
    if alone:
        other = or_(table.c.fitted_through != model.fitted_through, table.c.version != model.version)
        connection.execute(delete(table).where(table.c.name == model.name, other))
    row = {
        "name": model.name,
        "fitted_through": model.fitted_through,
        "version": model.version,
        "payload": model.payload,
        "digest": hashlib.sha256(model.payload).hexdigest(),
    }
    return bool(upsert(connection, table, [row]))


def get(connection: Connection, name: str, fitted_through: date, version: str | None) -> StoredModel | None:
    """Return the model fitted last, by data up to that day at the latest."""
    query = select(table.c.name, table.c.fitted_through, table.c.version, table.c.payload)
    query = query.where(table.c.name == name, table.c.fitted_through <= fitted_through)
    if version is not None:
        query = query.where(table.c.version == version)
    row = connection.execute(query.order_by(table.c.fitted_through.desc(), table.c.version.desc()).limit(1)).first()
    return StoredModel(*row) if row else None


def add_known_event(connection: Connection, event: KnownEvent) -> bool:
    """Register an event; what earlier nights knew must stay as it was, so one that is there cannot be changed."""
    if add_missing(connection, events, [to_python(event) | {"name": event.name}]):
        return True
    kept = next(known for known in known_events(connection, None) if known.id == event.id)
    if kept != event:
        raise UsageError(
            f"An event {event.id} is registered already, with other content", "Give the new one another id."
        )
    return False


def known_events(connection: Connection, recorded_by: date | None) -> list[KnownEvent]:
    """Return events recorded by a day, by first day."""
    query = select(events).order_by(events.c.first_day, events.c.id)
    if recorded_by is not None:
        query = query.where(events.c.recorded_on <= recorded_by)
    rows = (row._asdict() for row in connection.execute(query))
    return [KnownEvent(**row | {"name": Text(**row["name"]), "metrics": tuple(row["metrics"])}) for row in rows]
