"""The ordinary days of the generated manufacturer: orders, purchases, receipts, work orders, movements of stock, ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from detect.series.calendars import Calendar, CalendarSettings

__all__ = ["LINES", "SUPPLIERS", "TABLES", "Tables", "ordinary", "working_days"]

Row = dict[str, Any]

TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "orders": (
        ("order_id", "TEXT"), ("order_date", "DATE"), ("quantity", "INTEGER"), ("unit_price", "REAL"), ("returned", "INTEGER"),
    ),
    "purchase_orders": (
        ("po_line", "TEXT"), ("po_no", "TEXT"), ("order_date", "DATE"), ("promised_date", "DATE"), ("supplier", "TEXT"),
        ("item", "TEXT"), ("quantity", "INTEGER"), ("unit_price", "REAL"),
    ),
    "receipts": (
        ("receipt_no", "TEXT"), ("receipt_date", "DATE"), ("po_line", "TEXT"), ("supplier", "TEXT"), ("item", "TEXT"),
        ("quantity", "INTEGER"), ("accepted_quantity", "INTEGER"), ("unit_price", "REAL"), ("promised_date", "DATE"),
    ),
    "work_orders": (
        ("work_order", "TEXT"), ("started_date", "DATE"), ("due_date", "DATE"), ("finished_date", "DATE"), ("line", "TEXT"),
        ("item", "TEXT"), ("planned_quantity", "INTEGER"), ("good_quantity", "INTEGER"), ("scrap_quantity", "INTEGER"), ("hours", "REAL"),
    ),
    "stock_moves": (
        ("move_no", "TEXT"), ("move_date", "DATE"), ("move_type", "TEXT"), ("item", "TEXT"), ("quantity", "INTEGER"),
        ("unit_cost", "REAL"), ("reference", "TEXT"),
    ),
    "ledger": (
        ("entry_line", "TEXT"), ("entry_no", "TEXT"), ("posting_date", "DATE"), ("account", "TEXT"), ("debit", "REAL"),
        ("credit", "REAL"), ("reference", "TEXT"),
    ),
}  # fmt: skip
DAY = {"orders": "order_date", "purchase_orders": "order_date", "receipts": "receipt_date", "work_orders": "finished_date",
       "stock_moves": "move_date", "ledger": "posting_date"}  # fmt: skip
SUPPLIERS = ("Nanhai Steel", "Donghu Plastics", "Beiling Motors", "Xishan Paint")
PARTS = {"sheet": 40.0, "housing": 12.0, "motor": 85.0, "paint": 22.0}  # one of each supplier, with its price
LINES = {"Line A": 3, "Line B": 4, "Line C": 3}  # work orders a day
PRODUCT, PRICE, COST = "pump", 260.0, 150.0
RETURNED, PAID_AT_ONCE, PARTLY_REJECTED, SCRAPPED, OVERDUE = 0.04, 0.3, 0.2, 0.025, 0.07  # how often each happens
REVENUE, COST_OF_SALES, CASH, STOCK, PAYABLE = "4000", "5000", "1000", "1400", "2200"


@dataclass
class Tables:
    """The rows of every table, in the order in which they were made."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def of(self, table: str, day: date) -> list[Row]:
        """Return the rows of a business day."""
        return [row for row in self.rows[table] if row[DAY[table]] == day.isoformat()]

    def add(self, table: str, **values: Any) -> Row:
        """Add one row and return it."""
        self.rows[table].append(values)
        return values


def working_days(first: date, last: date) -> list[date]:
    """Return the days on which the company works: those of China's calendar, make-up workdays among them."""
    calendar = Calendar(CalendarSettings(country="CN"))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if calendar.is_working_day(day)]


def ordinary(first: date, last: date, seed: int) -> Tables:
    """Make the days `first` to `last` without any fault; the same seed gives the same rows."""
    draw, made = Random(seed), Tables()  # noqa: S311 - generated data, no secret
    days = working_days(first, last)
    due: dict[int, list[Row]] = {}
    for number, day in enumerate(days):
        entry = _entries(day)
        _sales(made, day, draw, entry)
        for line in _purchases(made, day, days, number, draw):
            lead = draw.choices((4, 5, 6, 8), (30, 40, 22, 8))[0]  # promised after six
            due.setdefault(number + lead, []).append(line)
        for line in due.pop(number, []):
            _receipt(made, day, line, draw, entry)
        _production(made, day, days, number, draw)
        _adjustments(made, day, draw)
    return made


def _entries(day: date) -> Iterator[str]:
    """Yield the numbers of the day's ledger entries."""
    number = 0
    while True:
        number += 1
        yield f"E{day:%y%m%d}{number:03}"


