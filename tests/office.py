"""The back office of Harbour Tea: purchases as an event log and payments to vendors, generated, with troubles of known days.

`equip` adds them to a copy of the company: tables in its warehouse, and processes, audits, targets and identities in its configuration.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from tests.company import DAYS, FIRST, Company, Rows

SATURDAY = date(2025, 5, 24)
TROUBLE = date(2025, 5, 27)  # a Tuesday
WAITING = "P0518x"  # a purchase that nobody has received
SKIPPED, ODD = "P-skipped", "P-odd"

TABLES = """
  - id: purchases
    table: purchases
    day: at
    owner: supply
    public: [purchase]
  - {id: payments, table: payments, day: paid_at, owner: supply, columns: {size: amount}}
  - {id: vendors, table: vendors, day: since, owner: supply}
  - {id: staff, table: staff, day: since, owner: watch}
  - {id: books, table: books, day: day, owner: watch}
"""
PROCESSES = """
processes:
  - id: purchase
    name: {en: Purchase, zh: 採購}
    department: supply
    source: purchases
    case: purchase
    timestamp: at
    steps: [order, approve, receive, pay]
    memory_days: 120
    quantile: 0.99
"""
AUDITS = """
audits:
  - id: payables
    name: {en: Payments, zh: 付款}
    source: payments
    department: review
    vendor: payee
    posted_at: paid_at
    document: invoice
    approval_limits: [10000]
    extreme_rows: 200
    vendors: {source: vendors, id: vendor, account: iban}
    employees: {source: staff, id: person, account: bank}
"""
METRICS = """
defaults: {department: watch, source: books, category: financial, stage: finance, type: balance, unit: £, money_per_unit: 1, detectors: [],
  kinds: [limit]}
metrics:
  - {id: assets, name: {en: Assets, zh: 資產}, value: sum(assets)}
  - {id: liabilities, name: {en: Liabilities, zh: 負債}, value: sum(liabilities)}
  - {id: equity, name: {en: Equity, zh: 權益}, value: sum(equity)}
"""
IDENTITIES = """
identities:
  - {id: balance_sheet, name: {en: Balance sheet, zh: 資產負債表}, department: watch, left: [assets], right: [liabilities, equity]}
"""
TARGETS = f"""
targets:
  - id: revenue_plan
    name: {{en: Revenue against plan, zh: 銷售額對計劃}}
    metric: revenue
    close_days: {TROUBLE.day}
    direction: down
    values: {{2025-03: 1000, 2025-04: 900000}}
