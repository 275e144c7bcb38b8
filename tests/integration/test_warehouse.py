"""The warehouse on real SQLite and real PostgreSQL: one small table of order lines, every figure worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from detect.db.settings import DatabaseSettings
from detect.db.warehouse import Pull, Warehouse
from detect.errors import SchemaDrift, SourceUnavailable, UsageError
from detect.model import Category, Text
from detect.series.metric import Absent, Metric, Source

FIRST, LAST = date(2011, 1, 3), date(2011, 1, 5)
# invoice, day and time, country, quantity, price, customer
LINES = [
    ("A1", "2011-01-03 09:00:00", "UK", 10, 2.0, "c1"),
    ("A1", "2011-01-03 09:00:00", "UK", 10, 2.0, "c1"),  # the same line twice
    ("A2", "2011-01-03 23:59:59", "France", 5, 4.0, None),
    ("C3", "2011-01-04 10:00:00", "UK", -1, 2.0, "c1"),
    ("A4", "2011-01-04 11:00:00", None, 3, 1.0, "c2"),
    ("A5", "2011-01-05 00:00:00", "UK", 7, 2.0, "c2"),
    ("A6", "2011-01-06 00:00:00", "UK", 999, 2.0, "c2"),  # after the window
]
SOURCE = Source(
    id="lines",
    table="order_lines",
    day="at",
    columns={"amount": "quantity * price", "cancelled": "invoice.startswith('C')"},
    key=("invoice", "at", "quantity"),
    owner="it",
)


def metric(name: str, **fields: Any) -> Metric:
    return Metric(
        id=name, name=Text(en=name, zh=name), department="sales", category=Category.DATA, source="lines", **fields
    )


REVENUE = metric("revenue", value="sum(amount)", segments=("country",))
ORDERS = metric("orders", value="count_distinct(invoice)", where="not cancelled")
CANCELLED = metric("cancelled", value="count()", where="cancelled", absent=Absent.ZERO)
CANCEL_SHARE = metric(
    "cancel_share", numerator="count()", denominator="count()", where="cancelled", segments=("country",)
)
ANONYMOUS = metric("anonymous", value="count()", where="customer is None")
REPEATS = metric("repeats", value="count_repeats(invoice, at, quantity)")


@contextmanager
def closing_engine(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def load(url: str, lines: list[tuple[Any, ...]] = LINES, name: str = "order_lines", **types: Any) -> None:
    kinds = {"at": sa.DateTime, "quantity": sa.Integer, "price": sa.Float} | types
    names = ("invoice", "at", "country", "quantity", "price", "customer")
    table = sa.Table(name, sa.MetaData(), *(sa.Column(n, kinds.get(n, sa.Text)) for n in names))
    moment = datetime.fromisoformat if kinds["at"] is sa.DateTime else str
    with closing_engine(url) as engine, engine.begin() as connection:
        table.create(connection)
        connection.execute(
            table.insert(), [dict(zip(names, line, strict=True)) | {"at": moment(line[1])} for line in lines]
        )
    engine.dispose()


def alter(url: str, *statements: str) -> None:
    with closing_engine(url) as engine, engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.fixture
def warehouse(store_url: str) -> Iterator[Warehouse]:
    """Open a warehouse that holds LINES."""
    load(store_url)
    with Warehouse(store_url) as opened:
        yield opened


def pull(warehouse: Warehouse, *metrics: Metric, source: Source = SOURCE) -> Pull:
    return warehouse.aggregate(source, metrics, FIRST, LAST)


def figures(result: Pull, name: str, segment: str = "", column: str = "value") -> list[float | None]:
    frame = result.frame
    chosen = frame[(frame["metric"] == name) & (frame["segment"] == segment)].set_index("day")[column]
    every = chosen.reindex(pd.date_range(FIRST, LAST).astype("datetime64[s]"))
    return [None if pd.isna(v) else float(v) for v in every]


def test_sums_and_counts_are_right_in_total_and_by_segment(warehouse: Warehouse) -> None:
    """Sums, distinct counts, filters and repeats give the figures worked out by hand, on the days they belong to."""
    result = pull(warehouse, REVENUE, ORDERS, ANONYMOUS, REPEATS)
    assert not result.failures
    assert figures(result, "revenue") == [60, 1, 14]
    assert figures(result, "revenue", "UK") == [40, -2, 14]
    assert figures(result, "revenue", "France") == [20, None, None]
    assert figures(result, "revenue", "(none)") == [None, 3, None]
    assert figures(result, "orders") == [2, 1, 1]
    assert figures(result, "anonymous") == [1, None, None]
    assert figures(result, "repeats") == [1, 0, 0]
    assert figures(result, "revenue", column="repeated") == [1, 0, 0]


def test_a_day_without_rows_is_zero_only_where_that_is_declared(warehouse: Warehouse) -> None:
    """A count declared zero when absent is zero on days the table has, and has no day that the table has not."""
    result = pull(warehouse, CANCELLED)
    assert figures(result, "cancelled") == [0, 1, 0]
    later = warehouse.aggregate(SOURCE, [CANCELLED], date(2011, 1, 7), date(2011, 1, 9))
    assert later.frame.empty
    assert not later.failures


def test_a_ratio_carries_its_denominator(warehouse: Warehouse) -> None:
    """A ratio without matching rows is zero, its weight is its denominator, and rows say how much stands under it."""
    result = pull(warehouse, CANCEL_SHARE)
    assert figures(result, "cancel_share") == [0, 0.5, 0]
    assert figures(result, "cancel_share", column="weight") == [3, 2, 1]
    assert figures(result, "cancel_share", "UK") == [0, 1, 0]


def test_a_ratio_of_nothing_is_a_day_without_value(warehouse: Warehouse) -> None:
    """A denominator of zero gives a row without value: the day came, and nothing can be said."""
    per_anonymous = metric("x", numerator="sum(amount)", denominator="count()", where_denominator="customer is None")
    result = pull(warehouse, per_anonymous)
    assert figures(result, "x") == [60, None, None]
    assert figures(result, "x", column="weight") == [1, 0, 0]


def test_a_share_of_the_whole_divides_by_all_segments(warehouse: Warehouse) -> None:
    """`total(…)` divides each segment by the day's whole, so shares of a day add up to one and absent segments have none."""
    share = metric(
        "share", numerator="sum(amount)", denominator="total(sum(amount))", segments=("country",), total=False
    )
    result = pull(warehouse, share)
    assert figures(result, "share", "France") == [pytest.approx(1 / 3), 0, 0]
    assert figures(result, "share", "UK") == [pytest.approx(2 / 3), -2, 1]


