"""The warehouse against a slow, obvious computation in plain Python, on random rows and both databases."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from detect.db.warehouse import Warehouse
from detect.model import Category, Text
from detect.series.metric import Absent, Metric, Source

FIRST, DAYS = date(2024, 2, 20), 14
LAST = FIRST + timedelta(days=DAYS - 1)
NAMES = ("invoice", "at", "country", "quantity", "price")
SOURCE = Source(
    id="s", table="lines", day="at", columns={"amount": "quantity * price"}, key=("invoice", "quantity"), owner="it"
)

Row = dict[str, Any]


def rows_of(seed: int) -> list[Row]:
    """Random lines with missing values, repeats, an empty text, and whole days without any."""
    draw = random.Random(seed)
    rows = []
    for _ in range(400):
        day = FIRST + timedelta(days=draw.choice([d for d in range(-2, DAYS + 2) if d % 5 != 3]))
        price = draw.choice([None, 0.0, 1.25, 10.0])
        country = draw.choice(["UK", "UK", "UK", "France", "", None, "é", "e\u0301"])
        rows.append(
            {"invoice": f"{draw.choice('AAC')}{draw.randrange(60)}", "at": f"{day} {draw.randrange(24):02}:00:00"}
            | {"country": country, "quantity": draw.randrange(-3, 9), "price": price}
        )
    return rows


def cancelled(row: Row) -> bool:
    return bool(row["invoice"].startswith("C"))


def amounts(rows: list[Row]) -> list[float]:
    return [row["quantity"] * row["price"] for row in rows if row["price"] is not None]


def total(rows: list[Row]) -> float | None:
    """Sum the amounts: no rows give zero, rows that all lack the value give an unknown."""
    return sum(amounts(rows)) if amounts(rows) or not rows else None


def mean(rows: list[Row]) -> float | None:
    return sum(amounts(rows)) / len(amounts(rows)) if amounts(rows) else None


# name -> (configuration, filter of the value's rows, the value, filter of the denominator's rows or None)
CASES: dict[
    str, tuple[dict[str, Any], Callable[[Row], bool], Callable[[list[Row]], float | None], Callable[[Row], bool] | None]
] = {
    "revenue": ({"value": "sum(amount)"}, lambda _: True, total, None),
    "refunds": (
        {"value": "sum(amount)", "where": "invoice.startswith('C')", "absent": Absent.ZERO},
        cancelled,
        total,
        None,
    ),
    "orders": (
        {"value": "count_distinct(invoice)", "where": "not invoice.startswith('C') and quantity > 0"},
        lambda r: not cancelled(r) and r["quantity"] > 0,
        lambda rows: len({r["invoice"] for r in rows}),
        None,
    ),
    "repeats": (
        {"value": "count_repeats(invoice, country, quantity)"},
        lambda _: True,
        lambda rows: len(rows) - len({(r["invoice"], r["country"], r["quantity"]) for r in rows}),
        None,
    ),
    "line": ({"value": "mean(amount)", "where": "price is not None"}, lambda r: r["price"] is not None, mean, None),
    "share": (
        {
            "numerator": "sum(quantity)",
            "denominator": "count()",
            "where": "price > 1",
            "where_denominator": "quantity > 0",
        },
        lambda r: r["price"] is not None and r["price"] > 1,
        lambda rows: sum(r["quantity"] for r in rows),
        lambda r: r["quantity"] > 0,
    ),
}


def segment(row: Row) -> str:
    """Two texts that look alike stay two: the first in order has the plain name."""
    names = {None: "(none)", "": "(empty)", "e\u0301": "é", "é": "é (2)"}
    return names.get(row["country"], row["country"])


def expected(rows: list[Row], name: str) -> dict[tuple[str, date], float | None]:
    """Work out a metric's figures day by day and segment by segment."""
    settings, chosen, value, under = CASES[name]
    groups: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in rows:
        day = date.fromisoformat(row["at"][:10])
        if FIRST <= day <= LAST:
            groups["", day].append(row)
            groups[segment(row), day].append(row)
    days = {day for _, day in groups}
    figures: dict[tuple[str, date], float | None] = {}
    for key, group in groups.items():
        own = [row for row in group if chosen(row)]
        if under is not None:
            below = sum(1 for row in group if under(row))
            figures[key] = value(own) / below if below else None  # type: ignore[operator] # a number here
        elif own or settings.get("absent"):
            figures[key] = value(own)
    if settings.get("absent"):
        for name_ in {key[0] for key in groups}:
            with_rows = [day for (s, day), group in groups.items() if s == name_ and any(map(chosen, group))]
            since = FIRST if name_ == "" else min(with_rows, default=None)
            figures |= {
                (name_, d): figures.get((name_, d)) if (name_, d) in groups else 0.0
                for d in days
                if since and d >= since
            }
            for day in days:
                if since is None or day < since:
                    figures.pop((name_, day), None)
    return figures


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_is_that_of_a_plain_computation(store_url: str, seed: int) -> None:
    """Sums, counts, means, ratios and zero filling agree with Python on random rows: same days, same segments, same values."""
    rows = rows_of(seed)
    kinds = {"at": sa.DateTime if "postgresql" in store_url else sa.Text, "quantity": sa.Integer, "price": sa.Float}
    table = sa.Table("lines", sa.MetaData(), *(sa.Column(n, kinds.get(n, sa.Text)) for n in NAMES))
    engine = sa.create_engine(store_url)
    with engine.begin() as connection:
        table.create(connection)
        moment = pd.Timestamp if "postgresql" in store_url else str
        connection.execute(table.insert(), [row | {"at": moment(row["at"])} for row in rows])
    engine.dispose()
    metrics = [
        Metric(
            id=name,
            name=Text(en=name, zh=name),
            department="d",
            category=Category.DATA,
            source="s",
            segments=("country",),
            **settings,
        )
        for name, (settings, *_) in CASES.items()
    ]
    with Warehouse(store_url) as warehouse:
        result = warehouse.aggregate(SOURCE, metrics, FIRST, LAST)
    assert not result.failures
    for name in CASES:
        frame = result.frame[result.frame["metric"] == name]
        got = {
            (s, d.date()): None if pd.isna(v) else v
            for s, d, v in zip(frame["segment"], frame["day"], frame["value"], strict=True)
        }
        wanted = expected(rows, name)
        assert got.keys() == wanted.keys(), name
        assert got == pytest.approx(wanted), name
