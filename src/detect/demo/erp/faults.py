"""The faults that are planted, each on its day, and what should tell each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from detect.demo.erp.rows import Tables, post
from detect.model import Category, Kind, Level
from detect.series.metric import Stage

__all__ = ["PLANTED", "Planted"]


@dataclass(frozen=True)
class Planted:
    """One fault: what was done, and the case that should open. `also` are subjects that the same fault may move as well.

    `within_days` is how many calendar days later it may be told at the latest; `level` the gravest allowed is that or one graver.
    """

    day: date
    what: str
    stage: Stage
    category: Category
    subject: str
    kinds: tuple[Kind, ...]
    levels: tuple[Level, ...]
    plant: Callable[[Tables, date], None]
    also: tuple[str, ...] = ()
    within_days: int = 0


def _late_supplier(made: Tables, day: date) -> None:
    for row in made.of("receipts", day):
        if row["supplier"] in {"Nanhai Steel", "Donghu Plastics", "Beiling Motors"}:
            row["promised_date"] = "2025-08-20"


def _receipts_without_stock(made: Tables, day: date) -> None:
    lost = {row["receipt_no"] for row in made.of("receipts", day)[:5]}
    made.rows["stock_moves"] = [row for row in made.rows["stock_moves"] if row["reference"] not in lost]


def _scrap(made: Tables, day: date) -> None:
    moved = {row["reference"]: row for row in made.of("stock_moves", day) if row["move_type"] == "output"}
    for row in made.of("work_orders", day):
        if row["line"] == "Line B":
            row["scrap_quantity"] = round(row["planned_quantity"] * 0.16)
            row["good_quantity"] = row["planned_quantity"] - row["scrap_quantity"]
            moved[row["work_order"]]["quantity"] = row["good_quantity"]


def _orders_not_posted(made: Tables, day: date) -> None:
    lost = {row["order_id"] for row in made.of("orders", day)[:2]}
    made.rows["ledger"] = [row for row in made.rows["ledger"] if row["reference"] not in lost]


def _unbalanced(made: Tables, day: date) -> None:
    row = next(row for row in made.of("ledger", day) if row["account"] == "2200")
    row["credit"] = round(row["credit"] * 10, 2)


def _dear_purchase(made: Tables, day: date) -> None:
    made.of("purchase_orders", day)[2]["unit_price"] *= 100


def _margin(made: Tables, day: date) -> None:
    """Post the day's cost of sales at twice what it was, balanced."""
    for row in made.of("ledger", day):
        if row["account"] in {"5000", "1400"} and row["reference"].startswith("O"):
            row["debit"], row["credit"] = round(row["debit"] * 1.5, 2), round(row["credit"] * 1.5, 2)


def _stock_twice(made: Tables, day: date) -> None:
    made.rows["stock_moves"] += [dict(row) for row in made.of("stock_moves", day)]


def _written_off(made: Tables, day: date) -> None:
    row = next(row for row in made.of("stock_moves", day) if row["move_type"] == "adjustment")
    row["quantity"], row["unit_cost"] = -300, 30.0


def _unknown_orders(made: Tables, day: date) -> None:
    for row in made.of("receipts", day)[:3]:
        row["po_line"] = f"X{row['po_line'][1:]}"


def _work_orders_missing(made: Tables, day: date) -> None:
    made.rows["work_orders"] = [row for row in made.rows["work_orders"] if row["finished_date"] != day.isoformat()]


def _slower(made: Tables, day: date) -> None:
    for row in made.rows["work_orders"]:
        if row["line"] == "Line A" and row["finished_date"] >= day.isoformat():
            row["hours"] = round(row["hours"] * 1.3, 2)


def _paid_late(made: Tables, _: date) -> None:
    """From the 3rd on two of three customers who paid at once pay later."""
    received = (row for row in made.rows["ledger"] if row["account"] == "1000" and row["posting_date"] >= "2025-09-03")
    for number, row in enumerate(received):
        if number % 3:
            row["account"] = "1100"


def _posted_by_hand(made: Tables, day: date) -> None:
    post(made, day, f"E{day:%y%m%d}900", "correction", [("1200", 260_000.0, 0), ("2100", 0, 260_000.0)])


