"""Warehouses that are DuckDB or Parquet files: the same figures as the databases give, read only, and nothing else within reach."""

from __future__ import annotations

import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from tests.integration.test_warehouse import (
    ANONYMOUS,
    CANCEL_SHARE,
    CANCELLED,
    FIRST,
    LAST,
    LINES,
    ORDERS,
    REPEATS,
    REVENUE,
    SOURCE,
    figures,
    load,
    metric,
    pull,
)

from detect.db.settings import DatabaseSettings
from detect.db.warehouse import Warehouse
from detect.errors import SchemaDrift, SourceUnavailable, UsageError

duckdb = pytest.importorskip("duckdb", reason="the extra `duckdb` is not installed")

NAMES = ("invoice", "at", "country", "quantity", "price", "customer")
EVERY = (REVENUE, ORDERS, CANCELLED, CANCEL_SHARE, ANONYMOUS, REPEATS, metric("mean", value="mean(price)"))


def frame(lines: list[tuple[Any, ...]] = LINES) -> pd.DataFrame:
    return pd.DataFrame([dict(zip(NAMES, line, strict=True)) for line in lines]).assign(
        at=[datetime.fromisoformat(line[1]) for line in lines]
    )


@pytest.fixture(params=["duckdb", "parquet", "folder", "parts"])
def files_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of LINES as a DuckDB file, a Parquet file, a folder of Parquet files, or one with the table in parts."""
    lines = frame()
    if request.param == "duckdb":
        with duckdb.connect(str(tmp_path / "house.duckdb")) as connection:
            connection.from_df(lines).create("order_lines")
        return f"duckdb:///{tmp_path / 'house.duckdb'}"
    if request.param == "parquet":
        lines.to_parquet(tmp_path / "order_lines.parquet")
        return f"parquet:///{tmp_path / 'order_lines.parquet'}"
    (tmp_path / "order_lines").mkdir()
    if request.param == "folder":
        lines.to_parquet(tmp_path / "order_lines.parquet")
        (tmp_path / "order_lines").rmdir()
    else:
        lines[:3].to_parquet(tmp_path / "order_lines" / "a.parquet")
        lines[3:].to_parquet(tmp_path / "order_lines" / "b.parquet")
    return f"parquet:///{tmp_path}"


def test_files_give_the_figures_that_databases_give(files_url: str, sqlite_url: str) -> None:
    """Every kind of aggregate, in total and by segment, is that of the same rows in SQLite; so are the columns and the last day."""
    load(sqlite_url)
    with Warehouse(sqlite_url) as database, Warehouse(files_url) as files:
        expected, found = pull(database, *EVERY), pull(files, *EVERY)
        assert not found.failures
        pd.testing.assert_frame_equal(found.frame, expected.frame)
        assert files.last_day(SOURCE, date(2012, 1, 1)) == date(2011, 1, 6)
        assert set(files.columns(SOURCE)) == set(NAMES)
        heaviest = files.top_rows(SOURCE, REVENUE, "UK", FIRST, limit=1)
        assert heaviest.rows[0]["amount"] == 20.0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM order_lines",
        "CREATE TABLE order_lines.x (a INTEGER)",
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO '/tmp/yujing-must-not-be-there.csv'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_files_are_read_only_and_reach_nothing_else(files_url: str, statement: str) -> None:
    """Nothing can be written or set, and no other file be read or made, through a warehouse of files."""
    with Warehouse(files_url) as warehouse:
        with pytest.raises(sa.exc.DBAPIError), warehouse.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert figures(pull(warehouse, REVENUE), "revenue") == [60, 1, 14]
    assert not Path("/tmp/yujing-must-not-be-there.csv").exists()  # noqa: S108 -- the file that was refused


def test_a_missing_file_table_or_column_is_told(files_url: str, tmp_path: Path) -> None:
    """A path that is not there did not answer; a table or a column that is not there is drift that names it."""
    with Warehouse(f"{files_url}.gone") as warehouse, pytest.raises(SourceUnavailable, match="gone"):
        pull(warehouse, REVENUE)
    with Warehouse(files_url) as warehouse:
        absent = SOURCE.model_copy(update={"table": "absent"})
        ((_, error),) = pull(warehouse, REVENUE, source=absent).failures
        assert isinstance(error, SchemaDrift)
        assert "absent" in str(error)
        result = pull(warehouse, metric("x", value="sum(weight)"), ORDERS)
        assert [(name, "'weight'" in str(e)) for name, e in result.failures] == [("x", True)]
        assert figures(result, "orders") == [2, 1, 1]


def test_a_slow_statement_on_files_is_cut(tmp_path: Path) -> None:
    """A statement past the time limit is interrupted and told as a source that did not answer in time."""
    with duckdb.connect(str(tmp_path / "slow.duckdb")) as connection:
        connection.execute(
            "CREATE VIEW order_lines AS SELECT TIMESTAMP '2011-01-03' AS \"at\", a.range AS quantity"
            " FROM range(3000000) a, range(1000000) b WHERE hash(a.range, b.range) % 7 = 1"
        )
    source = SOURCE.model_copy(update={"columns": {}, "key": ()})
    began = time.monotonic()
    url, settings = f"duckdb:///{tmp_path / 'slow.duckdb'}", DatabaseSettings(statement_timeout=1)
    with Warehouse(url, settings) as warehouse, pytest.raises(SourceUnavailable, match="time limit"):
        warehouse.aggregate(source, [metric("n", value="sum(quantity)")], FIRST, LAST)
    assert time.monotonic() - began < 20


def test_times_with_a_zone_in_files_fall_on_the_companys_days(tmp_path: Path) -> None:
    """A time with zone is a day of the company's zone."""
    lines = frame()
    lines["at"] = pd.to_datetime(lines["at"]).dt.tz_localize("UTC")
    lines.to_parquet(tmp_path / "order_lines.parquet")
    url = f"parquet:///{tmp_path / 'order_lines.parquet'}"
    with Warehouse(url, DatabaseSettings(zone="Asia/Shanghai")) as warehouse:
        assert figures(pull(warehouse, REVENUE), "revenue") == [40, 21, 14]


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where DuckDB is not installed, a warehouse of files is refused with the command that installs it."""
    monkeypatch.setitem(sys.modules, "duckdb_sqlalchemy", None)
    for kind in ("duckdb", "parquet"):
        with pytest.raises(UsageError, match=r"yujing\[duckdb\]"):
            Warehouse(f"{kind}:///{tmp_path / 'x'}")
