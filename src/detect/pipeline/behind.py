"""The rows behind a case: read from the warehouse when somebody looks, with that reader's own rights, and never kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from detect.cases.episodes import leading, records
from detect.errors import SourceError
from detect.model import Case, Text
from detect.notices.catalogue import filled
from detect.notices.explanations import SAID
from detect.notices.numbers import number
from detect.pipeline.session import Session
from detect.series.metric import Metric

__all__ = ["Behind", "behind", "behind_case", "row_lines"]

Row = dict[str, Any]
_LIMIT = 10


@dataclass(frozen=True)
class Behind:
    """The heaviest rows of a figure, `query` to see them all, and `fault` where they could not be read."""

    day: date
    rows: tuple[Row, ...] = ()
    query: str = ""
    fault: str = ""


def behind_case(session: Session, case: Case) -> Behind | None:
    """Return the rows behind the day that speaks for a case; None where it is not about a metric."""
    metric = session.book.metrics.get(case.metric or "")
    if metric is None:
        return None
    known = [r for r in records(case) if tuple(r["key"][2:4]) == (case.subject, case.segment)]
    day = date.fromisoformat(leading(known)["day"]) if known else case.last_day
    return behind(session, metric, case.segment, day)


def behind(session: Session, metric: Metric, segment: str, day: date) -> Behind:
    """Return the rows that weigh most in a metric's figure of a day; of their columns only those that the source names as public."""
    source = session.book.sources[metric.source]
    try:
        top = session.reader(source).top_rows(source, metric, segment, day, _LIMIT)
    except SourceError as error:
        return Behind(day, fault=str(error))
    shown = {source.day, *source.public}
    rows = tuple({name: value for name, value in row.items() if name in shown} for row in top.rows)
    return Behind(day, rows, top.query)


def row_lines(found: Behind) -> Iterator[Text]:
    """Say each row in a line, its columns by name, then the query that shows them all."""
    if found.fault:
        yield filled(SAID["rows_unread"], fault=found.fault)
        return
    for row in found.rows:
        said = ", ".join(f"{name} {_value(value)}" for name, value in row.items() if value is not None)
        yield Text(en=said, zh=said)
    if not found.rows:
        yield SAID["rows_none"]
    yield filled(SAID["rows_query"], query=" ".join(found.query.split()))


def _value(value: object) -> str:
    """Write a value of the warehouse without the noise of binary fractions."""
    if isinstance(value, float):
        return number(value) if value == round(value) else f"{value:,.10g}"
    return str(value)