_GRAVE, _LARGE, _ANY = (Level.MAJOR,), (Level.LARGER,), (Level.MAJOR, Level.LARGER, Level.SOME)
_STOCK = ("stock_in", "stock_out", "stock_movements", "stock_adjustments")
PLANTED: tuple[Planted, ...] = (
    Planted(
        date(2025, 9, 2), "three of four suppliers deliver late", Stage.PROCUREMENT, Category.PROCESS, "late_receipts",
        (Kind.SPIKE, Kind.RATE), _ANY, _late_supplier,
    ),
    Planted(
        date(2025, 9, 4), "five receipts never reach the stock", Stage.INVENTORY, Category.DATA, "receipts:receipts_reach_stock",
        (Kind.RECONCILIATION,), _LARGE, _receipts_without_stock, also=_STOCK,
    ),
    Planted(
        date(2025, 9, 8), "Line B scraps a sixth of what it makes", Stage.PRODUCTION, Category.PROCESS, "scrap_rate",
        (Kind.SPIKE, Kind.RATE), _ANY, _scrap, also=("output", "hours_per_hundred"),
    ),
    Planted(
        date(2025, 9, 10), "two orders are never posted", Stage.FINANCE, Category.FINANCIAL, "orders:orders_reach_ledger",
        (Kind.RECONCILIATION,), _GRAVE, _orders_not_posted, also=("revenue_posted", "ledger_lines", "gross_margin"),
    ),
    Planted(
        date(2025, 9, 11), "a credit is typed with a digit too many", Stage.FINANCE, Category.FINANCIAL, "ledger:entries_balance",
        (Kind.RECONCILIATION,), _GRAVE, _unbalanced,
    ),
    Planted(
        date(2025, 9, 12), "a purchase is entered at a hundred times its price", Stage.PROCUREMENT, Category.FINANCIAL, "largest_purchase",
        (Kind.LIMIT,), _GRAVE, _dear_purchase, also=("purchase_value", "purchase_price"),
    ),
    Planted(
        date(2025, 9, 15), "the cost of sales is posted half as much again", Stage.FINANCE, Category.FINANCIAL, "gross_margin",
        (Kind.DIP, Kind.UNIT_ERROR), _ANY, _margin,
    ),
    Planted(
        date(2025, 9, 16), "the movements of a day are loaded twice", Stage.INVENTORY, Category.DATA, "stock_moves:stands_once",
        (Kind.DOUBLE_LOAD,), _GRAVE, _stock_twice,
        also=(*_STOCK, "receipts:receipts_reach_stock", "work_orders:output_reaches_stock", "stock_moves:as_many_as_usual"),
    ),
    Planted(
        date(2025, 9, 18), "three hundred pieces are written off", Stage.INVENTORY, Category.FINANCIAL, "stock_adjustments",
        (Kind.LIMIT, Kind.SPIKE), (Level.MAJOR, Level.LARGER), _written_off, also=_STOCK,
    ),
    Planted(
        date(2025, 9, 19), "three receipts answer no order", Stage.PROCUREMENT, Category.PROCESS, "receipts:order_is_known",
        (Kind.RULE,), _LARGE, _unknown_orders,
    ),
    Planted(
        date(2025, 9, 22), "the work orders of a day do not arrive", Stage.PRODUCTION, Category.DATA, "work_orders:arrived",
        (Kind.FRESHNESS,), _LARGE, _work_orders_missing,
        also=(
            "output", "work_orders_finished", "scrap_rate", "overdue_work_orders", "hours_per_hundred",
            "work_orders:output_reaches_stock",
        ),
    ),
    Planted(
        date(2025, 9, 23), "Line A needs a third more hours from now on", Stage.PRODUCTION, Category.PROCESS, "hours_per_hundred",
        (Kind.LEVEL_SHIFT, Kind.SPIKE, Kind.DRIFT), _ANY, _slower, within_days=7,
    ),
    Planted(
        date(2025, 9, 15), "customers pay later, and the month will miss its plan", Stage.FINANCE, Category.FINANCIAL, "cash_plan",
        (Kind.FORECAST_BREACH, Kind.OFF_TARGET), _ANY, _paid_late, also=("cash_received",),
    ),
    Planted(
        date(2025, 9, 25), "a posting by hand over the limit", Stage.FINANCE, Category.FINANCIAL, "largest_posting",
        (Kind.LIMIT,), _GRAVE, _posted_by_hand,
    ),
)  # fmt: skip