def test_one_statement_a_grain_however_many_metrics(warehouse: Warehouse) -> None:
    """Forty metrics on two grains are two aggregated statements."""
    statements: list[str] = []
    event.listen(warehouse.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    many = [metric(f"m{i}", value=f"sum(amount * {i + 1})", segments=("country",)) for i in range(40)]
    result = pull(warehouse, *many)
    grouped = [s for s in statements if "GROUP BY" in s]
    assert len(grouped) == 2
    assert figures(result, "m39") == [2400, 40, 560]


def test_the_most_frequent_segments_are_watched_unless_named(warehouse: Warehouse) -> None:
    """Only the segments with the most rows are watched; names or an earlier choice take their place."""
    two = REVENUE.model_copy(update={"top_segments": 1})
    assert set(pull(warehouse, two).frame["segment"]) == {"", "UK"}
    named = REVENUE.model_copy(update={"segment_names": ("France", "Atlantis")})
    assert set(pull(warehouse, named).frame["segment"]) == {"", "France"}
    chosen = {("revenue", "country"): ("(none)",)}
    assert set(warehouse.aggregate(SOURCE, [REVENUE], FIRST, LAST, chosen).frame["segment"]) == {"", "(none)"}


def test_the_rest_is_one_segment_that_adds_up(warehouse: Warehouse) -> None:
    """What is not watched by itself is one series: with the watched ones it makes the total; a ratio is that of its sums."""
    one = {"top_segments": 1, "rest": True}
    revenue, share = REVENUE.model_copy(update=one), CANCEL_SHARE.model_copy(update=one)
    result = pull(warehouse, revenue, share, metric("mean", value="mean(price)", segments=("country",), top_segments=1))
    assert figures(result, "revenue", "UK") == [40, -2, 14]
    assert figures(result, "revenue", "(other)") == [20, 3, None]
    assert figures(result, "revenue", "(other)", column="rows") == [1, 1, None]
    assert figures(result, "cancel_share", "(other)") == [0, 0, None]
    assert result.segments["revenue", "country"] == ("UK",)
    with pytest.raises(ValueError, match="rest"):
        metric("mean", value="mean(price)", segments=("country",), rest=True)


def test_a_value_called_like_the_rest_is_not_the_rest(store_url: str) -> None:
    """A value of the table that reads (other) is a segment of its own."""
    load(store_url, lines=[*LINES, ("A9", "2011-01-03 09:00:00", "(other)", 1, 1.0, "c9")])
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE.model_copy(update={"top_segments": 1, "rest": True}))
    assert figures(result, "revenue", "(other)") == [21, 3, None]


