"""Bring a store's tables to this program's version, or refuse the store: it is never made anew over something else."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Inspector, MetaData, Table, func, inspect, select

from detect.db.engines import StoreEngines
from detect.db.tables import metadata
from detect.db.transactions import reading, writing
from detect.errors import StoreError

__all__ = ["VERSION_TABLE", "ensure"]

VERSION_TABLE = "yujing_version"
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATORS = (
    0x59754D  # PostgreSQL advisory lock: two programs that open a new store at once migrate it one after the other
)


def ensure(engines: StoreEngines) -> None:
    """Migrate the store if it is new or older; raises StoreError when it is newer, damaged, or another program's."""
    script = ScriptDirectory.from_config(_config())
    newest = script.get_current_head()
    with reading(engines.reader) as connection:
        found = _revision(connection, script, engines.reader)
    if found != newest:
        writing(engines.writer, lambda c: _upgrade(c, script, engines.writer))
    with reading(engines.reader) as connection:
        _compare(connection, engines.reader)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = VERSION_TABLE
    return config


def _upgrade(connection: Connection, script: ScriptDirectory, engine: Engine) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATORS)))
    if _revision(connection, script, engine) == script.get_current_head():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection, script: ScriptDirectory, engine: Engine) -> str | None:
    """Return the store's version, None for an empty database."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        _expect_empty(tables, engine)
        return None
    version = Table(VERSION_TABLE, MetaData(), autoload_with=connection)
    found = connection.execute(select(version.c.version_num)).scalar()
    if found is None:
        raise _refused(engine, "has lost its version", "Restore it from its last backup.")
    if found not in {revision.revision for revision in script.walk_revisions()}:
        what = f"is of version {found}, which this program does not know"
        raise _refused(engine, what, "Run the newer program that wrote it, or restore an older backup.")
    return str(found)


def _expect_empty(tables: set[str], engine: Engine) -> None:
    ours = sorted(tables & set(metadata.tables))
    if ours:
        what = f"has the table {ours[0]} but no version"
        raise _refused(engine, what, "Restore it from its last backup; it is never made anew over what is there.")
    if tables and engine.dialect.name == "sqlite":
        what = f"is another program's database (it has the table {min(tables)})"
        raise _refused(engine, what, "Point DETECT_STORE to a file of its own.")


def _compare(connection: Connection, engine: Engine) -> None:
    """Refuse a store that lacks a table or column of its version."""
    inspector: Inspector = inspect(connection)
    there = {name: {c["name"] for c in columns} for (_, name), columns in inspector.get_multi_columns().items()}
    for name, table in metadata.tables.items():
        if name not in there:
            raise _refused(engine, f"lacks its table {name}", "Restore it from its last backup.")
        missing = sorted(set(table.columns.keys()) - there[name])
        if missing:
            raise _refused(engine, f"lacks the column {name}.{missing[0]}", "Restore it from its last backup.")


def _refused(engine: Engine, what: str, remedy: str) -> StoreError:
    place = engine.get_execution_options().get("file") or engine.url.render_as_string()
    return StoreError(f"The store {place} {what}", remedy)
