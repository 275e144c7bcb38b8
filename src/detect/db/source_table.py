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
SAMPLE = 20  # days looked at to see whether a text column holds ISO dates


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
            if not (isinstance(value, str) and ISO_DAY.match(value)):
                raise drift(
                    self.source.table, f"column {self.source.day!r}", "ISO dates (2026-01-31)", repr(value)[:60]
                )


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