def test_a_judged_day_has_no_say_in_what_is_watched(warehouse: Warehouse) -> None:
    """The greatest are those of the days before; what is known stays; later values follow in the order in which they come."""
    two = REVENUE.model_copy(update={"top_segments": 2})

    def chosen(**told: Any) -> tuple[str, ...]:
        return warehouse.aggregate(SOURCE, [two], FIRST, LAST, **told).segments["revenue", "country"]

    assert chosen(before=date(2011, 1, 4)) == ("France", "UK")
    assert chosen(before=FIRST) == ("France", "UK")
    assert chosen(known={("revenue", "country"): ("(none)",)}, before=LAST) == ("(none)", "UK")
    assert chosen(known={("revenue", "country"): ("(none)", "France")}) == ("(none)", "France")


def test_a_dropped_column_fails_only_the_metrics_that_use_it(store_url: str) -> None:
    """Metrics on the lost column say table, column and what is there; the others have their figures."""
    load(store_url)
    alter(store_url, "ALTER TABLE order_lines RENAME COLUMN price TO unit_price")
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE, ORDERS, CANCELLED)
    ((failed, error),) = result.failures
    assert failed == "revenue"
    assert isinstance(error, SchemaDrift)
    assert all(word in str(error) for word in ("order_lines", "'price'", "unit_price"))
    assert figures(result, "orders") == [2, 1, 1]
    assert "revenue" not in set(result.frame["metric"])


def test_a_retyped_column_is_told_with_both_types(store_url: str) -> None:
    """A number that became text is a drift that names the column and its type, not a sum of zero."""
    load(store_url, quantity=sa.Text, lines=[(*line[:3], "many", *line[4:]) for line in LINES])
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE, ANONYMOUS)
    assert [name for name, _ in result.failures] == ["revenue"]
    assert "quantity" in str(result.failures[0][1])
    assert "TEXT" in str(result.failures[0][1])
    assert figures(result, "anonymous") == [1, None, None]


def test_a_missing_table_fails_its_metrics_by_name(store_url: str) -> None:
    """Without its table every metric of a source fails, each named, and nothing is raised."""
    load(store_url, name="other")
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, REVENUE, ORDERS)
        assert [name for name, _ in result.failures] == ["revenue", "orders"]
        assert "order_lines" in str(result.failures[0][1])
        with pytest.raises(SchemaDrift, match="order_lines"):
            warehouse.columns(SOURCE)


def test_days_in_text_work_in_iso_and_are_refused_otherwise(store_url: str) -> None:
    """ISO text is a day; text in another order is a drift that shows what was seen."""
    load(store_url, at=sa.Text)
    load(store_url, name="foreign", at=sa.Text, lines=[(line[0], "03/01/2011 09:00", *line[2:]) for line in LINES])
    with Warehouse(store_url) as warehouse:
        assert figures(pull(warehouse, REVENUE), "revenue") == [60, 1, 14]
        foreign = pull(warehouse, REVENUE, source=SOURCE.model_copy(update={"table": "foreign"}))
    assert "03/01/2011" in str(foreign.failures[0][1])


@pytest.mark.parametrize(
    "name", ["quo'te", 'dou"ble', "semi; DROP TABLE order_lines", "new\nline", "ه\u202ertl", "😀 %s :x", "back`tick"]
)
def test_hostile_names_and_values_are_only_names_and_values(store_url: str, name: str) -> None:
    """Tables, columns and segments named to break SQL give the same figures as harmless ones."""
    lines = [(*line[:2], name, *line[3:]) for line in LINES]
    load(store_url, name=f"t {name}", lines=lines)
    preparer = sa.make_url(store_url).get_dialect()().identifier_preparer
    quoted = [preparer.quote_identifier(n).replace("%%", "%").replace(":", r"\:") for n in (f"t {name}", f"c {name}")]
    alter(store_url, f"ALTER TABLE {quoted[0]} RENAME COLUMN country TO {quoted[1]}")
    source = SOURCE.model_copy(update={"table": f"t {name}"})
    by_country = REVENUE.model_copy(update={"segments": (f"c {name}",)})
    counted = metric("n", value="count()", where=f"column({f'c {name}'!r}) == {name!r}")
    with Warehouse(store_url) as warehouse:
        result = pull(warehouse, by_country, counted, source=source)
        assert not result.failures
        assert figures(result, "revenue", name) == [60, 1, 14]
        assert figures(result, "n") == [3, 2, 1]
        rows = warehouse.top_rows(source, by_country, name, FIRST, limit=1).rows
    assert rows[0][f"c {name}"] == name


