"""Amounts of several currencies are not added up: where a table says in which currency its amounts are, every figure of them has one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, Text, case, cast, func, select

from detect.db.expressions import names, parse, parse_aggregate
from detect.db.source_table import SourceTable
from detect.db.translate import Element
from detect.errors import SchemaDrift, SourceError
from detect.series.metric import Currency, Metric

__all__ = ["mixed"]

_UNKNOWN = "(none)"  # an amount without a currency is in none of the others


def mixed(
    connection: Connection, table: SourceTable, metrics: Iterable[Metric], first: date, last: date
) -> dict[str, SourceError]:
    """Return a fault for each metric whose amounts of the days are in more than one currency; one statement for all of them."""
    currency = table.source.currency
    filters = {metric.id: used for metric in metrics if currency and (used := _filters(table, currency, metric))}
    if currency is None or not filters:
        return {}
    try:
        told = func.coalesce(cast(table.translator.column(currency.column), Text), _UNKNOWN)
    except SourceError as error:  # nobody knows what the amounts are in
        return dict.fromkeys(filters, error)
    wanted = sorted({where for used in filters.values() for where in used}, key=str)
    columns: list[Element] = []
    for where in wanted:
        one = told if where is None else case((table.translator.condition(parse(where)), told))
        columns += [func.count(one.distinct()), func.min(one), func.max(one)]
    query = select(*columns).select_from(table.selectable).where(table.within(first, last))
    row = connection.execute(query).one()
    seen = {where: tuple(row[3 * n : 3 * n + 3]) for n, where in enumerate(wanted)}
    faults: dict[str, SourceError] = {}
    for name, used in filters.items():
        count, low, high = max((seen[where] for where in used), key=lambda found: int(found[0]))
        if count > 1:
            faults[name] = _fault(
                table, currency, name, f"{count} ({str(low)[:20]} to {str(high)[:20]}) from {first} to {last}"
            )
    return faults


def _fault(table: SourceTable, currency: Currency, metric: str, seen: str) -> SourceError:
    source = table.source
    return SchemaDrift(
        f"Table {source.table}: column {currency.column!r}: expected one currency among the amounts of {metric}, seen {seen}",
        f"Choose one by `where: {currency.column} == '…'`, or watch each by itself by `segments: [{currency.column}]` with"
        f" `total: false`, or add up a column that is converted into one.",
    )


def _filters(table: SourceTable, currency: Currency, metric: Metric) -> set[str | None]:
    """Return the row filters under which a metric takes amounts together; none where it takes none, or each currency alone."""
    if metric.segments == (currency.column,) and not metric.total and not metric.rest:
        return set()
    parts = (
        (metric.value, metric.where),
        (metric.numerator, metric.where),
        (metric.denominator, metric.where_denominator),
    )
    return {where for text, where in parts if text and _takes_amounts(table, currency, text)}


def _takes_amounts(table: SourceTable, currency: Currency, text: str) -> bool:
    """Whether an aggregate takes together amounts, named in it or in the derived columns that it is made of."""
    if parse_aggregate(text).function.startswith("count"):
        return False
    found, waiting = set[str](), set(names(text, aggregate=True))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= names(table.source.columns[name]) if name in table.source.columns else set()
    return bool(found & set(currency.amounts))
