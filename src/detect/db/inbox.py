"""The office inbox: a table that an intranet page or the demo shows messages from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from detect.db.outbox import pack, unpack
from detect.db.records import InboxRow
from detect.db.tables import inbox as table
from detect.db.upsert import add_missing
from detect.db.values import to_python
from detect.model import Notice

__all__ = ["put", "read"]


def put(connection: Connection, notice: Notice, now: datetime) -> bool:
    """Add a message; False when its key was there."""
    row = {"key": to_python(notice.key), "recipient": to_python(notice.recipient), "received_at": now}
    return add_missing(connection, table, [{**row, "notice": pack(notice)}]) == 1


def read(connection: Connection, recipient: str | None) -> list[InboxRow]:
    """Return messages, the newest first."""
    query = select(table).order_by(table.c.received_at.desc(), table.c.key)
    if recipient is not None:
        query = query.where(table.c.recipient == recipient)
    return [InboxRow(unpack(row.notice), row.received_at, row.read_at) for row in connection.execute(query)]
