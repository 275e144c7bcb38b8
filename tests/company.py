"""Harbour Tea, a small fictional company: configuration, suites and a generated warehouse with troubles of known days.

Three shops sell tea; suppliers deliver it. 150 days of two tables, a fixed seed, and in the last weeks of them: a supplier late on
half of a day's deliveries, a fourfold day of the web shop, a day loaded twice, a sale over the fixed limit, a key customer who
stopped ordering. `Company` reads and disturbs it the way a test needs.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from detect.config import Book, load, start
from detect.config.signing import signing_key
from detect.db.store import Store
from detect.pipeline.nightly import run_nights
from detect.pipeline.order import NightResult, Order, night_after
from detect.pipeline.session import open_session
from detect.pipeline.telling import Sent, deliver

FIRST = date(2025, 1, 1)
DAYS = 150
LATE = date(2025, 5, 16)
SPIKE = date(2025, 5, 20)
TWICE = date(2025, 5, 22)
BREACH = date(2025, 5, 24)
LAST = date(2025, 5, 30)
BEFORE = date(2025, 5, 17)  # the shared store is judged up to here

SALES = """CREATE TABLE sales (sale TEXT, sold_at TEXT, shop TEXT, customer TEXT, product TEXT, quantity INTEGER, price DOUBLE PRECISION)"""
DELIVERIES = """CREATE TABLE deliveries (delivery TEXT, due TEXT, supplier TEXT, hours_late DOUBLE PRECISION, cost DOUBLE PRECISION)"""
SHOPS = {"Quay": 14, "Mill": 9, "Web": 20}
ACCOUNTS = {f"H{n}": n for n in range(1, 7)}  # hotels and how many days they let pass between orders
SILENT, SILENT_SINCE = "H2", date(2025, 5, 14)

COMPANY = """
id: harbour_tea
name: {en: Harbour Tea, zh: 港灣茶行}
language: en
timezone: Europe/London
currency: £
calendar: {country: null, closed_weekdays: []}
working_hours: {start: 09:00, end: 17:00}
departments:
  - {id: sales, name: {en: Sales, zh: 銷售部}, head: ida, members: [noor]}
  - {id: supply, name: {en: Supply, zh: 採購部}, head: karl}
  - {id: watch, name: {en: Anomaly monitoring, zh: 異常監測部}, head: mina}
people:
  - {id: ida, name: {en: Ida Berg, zh: 伊達}, email: ida@example.com, channels: [mail, inbox], deputy: noor}
  - {id: noor, name: {en: Noor Aziz, zh: 努爾}, email: noor@example.com}
  - {id: karl, name: {en: Karl Wood, zh: 卡爾}, email: karl@example.com, language: zh}
  - {id: mina, name: {en: Mina Sato, zh: 美奈}, email: mina@example.com, channels: [inbox]}
  - {id: olga, name: {en: Olga Lund, zh: 奧爾加}, email: olga@example.com}
notices: {monitoring_department: watch, management_group: [olga], link: "http://127.0.0.1:8765"}
channels:
  mail: {kind: folder}
  inbox: {kind: inbox}
warehouse: sqlite:///var/warehouse.db
store: sqlite:///var/store.db
output: var
"""
POLICY = """
deadlines:
  levels:
    1: {acknowledge: 1, report: 2, meet: 4, decide: 4, progress_every: 8}
    2: {acknowledge: 4, report: 8, meet: 16, decide: 8, progress_every: 24}
    3: {acknowledge: 8, report: 24, meet: 40, decide: 16, progress_every: 40}
detection: {budget: 2.0}
accounts:
  - {id: hotels, name: {en: Hotel silent, zh: 飯店沉寂}, metric: hotel_revenue, top: 6, trailing_days: 90, visible_to: [sales]}
rates:
  - {id: lateness, metrics: [late_share]}
history_days: 400
"""
TABLES = """
tables:
  - id: sales
    table: sales
    day: sold_at
    key: [sale, product]
    owner: watch
    public: [sale, sold_at, shop, product, quantity, price]
    columns: {amount: quantity * price}
  - id: deliveries
    table: deliveries
    day: due
    owner: supply
    public: [delivery, due, supplier, hours_late]
    columns: {late: hours_late > 4}
"""
SALES_METRICS = """
defaults: {department: sales, source: sales, category: process, absent: zero}
metrics:
  - {id: revenue, name: {en: Revenue, zh: 銷售額}, category: financial, value: sum(amount), segments: [shop],
     unit: £, money_per_unit: 1, importance: key, minimum: 50, related: [orders, units]}
  - {id: orders, name: {en: Orders, zh: 訂單數}, value: count_distinct(sale), type: count, segments: [shop], unit: orders,
     importance: key, minimum: 5}
  - {id: units, name: {en: Units sold, zh: 銷售量}, value: sum(quantity), type: count, unit: units, minimum: 10}
  - {id: average_line, name: {en: Average line, zh: 平均行金額}, numerator: sum(amount), denominator: count(), type: ratio,
     unit: £, minimum: 1, absent: missing}
  - {id: largest_sale, name: {en: Largest line, zh: 最大單行金額}, category: financial, value: max(amount), unit: £,
     money_per_unit: 1, direction: up, detectors: [], kinds: [limit], limits: [{level: 2, above: 900}, {level: 1, above: 5000}]}
  - {id: hotel_revenue, name: {en: Revenue of a hotel, zh: 飯店銷售額}, category: customer, value: sum(amount),
     where: customer is not None, segments: [customer], total: false, unit: £, money_per_unit: 1, direction: down,
     detectors: [accounts], kinds: [key_account]}