def post(made: Tables, day: date, entry: str, reference: str, lines: Sequence[tuple[str, float, float]]) -> None:
    """Post one entry: account, debit, credit of each line."""
    for number, (account, debit, credit) in enumerate(lines, 1):
        made.add(
            "ledger",
            entry_line=f"{entry}-{number}",
            entry_no=entry,
            posting_date=day.isoformat(),
            account=account,
            debit=round(debit, 2),
            credit=round(credit, 2),
            reference=reference,
        )


def _move(made: Tables, day: date, kind: str, item: str, quantity: int, cost: float, reference: str | None) -> None:
    number = len(made.rows["stock_moves"]) + 1
    made.add(
        "stock_moves",
        move_no=f"M{number:06}",
        move_date=day.isoformat(),
        move_type=kind,
        item=item,
        quantity=quantity,
        unit_cost=cost,
        reference=reference,
    )


def _sales(made: Tables, day: date, draw: Random, entry: Iterator[str]) -> None:
    for number in range(max(8, round(draw.gauss(24, 2.5)))):
        order, quantity = f"O{day:%y%m%d}{number:03}", draw.randint(1, 6)
        price = round(PRICE * draw.uniform(0.96, 1.04), 2)
        made.add(
            "orders",
            order_id=order,
            order_date=day.isoformat(),
            quantity=quantity,
            unit_price=price,
            returned=int(draw.random() < RETURNED),
        )
        worth, cost = round(quantity * price, 2), quantity * COST * draw.uniform(0.98, 1.02)
        account = CASH if draw.random() < PAID_AT_ONCE else "1100"
        post(made, day, next(entry), order, [(account, worth, 0), (REVENUE, 0, worth)])
        post(made, day, next(entry), order, [(COST_OF_SALES, cost, 0), (STOCK, 0, cost)])
        _move(made, day, "shipment", PRODUCT, -quantity, COST, order)


def _purchases(made: Tables, day: date, days: Sequence[date], number: int, draw: Random) -> Iterator[Row]:
    promised = days[number + 6] if number + 6 < len(days) else day + timedelta(days=8)
    for supplier, (part, price) in zip(SUPPLIERS, PARTS.items(), strict=True):
        for line in range(max(1, round(draw.gauss(4, 0.7)))):
            order = f"P{day:%y%m%d}{supplier[0]}"
            yield made.add(
                "purchase_orders",
                po_line=f"{order}-{line + 1}",
                po_no=order,
                order_date=day.isoformat(),
                promised_date=promised.isoformat(),
                supplier=supplier,
                item=part,
                quantity=draw.randint(20, 60),
                unit_price=round(price * draw.uniform(0.97, 1.03), 2),
            )


def _receipt(made: Tables, day: date, line: Row, draw: Random, entry: Iterator[str]) -> None:
    receipt = f"R{line['po_line'][1:]}"
    rejected = draw.randint(1, 2) if draw.random() < PARTLY_REJECTED else 0
    made.add(
        "receipts",
        receipt_no=receipt,
        receipt_date=day.isoformat(),
        po_line=line["po_line"],
        supplier=line["supplier"],
        item=line["item"],
        quantity=line["quantity"],
        accepted_quantity=line["quantity"] - rejected,
        unit_price=line["unit_price"],
        promised_date=line["promised_date"],
    )
    accepted = line["quantity"] - rejected
    _move(made, day, "receipt", line["item"], accepted, line["unit_price"], receipt)
    worth = accepted * line["unit_price"]
    post(made, day, next(entry), receipt, [(STOCK, worth, 0), (PAYABLE, 0, worth)])


def _production(made: Tables, day: date, days: Sequence[date], number: int, draw: Random) -> None:
    for line, usual in LINES.items():
        for count in range(max(2, round(draw.gauss(usual, 0.5)))):
            order, planned = f"W{day:%y%m%d}{line[-1]}{count}", draw.randint(90, 110)
            scrap = sum(draw.random() < SCRAPPED for _ in range(planned))
            late = draw.random() < OVERDUE
            made.add(
                "work_orders",
                work_order=order,
                started_date=days[max(0, number - 3)].isoformat(),
                due_date=(days[max(0, number - 1)] if late else day).isoformat(),
                finished_date=day.isoformat(),
                line=line,
                item=PRODUCT,
                planned_quantity=planned,
                good_quantity=planned - scrap,
                scrap_quantity=scrap,
                hours=round(planned * draw.gauss(0.065, 0.002), 2),
            )
            _move(made, day, "output", PRODUCT, planned - scrap, COST, order)
            _move(made, day, "issue", draw.choice(tuple(PARTS)), -planned, 30.0, order)


def _adjustments(made: Tables, day: date, draw: Random) -> None:
    for _ in range(draw.randint(2, 4)):
        _move(made, day, "adjustment", draw.choice(tuple(PARTS)), draw.choice((-1, 1)) * draw.randint(2, 8), 30.0, None)
