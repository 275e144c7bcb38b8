"""Warehouses that are DuckDB or Parquet files (extra `duckdb`), opened to be read and to reach nothing else.

`duckdb:///file.duckdb` is a database. `parquet:///file.parquet` is one table, named after the file; `parquet:///folder` holds a table for
each Parquet file in it and for each folder of Parquet files in it. Parquet is read through views in a DuckDB in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

from detect.db.settings import DatabaseSettings
from detect.errors import SourceUnavailable, UsageError

__all__ = ["BACKENDS", "duck_engine"]

BACKENDS = frozenset({"duckdb", "parquet"})
PARQUET = "*.parquet"


def duck_engine(url: URL, settings: DatabaseSettings, common: dict[str, Any]) -> Engine:
    """Open a DuckDB file, or Parquet files as tables; raises UsageError where the extra is not installed or no file is named."""
    kind = url.get_backend_name()
    try:
        duckdb, driver = import_module("duckdb"), import_module("duckdb_sqlalchemy")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"A {kind} warehouse needs the extra `duckdb`, which is not installed",
            "Install it: pip install 'yujing[duckdb]'.",
        ) from error
    if not url.database or url.database == ":memory:":
        raise UsageError("A DuckDB in memory holds nothing", f"Give a file: {kind}:///path.")
    path = Path(url.database).expanduser().absolute()

    def connect() -> Any:
        if not path.exists():
            raise SourceUnavailable(f"The warehouse {path} did not answer: it is not there", "Check its address.")
        raw = duckdb.connect(str(path), read_only=True) if kind == "duckdb" else _with_views(duckdb, path)
        raw.execute(f"SET TimeZone = {_literal(settings.zone)}")
        raw.execute("SET enable_external_access = false")
        raw.execute("SET lock_configuration = true")
        wrapped = driver.ConnectionWrapper(raw)
        wrapped.interrupt = raw.interrupt
        return wrapped

    engine = create_engine("duckdb:///:memory:", creator=connect, poolclass=QueuePool, **common)
    _limit(engine, settings.statement_timeout)
    return engine.execution_options(file=str(path))


def _with_views(duckdb: Any, path: Path) -> Any:
    """Return a DuckDB in memory with a view for each table below `path`, which may read those files and no others."""
    raw, allowed = duckdb.connect(":memory:"), []
    for name, files in _tables(path):
        raw.read_parquet(files, union_by_name=True).create_view(name)
        allowed += files
    raw.execute(f"SET allowed_paths = [{', '.join(map(_literal, allowed))}]")
    return raw


def _tables(path: Path) -> Iterator[tuple[str, list[str]]]:
    if path.is_file():
        yield path.stem, [str(path)]
        return
    for entry in sorted(path.iterdir()):
        files = sorted(map(str, entry.rglob(PARQUET))) if entry.is_dir() else [str(entry)] * entry.match(PARQUET)
        if files:
            yield entry.stem, files


def _literal(text: str) -> str:
    """Quote a text of ours for a SET, which takes no parameters."""
    return "'" + text.replace("'", "''") + "'"


def _limit(engine: Engine, seconds: float) -> None:
    """Interrupt a statement that takes longer; DuckDB has no such limit of its own."""

    def begin(*statement: Any) -> None:
        connection = statement[0]
        timer = Timer(seconds, connection.connection.dbapi_connection.interrupt)
        timer.daemon = True
        timer.start()
        connection.info["limit"] = timer

    def end(*statement: Any) -> None:
        statement[0].info.pop("limit").cancel()

    def failed(context: Any) -> None:
        timer = context.connection.info.pop("limit", None) if context.connection is not None else None
        if timer is not None:
            timer.cancel()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", failed)