def test_means_and_extremes_and_derived_columns(warehouse: Warehouse) -> None:
    """Mean, least and most, conditions counted as numbers, and a derived column named like its own are figures as expected."""
    source = SOURCE.model_copy(
        update={"columns": {"price": "price * 10", "big": "quantity >= 5 or country == 'France'"}}
    )
    asked = [metric(f, value=f"{f}(price)") for f in ("mean", "min", "max")]
    asked += [
        metric("big", value="mean(big)"),
        metric("half", value="sum(quantity / 4)"),
        metric("empty", value="sum(1 / 0)"),
    ]
    result = pull(warehouse, *asked, source=source)
    assert not result.failures
    assert figures(result, "mean") == [pytest.approx(80 / 3), 15, 20]
    assert (figures(result, "min"), figures(result, "max")) == ([20, 10, 20], [40, 20, 20])
    assert figures(result, "big") == [1, 0, 1]
    assert figures(result, "half") == [6.25, 0.5, 1.75]
    assert figures(result, "empty") == [None, None, None]
    circle = SOURCE.model_copy(update={"columns": {"a": "b + 1", "b": "a + 1"}})
    result = pull(warehouse, metric("round", value="sum(a)"), ORDERS.model_copy(update={"where": None}), source=circle)
    assert [(name, "made of itself" in str(error)) for name, error in result.failures] == [("round", True)]


def test_dates_and_times_with_zone_fall_on_the_companys_days(postgres_url: str) -> None:
    """A date is its day; a time with zone is a day of the company's zone, not of the server's."""
    load(postgres_url, name="dated", at=sa.Date, lines=[(line[0], line[1][:10], *line[2:]) for line in LINES])
    load(postgres_url)
    alter(postgres_url, "ALTER TABLE order_lines ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC'")
    with Warehouse(postgres_url, DatabaseSettings(zone="Asia/Shanghai")) as warehouse:
        assert figures(pull(warehouse, REVENUE), "revenue") == [40, 21, 14]
        assert warehouse.last_day(SOURCE, date(2012, 1, 1)) == date(2011, 1, 6)
        dated = pull(warehouse, REVENUE, source=SOURCE.model_copy(update={"table": "dated"}))
        assert figures(dated, "revenue") == [60, 1, 14]


def test_last_day_and_columns(warehouse: Warehouse) -> None:
    """The last day with rows is looked for up to the date asked; columns come with their types."""
    assert warehouse.last_day(SOURCE, date(2011, 1, 5)) == date(2011, 1, 5)
    assert warehouse.last_day(SOURCE, date(2012, 1, 1)) == date(2011, 1, 6)
    assert warehouse.last_day(SOURCE, date(2000, 1, 1)) is None
    assert warehouse.columns(SOURCE)["quantity"] == "INTEGER"


def test_top_rows_are_the_heaviest_and_their_query_can_be_run(warehouse: Warehouse) -> None:
    """The heaviest rows of a segment come first, and the query shown gives all of them."""
    found = warehouse.top_rows(SOURCE, REVENUE, "UK", date(2011, 1, 4), first_day=FIRST)
    assert [row["amount"] for row in found.rows] == [20.0, 20.0, -2.0]
    with warehouse.engine.begin() as connection:
        assert len(connection.exec_driver_sql(found.query.replace("%", "%%")).all()) == 3
    assert warehouse.top_rows(SOURCE, ORDERS, "", FIRST, limit=2).rows[0]["invoice"] == "A1"


def test_the_warehouse_is_read_only(warehouse: Warehouse) -> None:
    """Nothing can be written through the warehouse's connections."""
    with pytest.raises(sa.exc.DBAPIError), warehouse.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM order_lines"))
    assert figures(pull(warehouse, REVENUE), "revenue") == [60, 1, 14]


