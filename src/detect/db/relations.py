"""Two tables against each other, in the database: rows that refer to nothing, and sums that do not agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Double, Select, Subquery, and_, case, cast, func, literal, select, union_all

from detect.db.evidence import to_python_row
from detect.db.expressions import parse
from detect.db.source_table import SourceTable
from detect.db.translate import Element
from detect.series.relations import Reconciliation, Reference

__all__ = ["AtFault", "Compared", "compare", "differing", "unmatched", "unmatched_by_day"]

HERE, THERE, DAY = "here", "there", "yj_day"


@dataclass(frozen=True)
class AtFault:
    """A few of the rows (or groups) at fault as plain values by column, and the SELECT of all of them as text."""

    rows: tuple[dict[str, Any], ...]
    query: str


@dataclass(frozen=True)
class Compared:
    """One day of a reconciliation: groups compared, groups that differ, and the sums of both sides (None: no row)."""

    day: date
    groups: int
    differing: int
    here: float | None
    there: float | None


def unmatched_by_day(
    connection: Connection, table: SourceTable, other: SourceTable, rule: Reference, days: tuple[date, date]
) -> dict[date, tuple[int, int]]:
    """Count by day the rows spoken of, and those whose columns no row of `other` has; a day without rows is not there."""
    match = _match(table, other, rule)
    query = select(
        table.day_of_row().label(DAY), func.count(case((match.given, 1))), func.count(case((match.missing, 1)))
    )
    query = query.select_from(match.joined).where(table.within(*days)).group_by(DAY)
    return {_as_day(day): (int(rows), int(lost)) for day, rows, lost in connection.execute(query)}


def unmatched(
    connection: Connection, table: SourceTable, other: SourceTable, rule: Reference, day: date, limit: int
) -> AtFault:
    """Return the day's rows that refer to nothing."""
    match = _match(table, other, rule)
    names = list(dict.fromkeys([*table.source.key, *rule.columns]))
    shown = [table.translator.column(name).label(name) for name in names]
    query = select(*shown).select_from(match.joined).where(table.within(day, day), match.missing)
    return at_fault(connection, query.order_by(*shown), limit)


def compare(
    connection: Connection, table: SourceTable, other: SourceTable, rule: Reconciliation, days: Sequence[date]
) -> Iterator[Compared]:
    """Compare both sides day by day."""
    for day in days:
        groups = _groups(table, other, rule, day)
        query = select(
            func.count(),
            func.count(case((_differs(groups, rule), 1))),
            func.sum(groups.c.here),
            func.sum(groups.c.there),
        )
        found, lost, here, there = connection.execute(query.select_from(groups)).one()
        yield Compared(day, int(found), int(lost), _number(here), _number(there))


def differing(
    connection: Connection, table: SourceTable, other: SourceTable, rule: Reconciliation, day: date, limit: int
) -> AtFault:
    """Return the groups of a day that differ, the widest gap first."""
    groups = _groups(table, other, rule, day)
    names = [groups.c[name] for name in _labels(rule)]
    shown = [column.label(name) for column, name in zip(names, rule.by, strict=True)]
    query = select(*shown, groups.c.here, groups.c.there).select_from(groups)
    return at_fault(
        connection, query.where(_differs(groups, rule)).order_by(func.abs(_gap(groups)).desc(), *names), limit
    )


def at_fault(connection: Connection, query: Select[Any], limit: int) -> AtFault:
    """Fetch a few rows of a query, and write the whole of it for a person to run."""
    rows = connection.execute(query.limit(limit)).mappings()
    written = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
    if connection.dialect.paramstyle in {"format", "pyformat"}:
        written = written.replace("%%", "%")  # doubled for the driver; a person runs it without one
    return AtFault(tuple(to_python_row(row) for row in rows), written)


@dataclass(frozen=True)
class _Match:
    """A table joined with what the other one has; `given`: a row refers to something, `missing`: and nothing answers."""

    joined: Any
    given: Element
    missing: Element


def _match(table: SourceTable, other: SourceTable, rule: Reference) -> _Match:
    # A join with the distinct values is hashed by either database, however many there are; NOT IN and NOT EXISTS are not always.
    columns = [other.translator.column(name).label(_name(n)) for n, name in enumerate(rule.there)]
    query = select(*columns).select_from(other.selectable).where(*(column.is_not(None) for column in columns))
    known = query.distinct().subquery("yj_known")
    own = [table.translator.column(name) for name in rule.columns]
    given = and_(*(column.is_not(None) for column in own))
    pairs = and_(*(column == known.c[_name(n)] for n, column in enumerate(own)))
    missing = and_(given, known.c[_name(0)].is_(None))
    return _Match(table.selectable.outerjoin(known, pairs), given, missing)


def _name(position: int) -> str:
    return f"yj_{position}"


def _labels(rule: Reconciliation) -> list[str]:
    return [_name(n) for n in range(len(rule.by))]


def _groups(table: SourceTable, other: SourceTable, rule: Reconciliation, day: date) -> Subquery:
    """Return `here` and `there`, the sums of each group that has a row on `day` on either side."""
    window = (day - timedelta(days=rule.lag_days), day + timedelta(days=rule.lag_days))
    sides = [
        _side(table, HERE, rule.value, rule.where, rule.by, window, day),
        _side(other, THERE, rule.other_value, rule.other_where, rule.there, window, day),
    ]
    both = union_all(*sides).subquery("yj_sides")
    keys = [both.c[name] for name in _labels(rule)]
    query = select(*keys, func.sum(both.c.here).label(HERE), func.sum(both.c.there).label(THERE))
    return query.group_by(*keys).having(func.max(both.c.touched) == 1).subquery("yj_groups")


def _side(
    table: SourceTable,
    name: str,
    value: str,
    where: str | None,
    by: Sequence[str],
    window: tuple[date, date],
    day: date,
) -> Select[Any]:
    translator = table.translator
    amount = cast(translator.number(parse(value)), Double)
    nothing = cast(literal(None), Double)
    keys = [translator.column(column).label(_name(n)) for n, column in enumerate(by)]
    query = select(
        *keys,
        (amount if name == HERE else nothing).label(HERE),
        (amount if name == THERE else nothing).label(THERE),
        case((table.within(day, day), 1), else_=0).label("touched"),
    )
    query = query.select_from(table.selectable).where(table.within(*window))
    return query if where is None else query.where(translator.condition(parse(where)))


def _differs(groups: Subquery, rule: Reconciliation) -> Element:
    return func.abs(_gap(groups)) > rule.tolerance


def _gap(groups: Subquery) -> Element:
    gap: Element = func.coalesce(groups.c.here, 0.0) - func.coalesce(groups.c.there, 0.0)
    return gap


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _as_day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
