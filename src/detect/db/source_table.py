"""One warehouse table as it is now: its columns and their types, and how its rows fall on days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Integer,
    TableClause,
    Text,
    and_,
    cast,
    column,
    func,
    inspect,
    or_,
    select,
    table,
)
from sqlalchemy import types as sql_types
from sqlalchemy.exc import NoSuchTableError

from detect.db.translate import Element, Translator, drift
from detect.errors import SchemaDrift
from detect.series.metric import Source

__all__ = ["SourceTable", "open_table"]

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?(?:\d{2})?)$")
SAMPLE = 20  # days looked at to see whether a text column holds ISO dates
ZONED = 200  # of a window, whose time zones are compared
EARLIEST, LATEST = "1000", "3000"  # years; what sorts outside is no date


@dataclass(frozen=True)
class SourceTable:
    """A reflected table. `types` are the columns' types as the database names them."""

    source: Source
    selectable: TableClause
    types: dict[str, str]
    translator: Translator

    @property
    def day(self) -> Element:
        """The day column as it is stored."""
        return self.translator.column(self.source.day)

    def day_of_row(self) -> Element:
        """Return the calendar day of a row: a date, or its ISO text where the database keeps times as text."""
        day = self.day
        if isinstance(day.type, DateTime):
            return cast(day, Date)
        return day if isinstance(day.type, Date) else func.substr(day, 1, 10, type_=Text)

    def within(self, first: date | None, last: date) -> Element:
        """Return the condition that a row falls on the days `first` to `last`; the bare column, so that an index serves."""
        upper = self.day < self._bound(last + timedelta(days=1))
        return upper if first is None else and_(self.day >= self._bound(first), upper)

    def _bound(self, day: date) -> Any:
        if isinstance(self.day.type, DateTime):
            return datetime.combine(day, time.min)
        return day if isinstance(self.day.type, Date) else day.isoformat()

    def check_days(self, connection: Connection) -> None:
        """Raise SchemaDrift when the day column holds something else than dates."""
        kind = self.day.type
        if isinstance(kind, Date | DateTime):
            return
        if not isinstance(kind, sql_types.String | sql_types.NullType):
            raise drift(self.source.table, f"column {self.source.day!r}", "a date or ISO text", str(kind))
        query = select(self.day).select_from(self.selectable).where(self.day.is_not(None)).limit(SAMPLE)
        for value in connection.execute(query).scalars():
            self._check_day(value)

    def check_window(self, connection: Connection, first: date, last: date) -> None:
        """Raise SchemaDrift where text in the day column would hide rows of the days first..last, or means several time zones.

        Dates written in another way sort outside the window and would be left out unseen; an index on the column finds them at once.
        """
        if isinstance(self.day.type, Date | DateTime):
            return
        written = select(self.day).select_from(self.selectable)
        other = connection.execute(written.where(self._written_otherwise(first, last)).limit(1)).scalar()
        if other is not None:
            self._check_day(other)
        offsets: dict[str, str] = {}
        for value in connection.execute(written.where(self.within(first, last)).limit(ZONED)).scalars():
            self._check_day(value)
            found = OFFSET.search(value[10:])
            offsets.setdefault(found.group() if found else "", value)
        if len(offsets) > 1:
            seen = " beside ".join(repr(value)[:60] for value in sorted(offsets.values())[:2])
            raise drift(self.source.table, f"column {self.source.day!r}", "times of one time zone", seen)

    def _written_otherwise(self, first: date, last: date) -> Element:
        """Return the condition that a day is no ISO date: no year at its head, or one of the window's years and then no `-MM-`."""
        spans = [("", EARLIEST), (LATEST, None)]
        for year in range(first.year, last.year + 1):
            spans.append((f"{year}.", f"{year}:"))  # 2026/1/31, 2026.01.31, 20260131
            spans += [(f"{year}-{month}-", f"{year}-{month}.") for month in range(1, 10)]  # 2026-1-31
        return or_(*(self.day > low if high is None else and_(self.day > low, self.day < high) for low, high in spans))

    def _check_day(self, value: Any) -> None:
        if not (isinstance(value, str) and ISO_DAY.match(value)):
            raise drift(self.source.table, f"column {self.source.day!r}", "ISO dates (2026-01-31)", repr(value)[:60])


def open_table(connection: Connection, source: Source) -> SourceTable:
    """Look up a table; raises SchemaDrift when there is none, or none with the day column."""
    try:
        found = inspect(connection).get_columns(source.table, schema=source.schema_name)
    except NoSuchTableError as error:
        what = f"Table {source.table} is not in the warehouse"
        raise SchemaDrift(what, f"Create it, or correct source {source.id!r} of the configuration.") from error
    lite = connection.dialect.name == "sqlite"
    columns: list[Any] = [column(c["name"], _as_stored(c["type"]) if lite else c["type"]) for c in found]
    selectable = table(source.table, *columns, schema=source.schema_name)
    translator = Translator(source.table, dict(selectable.columns), source.columns)
    opened = SourceTable(source, selectable, {c["name"]: str(c["type"]) for c in found}, translator)
    opened.check_days(connection)
    return opened


def _as_stored(declared: sql_types.TypeEngine[Any]) -> sql_types.TypeEngine[Any]:
    """SQLite keeps dates and times as text and conditions as 0 and 1, whatever a column is declared as."""
    if isinstance(declared, Date | DateTime | sql_types.Time):
        return Text()
    return Integer() if isinstance(declared, sql_types.Boolean) else declared
