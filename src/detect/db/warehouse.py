"""The company's tables, read only: one aggregated query per table and grain, however many metrics hang on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from detect.db import currencies, failing, long, relations
from detect.db.day_rows import day_rows, select_rows
from detect.db.engines import shown, warehouse_engine
from detect.db.evidence import TopRows, top_rows
from detect.db.plan import Plan, Term, planned
from detect.db.profile import profile
from detect.db.relations import AtFault, Compared
from detect.db.row_reads import EventColumns, event_rows, plain_rows
from detect.db.settings import DatabaseSettings
from detect.db.shared import judged_once
from detect.db.source_table import SourceTable, open_table
from detect.db.transactions import source_error
from detect.db.translate import drift
from detect.errors import SchemaDrift, SourceError, SourceUnavailable
from detect.series.metric import Metric, Source
from detect.series.profiles import TableProfile
from detect.series.relations import Reconciliation, Reference

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Pull", "Warehouse"]

Result = TypeVar("Result")
Chosen = Mapping[tuple[str, str], Collection[str]]
FETCHED = 20_000  # rows turned into arrays at a time; as rows a long history would fill the memory


@dataclass(frozen=True, eq=False)
class Pull:
    """What a table gave.

    `failures` says which metrics could not be had and why (such a metric has no figures); `segments` are the values watched per
    (metric, column); `mixes` the values of each column split by. The figures are read as frames with columns metric, segment, day, value,
    weight, rows, repeated.
    """

    parts: tuple[long.Part, ...]
    failures: tuple[tuple[str, SourceError], ...]
    segments: Mapping[tuple[str, str], tuple[str, ...]]
    mixes: Mapping[str, long.Mix] = field(default_factory=dict)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All figures in one frame; of a long history of many series that is large."""
        return long.frame_of(self.parts)

    def of(self, metric: str) -> pd.DataFrame:
        """Return the figures of one metric."""
        return long.frame_of([part for part in self.parts if part.metric == metric])

    def batches(self) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
        """Yield the figures in frames that fit the memory, each with the metrics whose figures are all in it."""
        return long.batches(self.parts)


