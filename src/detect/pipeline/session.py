"""What every run needs at hand: the configuration, the store, the warehouse, and the calendar as it was known on a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from detect.cases.archive import Archive
from detect.config.book import Book
from detect.db.store import Store
from detect.db.warehouse import Warehouse
from detect.model import KnownEvent
from detect.series.calendars import Calendar
from detect.series.metric import Source

__all__ = ["Session", "open_session"]


@dataclass(frozen=True, eq=False)
class Session:
    """One company's configuration with its two databases open."""

    book: Book
    store: Store
    warehouse: Warehouse
    own_tables: Warehouse  # the store, read as a warehouse is
    archives: dict[tuple[int, str], Archive] = field(
        default_factory=dict
    )  # the last one made, by the head of the history

    def reader(self, source: Source) -> Warehouse:
        """Return the database that holds a source's table, read only: the warehouse, or for feedback the store."""
        return self.warehouse if source.database == "warehouse" else self.own_tables

    def known_events(self, as_of: date) -> tuple[KnownEvent, ...]:
        """Return the events that had been recorded by `as_of`, those of the configuration and those of the store."""
        recorded = {e.id: e for e in self.book.known_events if e.recorded_on <= as_of}
        recorded |= {e.id: e for e in self.store.known_events(as_of)}
        return tuple(recorded[key] for key in sorted(recorded))

    def calendar(self, as_of: date) -> Calendar:
        """Return the calendar that the night of `as_of` knew."""
        return Calendar(self.book.company.calendar, self.known_events(as_of))


@contextmanager
def open_session(book: Book) -> Iterator[Session]:
    """Open store and warehouse; both are closed at the end, whatever happens. The book names the store's events as well."""
    with Store.open(book.store_url) as store, ExitStack() as opened:
        warehouse, own = (
            opened.enter_context(Warehouse(url, book.company.databases)) for url in (book.warehouse_url, book.store_url)
        )
        registered = {e.id: e for e in book.known_events} | {e.id: e for e in store.known_events()}
        yield Session(replace(book, known_events=tuple(registered.values())), store, warehouse, own)
