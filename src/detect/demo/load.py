"""Loads the public data as they arrived into a small warehouse: one SQLite file of raw lines a company.

Nothing is cleaned: days that were loaded twice, negative quantities and lines without customer are what the product is for.
"""

from __future__ import annotations

import csv
import io
import lzma
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from detect.errors import DownloadError

__all__ = ["FLIGHTS_TABLE", "RETAIL_TABLE", "Progress", "Table", "load_flights", "load_retail"]

Progress = Callable[[int, int], None]  # lines loaded so far, lines expected
BATCH = 50_000

Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True)
class Table:
    """A warehouse table: its columns with their SQL types, the header of the file it comes from, and how many lines that has."""

    name: str
    columns: tuple[tuple[str, str], ...]
    header: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    lines: int


RETAIL_TABLE = Table(
    name="order_lines",
    columns=(
        ("invoice", "TEXT"),
        ("stock_code", "TEXT"),
        ("description", "TEXT"),
        ("quantity", "INTEGER"),
        ("invoice_ts", "TEXT"),
        ("unit_price", "REAL"),
        ("customer_id", "TEXT"),
        ("country", "TEXT"),
    ),
    header=("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"),
    indexes=(("invoice_ts",),),
    lines=1_067_371,
)

FLIGHTS_COLUMNS = (
    ("flight_date", "TEXT"),  # the local day: time_hour is in UTC and has another day in the evening
    ("year", "INTEGER"),
    ("month", "INTEGER"),
    ("day", "INTEGER"),
    ("dep_time", "INTEGER"),
    ("sched_dep_time", "INTEGER"),
    ("dep_delay", "INTEGER"),
    ("arr_time", "INTEGER"),
    ("sched_arr_time", "INTEGER"),
    ("arr_delay", "INTEGER"),
    ("carrier", "TEXT"),
    ("flight", "INTEGER"),
    ("tailnum", "TEXT"),
    ("origin", "TEXT"),
    ("dest", "TEXT"),
    ("air_time", "INTEGER"),
    ("distance", "INTEGER"),
    ("hour", "INTEGER"),
    ("minute", "INTEGER"),
    ("time_hour", "TEXT"),
)
FLIGHTS_TABLE = Table(
    name="departures",
    columns=FLIGHTS_COLUMNS,
    header=tuple(name for name, _ in FLIGHTS_COLUMNS[1:]),
    indexes=(("flight_date",),),
    lines=336_776,
)


def load_retail(archive: Path, warehouse: Path, progress: Progress | None = None, table: Table = RETAIL_TABLE) -> int:
    """Load the retailer's order lines from `archive` (xz) into a new SQLite file `warehouse`; return how many.

    The file appears whole or not at all. Raises DownloadError when the archive is not what was expected.
    """
    with lzma.open(archive, "rt", encoding="utf-8", newline="") as text:
        return _load(table, _retail_rows(_lines(text, table, archive)), warehouse, archive, progress)


def load_flights(archive: Path, warehouse: Path, progress: Progress | None = None, table: Table = FLIGHTS_TABLE) -> int:
    """Load the departures from `archive` (zip) into a new SQLite file `warehouse`; return how many.

    The file appears whole or not at all. Raises DownloadError when the archive is not what was expected.
    """
    try:
        with zipfile.ZipFile(archive) as folder, folder.open(folder.namelist()[0]) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
            return _load(table, _flight_rows(_lines(text, table, archive)), warehouse, archive, progress)
    except (zipfile.BadZipFile, IndexError) as error:
        raise _unexpected(archive, "it is no zip file with data") from error


def _lines(text: Iterable[str], table: Table, archive: Path) -> Iterator[list[str]]:
    lines = csv.reader(text)
    header = tuple(next(lines, ()))
    if header != table.header:
        raise _unexpected(archive, f"its columns are {', '.join(header) or 'none'}")
    return lines


def _retail_rows(lines: Iterable[list[str]]) -> Iterator[Row]:
    """Type each order line: ISO time, whole customer number as text, None for what is empty."""
    for invoice, stock_code, description, quantity, at, price, customer, country in lines:
        customer_id = customer.removesuffix(".0") or None
        yield (
            invoice,
            stock_code,
            description or None,
            int(quantity),
            _iso_time(at),
            float(price),
            customer_id,
            country,
        )


@lru_cache(maxsize=4096)
def _iso_time(at: str) -> str:
    """Turn `12/1/2009 7:45` (month first) into `2009-12-01 07:45:00`."""
    day, time = at.split(" ")
    month, day_of_month, year = day.split("/")
    hour, minute = time.split(":")
    return f"{year}-{int(month):02}-{int(day_of_month):02} {int(hour):02}:{int(minute):02}:00"


def _flight_rows(lines: Iterable[list[str]]) -> Iterator[Row]:
    """Put the local day in front of the 19 columns; `NA` and the empty text are None (a cancelled flight has no departure time)."""
    for line in lines:
        date = f"{line[0]}-{int(line[1]):02}-{int(line[2]):02}"
        yield (date, *(None if text in {"", "NA"} else text for text in line))


def _load(table: Table, rows: Iterator[Row], warehouse: Path, archive: Path, progress: Progress | None) -> int:
    """Fill a file beside `warehouse` and rename it when every expected line is in."""
    try:
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=warehouse.parent, prefix=".loading-") as folder:
            part = Path(folder) / warehouse.name
            with closing(sqlite3.connect(part)) as connection:
                count = _fill(connection, table, rows, progress)
            if count != table.lines:
                raise _unexpected(archive, f"it has {count:,} lines, {table.lines:,} expected")
            part.replace(warehouse)
    except (ValueError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise _unexpected(archive, f"a line cannot be read ({error})") from error
    except (OSError, sqlite3.Error) as error:
        raise DownloadError(
            f"The warehouse {warehouse} could not be written ({error})",
            "Make room or choose another folder with --dir.",
        ) from error
    return count


def _fill(connection: sqlite3.Connection, table: Table, rows: Iterator[Row], progress: Progress | None) -> int:
    """Create the table, insert all rows in one transaction, then index it; return how many rows."""
    connection.execute("PRAGMA journal_mode = OFF")  # the file is thrown away when anything fails
    connection.execute("PRAGMA synchronous = OFF")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns)
    connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
    insert = f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(table.columns))})'  # noqa: S608 - names stand in this file
    count = 0
    while batch := list(islice(rows, BATCH)):
        connection.executemany(insert, batch)
        count += len(batch)
        if progress:
            progress(count, table.lines)
    for index in table.indexes:
        names = ", ".join(f'"{name}"' for name in index)
        connection.execute(f'CREATE INDEX "{table.name}_{"_".join(index)}" ON "{table.name}" ({names})')
    connection.commit()
    return count


def _unexpected(archive: Path, why: str) -> DownloadError:
    return DownloadError(
        f"{archive.name} is not the data expected: {why}; nothing was loaded",
        f"Remove {archive} and run the command again.",
    )
