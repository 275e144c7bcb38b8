"""What customers said, as imported: one row a text, masked; its words go when the time of keeping is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from detect.db.tables import feedback as table
from detect.db.upsert import upsert
from detect.db.values import digest, to_python

__all__ = ["FeedbackRow", "counts", "examples", "forget", "put", "sort_anew", "texts"]

_CHUNK = 500


@dataclass(frozen=True)
class FeedbackRow:
    """One text: `key` is its identity, `customer` a keyed hash or '', `text` masked."""

    key: str
    at: datetime
    day: date
    channel: str
    topic: str
    text: str
    imported_on: date
    score: float | None = None
    customer: str = ""


def put(connection: Connection, rows: Iterable[FeedbackRow]) -> tuple[int, int]:
    """Write rows that are new or changed; returns how many were new, and how many changed."""
    made = {row.key: _row(row) for row in rows}
    keys = sorted(made)
    before: set[str] = set()
    for start in range(0, len(keys), _CHUNK):
        known = select(table.c.key).where(table.c.key.in_(keys[start : start + _CHUNK]))
        before |= set(connection.execute(known).scalars())
    changed = {row.key for row in upsert(connection, table, list(made.values()))}
    return len(changed - before), len(changed & before)


def _row(row: FeedbackRow) -> dict[str, Any]:
    content = to_python({name: getattr(row, name) for name in FeedbackRow.__dataclass_fields__})
    said = {name: value for name, value in content.items() if name not in {"imported_on", "topic"}}
    return {**content, "digest": digest(said)}


def forget(connection: Connection, before: date) -> int:
    """Remove the words of what was said before a day; returns how many texts."""
    gone = update(table).where(table.c.day < before, table.c.text != "").values(text="", customer="")
    return int(connection.execute(gone).rowcount)


def counts(connection: Connection, first: date, last: date) -> list[tuple[date, str, str, int, float | None]]:
    """Return (day, channel, topic, texts, mean score) in that order."""
    grain = (table.c.day, table.c.channel, table.c.topic)
    query = select(*grain, func.count(), func.avg(table.c.score)).where(table.c.day.between(first, last))
    return [tuple(row) for row in connection.execute(query.group_by(*grain).order_by(*grain))]


def examples(
    connection: Connection, column: str, value: str, first: date, last: date, limit: int
) -> list[tuple[str, str, str]]:
    """Return (channel, customer, text) of texts with words in a topic or channel, the latest first; each text once."""
    query = select(table.c.channel, table.c.customer, table.c.text).where(
        table.c[column] == value, table.c.day.between(first, last), table.c.text != ""
    )
    return [tuple(row) for row in connection.execute(query.order_by(table.c.at.desc(), table.c.key).limit(limit))]


def texts(connection: Connection) -> list[tuple[str, str, str]]:
    """Return (key, topic, text) of everything that still has words."""
    query = select(table.c.key, table.c.topic, table.c.text).where(table.c.text != "").order_by(table.c.key)
    return [tuple(row) for row in connection.execute(query)]


def sort_anew(connection: Connection, topics: Mapping[str, str]) -> int:
    """Give texts (by key) other topics; returns how many."""
    rows: Sequence[dict[str, str]] = [{"of": key, "to": topic} for key, topic in sorted(topics.items())]
    if rows:
        connection.execute(update(table).where(table.c.key == bindparam("of")).values(topic=bindparam("to")), rows)
    return len(rows)
