"""Connections: how each database is opened so that it neither hangs, nor loses a write, nor shows a secret."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from detect.db.duck import BACKENDS, duck_engine
from detect.db.settings import DatabaseSettings
from detect.errors import UsageError

__all__ = ["StoreEngines", "parse", "shown", "store_engines", "warehouse_engine"]

SECRETS = frozenset({"password", "passwd", "pwd", "sslpassword", "secret", "token", "access_token"})
POSTGRESQL = "postgresql+psycopg"
STEPS = 200_000  # of SQLite's machine between two looks at the clock
COMMON: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}


@dataclass(frozen=True)
class StoreEngines:
    """The store's two doors: the writer takes SQLite's write lock at BEGIN, the reader never does."""

    writer: Engine
    reader: Engine

    def dispose(self) -> None:
        """Close all connections."""
        self.writer.dispose()
        self.reader.dispose()


def parse(url: str) -> URL:
    """Read a database URL; PostgreSQL always by psycopg 3. Refuses a secret in the query, which logs would show."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "The database's address is not a URL", "Write it as postgresql://user@host/db or sqlite:///path."
        ) from error
    secrets = sorted(SECRETS & {key.lower() for key in parsed.query})
    if secrets:
        raise UsageError(
            f"The database's URL has a secret in its query part ({', '.join(secrets)})",
            "Write it before the @ (user:password@host), or use a password file.",
        )
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername=POSTGRESQL)
    return parsed


def shown(url: str | URL) -> str:
    """Write the URL as messages may show it: without password."""
    return (parse(url) if isinstance(url, str) else url).render_as_string(hide_password=True)


def store_engines(url: str, settings: DatabaseSettings) -> StoreEngines:
    """Open the store's doors; makes a new SQLite file (mode 0600) where there is none."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        path = _sqlite_path(parsed)
        _private_file(path)
        writer = _sqlite(path, settings, mode="rw", begin="BEGIN IMMEDIATE")
        return StoreEngines(writer, _sqlite(path, settings, mode="rw", begin="BEGIN", pragmas=("query_only=ON",)))
    if parsed.get_backend_name() != "postgresql":
        raise UsageError(
            f"A store cannot be kept in {parsed.get_backend_name()}", "Use sqlite:///path or postgresql://…."
        )
    engine = _postgresql(parsed, settings)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return StoreEngines(engine, reader)


def warehouse_engine(url: str, settings: DatabaseSettings) -> Engine:
    """Open a warehouse, read only: SQLite by `mode=ro`, PostgreSQL by read-only transactions over one snapshot."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        path = _sqlite_path(parsed)
        engine = _sqlite(path, settings, mode="ro", begin="BEGIN", pragmas=("query_only=ON",))
        _limit_sqlite(engine, settings.statement_timeout)
        return engine
    if parsed.get_backend_name() in BACKENDS:
        return duck_engine(parsed, settings, COMMON)
    if parsed.get_backend_name() == "postgresql":
        engine = _postgresql(parsed, settings, "-c default_transaction_read_only=on")
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        return create_engine(parsed, **COMMON)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(f"No driver for {parsed.drivername} is installed", "Install it into .venv.") from error


def _sqlite_path(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise UsageError("A SQLite database in memory is gone when the program ends", "Give a file: sqlite:///path.")
    return Path(url.database).expanduser().absolute()


def _private_file(path: Path) -> None:
    """Make the file readable by its owner alone before anything is in it; SQLite gives its side files the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UsageError(
            f"The store {path} cannot be opened: {error.strerror}", "Give a path that can be written."
        ) from error


def _sqlite(path: Path, settings: DatabaseSettings, *, mode: str, begin: str, pragmas: tuple[str, ...] = ()) -> Engine:
    def connect() -> sqlite3.Connection:
        # Autocommit mode: the driver begins nothing by itself, our BEGIN below decides which lock is taken.
        return sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            timeout=settings.lock_timeout,
            isolation_level=None,
            check_same_thread=False,
        )

    every = (*pragmas, "foreign_keys=ON", *(() if mode == "ro" else ("synchronous=FULL",)))
    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool, **COMMON)
    event.listen(engine, "connect", _pragmas(every, wal=begin == "BEGIN IMMEDIATE"))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine.execution_options(file=str(path))


def _pragmas(every: tuple[str, ...], *, wal: bool) -> Callable[[sqlite3.Connection, object], None]:
    def apply(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001 -- SQLAlchemy's signature
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
        for pragma in every:
            connection.execute(f"PRAGMA {pragma}")

    return apply


def _limit_sqlite(engine: Engine, seconds: float) -> None:
    """Cut a statement, and the fetching of its rows, that takes longer: SQLite asks now and then whether it may go on."""

    def begin(*statement: Any) -> None:
        end = time.monotonic() + seconds
        raw: sqlite3.Connection = statement[0].connection.dbapi_connection
        raw.set_progress_handler(lambda: time.monotonic() > end, STEPS)

    event.listen(engine, "before_cursor_execute", begin)


def _postgresql(url: URL, settings: DatabaseSettings, *more: str) -> Engine:
    given = url.query.get("options", "")
    options = [
        *([given] if isinstance(given, str) else given),
        f"-c lock_timeout={settings.lock_timeout}s",
        f"-c statement_timeout={settings.statement_timeout}s",
        f"-c idle_in_transaction_session_timeout={settings.idle_timeout}s",
        f"-c timezone={settings.zone}",
        *more,
    ]
    arguments = {
        "connect_timeout": settings.connect_timeout,
        "application_name": "yujing",
        "options": " ".join(o for o in options if o),
    }
    return create_engine(url.difference_update_query(["options"]), connect_args=arguments, **COMMON)
