"""What a warehouse may do to us: each fault names table, column, expected and seen, and stops only what stands on it."""

from __future__ import annotations

import socket
import time
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from tests.integration.test_warehouse import (
    ANONYMOUS,
    FIRST,
    LAST,
    LINES,
    ORDERS,
    REVENUE,
    SOURCE,
    alter,
    figures,
    load,
    metric,
    pull,
)

from detect.db.settings import DatabaseSettings
from detect.db.warehouse import Pull, Warehouse
from detect.errors import SchemaDrift, SourceUnavailable
from detect.series.metric import Currency


def told(result: Pull) -> dict[str, str]:
    assert all(isinstance(error, SchemaDrift) for _, error in result.failures)
    return {name: str(error) for name, error in result.failures}


def test_a_dropped_segment_column_stops_the_metrics_split_by_it(store_url: str) -> None:
    """The metric that is split by the lost column is told with table, column and what is there; the others have their figures."""
    load(store_url)
    alter(store_url, "ALTER TABLE order_lines DROP COLUMN country")
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE, ORDERS, ANONYMOUS)
    assert set(told(result)) == {"revenue"}
    assert all(word in told(result)["revenue"] for word in ("order_lines", "'country'", "expected", "seen"))
    assert figures(result, "orders") == [2, 1, 1]


def test_a_dropped_key_or_day_column_stops_the_table(store_url: str) -> None:
    """Without its key or its day nothing of the table can be trusted: every metric says which column is gone."""
    load(store_url)
    alter(store_url, "ALTER TABLE order_lines RENAME COLUMN invoice TO number")
    by_quantity = metric("units", value="sum(quantity)")
    with Warehouse(store_url) as warehouse:
        assert "'invoice'" in told(pull(warehouse, by_quantity))["units"]
    alter(store_url, "ALTER TABLE order_lines RENAME COLUMN at TO moment")
    with Warehouse(store_url) as warehouse:
        assert "'at'" in told(pull(warehouse, by_quantity))["units"]


def test_a_new_column_changes_nothing(store_url: str) -> None:
    """A column that nobody asked for is not looked at."""
    load(store_url)
    alter(store_url, """ALTER TABLE order_lines ADD COLUMN "new; -- '" TEXT DEFAULT 'x'""")
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE, ORDERS)
    assert not result.failures
    assert figures(result, "revenue") == [60, 1, 14]


def test_an_empty_table_has_no_figures_and_no_zeros(store_url: str) -> None:
    """A table without a row gives no observation at all, and no failure: the ledger says no data."""
    load(store_url)
    alter(store_url, "DELETE FROM order_lines")
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE, ORDERS, metric("zeros", value="count()", absent="zero"))
    assert result.frame.empty
    assert not result.failures


def test_ten_times_the_rows_are_counted_as_repeats(store_url: str) -> None:
    """A table loaded ten times has ten times the figures, and says of how many rows that they came before."""
    load(store_url, lines=LINES[2:] * 10)
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE)
    assert figures(result, "revenue") == [200, 10, 140]
    assert figures(result, "revenue", column="rows") == [10, 20, 10]
    assert figures(result, "revenue", column="repeated") == [9, 18, 9]


@pytest.mark.parametrize(
    "written", ["04/01/2011", "4 Jan 2011", "2011/01/04", "20110104", "2011-1-4", "2011.01.04", "unknown", "January"]
)
def test_one_date_written_in_another_way_is_told(store_url: str, written: str) -> None:
    """Among thirty ISO dates one that is none would be left out of every window unseen: it is told with the column and what was seen."""
    load(store_url, at=sa.Text, lines=[*LINES[:1] * 30, (*LINES[3][:1], written, *LINES[3][2:])])
    with Warehouse(store_url) as warehouse:
        message = told(pull(warehouse, REVENUE))["revenue"]
    assert all(word in message for word in ("order_lines", "'at'", "ISO dates", repr(written)))


def test_dates_of_other_years_do_not_disturb(store_url: str) -> None:
    """ISO dates with and without time, of any year, are dates: nothing is told."""
    others = [("B1", day, "UK", 1, 1.0, "c") for day in ("1999-12-31", "2010-10-10 10:10:10", "2031-01-01T00:00:00")]
    load(store_url, at=sa.Text, lines=[*LINES, *others])
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE)
    assert not result.failures
    assert figures(result, "revenue") == [60, 1, 14]


def test_text_of_several_time_zones_is_told(store_url: str) -> None:
    """Times with different offsets in one text column fall on no common day: both are shown; one offset throughout is a day as written."""
    one = [(line[0], line[1].replace(" ", "T") + "+08:00", *line[2:]) for line in LINES]
    load(store_url, at=sa.Text, lines=one)
    with Warehouse(store_url) as warehouse:
        assert figures(pull(warehouse, REVENUE), "revenue") == [60, 1, 14]
    alter(store_url, "UPDATE order_lines SET at = replace(at, '+08:00', 'Z') WHERE country = 'France'")
    with Warehouse(store_url) as warehouse:
        message = told(pull(warehouse, REVENUE))["revenue"]
    assert all(word in message for word in ("order_lines", "'at'", "one time zone", "+08:00", "Z"))


def test_a_date_column_that_became_a_number_is_told(store_url: str) -> None:
    """A day column of numbers is told with its type."""
    load(store_url)
    alter(store_url, "ALTER TABLE order_lines DROP COLUMN at", "ALTER TABLE order_lines ADD COLUMN at INTEGER")
    with Warehouse(store_url) as warehouse:
        message = told(pull(warehouse, REVENUE))["revenue"]
    assert all(word in message for word in ("order_lines", "'at'", "a date or ISO text", "INTEGER"))


