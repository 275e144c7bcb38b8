"""One transaction at a time, tried again where that helps; every database error comes out as one of ours."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError

from detect.db.engines import shown
from detect.errors import SchemaDrift, SourceError, SourceUnavailable, StoreBusy, StoreError

__all__ = ["clock", "reading", "source_error", "store_error", "writing"]

Result = TypeVar("Result")

TRIES = 8
LOCKED_TRIES = 2  # SQLite has waited its whole time limit before it says so
FIRST_PAUSE = 0.02  # seconds; doubled at each try
RETRIED = frozenset({"40P01", "40001"})  # deadlock detected, serialization failure
LOCKED = frozenset({"55P03"})  # lock not available in time
MISSING = frozenset({"42P01", "42703"})  # undefined table, undefined column
REFUSED = frozenset({"42501", "25006"})  # insufficient privilege, read-only transaction
CONNECTION = ("08", "57P", "53300")  # connection exceptions, server shutting down, too many connections


def writing(engine: Engine, work: Callable[[Connection], Result], *, tries: int = TRIES) -> Result:
    """Run `work` in one transaction of the store, again after a deadlock, a lost serialization or a lock held too long.

    A connection lost at COMMIT is tried again too: whatever `work` writes is keyed so that a second time changes nothing.
    """
    for attempt in range(tries):
        try:
            with engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            if attempt + 1 >= min(tries, _worth_trying(error)):
                raise store_error(error, engine) from error
            time.sleep(FIRST_PAUSE * 2**attempt)
    raise AssertionError("unreachable: the last try either returns or raises")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One read transaction of the store, over one snapshot."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise store_error(error, engine) from error


def clock(connection: Connection) -> datetime:
    """Return the database's own time, which all its users share."""
    if connection.dialect.name == "postgresql":
        return connection.execute(select(func.clock_timestamp())).scalar_one().astimezone(UTC)  # type: ignore[no-any-return] # datetime
    text = connection.execute(select(func.strftime("%Y-%m-%dT%H:%M:%f", "now"))).scalar_one()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _state(error: SQLAlchemyError) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def _message(error: SQLAlchemyError) -> str:
    """Return what the driver says, first line only and without the row values that PostgreSQL puts into DETAIL."""
    cause = getattr(error, "orig", None) or error
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    lines = str(primary or cause).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(cause).__name__


def _disconnected(error: SQLAlchemyError) -> bool:
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    state = _state(error)
    if invalidated or isinstance(error, DisconnectionError) or state.startswith(CONNECTION):
        return True
    # A connection that never came about has no state, and libpq's words for it differ by version.
    return not state and isinstance(error, OperationalError) and type(error.orig).__module__.startswith("psycopg")


def _worth_trying(error: SQLAlchemyError) -> int:
    """Return how many tries in all an error is worth."""
    if "database is locked" in _message(error):
        return LOCKED_TRIES
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return TRIES if lost or _state(error) in RETRIED else 1


def store_error(error: SQLAlchemyError, engine: Engine) -> StoreError:
    """Say what went wrong with the store, and what to do."""
    said, where = _message(error), _place(engine)
    if "database is locked" in said or _state(error) in LOCKED | RETRIED:
        return StoreBusy(
            f"The store {where} is being written by another program", "Wait for it to end, then try again."
        )
    if "disk is full" in said or "disk I/O error" in said or _state(error) == "53100":
        return StoreError(
            f"The store {where} has no room: {said}{_free(engine)}",
            "Free disk space, then run again; nothing was half-written.",
        )
    if "malformed" in said or "not a database" in said:
        return StoreError(
            f"The store {where} is damaged: {said}", "Restore it from its last backup; it is never made anew."
        )
    if _disconnected(error):
        return StoreError(
            f"The store {where} did not answer: {said}", "Check that it runs and that DETECT_STORE is right."
        )
    if _state(error) in REFUSED or "readonly database" in said:
        return StoreError(f"The store {where} cannot be written: {said}", "Give its role or file the right to write.")
    return StoreError(f"The store {where} refused a statement: {said}", "Run `detect doctor`.")


def source_error(error: SQLAlchemyError, engine: Engine, table: str) -> SourceError:
    """Say what went wrong with a warehouse table, and what to do."""
    said, where = _message(error), f"table {table} of {_place(engine)}"
    if _state(error) in MISSING or "no such " in said or said.startswith(("Binder Error", "Catalog Error")):
        return SchemaDrift(f"In {where}: {said}", "Correct the table, or its entry in the configuration.")
    if _state(error) in REFUSED:
        return SourceUnavailable(f"{where} may not be read: {said}", "Grant SELECT on it to the reading role.")
    if _state(error) == "57014" or "interrupted" in said.lower():
        return SourceUnavailable(
            f"{where} took longer than the time limit", "Index its day column, or raise the limit."
        )
    if _disconnected(error) or any(s in said for s in ("unable to open", "locked", "malformed", "not a database")):
        return SourceUnavailable(
            f"{where} did not answer: {said}", "Check that the warehouse runs and its address is right."
        )
    return SourceError(f"{where} refused the query: {said}", "Compare the columns' types with the configuration.")


def _place(engine: Engine) -> str:
    path = _file(engine)
    return path or shown(engine.url)


def _file(engine: Engine) -> str:
    return str(engine.get_execution_options().get("file", ""))


def _free(engine: Engine) -> str:
    path = _file(engine)
    return f", {shutil.disk_usage(path.rpartition('/')[0] or '/').free} bytes free" if path else ""
