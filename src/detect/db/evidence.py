"""The rows behind a figure: the few that weigh most, and the query that shows them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, false, func, or_, select

from detect.db.expressions import Aggregate, names, parse, parse_aggregate
from detect.db.segments import NONE, called, labels
from detect.db.source_table import SourceTable
from detect.db.translate import Element
from detect.db.values import to_python
from detect.series.metric import Metric

__all__ = ["TopRows", "top_rows"]


@dataclass(frozen=True)
class TopRows:
    """Rows as plain Python values by column; `query` is the statement without its limit, for a person to run."""

    rows: tuple[dict[str, Any], ...]
    query: str


def top_rows(
    connection: Connection, table: SourceTable, metric: Metric, segment: str, *, days: tuple[date, date], limit: int
) -> TopRows:
    """Return the heaviest rows of a metric's figure, over the days given, the heaviest first."""
    text = metric.value if metric.value is not None else metric.numerator or ""
    aggregate = parse_aggregate(text)
    translator = table.translator
    conditions = [table.within(*days)]
    if metric.where is not None:
        conditions.append(translator.condition(parse(metric.where)))
    if segment:
        conditions.append(_in_segment(connection, table, metric, segment, days))
    query = select(*_columns(table, metric, text)).select_from(table.selectable).where(and_(*conditions))
    weight = _weight(table, aggregate)
    order = [*([] if weight is None else [weight.desc()]), *(translator.column(name) for name in table.source.key)]
    query = query.order_by(*order) if order else query
    rows = connection.execute(query.limit(limit)).mappings()
    written = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
    return TopRows(tuple(to_python_row(row) for row in rows), written)


def to_python_row(row: Any) -> dict[str, Any]:
    """Return a fetched row as plain values; a number that is not finite is shown as its name."""
    return {name: str(value) if value != value else to_python(value) for name, value in row.items()}  # noqa: PLR0124 -- NaN


def _weight(table: SourceTable, aggregate: Aggregate) -> Element | None:
    if aggregate.function in {"sum", "mean", "max", "min"}:
        number = table.translator.number(aggregate.arguments[0])
        weight: Element = number if aggregate.function == "max" else func.abs(number)
        return func.coalesce(-number if aggregate.function == "min" else weight, 0)
    return None


def _columns(table: SourceTable, metric: Metric, text: str) -> list[Element]:
    source = table.source
    used = set(names(text, aggregate=True)) | (set(names(metric.where)) if metric.where else set())
    wanted = dict.fromkeys([source.day, *source.key, *metric.segments, *sorted(used), *source.public])
    return [table.translator.column(name).label(name) for name in wanted]


def _in_segment(
    connection: Connection, table: SourceTable, metric: Metric, segment: str, days: tuple[date, date]
) -> Element:
    """Return the condition that a row is of a segment, found by the same names that the figures have."""
    found = []
    for name in metric.segments:
        column = table.translator.column(name)
        query = select(column).distinct().select_from(table.selectable).where(table.within(*days))
        named = labels(connection.execute(query).scalars())
        found += [
            column.is_(None) if value is None else column == value
            for value, given in named.items()
            if called(metric, name, given) == segment or (value is None and segment == NONE)
        ]
    return or_(*found) if found else false()
