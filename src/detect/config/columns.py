"""Checks the expressions of tables and metrics, and the columns they name.

Which columns a table has is known without the warehouse where its suite has a `schema` expectation; else only the form is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detect.config.document import Document, Place, items
from detect.config.faults import nearest
from detect.config.folder import Folder
from detect.db.expressions import ExpressionError
from detect.db.expressions import check as check_expression
from detect.errors import Fault
from detect.quality.catalogue import RELATION_TYPES

__all__ = ["check_columns"]

AGGREGATES = ("value", "numerator", "denominator")
FILTERS = ("where", "where_denominator")
NAMED = (
    "column",
    "column_A",
    "column_B",
    "column_list",
    "columns",
    "by",
)  # arguments of expectations that name columns
NAMED_THERE = ("other_columns", "other_by")  # and those of the other source
SUMMED, SUMMED_THERE = ("value", "where"), ("other_value", "other_where")  # expressions of a reconciliation
PROCESS = ("case", "activity", "timestamp")
AUDIT = ("row_id", "vendor", "amount", "posted_at", "document", "document_date")

Columns = dict[str, set[str] | None]  # by source; None where they are not known


def check_columns(folder: Folder) -> list[Fault]:
    """Return the faults of expressions, segments and expectations' columns."""
    known = _known(folder)
    faults: list[Fault] = []
    for place, table in items(folder.tables, "tables"):
        faults += _table(folder.tables, place, table, known.get(str(table.get("id"))))
    for document in folder.metrics:
        for place, metric in items(document, "metrics"):
            faults += _metric(document, place, metric, known.get(str(metric.get("source"))))
    for document in folder.suites:
        source = document.data.get("source") if isinstance(document.data, dict) else None
        for place, expectation in items(document, "expectations"):
            faults += _expectation(document, place, expectation, known.get(str(source)))
            faults += _relation(document, place, expectation, known)
    for place, process in items(folder.processes, "processes"):
        faults += _read(folder.processes, place, process, known, PROCESS)
    for place, audit in items(folder.audits, "audits"):
        faults += _read(folder.audits, place, audit, known, AUDIT)
        for key in ("vendors", "employees"):
            listed = audit.get(key)
            if isinstance(listed, dict):
                faults += _read(folder.audits, (*place, key), listed, known, ("id", "account"))
    return [*faults, *_plans(folder, known)]


def _plans(folder: Folder, known: Columns) -> Iterator[Fault]:
    """Yield the faults of the columns of tables of targets."""
    for place, target in items(folder.targets, "targets"):
        table = target.get("table")
        if isinstance(table, dict):
            yield from _read(folder.targets, (*place, "table"), table, known, ("period", "value"))


def _read(
    document: Document, place: Place, item: dict[str, Any], known: Columns, keys: tuple[str, ...]
) -> Iterator[Fault]:
    """Yield the faults of the columns that a check on rows names."""
    columns = known.get(str(item.get("source")))
    yield from _expression(document, (*place, "where"), item.get("where"), columns)
    for key in keys:
        yield from _names(document, (*place, key), item.get(key), columns)


def _known(folder: Folder) -> Columns:
    """Join a table's own columns, as its suite's schema gives them, with the derived ones."""
    schemas: dict[str, set[str]] = {}
    for document in folder.suites:
        for _, expectation in items(document, "expectations"):
            kwargs = expectation.get("kwargs")
            columns = kwargs.get("columns") if isinstance(kwargs, dict) else None
            if expectation.get("type") == "schema" and isinstance(columns, dict):
                schemas[str(document.data.get("source"))] = set(columns)
    known: Columns = {}
    for _, table in items(folder.tables, "tables"):
        derived = table.get("columns")
        own = schemas.get(str(table.get("id")))
        known[str(table.get("id"))] = (
            None if own is None else own | (set(derived) if isinstance(derived, dict) else set())
        )
    return known


def _table(document: Document, place: Place, table: dict[str, Any], known: set[str] | None) -> Iterator[Fault]:
    derived = table.get("columns")
    for name, expression in (derived if isinstance(derived, dict) else {}).items():
        yield from _expression(document, (*place, "columns", name), expression, known)
    for key in ("day", "key", "public"):
        yield from _names(document, (*place, key), table.get(key), known)
    currency = table.get("currency")
    for key, value in currency.items() if isinstance(currency, dict) else ():
        yield from _names(document, (*place, "currency", key), value, known)


def _metric(document: Document, place: Place, metric: dict[str, Any], known: set[str] | None) -> Iterator[Fault]:
    for key in AGGREGATES:
        yield from _expression(document, (*place, key), metric.get(key), known, aggregate=True)
    for key in FILTERS:
        yield from _expression(document, (*place, key), metric.get(key), known)
    yield from _names(document, (*place, "segments"), metric.get("segments"), known)


def _expectation(document: Document, place: Place, rule: dict[str, Any], known: set[str] | None) -> Iterator[Fault]:
    kwargs = rule.get("kwargs")
    named = kwargs if isinstance(kwargs, dict) else {}
    for key in NAMED:
        yield from _names(document, (*place, "kwargs", key), named.get(key), known)


def _relation(document: Document, place: Place, rule: dict[str, Any], known: Columns) -> Iterator[Fault]:
    """Check what a rule on two tables says of each of them."""
    kwargs = rule.get("kwargs")
    if str(rule.get("type")) not in RELATION_TYPES or not isinstance(kwargs, dict):
        return
    here, there = known.get(str(document.data.get("source"))), known.get(str(kwargs.get("other")))
    for keys, columns in ((SUMMED, here), (SUMMED_THERE, there)):
        for key in keys:
            yield from _expression(document, (*place, "kwargs", key), kwargs.get(key), columns)
    for key in NAMED_THERE:
        yield from _names(document, (*place, "kwargs", key), kwargs.get(key), there)


def _expression(
    document: Document, place: Place, text: Any, known: set[str] | None, *, aggregate: bool = False
) -> Iterator[Fault]:
    if not isinstance(text, str):
        return
    try:
        check_expression(text, known, aggregate=aggregate)
    except ExpressionError as error:
        yield document.fault(place, error.what, error.remedy)


def _names(document: Document, place: Place, value: Any, known: set[str] | None) -> Iterator[Fault]:
    """Yield a fault for each column in `value` (one, or a list) that the table has not."""
    if known is None:
        return
    listed = isinstance(value, list)
    for position, name in enumerate(value if listed else [value]):
        if isinstance(name, str) and name not in known:
            where = (*place, position) if listed else place
            yield document.fault(where, f"unknown column {name!r}", nearest(name, known))
