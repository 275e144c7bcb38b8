"""The store's tables, for SQLite and PostgreSQL alike; `migrations/` makes them, `migrate.check` compares them with the database.

JSON is kept as canonical text, and instants as UTC, so that both databases hold the same and a digest means the same.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from detect.db.column_types import Instant, Json

__all__ = [
    "case_events",
    "check_series",
    "checks",
    "deliveries",
    "exceptions",
    "feedback",
    "finding_versions",
    "findings",
    "inbox",
    "known_events",
    "lease",
    "metadata",
    "models",
    "notice_cases",
    "observations",
    "outbox",
    "runs",
]


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=options.pop("nullable", False), **options)


runs = Table(
    "runs",
    metadata,
    _text("run_id", primary_key=True),
    Column("as_of", Date, nullable=False),
    _text("scope"),
    _text("mode"),
    _text("state"),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("outcomes", Json, nullable=False),
    Column("data_until", Date),
    _text("config_digest"),
    _text("program"),
    _text("note"),
    _text("digest"),
    Index(None, "as_of", "scope"),
)

checks = Table(
    "checks",
    metadata,
    Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True),
    _text("subject", primary_key=True),
    _text("detector", primary_key=True),
    Column("planned", Integer, nullable=False),
    Column("outcomes", Json, nullable=False),
    _text("data_digest"),
    _text("digest"),
)

check_series = Table(
    "check_series",
    metadata,
    Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True),
    _text("subject", primary_key=True),
    _text("detector", primary_key=True),
    _text("segment", primary_key=True),
    _text("outcome"),
    _text("cause"),
)

observations = Table(
    "observations",
    metadata,
    _text("metric", primary_key=True),
    Column("day", Date, primary_key=True),
    _text("segment", primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("as_of", Date, nullable=False),  # the night that first saw this value
    Column("value", Double),
    Column("weight", Double),
    Column("rows", BigInteger, nullable=False),
    Column("repeated", BigInteger, nullable=False),  # rows that are repeats of others, by the source's key
)

findings = Table(
    "findings",
    metadata,
    _text("id", primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("day", Date, nullable=False),
    _text("subject"),
    _text("segment"),
    _text("channel"),
    _text("case_id", nullable=True),
    Column("version", Integer, nullable=False),
    _text("state"),
    _text("reason"),
    Column("first_day", Date, nullable=False),
    _text("category"),
    _text("kind"),
    _text("department"),
    _text("metric", nullable=True),
    Column("actual", Double),
    Column("expected", Double),
    Column("lower", Double),
    Column("upper", Double),
    _text("unit"),
    Column("statistic", Double),
    Column("p", Double),
    Column("provisional", Boolean, nullable=False),
    Column("severity", Integer),
    Column("stake", Double),
    Column("evidence", Json, nullable=False),
    _text("digest"),
    UniqueConstraint("as_of", "day", "subject", "segment", "channel"),
    Index(None, "case_id"),
)

finding_versions = Table(
    "finding_versions",
    metadata,
    Column("finding_id", Text, ForeignKey("findings.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _text("run_id"),
    Column("recorded_at", Instant, nullable=False),
    _text("state"),
    _text("reason"),
    _text("digest"),
    Column("content", Json, nullable=False),
)

exceptions = Table(
    "exceptions",
    metadata,
    _text("id", primary_key=True),
    _text("subject"),
    _text("segment"),
    _text("category"),
    _text("kind"),
    Column("description", Json, nullable=False),
    Column("detected_on", Date, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("level", Integer, nullable=False),
    _text("status"),
    _text("department"),
    _text("owner"),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("seq", Integer, nullable=False),
    _text("channel"),
    _text("metric", nullable=True),
    _text("verdict", nullable=True),
    _text("cause", nullable=True),
    Column("expected", Double),
    Column("lower", Double),
    Column("upper", Double),
    Column("actual", Double),
    _text("unit"),
    Column("stake", Double),
    _text("rule"),
    Column("one_level_higher", Json, nullable=False),
    Column("impact", Json, nullable=False),
    Column("measures", Json, nullable=False),
    _text("parent", nullable=True),
    Column("restricted", Boolean, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("clock_runs", Boolean, nullable=False),
    Column("milestones", Json, nullable=False),
    Column("evidence", Json, nullable=False),
    _text("digest"),
    Index(None, "status"),
    Index(None, "detected_on"),
)

case_events = Table(
    "case_events",
    metadata,
    _text("case_id", primary_key=True),
    Column("seq", Integer, primary_key=True),
    # One chain over all cases: its head, printed in a digest, vouches for everything before it.
    Column("position", BigInteger, nullable=False),
    _text("type"),
    Column("at", Instant, nullable=False),
    _text("actor"),
    _text("note"),
    Column("data", Json, nullable=False),
    _text("prev_hash"),
    _text("hash"),
    UniqueConstraint("position"),
)

outbox = Table(
    "outbox",
    metadata,
    _text("key", primary_key=True),
    _text("state"),
    _text("recipient"),
    _text("channel"),
    _text("kind"),
    Column("as_of", Date),
    Column("notice", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    _text("claimed_by", nullable=True),
    Column("claimed_until", Instant),
    _text("last_error"),
    Column("sent_at", Instant),
    Index(None, "state", "due_at"),
)

notice_cases = Table(
    "notice_cases",
    metadata,
    Column("key", Text, ForeignKey("outbox.key"), primary_key=True),
    Column("case_id", Text, primary_key=True),
    Index(None, "case_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("key", Text, ForeignKey("outbox.key"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    _text("worker"),
    _text("outcome"),
    _text("answer"),
)

inbox = Table(
    "inbox",
    metadata,
    _text("key", primary_key=True),
    _text("recipient"),
    Column("received_at", Instant, nullable=False),
    Column("read_at", Instant),
    Column("notice", Json, nullable=False),
    Index(None, "recipient"),
)

models = Table(
    "models",
    metadata,
    _text("name", primary_key=True),
    Column("fitted_through", Date, primary_key=True),
    _text("version", primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    _text("digest"),
)

known_events = Table(
    "known_events",
    metadata,
    _text("id", primary_key=True),
    Column("name", Json, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("metrics", Json, nullable=False),
    _text("effect"),
    _text("type", server_default=""),
    _text("source"),
    _text("reviewer"),
)

feedback = Table(
    "feedback",
    metadata,
    _text("key", primary_key=True),
    Column("at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    _text("channel"),
    _text("topic"),
    _text("text"),  # masked; '' once its time is over
    Column("score", Double),
    _text("customer"),  # a keyed hash
    Column("imported_on", Date, nullable=False),
    _text("digest"),
    Index(None, "day"),
)

lease = Table(
    "lease",
    metadata,
    _text("name", primary_key=True),
    _text("holder", nullable=True),
    _text("token", nullable=True),
    Column("until", Instant),
)
