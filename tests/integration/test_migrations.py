"""How a store is made, migrated and refused, on real SQLite and real PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from detect.db import engines, migrations
from detect.db.migrate import VERSION_TABLE
from detect.db.settings import DatabaseSettings
from detect.db.store import Store
from detect.db.tables import metadata
from detect.errors import StoreError, UsageError


def change(url: str, statement: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_the_steps_make_exactly_the_tables(store_url: str) -> None:
    """A new store has the tables, columns, indexes and constraints that the code names: no step is missing."""
    Store.open(store_url).close()
    opened = engines.store_engines(store_url, DatabaseSettings())
    with opened.reader.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    opened.dispose()


def test_the_newest_step_is_the_one_that_opening_looks_for() -> None:
    """A store of this version is known by one word, which is alembic's head: only another is looked at step by step."""
    assert ScriptDirectory(Path(migrations.__file__).parent).get_current_head() == migrations.NEWEST


def test_opening_again_changes_nothing(store_url: str) -> None:
    """A store is migrated once; opening it is no write."""
    with Store.open(store_url) as store:
        before = store.dump_tables()
    with Store.open(store_url) as store:
        assert store.dump_tables() == before


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE yujing_version SET version_num = '9999'", "9999"),
        ("DELETE FROM yujing_version", "lost its version"),
        ("DROP TABLE yujing_version", "no version"),
        ("DROP TABLE inbox", "inbox"),
        ("ALTER TABLE exceptions DROP COLUMN rule", "exceptions.rule"),
    ],
)
def test_a_newer_or_broken_store_is_refused_and_left_alone(store_url: str, statement: str, told: str) -> None:
    """What is not a store of this version is refused with what to do, twice: refusing repairs nothing silently."""
    Store.open(store_url).close()
    change(store_url, statement)
    for _ in range(2):
        with pytest.raises(StoreError, match=told) as caught:
            Store.open(store_url)
        assert caught.value.remedy


def test_a_new_store_opened_by_many_at_once_is_made_once(store_url: str) -> None:
    """Programs that open a new store at the same moment all get it, and it is made once."""
    failed: list[BaseException] = []

    def open_it() -> None:
        try:
            Store.open(store_url).close()
        except BaseException as error:  # noqa: BLE001 -- carried to the assertion below
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_another_programs_database_is_refused(sqlite_url: str) -> None:
    """A file with foreign tables, such as the warehouse given by mistake, gets no tables of ours."""
    change(sqlite_url, "CREATE TABLE orders (id INTEGER)")
    with pytest.raises(StoreError, match="orders"):
        Store.open(sqlite_url)


@pytest.mark.parametrize("junk", [b"this is no database, it is a letter" * 200, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_refused_and_not_made_anew(tmp_path: Path, junk: bytes) -> None:
    """A file that is no database is told as damaged and stays as it is."""
    path = tmp_path / "store.db"
    path.write_bytes(junk)
    with pytest.raises(StoreError, match=r"store\.db"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == junk


def test_a_dead_server_is_told_without_its_password() -> None:
    """A store that does not answer says so, names the place and hides the password."""
    with pytest.raises(StoreError, match="did not answer") as caught:
        Store.open("postgresql://u:hunter2@127.0.0.1:1/x", DatabaseSettings(connect_timeout=2))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "mysql://h/d", "not a url", "postgresql://u@h/d?sslpassword=hunter2"])
def test_an_address_that_cannot_be_a_store_is_refused(url: str) -> None:
    """Memory, other databases, no URL at all, and a secret in the query are refused before anything connects."""
    with pytest.raises(UsageError) as caught:
        Store.open(url)
    assert "hunter2" not in str(caught.value)
