"""The one judging lease: who may write judgements, checked inside every transaction that writes one."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from detect.db.records import Lease
from detect.db.tables import lease as table
from detect.db.transactions import clock
from detect.errors import StoreBusy

__all__ = ["JUDGING", "current", "fence", "release", "renew", "take"]

JUDGING = "judging"
FREE = {"holder": None, "token": None, "until": None}


def take(connection: Connection, holder: str, ttl: timedelta) -> Lease:
    """Take the lease when it is free or has run out; StoreBusy names its holder."""
    now = clock(connection)
    mine = Lease(holder, secrets.token_hex(16), now + ttl)
    free = or_(table.c.token.is_(None), table.c.until < now)
    row = {"holder": holder, "token": mine.token, "until": mine.until}
    done = connection.execute(update(table).where(table.c.name == JUDGING, free).values(row))
    if done.rowcount != 1:
        raise _busy(current(connection))
    return mine


def renew(connection: Connection, lease: Lease, ttl: timedelta) -> Lease:
    """Move the end of one's own lease."""
    until: datetime = clock(connection) + ttl
    mine = (table.c.name == JUDGING) & (table.c.token == lease.token)
    if connection.execute(update(table).where(mine).values(until=until)).rowcount != 1:
        raise _overtaken(lease, current(connection))
    return Lease(lease.holder, lease.token, until)


def release(connection: Connection, lease: Lease) -> None:
    """Give the lease back, leaving the row as it was; one that was overtaken has nothing to give back."""
    mine = (table.c.name == JUDGING) & (table.c.token == lease.token)
    connection.execute(update(table).where(mine).values(FREE))


def current(connection: Connection) -> Lease | None:
    """Return the lease as held now, run out or not."""
    row = connection.execute(select(table).where(table.c.name == JUDGING)).one()
    return Lease(row.holder, row.token, row.until) if row.token else None


def fence(connection: Connection, lease: Lease | None) -> None:
    """Refuse to go on when the lease was taken over; keep others from taking it over before this transaction ends."""
    if lease is None:
        return
    query = select(table.c.token).where(table.c.name == JUDGING).with_for_update(read=True)
    if connection.execute(query).scalar_one() != lease.token:
        raise _overtaken(lease, current(connection))


def _busy(held: Lease | None) -> StoreBusy:
    who = f"{held.holder}, until {held.until.isoformat(timespec='seconds')}" if held else "another run"
    return StoreBusy(f"Another run holds the store: {who}", "Wait for it to end, or look it up with `detect status`.")


def _overtaken(lease: Lease, held: Lease | None) -> StoreBusy:
    by = f"taken over by {held.holder}" if held else "given back"
    return StoreBusy(f"The lease of {lease.holder} ran out and was {by}; nothing more was written", "Run it again.")