"""
SCHEMA = (
    "CREATE TABLE books (day DATE, assets DOUBLE PRECISION, liabilities DOUBLE PRECISION, equity DOUBLE PRECISION)",
    "CREATE TABLE purchases (purchase TEXT, activity TEXT, at {time})",
    "CREATE TABLE payments (id TEXT, payee TEXT, amount DOUBLE PRECISION, paid_at {time}, invoice TEXT)",
    "CREATE TABLE vendors (vendor TEXT, iban TEXT, since DATE)",
    "CREATE TABLE staff (person TEXT, bank TEXT, since DATE)",
    "INSERT INTO vendors VALUES ('v1', 'GB11 0001', '2025-01-01'), ('v2', 'GB22 0002', '2025-01-01')",
    "INSERT INTO staff VALUES ('noor', 'gb22-0002', '2025-01-01'), ('olga', 'GB33', '2025-01-01')",
)


def equip(company: Company) -> Company:
    """Add the back office to the company; Karl's supply department is under test, Olga audits."""
    company.replace("config/company.yaml", "management_group: [olga]", "management_group: [ida], audit: [olga]")
    company.replace(
        "config/company.yaml",
        "  - {id: watch,",
        "  - {id: review, name: {en: Internal audit, zh: 內部審計}, head: olga}\n  - {id: watch,",
    )
    tables = company.folder / "config" / "tables.yaml"
    tables.write_text(tables.read_text(encoding="utf-8").rstrip() + TABLES, encoding="utf-8")
    (company.folder / "config" / "processes.yaml").write_text(PROCESSES, encoding="utf-8")
    (company.folder / "config" / "audits.yaml").write_text(AUDITS, encoding="utf-8")
    (company.folder / "config" / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    (company.folder / "config" / "identities.yaml").write_text(IDENTITIES, encoding="utf-8")
    (company.folder / "config" / "metrics" / "books.yaml").write_text(METRICS, encoding="utf-8")
    time = "TIMESTAMP" if company.book.warehouse_url.startswith("postgresql") else "TEXT"
    inserts = [*_inserts("purchases", purchases()), *_inserts("payments", payments()), *_inserts("books", books())]
    company.warehouse(*(line.format(time=time) for line in SCHEMA), *inserts)
    return company


def _inserts(table: str, rows: Rows) -> list[str]:
    lines = ["(" + ", ".join(repr(value) for value in row) + ")" for row in rows]
    return [f"INSERT INTO {table} VALUES {', '.join(lines[k : k + 500])}" for k in range(0, len(lines), 500)]


def purchases() -> Rows:
    """Return the events of eight purchases a day, a step about a day after the other.

    One is never received; on the day of trouble one is paid that nobody approved, one meets an unknown activity, and nothing is ordered.
    """
    draw = random.Random(11)
    rows: Rows = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        for purchase in range(8):
            at = datetime.combine(day, datetime.min.time()) + timedelta(hours=draw.uniform(8, 16))
            for step in ("order", "approve", "receive", "pay"):
                if day != TROUBLE or step != "order":
                    rows.append((f"P{day:%m%d}{purchase}", step, f"{at:%Y-%m-%d %H:%M:%S}"))
                at += timedelta(hours=draw.lognormvariate(3.0, 0.3))
    rows = [row for row in rows if day_of(row[2]) <= FIRST + timedelta(days=DAYS) and row[0][:5] != f"P{TROUBLE:%m%d}"]
    rows += [(WAITING, "order", "2025-05-18 09:00:00"), (WAITING, "approve", "2025-05-19 09:00:00")]
    rows += [(SKIPPED, "order", "2025-05-25 09:00:00"), (SKIPPED, "receive", f"{TROUBLE} 09:00:00")]
    return [*rows, (ODD, "order", "2025-05-26 09:00:00"), (ODD, "gift", f"{TROUBLE} 10:00:00")]


def payments() -> Rows:
    """Return six payments a working day to ten vendors, and what an auditor would look at."""
    draw = random.Random(12)
    rows: Rows = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        for payment in range(0 if day.weekday() >= 5 else 6):
            at = f"{day} {draw.randint(9, 16):02}:{draw.randint(0, 59):02}:00"
            amount = round(draw.lognormvariate(5.5, 0.8), 2)
            rows.append((f"B{day:%m%d}{payment}", f"v{draw.randint(3, 12)}", amount, at, f"INV{day:%m%d}{payment}"))
    return [
        *rows,
        ("saturday", "v3", 310.5, f"{SATURDAY} 11:00:00", "INV-s"),
        ("once", "v4", 812.4, "2025-05-20 10:00:00", "77-1"),
        ("twice", "v4", 812.4, f"{TROUBLE} 10:00:00", "0077/1"),
        ("part1", "v5", 6000.5, "2025-05-26 11:00:00", "INV-p1"),
        ("part2", "v5", 6100.5, f"{TROUBLE} 11:00:00", "INV-p2"),
        ("wrong", "v6", 982873.81, f"{TROUBLE} 12:00:00", "INV-w"),
        ("undone", "v6", -982873.81, f"{TROUBLE} 12:00:06", "INV-w"),
        ("own", "v2", 250.0, f"{TROUBLE} 13:00:00", "INV-o"),
    ]


def books() -> Rows:
    """Return the balance sheet of every day; on the day of trouble it does not balance by 500."""
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    return [(str(day), 9000.0 + k + 500.0 * (day == TROUBLE), 4000.0, 5000.0 + k) for k, day in enumerate(days)]


def day_of(text: str) -> date:
    """Return the day of a timestamp."""
    return date.fromisoformat(text[:10])