def test_a_dead_warehouse_says_so(tmp_path: Any, new_postgres_database: Any) -> None:
    """No file, and no server, are told as a source that did not answer, without the password."""
    with (
        Warehouse(f"sqlite:///{tmp_path / 'absent.db'}") as warehouse,
        pytest.raises(SourceUnavailable, match="absent"),
    ):
        pull(warehouse, REVENUE)
    settings = DatabaseSettings(connect_timeout=2)
    with (
        Warehouse("postgresql://u:hunter2@127.0.0.1:1/x", settings) as warehouse,
        pytest.raises(SourceUnavailable) as caught,
    ):
        pull(warehouse, REVENUE)
    assert "hunter2" not in str(caught.value)


def test_a_slow_statement_is_cut(postgres_url: str) -> None:
    """A table that does not answer within the time limit fails in time, as a source that did not answer."""
    alter(
        postgres_url,
        "CREATE VIEW order_lines AS SELECT now() AS at, 1 AS quantity, 1 AS price, pg_sleep(5) IS NULL AS x",
    )
    source = SOURCE.model_copy(update={"columns": {"amount": "quantity * price"}, "key": ()})
    slow = metric("slow", value="count()", where="x")
    settings = DatabaseSettings(statement_timeout=1)
    before = datetime.now().astimezone()
    with Warehouse(postgres_url, settings) as warehouse, pytest.raises(SourceUnavailable, match="time limit"):
        warehouse.aggregate(source, [slow], date(2000, 1, 1), date(2100, 1, 1))
    assert datetime.now().astimezone() - before < timedelta(seconds=4)


def test_numbers_that_are_none_are_no_value(postgres_url: str) -> None:
    """NaN and infinity in the warehouse give a row without value, never a number; other metrics go on."""
    load(postgres_url, lines=[*LINES, ("A7", "2011-01-04 00:00:00", "UK", 1, float("nan"), "c1")])
    with Warehouse(postgres_url) as warehouse:
        result = pull(warehouse, REVENUE, ORDERS)
    assert figures(result, "revenue") == [60, None, 14]
    assert figures(result, "revenue", column="rows") == [3, 3, 1]
    assert figures(result, "orders") == [2, 2, 1]


def test_one_metric_that_raises_in_the_database_fails_alone(postgres_url: str) -> None:
    """A figure that the database cannot compute is told for its metric; the others are asked again without it."""
    load(postgres_url)
    overflow = metric("overflow", value="sum(quantity * 2147483647)")
    with Warehouse(postgres_url) as warehouse:
        result = pull(warehouse, REVENUE, overflow, ORDERS)
    assert [name for name, _ in result.failures] == ["overflow"]
    assert figures(result, "revenue") == [60, 1, 14]
    assert figures(result, "orders") == [2, 1, 1]


def test_too_many_segments_are_refused(warehouse: Warehouse) -> None:
    """An aggregate past the row limit fails its metrics instead of filling the memory."""
    warehouse.settings = DatabaseSettings(row_limit=2)
    result = pull(warehouse, REVENUE)
    assert "row_limit" in str(result.failures[0][1])


def test_a_secret_in_the_query_of_a_url_is_refused() -> None:
    """A password where logs would show it is refused before anything connects, and not repeated."""
    with pytest.raises(UsageError) as caught:
        Warehouse("postgresql://u@h/d?password=hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("broken", [False, True], ids=["one statement a grain", "one metric at a time"])
def test_all_grains_of_a_pull_are_of_one_moment(store_url: str, broken: bool) -> None:
    """Rows that arrive between two statements of a pull are in none of its figures, even where a metric fails and each is asked alone."""
    load(store_url)
    with closing_engine(store_url) as writer, Warehouse(store_url) as warehouse:
        if writer.dialect.name == "sqlite":  # else the reader's lock keeps the writer out
            with writer.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        moments = []

        def arrive(*statement: Any) -> None:
            if "GROUP BY" in statement[2]:
                with writer.begin() as connection:
                    connection.execute(sa.text("INSERT INTO order_lines SELECT * FROM order_lines WHERE quantity = 7"))
                moments.append(statement[2])

        event.listen(warehouse.engine, "after_cursor_execute", arrive)
        large = "quantity * 0 + 9223372036854775000" if writer.dialect.name == "sqlite" else "quantity * 2147483647"
        failing = [metric("overflow", value=f"sum({large})")] if broken else []
        result = pull(warehouse, REVENUE, ORDERS, *failing)
    assert [name for name, _ in result.failures] == [m.id for m in failing]
    assert len(moments) >= 2
    total, parts = figures(result, "revenue"), [figures(result, "revenue", s) for s in ("UK", "France", "(none)")]
    assert total[2] == parts[0][2]
    assert total == [sum(p[day] or 0 for p in parts) for day in range(3)]