"""
SUPPLY_METRICS = """
defaults: {department: supply, source: deliveries, category: process, stage: procurement}
metrics:
  - {id: deliveries, name: {en: Deliveries, zh: 到貨數}, value: count(), type: count, segments: [supplier], unit: deliveries,
     minimum: 4, absent: zero}
  - {id: late_share, name: {en: Share of late deliveries, zh: 延遲到貨比率}, numerator: count(), where: late, denominator: count(),
     type: ratio, direction: up, minimum: 0.1, kinds: [spike, rate, level_shift]}
"""
SALES_SUITE = """
source: sales
department: watch
expectations:
  - {id: columns, type: schema, name: {en: The columns agreed on, zh: 欄位與約定一致}, severity: critical, on: table,
     kwargs: {columns: {sale: text, sold_at: any, shop: text, customer: any, product: text, quantity: integer, price: number}}}
  - {id: arrived, type: freshness, name: {en: The rows have arrived, zh: 資料已到達}, on: table, kwargs: {days: 1}}
  - {id: stands_once, type: expect_compound_columns_to_be_unique, name: {en: A line stands once, zh: 訂單行不重複},
     severity: critical, kind: double_load, kwargs: {column_list: [sale, product], mostly: 0.8}}
  - {id: price_is_given, type: expect_column_values_to_not_be_null, name: {en: Every line has a price, zh: 每行均有單價},
     severity: warning, kwargs: {column: price}}
"""
DELIVERIES_SUITE = """
source: deliveries
expectations:
  - {id: supplier_is_given, type: expect_column_values_to_not_be_null,
     name: {en: Every delivery names its supplier, zh: 每筆到貨均有供應商}, kwargs: {column: supplier}}
  - {id: arrived, type: freshness, name: {en: The deliveries have arrived, zh: 到貨資料已到達}, on: table, kwargs: {days: 1}}
"""
FILES = {
    "config/company.yaml": COMPANY,
    "config/policy.yaml": POLICY,
    "config/tables.yaml": TABLES,
    "config/metrics/sales.yaml": SALES_METRICS,
    "config/metrics/supply.yaml": SUPPLY_METRICS,
    "config/events.yaml": "events: []\n",
    "expectations/sales.yaml": SALES_SUITE,
    "expectations/deliveries.yaml": DELIVERIES_SUITE,
}
JUDGEMENTS = ("findings", "exceptions", "case_events")

Row = tuple[Any, ...]
Rows = list[Row]


@dataclass(frozen=True)
class Company:
    """A copy of Harbour Tea that a test may disturb."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def book(self) -> Book:
        """The configuration as it stands in the folder."""
        return load(self.folder, self.environ)

    def judge(self, first: date, last: date | None = None, **asked: Any) -> list[NightResult]:
        """Judge nights in one run, in this process."""
        with open_session(self.book) as session:
            return list(run_nights(session, Order(first, last or first, **{"holder": "test", **asked})))

    def send(self, as_of: date) -> Sent:
        """Send what is due on the night after `as_of`."""
        with open_session(self.book) as session:
            return deliver(session, night_after(self.book, as_of))

    def stored(self) -> dict[str, Rows]:
        """Return all rows of all tables of the store, as the database holds them."""
        engine = sa.create_engine(self.book.store_url)
        try:
            with engine.connect() as connection:
                tables = sa.MetaData()
                tables.reflect(connection)
                return {
                    t.name: sorted(map(tuple, connection.execute(t.select())), key=repr) for t in tables.sorted_tables
                }
        finally:
            engine.dispose()

    def judgements(self) -> dict[str, Rows]:
        """Return the rows of findings, exceptions and case events."""
        return {name: rows for name, rows in self.stored().items() if name in JUDGEMENTS}

    def store(self) -> Store:
        """Open the store."""
        return Store.open(self.book.store_url)

    def warehouse(self, *statements: str) -> None:
        """Change the warehouse as its owner would."""
        engine = sa.create_engine(self.book.warehouse_url)
        try:
            with engine.begin() as connection:
                for statement in statements:
                    connection.execute(sa.text(statement))
        finally:
            engine.dispose()

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file of the folder."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")


def sales() -> Rows:
    """Return the lines of all days, the planted troubles among them."""
    draw = random.Random(20250101)
    return [row for number in range(DAYS) for row in _sales_of(FIRST + timedelta(days=number), draw)]


