"""Messages waiting to be sent: saved with what they tell of, claimed by one sender at a time, settled one by one."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from detect.db.records import Delivery, OutboxRow, Told
from detect.db.tables import deliveries as tries
from detect.db.tables import notice_cases
from detect.db.tables import outbox as table
from detect.db.upsert import add_missing
from detect.db.values import to_python
from detect.model import Notice

__all__ = [
    "claim",
    "counts",
    "deliveries",
    "due_channels",
    "in_state",
    "pack",
    "picture",
    "put",
    "revive",
    "settle",
    "told_of",
    "unpack",
]

STATES = ("waiting", "sending", "sent", "dead")
NAMES = tuple(field.name for field in fields(Notice) if field.name not in {"images", "attachments", "not_before"})
TOLD = ("key", "recipient", "channel", "kind", "state", "created_at", "due_at", "sent_at", "last_error")


def pack(notice: Notice) -> dict[str, Any]:
    """Write a notice as JSON-able values; pictures and files in base64."""
    carried = {
        name: {key: base64.b64encode(content).decode() for key, content in given.items()}
        for name, given in (("images", notice.images), ("attachments", notice.attachments))
    }
    return {name: to_python(getattr(notice, name)) for name in NAMES} | carried


def unpack(packed: dict[str, Any]) -> Notice:
    """Read what `pack` wrote."""
    as_of = packed["as_of"]
    return Notice(
        **packed
        | {
            "images": {key: base64.b64decode(image) for key, image in packed["images"].items()},
            "attachments": {key: base64.b64decode(file) for key, file in packed.get("attachments", {}).items()},
            "case_ids": tuple(packed["case_ids"]),
            "as_of": None if as_of is None else date.fromisoformat(as_of),
        }
    )


def put(connection: Connection, notices: Iterable[Notice], now: datetime) -> int:
    """Add messages whose key is new, and note which cases they tell of."""
    new = {notice.key: notice for notice in notices}
    added = add_missing(connection, table, [_row(notice, now) for notice in new.values()])
    add_missing(connection, notice_cases, [{"key": n.key, "case_id": c} for n in new.values() for c in n.case_ids])
    return added


def _row(notice: Notice, now: datetime) -> dict[str, Any]:
    row = {name: to_python(getattr(notice, name)) for name in ("key", "recipient", "channel", "kind", "as_of")}
    times = {"created_at": now, "due_at": max(now, notice.not_before or now)}
    return row | times | {"notice": pack(notice), "state": "waiting", "attempts": 0, "last_error": ""}


def claim(
    connection: Connection, worker: str, now: datetime, limit: int, lease_for: timedelta, channel: str | None
) -> list[OutboxRow]:
    """Take due messages, single warnings before digests; rows that another sender is taking at this moment are passed over."""
    due = _due(now) if channel is None else and_(_due(now), table.c.channel == channel)
    order = (table.c.kind, table.c.key)  # "case" comes before "digest"
    chosen = select(table.c.key).where(due).order_by(*order).limit(limit).with_for_update(skip_locked=True)
    keys = list(connection.execute(chosen).scalars())
    row = {"state": "sending", "claimed_by": worker, "claimed_until": now + lease_for, "attempts": table.c.attempts + 1}
    taken = connection.execute(update(table).where(table.c.key.in_(keys)).values(row).returning(table)).all()
    return sorted(map(_read, taken), key=lambda claimed: (claimed.notice.kind, claimed.key))


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(table.c.state == "waiting", table.c.due_at <= now),
        and_(table.c.state == "sending", table.c.claimed_until < now),
    )


def due_channels(connection: Connection, now: datetime) -> dict[str, int]:
    """Count the messages that are due, by channel."""
    query = select(table.c.channel, func.count()).where(_due(now)).group_by(table.c.channel)
    return dict(sorted(connection.execute(query).all()))


def revive(connection: Connection, now: datetime) -> int:
    """Make given-up messages due once more, for as long as a new message is tried; what was said of them stays on record."""
    dead = update(table).where(table.c.state == "dead")
    return connection.execute(dead.values(state="waiting", due_at=now, created_at=now)).rowcount


def settle(
    connection: Connection,
    row: OutboxRow,
    now: datetime,
    outcome: str,
    answer: str,
    *,
    retry_at: datetime | None = None,
) -> bool:
    """Write how a try ended (sent, failed, dead), only while the claim is the caller's own; False when it is not.

    The number of the try is part of the claim: a worker that was overtaken by itself under the same name has lost it too.
    """
    mine = and_(
        table.c.key == row.key,
        table.c.state == "sending",
        table.c.claimed_by == row.claimed_by,
        table.c.attempts == row.attempts,
    )
    said = to_python(answer)
    values: dict[str, Any] = {"state": outcome, "claimed_by": None, "claimed_until": None}
    values |= {"last_error": ""} | {"sent_at": now} if outcome == "sent" else {"last_error": said}
    if outcome == "failed":
        values |= {"state": "waiting", "due_at": retry_at or now}
    if connection.execute(update(table).where(mine).values(values)).rowcount != 1:
        return False
    head = {"key": row.key, "attempt": row.attempts, "at": now, "worker": row.claimed_by or ""}
    connection.execute(insert(tries).values({**head, "outcome": outcome, "answer": said}))
    return True


def counts(connection: Connection) -> dict[str, int]:
    """Count messages by state."""
    query = select(table.c.state, func.count()).group_by(table.c.state)
    return dict.fromkeys(STATES, 0) | dict(connection.execute(query).all())


def in_state(connection: Connection, state: str) -> list[OutboxRow]:
    """Return the messages in a state, the oldest first."""
    query = select(table).where(table.c.state == state).order_by(table.c.created_at, table.c.key)
    return [_read(row) for row in connection.execute(query)]


def _read(row: Row[Any]) -> OutboxRow:
    names = ("state", "attempts", "created_at", "due_at", "claimed_by", "claimed_until", "last_error", "sent_at")
    return OutboxRow(notice=unpack(row.notice), **{name: getattr(row, name) for name in names})


def deliveries(connection: Connection, key: str | None) -> list[Delivery]:
    """Return every try, in order."""
    query = select(tries).order_by(tries.c.key, tries.c.attempt)
    if key is not None:
        query = query.where(tries.c.key == key)
    return [Delivery(**row._asdict()) for row in connection.execute(query)]


def picture(connection: Connection, case_id: str, name: str, as_of: date) -> bytes | None:
    """Return the picture `name` from a message about a case of the night `as_of` or later, None where none holds it."""
    about = select(notice_cases.c.key).where(notice_cases.c.case_id == case_id)
    newest = (table.c.as_of.desc(), table.c.created_at.desc(), table.c.key)
    query = select(table.c.notice).where(table.c.key.in_(about), table.c.as_of >= as_of).order_by(*newest).limit(20)
    found = (notice["images"].get(name) for notice in connection.execute(query).scalars())
    return next((base64.b64decode(image) for image in found if image), None)


def told_of(connection: Connection, case_id: str) -> list[Told]:
    """Return every message about a case with its tries, the oldest first."""
    about = select(notice_cases.c.key).where(notice_cases.c.case_id == case_id)
    found = connection.execute(select(tries).where(tries.c.key.in_(about)).order_by(tries.c.key, tries.c.attempt))
    by_key: dict[str, list[Delivery]] = {}
    for row in found:
        by_key.setdefault(row.key, []).append(Delivery(**row._asdict()))
    columns = [table.c[name] for name in TOLD]
    query = select(*columns).where(table.c.key.in_(about)).order_by(table.c.created_at, table.c.recipient, table.c.key)
    return [Told(**row._asdict(), tries=tuple(by_key.get(row.key, ()))) for row in connection.execute(query)]