class Warehouse:
    """Reads tables that the configuration names, within time and row limits. Raises SourceError and nothing of the database's."""

    def __init__(self, url: str, settings: DatabaseSettings | None = None) -> None:
        """Open nothing yet; the first query connects."""
        self.settings = settings or DatabaseSettings()
        self.engine = warehouse_engine(url, self.settings)
        self.shown = shown(url)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def columns(self, source: Source) -> dict[str, str]:
        """Return the table's columns and their types, as the database names them."""
        return self._in_table(source, lambda _, table: dict(table.types))

    def may_write(self, source: Source) -> bool:
        """Whether the account could change the table if this program let it; a SQLite file is opened for reading alone."""
        if self.engine.dialect.name != "postgresql":
            return False
        name = ".".join(f'"{part}"' for part in (source.schema_name, source.table) if part)
        ask = select(func.has_table_privilege(name, "INSERT, UPDATE, DELETE, TRUNCATE"))
        return bool(self._in_table(source, lambda connection, _: connection.execute(ask).scalar()))

    def last_day(self, source: Source, as_of: date) -> date | None:
        """Return the last day up to `as_of` that has rows, or None."""

        def find(connection: Connection, table: SourceTable) -> date | None:
            last = select(table.day).select_from(table.selectable).where(table.within(None, as_of))
            value = connection.execute(last.order_by(table.day.desc()).limit(1)).scalar()
            if isinstance(value, str):
                return date.fromisoformat(value[:10])
            return value.date() if isinstance(value, datetime) else value

        return self._in_table(source, find)

    def day_query(self, source: Source, day: date, *, numbering: Mapping[str, Sequence[str]] | None = None) -> str:
        """Return the SELECT of one day's rows as text, with the columns of `numbering` (see `day_rows`)."""
        return self._in_table(
            source, lambda connection, table: day_rows(table, day, numbering or {}, connection.dialect)
        )

    @property
    def asked_by_library(self) -> bool:
        """Whether Great Expectations can ask this database itself; DuckDB it cannot, and is given frames."""
        return bool(self.engine.dialect.name != "duckdb")

    def day_frame(self, source: Source, day: date | None) -> pd.DataFrame:
        """Return one day's rows (None: all of the table's) as a frame; SourceError where they are more than the row limit."""
        import pandas as pd

        def fetch(connection: Connection, table: SourceTable) -> pd.DataFrame:

            query = select_rows(table, day, {}).limit(self.settings.row_limit + 1)
            result = connection.execute(query)
            frame = pd.DataFrame([tuple(row) for row in result], columns=list(result.keys()))
            if len(frame) > self.settings.row_limit:
                what = f"Table {source.table} has more than {self.settings.row_limit} rows to check"
                raise SourceError(what, "Raise row_limit, or leave out the rules on the whole table.")
            return frame

        return self._in_table(source, fetch)

    def top_rows(
        self, source: Source, metric: Metric, segment: str, day: date, limit: int = 10, *, first_day: date | None = None
    ) -> TopRows:
        """Return the rows that weigh most in a metric's figure of a day (or of `first_day` to `day`), and the query as text."""
        days = (first_day or day, day)
        return self._in_table(
            source, lambda connection, table: top_rows(connection, table, metric, segment, days=days, limit=limit)
        )

    def profile(self, source: Source, first: date, last: date) -> TableProfile:
        """Look at what the rows of some days look like, column by column."""
        return self._in_table(source, lambda connection, table: profile(connection, table, first, last))

    def failing_rows(
        self, source: Source, day: date, condition: str, columns: Sequence[str] = (), limit: int = 10
    ) -> AtFault:
        """Return the key, and `columns`, of a few of the day's rows for which `condition` holds, and the query of them all."""
        return self._in_table(source, lambda c, table: failing.broken(c, table, condition, columns, day, limit))

    def repeated_rows(
        self, source: Source, day: date, unique: Sequence[str], columns: Sequence[str] = (), limit: int = 10
    ) -> AtFault:
        """Return a few of the day's rows beyond the first of each combination of `unique`, and the query of them all."""
        return self._in_table(source, lambda c, table: failing.repeated(c, table, unique, columns, day, limit))

    def unmatched_by_day(
        self, source: Source, other: Source, rule: Reference, first: date, last: date
    ) -> dict[date, tuple[int, int]]:
        """Count by day the rows that refer to a row of `other`, and those among them that find none."""
        return self._in_tables(source, other, lambda c, a, b: relations.unmatched_by_day(c, a, b, rule, (first, last)))

    def unmatched_rows(self, source: Source, other: Source, rule: Reference, day: date, limit: int = 10) -> AtFault:
        """Return a few of the day's rows that refer to nothing, and the query of them all."""
        return self._in_tables(source, other, lambda c, a, b: relations.unmatched(c, a, b, rule, day, limit))

    def compare(
        self, source: Source, other: Source, rule: Reconciliation, days: Sequence[date]
    ) -> dict[date, Compared]:
        """Compare two tables' sums by day, each day over both tables as of one snapshot."""
        return self._in_tables(
            source, other, lambda c, a, b: {found.day: found for found in relations.compare(c, a, b, rule, days)}
        )

    def differing(self, source: Source, other: Source, rule: Reconciliation, day: date, limit: int = 10) -> AtFault:
        """Return a few of the day's groups whose sums differ, the widest gap first, and the query of them all."""
        return self._in_tables(source, other, lambda c, a, b: relations.differing(c, a, b, rule, day, limit))

    def events(self, source: Source, columns: EventColumns, first: date, last: date) -> pd.DataFrame:
        """Return the events up to `last` of all cases that have one from `first` on or had not ended by then (see `event_rows`)."""
        limit = self.settings.row_limit
        return self._in_table(
            source,
            lambda connection, table: event_rows(connection, table, columns, first=first, last=last, limit=limit),
        )

    def rows(
        self,
        source: Source,
        columns: Sequence[str],
        where: str | None = None,
        first: date | None = None,
        last: date | None = None,
    ) -> pd.DataFrame:
        """Return the rows of the days `first` to `last` (all rows without `last`) with the columns named."""
        limit = self.settings.row_limit
        return self._in_table(
            source,
            lambda connection, table: plain_rows(
                connection, table, columns, where, first=first, last=last, limit=limit
            ),
        )

    def aggregate(
        self,
        source: Source,
        metrics: Iterable[Metric],
        first: date,
        last: date,
        chosen: Chosen | None = None,
        *,
        known: Chosen | None = None,
        before: date | None = None,
        repeats: bool = True,
    ) -> Pull:
        """Return the figures of metrics by day, in total and by segment: one GROUP BY per grain, all over one snapshot.

        The segments watched are those with the most rows in the window (on its days before `before`, where that is given), unless `chosen`
        names them per (metric, column); those `known` stay among them. Without `repeats` no rows count as repeated, which spares time.
        What fails for one metric fails for that metric alone; an unreachable database raises SourceUnavailable.
        """
        wanted = list(metrics)
        span, limit = (first, last), self.settings.row_limit
        begin = partial(_Pull, source, span, chosen or {}, known or {}, before, limit, repeats=repeats)
        pull = begin()
        try:
            self._in_table(source, partial(pull.all, metrics=wanted))
        except SourceUnavailable:
            raise
        except SchemaDrift as error:
            return Pull((), tuple((metric.id, error) for metric in wanted), {})
        except SourceError:
            # Some metric's figure cannot be computed. Ask one by one to learn which; the others go on.
            pull = begin()
            self._in_table(source, partial(self._apart, pull=pull, metrics=wanted))
        return pull.result()

    def _apart(self, connection: Connection, table: SourceTable, *, pull: _Pull, metrics: Sequence[Metric]) -> None:
        """Ask for each metric by itself, all over one snapshot: what fails is rolled back to where it began."""
        for metric in metrics:
            try:
                with connection.begin_nested():
                    pull.all(connection, table, [metric])
            except SourceError as error:
                pull.failures[metric.id] = error
            except SQLAlchemyError as error:
                told = source_error(error, self.engine, table.source.table)
                if isinstance(told, SourceUnavailable):
                    raise
                pull.failures[metric.id] = told

    def _in_table(self, source: Source, work: Callable[[Connection, SourceTable], Result]) -> Result:
        """Run `work` with a connection and the table, in one read transaction over one snapshot."""
        try:
            with self.engine.begin() as connection:
                return work(connection, open_table(connection, source))
        except SQLAlchemyError as error:
            raise source_error(error, self.engine, source.table) from error

    def _in_tables(
        self, source: Source, other: Source, work: Callable[[Connection, SourceTable, SourceTable], Result]
    ) -> Result:
        """Run `work` with a connection and two tables, in one read transaction over one snapshot."""
        return self._in_table(source, lambda connection, table: work(connection, table, open_table(connection, other)))