HOSTILE = [
    "x'; DROP TABLE order_lines; --",
    "a\nb\r\t",
    "\\'\\\"",
    "100%s %(x)s :y",
    "\u202eabc\u202c",
    "🏪漢字",
    "' OR ''='",
]


def test_hostile_values_are_values(store_url: str) -> None:
    """Quotes, newlines, semicolons, escapes, right-to-left marks and 4-byte characters in rows are segments like any other."""
    lines = [(f"H{n}", "2011-01-03 10:00:00", value, 1, 5.0, value) for n, value in enumerate(HOSTILE)]
    load(store_url, lines=lines)
    asked = [metric(f"n{n}", value="count()", where=f"customer == {value!r}") for n, value in enumerate(HOSTILE)]
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE, *asked)
        assert not result.failures
        assert {s for s in result.frame["segment"] if s} == set(HOSTILE)
        assert [figures(result, m.id)[0] for m in asked] == [1] * len(HOSTILE)
        chosen = {("revenue", "country"): HOSTILE[:1]}
        kept = warehouse.aggregate(SOURCE, [REVENUE], FIRST, LAST, chosen).frame
        assert set(kept["segment"]) == {"", HOSTILE[0]}


def test_a_hanging_sqlite_statement_is_cut(sqlite_url: str) -> None:
    """SQLite has no time limit of its own: a statement that would not end is stopped and told as unanswered in time."""
    alter(
        sqlite_url,
        "CREATE VIEW order_lines AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT '2011-01-03' AS at, i AS quantity FROM n",
    )
    source = SOURCE.model_copy(update={"columns": {}, "key": ()})
    began = time.monotonic()
    settings = DatabaseSettings(statement_timeout=1)
    with Warehouse(sqlite_url, settings) as warehouse, pytest.raises(SourceUnavailable, match="time limit"):
        warehouse.aggregate(source, [metric("n", value="sum(quantity)")], FIRST, LAST)
    assert time.monotonic() - began < 20


def test_a_write_is_refused_whatever_the_account_may_do(store_url: str) -> None:
    """Even an owner's connection cannot insert, create or drop through the warehouse."""
    load(store_url)
    statements: list[Any] = [
        "INSERT INTO order_lines (invoice) VALUES ('x')",
        "CREATE TABLE y (a INTEGER)",
        "DROP TABLE order_lines",
    ]
    with Warehouse(store_url) as warehouse:
        for statement in statements:
            with pytest.raises(sa.exc.DBAPIError), warehouse.engine.begin() as connection:
                connection.execute(sa.text(statement))
        assert warehouse.last_day(SOURCE, date(2012, 1, 1)) == date(2011, 1, 6)


def test_amounts_of_several_currencies_are_not_added_up(store_url: str) -> None:
    """Each figure that would take them together is told with table, column, what was seen and three ways out; the others go on."""
    load(store_url)
    alter(store_url, "ALTER TABLE order_lines ADD COLUMN currency TEXT DEFAULT 'EUR'")
    source = SOURCE.model_copy(update={"currency": Currency(column="currency", amounts=("amount",))})
    one = metric("one", value="sum(amount)", where="currency == 'EUR'", segments=())
    each = metric("each", value="sum(amount)", segments=("currency",), total=False)
    both = metric("both", value="sum(amount)", segments=("currency",))
    count = metric("count", value="count()")
    mean = metric("mean", numerator="sum(amount)", denominator="count()", type="ratio")
    wanted = [REVENUE, one, each, both, count, mean]
    with Warehouse(store_url) as warehouse:
        assert not warehouse.aggregate(source, wanted, FIRST, LAST).failures
    alter(store_url, "UPDATE order_lines SET currency = 'CHF' WHERE country = 'UK'")
    with Warehouse(store_url) as warehouse:
        result = warehouse.aggregate(source, wanted, FIRST, LAST)
        assert set(told(result)) == {"revenue", "both", "mean"}
        said = told(result)["revenue"]
        for word in (
            "Table order_lines",
            "'currency'",
            "expected one currency",
            "seen 2 (CHF to EUR)",
            "where:",
            "segments:",
        ):
            assert word in said, said
        assert set(result.of("each")["segment"]) == {"CHF", "EUR"}
        assert len(result.of("one")) > 0
        assert len(result.of("count")) > 0
    alter(store_url, "UPDATE order_lines SET currency = NULL WHERE country = 'UK'")
    with Warehouse(store_url) as warehouse:
        assert "(none)" in told(warehouse.aggregate(source, [REVENUE], FIRST, LAST))["revenue"]
    alter(store_url, "ALTER TABLE order_lines DROP COLUMN currency")
    with Warehouse(store_url) as warehouse:
        result = warehouse.aggregate(source, [REVENUE, count], FIRST, LAST)
    assert "'currency'" in told(result)["revenue"]
    assert len(result.of("count")) > 0


def test_a_server_that_takes_the_call_and_never_answers_is_left() -> None:
    """A port that is open and silent ends in time as a warehouse that does not answer, its address told without the password."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://reader:hush@127.0.0.1:{silent.getsockname()[1]}/sales"
        began = time.monotonic()
        with Warehouse(url, DatabaseSettings(connect_timeout=2)) as warehouse, pytest.raises(SourceUnavailable) as told:
            pull(warehouse, REVENUE)
        assert time.monotonic() - began < 20
        assert "127.0.0.1" in str(told.value)
        assert "hush" not in str(told.value)
