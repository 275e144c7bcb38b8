"""Bring a store's tables to this program's version, or refuse the store: it is never made anew over something else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Inspector, column, func, inspect, select, table

from detect.db.engines import StoreEngines
from detect.db.migrations import NEWEST
from detect.db.tables import metadata
from detect.db.transactions import reading, writing
from detect.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

__all__ = ["VERSION_TABLE", "ensure"]

VERSION_TABLE = "yujing_version"
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATORS = (
    0x59754D  # PostgreSQL advisory lock: two programs that open a new store at once migrate it one after the other
)


def ensure(engines: StoreEngines) -> None:
    """Migrate the store if it is new or older; raises StoreError when it is newer, damaged, or another program's."""
    with reading(engines.reader) as connection:
        found = _version(connection, engines.reader)
    if found != NEWEST:
        script = _script()
        _expect_known(found, script, engines.reader)
        writing(engines.writer, lambda c: _upgrade(c, script, engines.writer))
    with reading(engines.reader) as connection:
        _compare(connection, engines.reader)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = VERSION_TABLE
    return config


def _script() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _upgrade(connection: Connection, script: ScriptDirectory, engine: Engine) -> None:
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATORS)))
    found = _version(connection, engine)
    _expect_known(found, script, engine)
    if found == script.get_current_head():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection, engine: Engine) -> str | None:
    """Return the store's version, None for an empty database."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        _expect_empty(tables, engine)
        return None
    found = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    if found is None:
        raise _refused(engine, "has lost its version", "Restore it from its last backup.")
    return str(found)


def _expect_known(found: str | None, script: ScriptDirectory, engine: Engine) -> None:
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        what = f"is of version {found}, which this program does not know"
        raise _refused(engine, what, "Run the newer program that wrote it, or restore an older backup.")


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
    for name, ours in metadata.tables.items():
        if name not in there:
            raise _refused(engine, f"lacks its table {name}", "Restore it from its last backup.")
        missing = sorted(set(ours.columns.keys()) - there[name])
        if missing:
            raise _refused(engine, f"lacks the column {name}.{missing[0]}", "Restore it from its last backup.")


def _refused(engine: Engine, what: str, remedy: str) -> StoreError:
    place = engine.get_execution_options().get("file") or engine.url.render_as_string()
    return StoreError(f"The store {place} {what}", remedy)