class _Pull:
    """Gathers what the statements over one table give."""

    def __init__(
        self,
        source: Source,
        span: tuple[date, date],
        chosen: Chosen,
        known: Chosen,
        before: date | None,
        row_limit: int,
        *,
        repeats: bool,
    ) -> None:
        self.source, (self.first, self.last) = source, span
        self.chosen, self.known, self.before = chosen, known, before
        self.row_limit, self.repeats = row_limit, repeats
        self.parts: list[long.Part] = []
        self.failures: dict[str, SourceError] = {}
        self.segments: dict[tuple[str, str], tuple[str, ...]] = {}
        self.mixes: dict[str, long.Mix] = {}

    def all(self, connection: Connection, table: SourceTable, metrics: Sequence[Metric]) -> None:
        """Ask for the total and for each segment column in turn."""
        table.check_window(connection, self.first, self.last)
        usable = planned(table, metrics)
        self.failures |= usable.failures
        mixed = currencies.mixed(connection, table, [term.metric for term in usable.terms], self.first, self.last)
        self.failures |= mixed
        fine = [term.metric for term in usable.terms if term.metric.id not in mixed]
        for column in (None, *sorted({name for metric in fine for name in metric.segments})):
            asked = [m for m in fine if (m.total if column is None else column in m.segments)]
            if asked:
                self._grain(connection, table, planned(table, asked, repeats=self.repeats), column)

    def _grain(self, connection: Connection, table: SourceTable, plan: Plan, column: str | None) -> None:
        keys = {long.DAY: table.day_of_row()}
        if column is not None:
            keys[long.SEGMENT] = table.translator.column(column)
        asked, where = keys | plan.columns, table.within(self.first, self.last)
        if connection.dialect.name == "sqlite":
            query = judged_once(table, asked, plan.conditions.values(), where)
        else:
            named = (element.label(name) for name, element in asked.items())
            query = select(*named).select_from(table.selectable).where(where)
        result, count = connection.execute(query.group_by(*keys).limit(self.row_limit + 1)), 0

        def parts() -> Iterator[Sequence[Any]]:
            nonlocal count
            for rows in result.partitions(FETCHED):
                count += len(rows)
                yield rows

        grain, bad = long.wide(parts(), [*keys, *plan.columns])
        if count > self.row_limit:
            what = f"Table {self.source.table} has more than {self.row_limit} days × values of {column!r}"
            raise SourceError(what, "Choose a column with fewer values, or raise row_limit.")
        if bad is not None:
            raise drift(self.source.table, f"column {self.source.day!r}", "ISO dates (2026-01-31)", bad[:60])
        if column is not None and (mix := long.mix_of(grain)) is not None:
            self.mixes[column] = mix
        cuts = long.Cuts(grain)
        for term in plan.terms:
            self._term(cuts, term, column)

    def _term(self, cuts: long.Cuts, term: Term, column: str | None) -> None:
        grain = cuts.grain
        if column is None:
            self.parts.append(long.of_total(grain, term))
            return
        key = (term.metric.id, column)
        choice = long.Choice(self.chosen.get(key), self.known.get(key, ()), self.before)
        chosen = long.watched(grain, term, choice)
        part = cuts.of_segments(term, column, chosen)
        self.segments[key] = tuple(sorted(part.names[np.unique(part.segment)]))
        self.parts.append(part)
        if (rest := long.rest_of(grain, term, column, chosen)) is not None:
            self.parts.append(rest)

    def result(self) -> Pull:
        """Return everything but the metrics that failed, in key order."""
        parts = tuple(part for part in self.parts if part.metric not in self.failures)
        return Pull(parts, tuple(sorted(self.failures.items(), key=lambda item: item[0])), self.segments, self.mixes)