def _sales_of(day: date, draw: random.Random) -> Rows:
    busy = 1.0 + 0.25 * (day.weekday() in {4, 5})
    rows: Rows = []
    for shop, usual in SHOPS.items():
        times = 4 if shop == "Web" and day == SPIKE else 1
        for number in range(times * max(3, round(draw.gauss(usual * busy, usual**0.5 / 2)))):
            sale = f"{day:%m%d}{shop[0]}{number:03}"
            rows += [
                _line(sale, day, shop, None, product, draw) for product in ("Assam", "Sencha")[: draw.randint(1, 2)]
            ]
    for account, rhythm in ACCOUNTS.items():
        silent = account == SILENT and day >= SILENT_SINCE
        if day.toordinal() % rhythm == 0 and not silent:
            rows.append(_line(f"{day:%m%d}{account}", day, "Web", account, "Keemun", draw))
    if day == BREACH:
        rows.append((f"{day:%m%d}X", f"{day} 16:10:00", "Quay", None, "Assam", 600, 15.0))
    return rows * 2 if day == TWICE else rows


def _line(sale: str, day: date, shop: str, customer: str | None, product: str, draw: random.Random) -> Row:
    at = f"{day} {draw.randint(9, 17):02}:{draw.randint(0, 59):02}:00"
    return sale, at, shop, customer, product, draw.randint(1, 9), round(draw.uniform(4, 12), 2)


def deliveries() -> Rows:
    """Return the deliveries of all days; on one of them half of Assam Estates' come late."""
    draw = random.Random(7)
    rows: Rows = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        for supplier, usual in {"Assam Estates": 16, "Uji Gardens": 10}.items():
            for parcel in range(max(2, round(draw.gauss(usual, 1.5)))):
                late = 0.85 if day == LATE else 0.06
                hours = draw.uniform(5, 30) if draw.random() < late else draw.uniform(-3, 3)
                rows.append((f"{day:%m%d}{supplier[0]}{parcel:02}", str(day), supplier, round(hours, 1), 100.0))
    return rows


def write_sqlite(path: Path) -> None:
    """Write the warehouse as one SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(SALES)
        connection.execute(DELIVERIES)
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?)", sales())
        connection.executemany("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?)", deliveries())


def write_postgres(url: str) -> None:
    """Write the warehouse into a PostgreSQL database, its days as timestamps and dates."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute(SALES.replace("sold_at TEXT", "sold_at TIMESTAMP"))
        cursor.execute(DELIVERIES.replace("due TEXT", "due DATE"))
        for copy, rows in (("COPY sales FROM STDIN", sales()), ("COPY deliveries FROM STDIN", deliveries())):
            with cursor.copy(copy) as lines:
                for row in rows:
                    lines.write_row(row)


def write_folder(folder: Path) -> None:
    """Write the configuration and the suites: the template's playbooks, everything else Harbour Tea's own."""
    start(folder)
    for template in (folder / "config" / "metrics" / "sales.yaml", folder / "expectations" / "orders.yaml"):
        template.unlink()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def fresh_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Harbour Tea with its warehouse and no store, for copying."""
    folder = tmp_path_factory.mktemp("harbour_tea")
    write_folder(folder)
    write_sqlite(folder / "var" / "warehouse.db")
    return folder


@pytest.fixture(scope="session")
def judged_company(fresh_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Harbour Tea with its nights judged up to `BEFORE`, for copying."""
    folder = tmp_path_factory.mktemp("judged") / "harbour_tea"
    shutil.copytree(fresh_company, folder)
    Company(folder).judge(BEFORE - timedelta(days=9), BEFORE, mode="backfill", notify=False)
    signing_key(Company(folder).book)  # made once, so that all copies sign their links alike
    return folder


CopyCompany = Callable[[str], Company]


@pytest.fixture
def company_copy(judged_company: Path, tmp_path: Path) -> CopyCompany:
    """Give a function that makes one more copy of the company as judged up to `BEFORE`."""

    def copy(name: str) -> Company:
        shutil.copytree(judged_company, tmp_path / name)
        return Company(tmp_path / name)

    return copy


@pytest.fixture
def tea(company_copy: CopyCompany) -> Company:
    """Give a copy of the company as judged up to `BEFORE`."""
    return company_copy("tea")


@pytest.fixture
def postgres_tea(
    new_postgres_database: Callable[[], str], fresh_company: Path, tmp_path: Path
) -> Iterator[Callable[[str], Company]]:
    """Give a function that makes a copy of the company whose warehouse and store are PostgreSQL databases; nothing is judged yet."""
    warehouse = new_postgres_database()
    write_postgres(warehouse)

    def make(name: str) -> Company:
        shutil.copytree(fresh_company, tmp_path / name)
        return Company(tmp_path / name, {"DETECT_WAREHOUSE": warehouse, "DETECT_STORE": new_postgres_database()})

    return make


def instant(company: Company, as_of: date) -> datetime:
    """Return the instant of the night after a business day."""
    return night_after(company.book, as_of)
