"""Suites against real databases: what fails, what errs, what is not checked, and that a backfill counts what a night counts."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from detect.db.warehouse import Warehouse
from detect.errors import SourceUnavailable
from detect.model import Kind, Level, Outcome, Text
from detect.quality import (
    Expectation,
    Rows,
    Suite,
    TableFacts,
    checks,
    count_failures_by_day,
    findings,
    metrics,
    repeat_columns,
    row_rule,
    run_suite,
    run_suite_on_frames,
)
from detect.series.metric import Source

NAME = Text(en="rule", zh="規則")
DAY = date(2024, 1, 2)
LINES = sa.table(
    "lines", *(sa.column(c) for c in ("line", "day", "invoice", "customer", "quantity", "country", "code"))
)


def expectation(name, kind, severity="warning", on="day", **kwargs):
    return Expectation(id=name, type=kind, kwargs=kwargs, severity=severity, name=NAME, on=on)


SOURCE = Source(id="order_lines", table="lines", day="day", key=("line",), owner="data")
SUITE = Suite(
    source="order_lines",
    department="data",
    expectations=(
        expectation("customer_known", "ExpectColumnValuesToNotBeNull", column="customer", mostly=0.9),
        expectation(
            "quantity_sane", "ExpectColumnValuesToBeBetween", "critical", column="quantity", min_value=-50, max_value=50
        ),
        expectation(
            "country_known", "ExpectColumnValuesToBeInSet", column="country", value_set=["UK", 'it\'s; "here"']
        ),
        expectation("code_letter", "ExpectColumnValuesToMatchRegex", column="code", regex="^C_"),
        expectation("no_repeats", "ExpectCompoundColumnsToBeUnique", column_list=["invoice", "customer", "code"]),
        expectation("gone", "ExpectColumnValuesToNotBeNull", column="vanished"),
        expectation(
            "orphans", "UnexpectedRowsExpectation", unexpected_rows_query="SELECT * FROM {batch} WHERE quantity > 90"
        ),
        expectation("total", "ExpectColumnSumToBeBetween", "info", "table", column="quantity", min_value=0),
        expectation("fresh", "freshness"),
    ),
)


def lines() -> list[tuple[object, ...]]:
    """Forty lines a day over three days, with known faults on the second."""
    rows: list[tuple[object, ...]] = []
    for offset in range(3):
        day = (date(2024, 1, 1) + timedelta(days=offset)).isoformat()
        for n in range(40):
            bad = offset == 1
            customer = None if n < (8 if bad else 2) else f"K{n:06d}"
            quantity = 99 if bad and n in {20, 21, 22} else n
            rows.append((offset * 100 + n, day, f"I{n}", customer, quantity, "UK", "c_1" if bad and n == 30 else "C_1"))
        if offset == 1:
            rows.append((900, day, "I0", None, 0, "UK", "C_1"))  # repeats a line without customer
            rows.append((901, day, "I39", "K000039", None, "Mars", "C_1"))  # repeats a line, no quantity
    return rows


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('ware house$HOME')}/w.db"
    else:
        address = request.getfixturevalue("new_postgres_database")()
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE lines (line INT, day TEXT, invoice TEXT, customer TEXT, quantity INT, country TEXT, code TEXT)"
            )
        )
        names = ("line", "day", "invoice", "customer", "quantity", "country", "code")
        connection.execute(sa.insert(LINES), [dict(zip(names, row, strict=True)) for row in lines()])
    engine.dispose()
    return address


def facts() -> TableFacts:
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-04"))
    return TableFacts(days, np.array([40.0, 42.0, 40.0]), np.ones(3, dtype=bool))


def rows_of(url: str, day: date) -> Rows:
    with Warehouse(url) as warehouse:
        query = warehouse.day_query(SOURCE, day, numbering=repeat_columns(SUITE))
    return Rows("lines", day_query=query, numbered=True, key=("line", "customer"), public=frozenset({"line"}))


def test_each_expectation_ends_as_passed_failed_or_errored(url: str) -> None:
    """A missing column is an error of its own rule; the others go on and say how many rows broke them."""
    results = {r.expectation: r for r in run_suite(SUITE, url, DAY, rows=rows_of(url, DAY), facts=facts())}
    assert {i: r.outcome for i, r in results.items()} == {
        "customer_known": Outcome.FINDING,
        "quantity_sane": Outcome.FINDING,
        "country_known": Outcome.FINDING,
        "code_letter": Outcome.FINDING,
        "no_repeats": Outcome.FINDING,
        "gone": Outcome.ERROR,
        "orphans": Outcome.FINDING,
        "total": Outcome.OK,
        "fresh": Outcome.OK,
    }
    counted = {i: (r.unexpected, r.checked) for i, r in results.items() if r.unexpected is not None}
    assert counted == {
        "customer_known": (9, 42),
        "quantity_sane": (3, 41),
        "country_known": (1, 42),
        "code_letter": (1, 42),
        "no_repeats": (2, 42),
    }
    assert results["gone"].detail == "column vanished is missing"
    assert results["orphans"].observed == 3
    assert results["orphans"].keys == tuple(f"line={n}, customer=***" for n in (120, 121, 122))


def test_a_day_without_rows_is_no_data_not_health(url: str) -> None:
    """On an empty day no rule on rows passes."""
    day = date(2023, 12, 31)
    results = {r.expectation: r.outcome for r in run_suite(SUITE, url, day, rows=rows_of(url, day))}
    assert results["quantity_sane"] is Outcome.NO_DATA
    assert results["fresh"] is Outcome.NOT_CHECKED


def test_failures_become_findings_and_ledger_rows(url: str) -> None:
    """A critical failure asks for level 1; what could not be checked is told at level 3; every rule has its ledger row."""
    results = run_suite(SUITE, url, DAY, rows=rows_of(url, DAY), facts=facts())
    told = {f.subject: f for f in findings(SUITE, results, DAY)}
    assert told["order_lines:quantity_sane"].severity is Level.MAJOR
    assert told["order_lines:quantity_sane"].actual == 3
    assert "keys" not in told["order_lines:quantity_sane"].evidence
    assert told["order_lines:orphans"].evidence["failing"].startswith("SELECT")
    assert (told["order_lines:gone"].severity, told["order_lines:gone"].kind) == (Level.SOME, Kind.SCHEMA)
    ledger = {c.subject: c for c in checks(SUITE, results)}
    assert len(ledger) == len(SUITE.expectations)
    assert ledger["order_lines:gone"].notable == (("", Outcome.ERROR, "column vanished is missing"),)


def test_a_missing_table_errs_alone_and_a_dead_database_raises(url: str, tmp_path: Path) -> None:
    """Rules on a table that is not there are errors; a database that does not answer is told without its address."""
    suite = Suite(
        source="x",
        department="data",
        expectations=(expectation("total", "expect_table_row_count_to_equal", on="table", value=1),),
    )
    (result,) = run_suite(suite, url, DAY, rows=Rows("nowhere"))
    assert result.outcome is Outcome.ERROR
    for address in (f"sqlite:///{tmp_path}/secret.db", "postgresql://u:secret@127.0.0.1:9/x"):
        with pytest.raises(SourceUnavailable) as raised:
            run_suite(suite, address, DAY, rows=Rows("t"))
        assert "secret" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_suite_on_a_frame_counts_what_the_database_counts(url: str) -> None:
    """On the same rows as a frame every rule ends as in the database; a rule in SQL is not checked."""
    names = ("line", "day", "invoice", "customer", "quantity", "country", "code")
    table = pd.DataFrame(lines(), columns=list(names))
    rows = rows_of(url, DAY)
    by_frame = run_suite_on_frames(
        SUITE, DAY, rows=rows, day=table[table["day"] == DAY.isoformat()], table=table, facts=facts()
    )
    by_database = run_suite(SUITE, url, DAY, rows=rows, facts=facts())
    for frame, database in zip(by_frame, by_database, strict=True):
        if frame.expectation == "orphans":
            assert frame.outcome is Outcome.NOT_CHECKED
        else:
            assert (frame.expectation, frame.outcome, frame.unexpected) == (
                database.expectation,
                database.outcome,
                database.unexpected,
            )
            assert frame.checked == database.checked


HOSTILE = ("a\"b'; --", "顧客 名", "class", "column", "x:y")


def test_hostile_names_and_values_are_counted_like_any_other(store_url: str) -> None:
    """Quotes, semicolons, colons and emoji in names, and per cent signs and line breaks in values too, change no count."""
    value, other = "v'; 😀 :p%s%%", "\n\u202e\x1b[2J';--%"
    engine = sa.create_engine(store_url)
    table = sa.Table(
        'od"d; t', sa.MetaData(), sa.Column("day", sa.Text), *(sa.Column(name, sa.Text) for name in HOSTILE)
    )
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(
            table.insert(), [{"day": "2024-01-02", **dict.fromkeys(HOSTILE, v)} for v in (value, value, other, None)]
        )
    engine.dispose()
    rules = [
        expectation(f"in_{n}", "expect_column_values_to_be_in_set", column=c, value_set=[value])
        for n, c in enumerate(HOSTILE)
    ]
    rules.append(expectation("once", "expect_compound_columns_to_be_unique", column_list=list(HOSTILE)))
    suite = Suite(source="odd", department="data", expectations=tuple(rules))
    derived = {"odd": f"'x:p%s' if column({HOSTILE[3]!r}) == 'no way%s' else 'y'"}
    source = Source(id="odd", table='od"d; t', day="day", owner="data", columns=derived)
    with Warehouse(store_url) as warehouse:
        query = warehouse.day_query(source, DAY, numbering=repeat_columns(suite))
        pull = warehouse.aggregate(source, metrics(suite), DAY, DAY)
    results = run_suite(suite, store_url, DAY, rows=Rows('od"d; t', day_query=query, numbered=True))
    assert [(r.unexpected, r.checked) for r in results] == [(1, 3)] * len(rules)
    assert count_failures_by_day(suite, pull.frame, [DAY], pull.failures) == results


def test_the_library_leaves_no_file_and_prints_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    """A run writes nowhere and shows no progress bar."""
    monkeypatch.chdir(tmp_path)
    run_suite(SUITE, url, DAY, rows=rows_of(url, DAY), facts=facts())
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


ODD = Suite(
    source="order_lines",
    department="data",
    expectations=(
        expectation("code", "ExpectColumnValuesToMatchRegex", column="code", regex="^[A-Z]_[0-9]+$"),
        expectation("no_digit", "ExpectColumnValuesToNotMatchRegex", column="invoice", regex="[78]", mostly=0.9),
        expectation("short", "ExpectColumnValueLengthsToBeBetween", column="invoice", max_value=2, mostly=0.2),
        expectation("exact", "ExpectColumnValueLengthsToEqual", column="customer", value=7),
        expectation("above", "ExpectColumnPairValuesAToBeGreaterThanB", column_A="line", column_B="quantity"),
        expectation(
            "above_or_equal",
            "ExpectColumnPairValuesAToBeGreaterThanB",
            column_A="quantity",
            column_B="line",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        ),
        expectation("same", "ExpectColumnPairValuesToBeEqual", column_A="customer", column_B="invoice"),
        expectation(
            "same_any",
            "ExpectColumnPairValuesToBeEqual",
            column_A="customer",
            column_B="customer",
            ignore_row_if="neither",
        ),
    ),
)


def test_patterns_lengths_and_pairs_are_counted_by_day_as_the_library_counts_them(url: str) -> None:
    """Regular expressions, lengths and pairs of columns, with missing values, end on each day of a range as on its night."""
    days = [DAY + timedelta(days=n) for n in (-1, 0)]
    nights = [r for day in days for r in run_suite(ODD, url, day, rows=rows_of(url, day))]
    with Warehouse(url) as warehouse:
        pull = warehouse.aggregate(SOURCE, metrics(ODD), days[0], days[-1])
    counted = count_failures_by_day(ODD, pull.frame, days, pull.failures)
    assert all(row_rule(e) is not None for e in ODD.expectations)
    order = sorted((r.day, r.expectation, r.unexpected, r.checked, r.outcome) for r in nights)
    assert order == sorted((r.day, r.expectation, r.unexpected, r.checked, r.outcome) for r in counted)
    failed = {(r.expectation, r.day == DAY): r.unexpected for r in counted if r.outcome is Outcome.FINDING}
    assert failed["code", True] == 1
    assert failed["above", False] == 40
    assert failed["same_any", True] == 9
    assert failed["same", True] == 42


def test_the_rows_of_a_failed_rule_are_named_and_found_again_by_the_query(url: str) -> None:
    """The first keys of the rows at fault, and a SELECT that a person can run to see them all."""
    source = SOURCE.model_copy(update={"key": ("line",)})
    with Warehouse(url) as warehouse:
        bad = warehouse.failing_rows(source, DAY, "quantity > 50 or code.startswith('c')", ("quantity",))
        twice = warehouse.repeated_rows(source, DAY, ("invoice", "customer", "code"), limit=1)
    assert [row["line"] for row in bad.rows] == [120, 121, 122, 130]
    assert [row["line"] for row in twice.rows] in ([100], [900])
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert [row[0] for row in connection.exec_driver_sql(bad.query)] == [120, 121, 122, 130]
        assert len(connection.exec_driver_sql(twice.query).all()) == 2
    engine.dispose()


def test_a_select_of_the_configuration_is_cut_and_cannot_write(url: str) -> None:
    """What a custom SELECT returns is limited and said to be more; one that would write is an error of its rule, and writes nothing."""
    many = "SELECT a.line FROM {batch} a JOIN lines b ON 1 = 1 JOIN lines c ON 1 = 1"
    suite = Suite(
        source="order_lines",
        expectations=(
            expectation("many", "UnexpectedRowsExpectation", unexpected_rows_query=many),
            expectation(
                "writes",
                "UnexpectedRowsExpectation",
                on="table",
                unexpected_rows_query="WITH gone AS (DELETE FROM lines RETURNING line) SELECT line FROM gone",
            ),
        ),
    )
    found = {r.expectation: r for r in run_suite(suite, url, DAY, rows=rows_of(url, DAY))}
    assert found["many"].observed == 10_001
    assert "more than 10000" in found["many"].detail
    assert found["writes"].outcome is Outcome.ERROR
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(LINES)).scalar() == 122
    engine.dispose()


def test_rules_on_columns_take_three_statements_and_no_row_of_the_day(url: str) -> None:
    """However many rules, one statement names the columns, one counts the rows, one what breaks them; none fetches the day."""
    kept = [e for e in SUITE.expectations if e.type.startswith("expect_co") and e.id != "gone"]
    suite = SUITE.model_copy(update={"expectations": tuple(e for e in kept if e.on == "day")})
    rows = rows_of(url, DAY)
    sent: list[str] = []

    def note(*passed: object) -> None:
        sent.append(str(passed[2]))

    sa.event.listen(sa.Engine, "after_cursor_execute", note)
    try:
        results = run_suite(suite, url, DAY, rows=rows)
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", note)
    asked = [statement for statement in sent if "repeat_no_repeats" in statement]
    assert len(results) == len(suite.expectations) == 5
    assert len(asked) == 3, asked
    if url.startswith("postgresql"):  # SQLite hands over a row only when it is asked for it
        assert sum("LIMIT 0" in statement for statement in asked) == 1
        assert rows.day_query not in [statement.replace("%%", "%") for statement in sent]


def test_a_backfill_counts_what_the_nights_count(url: str) -> None:
    """One aggregate over the range gives, for every countable rule, the results and findings of the nights one by one."""
    days = [DAY + timedelta(days=n) for n in (-2, -1, 0, 1)]
    countable = [e.id for e in SUITE.expectations if row_rule(e) is not None]
    nights = [
        r for day in days for r in run_suite(SUITE, url, day, rows=rows_of(url, day)) if r.expectation in countable
    ]
    with Warehouse(url) as warehouse:
        pull = warehouse.aggregate(SOURCE, metrics(SUITE), days[0], days[-1])
    counted = count_failures_by_day(SUITE, pull.frame, days, pull.failures)

    def in_order(results):
        return sorted((replace(r, keys=()) for r in results), key=lambda r: (r.day, r.expectation))

    assert countable == ["customer_known", "quantity_sane", "country_known", "code_letter", "no_repeats", "gone"]
    assert in_order(counted) == in_order(nights)
    assert {r.outcome for r in counted} == {Outcome.OK, Outcome.FINDING, Outcome.ERROR, Outcome.NO_DATA}
    assert findings(SUITE, in_order(counted)) == findings(SUITE, in_order(nights))
