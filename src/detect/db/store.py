"""The store: everything this program keeps, behind one class. Each concern's SQL stands in a file of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from detect.cases.events import SYSTEM
from detect.db import cases, feedback, history, inbox, leases, ledger, migrate, models, night, observations, outbox
from detect.db.engines import StoreEngines, store_engines
from detect.db.feedback import FeedbackRow
from detect.db.records import (
    Delivery,
    FindingRow,
    InboxRow,
    Lease,
    NightRecord,
    OutboxRow,
    Run,
    StoredModel,
    Told,
    Written,
)
from detect.db.settings import DatabaseSettings
from detect.db.transactions import reading, writing
from detect.model import Case, Check, Event, KnownEvent, Notice

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Store"]


class Store:
    """Reads and writes runs, findings, cases and messages. Every method raises StoreError (or StoreBusy) and nothing of the database's.

    Write methods are one transaction each and are tried again after a deadlock or a lock held too long. A `lease`, where one
    is taken, is checked inside that transaction: a holder that was overtaken writes nothing.
    """

    def __init__(self, engines: StoreEngines) -> None:
        """Use `Store.open`; this takes engines whose schema was checked."""
        self._engines = engines

    @classmethod
    def open(cls, url: str, settings: DatabaseSettings | None = None) -> Self:
        """Open the store at `url`, making or migrating its tables; a newer or damaged one is refused with StoreError."""
        engines = store_engines(url, settings or DatabaseSettings())
        try:
            migrate.ensure(engines)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines)

    def close(self) -> None:
        """Close all connections."""
        self._engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the right to judge

    @contextmanager
    def lease(self, holder: str, ttl: timedelta) -> Iterator[Lease]:
        """Hold the one judging lease; StoreBusy names who holds it and until when. Times are the database's."""
        taken = writing(self._engines.writer, lambda c: leases.take(c, holder, ttl))
        try:
            yield taken
        finally:
            writing(self._engines.writer, lambda c: leases.release(c, taken))

    def renew(self, lease: Lease, ttl: timedelta) -> Lease:
        """Hold the lease for `ttl` from now on."""
        return writing(self._engines.writer, lambda c: leases.renew(c, lease, ttl))

    def holder(self) -> Lease | None:
        """Who holds the judging lease now, or None."""
        with reading(self._engines.reader) as connection:
            return leases.current(connection)

    # -- observations

    def write_observations(
        self,
        frame: pd.DataFrame,
        as_of: date,
        lease: Lease | None = None,
        complete_for: tuple[Collection[str], date, date] | None = None,
    ) -> int:
        """Keep the values that are new or changed since what was known on `as_of`; returns how many.

        `frame` has columns metric, segment, day, value, weight, rows, repeated; a column `as_of`, when there, stands for
        the argument row by row (a backfill says so on which night each value was first seen). `complete_for` (metrics, first
        day, last day) says that what the frame lacks there is gone from the source: such values are known no more from then on.
        """
        return writing(self._engines.writer, lambda c: observations.write(c, frame, as_of, lease, complete_for))

    def read_observations(
        self,
        metrics: Iterable[str] | None,
        first: date,
        last: date,
        known: date | None = None,
        segments: Iterable[str] | None = None,
    ) -> pd.DataFrame:
        """Values of the days `first` to `last` as known on the night `known` (None: as known now); None means all, too.

        `segments` may leave some of the others in where it names very many.
        """
        with reading(self._engines.reader) as connection:
            return observations.read(connection, metrics, first, last, known, segments)

    def observed_until(self, metrics: Iterable[str]) -> dict[str, date]:
        """Find the last day kept of each metric that has any figures."""
        with reading(self._engines.reader) as connection:
            return observations.observed_until(connection, metrics)

    def late_days(self, metrics: Iterable[str], first: date, last: date, night: date) -> list[date]:
        """Find the days first..last of which a night after `last`, up to `night`, saw other figures, in order."""
        with reading(self._engines.reader) as connection:
            return observations.late_days(connection, metrics, first, last, night)

    # -- the ledger

    def known_run(self, as_of: date, scope: str = "") -> Run | None:
        """Return the run of that date and scope, or None."""
        with reading(self._engines.reader) as connection:
            return ledger.find(connection, as_of, scope)

    def runs(self, limit: int = 20, *, whole: bool = False) -> list[Run]:
        """Return the last runs, the newest business day first; with `whole` none that was limited to some metrics."""
        with reading(self._engines.reader) as connection:
            return ledger.runs(connection, limit, whole=whole)

    def checks(self, run_id: str) -> list[Check]:
        """Return the planned checks of a run and how each ended."""
        with reading(self._engines.reader) as connection:
            return ledger.checks(connection, run_id)

    # -- cases

    def cases(
        self,
        *,
        open_only: bool = False,
        department: str | None = None,
        detected_on: date | None = None,
        ids: Iterable[str] | None = None,
        parent: str | None = None,
        archived: bool = True,
    ) -> list[Case]:
        """Return cases, the gravest and then the newest first."""
        with reading(self._engines.reader) as connection:
            return cases.read(connection, open_only, department, detected_on, ids, parent, archived=archived)

    def case_ids(self) -> list[str]:
        """Return the id of every case."""
        with reading(self._engines.reader) as connection:
            return cases.names(connection)

    def events(self, case_id: str | None = None, types: Iterable[str] | None = None) -> list[Event]:
        """Return what happened to a case, in order; to all cases (in the order of writing) when none is named."""
        with reading(self._engines.reader) as connection:
            return history.read(connection, case_id, types)

    def notes(self) -> dict[str, str]:
        """Return by case what people wrote about it."""
        with reading(self._engines.reader) as connection:
            return history.notes(connection, SYSTEM)

    def findings(
        self, as_of: date | None = None, case_id: str | None = None, first: date | None = None, last: date | None = None
    ) -> list[FindingRow]:
        """Return findings in their latest version, withdrawn ones too; of one night, one case, or the nights `first` to `last`."""
        with reading(self._engines.reader) as connection:
            return night.findings(connection, as_of, case_id, first, last)

    def commit_night(self, record: NightRecord, lease: Lease, now: datetime) -> Written:
        """Write a night in one transaction; what is there already in the same form is left alone, down to its times.

        `now` stamps new versions and messages. Raises CaseConflict where somebody else wrote an event of the same number.
        """
        return writing(self._engines.writer, lambda c: night.commit(c, record, lease, now))

    def record(self, events: Iterable[Event], case: Case, notices: Iterable[Notice] = (), *, now: datetime) -> Written:
        """Write a person's step: the events, the case as they leave it, and messages; CaseConflict when overtaken."""
        return self.record_all(events, [case], notices, now=now)

    def record_all(
        self, events: Iterable[Event], changed: Iterable[Case], notices: Iterable[Notice] = (), *, now: datetime
    ) -> Written:
        """Write what time did to many cases, all of it or nothing; CaseConflict when one of them was overtaken."""
        step = (tuple(events), tuple(changed), tuple(notices))
        return writing(self._engines.writer, lambda c: night.record(c, *step, now))

    def verify_history(self) -> list[str]:
        """Faults of the history: events changed, removed or put in; empty when it is as it was written."""
        with reading(self._engines.reader) as connection:
            return history.verify(connection)

    def history_head(self) -> tuple[int, str]:
        """How many events there are and the hash of the last: printed in a digest it vouches for all of them."""
        with reading(self._engines.reader) as connection:
            return history.head(connection)

    # -- messages

    def put_notices(self, notices: Iterable[Notice], now: datetime) -> int:
        """Put messages into the outbox; a key that is there already is left alone. Returns how many are new."""
        todo = tuple(notices)
        return writing(self._engines.writer, lambda c: outbox.put(c, todo, now))

    def due_channels(self, now: datetime) -> dict[str, int]:
        """Count the messages that are due, by channel."""
        with reading(self._engines.reader) as connection:
            return outbox.due_channels(connection, now)

    def claim(
        self,
        worker: str,
        now: datetime,
        limit: int = 20,
        lease_for: timedelta = timedelta(minutes=5),
        channel: str | None = None,
    ) -> list[OutboxRow]:
        """Take due messages, also those whose earlier claim has run out; nobody else gets them until `now + lease_for`."""
        return writing(self._engines.writer, lambda c: outbox.claim(c, worker, now, limit, lease_for, channel))

    def revive(self, now: datetime) -> int:
        """Make the messages that were given up due once more; returns how many."""
        return writing(self._engines.writer, lambda c: outbox.revive(c, now))

    def picture(self, case_id: str, name: str, as_of: date) -> bytes | None:
        """Return a picture that was sent about a case on the night `as_of` or later, None where there is none."""
        with reading(self._engines.reader) as connection:
            return outbox.picture(connection, case_id, name, as_of)

    def told_of(self, case_id: str) -> list[Told]:
        """Return who was told of a case, when, over which channel, with the other side's answers."""
        with reading(self._engines.reader) as connection:
            return outbox.told_of(connection, case_id)

    def delivered(self, row: OutboxRow, now: datetime, answer: str = "") -> bool:
        """Settle a claimed message as sent; False when the claim was lost meanwhile."""
        return writing(self._engines.writer, lambda c: outbox.settle(c, row, now, "sent", answer))

    def failed(self, row: OutboxRow, now: datetime, error: str, retry_at: datetime) -> bool:
        """Settle a claimed message as not accepted this time; it is due again at `retry_at`."""
        return writing(self._engines.writer, lambda c: outbox.settle(c, row, now, "failed", error, retry_at=retry_at))

    def dead(self, row: OutboxRow, now: datetime, error: str) -> bool:
        """Settle a claimed message as one that will never be accepted."""
        return writing(self._engines.writer, lambda c: outbox.settle(c, row, now, "dead", error))

    def outbox_counts(self) -> dict[str, int]:
        """Messages by state, every state named."""
        with reading(self._engines.reader) as connection:
            return outbox.counts(connection)

    def dead_letters(self) -> list[OutboxRow]:
        """Messages that were given up."""
        with reading(self._engines.reader) as connection:
            return outbox.in_state(connection, "dead")

    def deliveries(self, key: str | None = None) -> list[Delivery]:
        """Every try at sending, of one message or of all."""
        with reading(self._engines.reader) as connection:
            return outbox.deliveries(connection, key)

    def inbox_put(self, notice: Notice, now: datetime) -> bool:
        """Put a message into the office inbox; False when it was there."""
        return writing(self._engines.writer, lambda c: inbox.put(c, notice, now))

    def inbox(self, recipient: str | None = None) -> list[InboxRow]:
        """Messages in the office inbox, the newest first."""
        with reading(self._engines.reader) as connection:
            return inbox.read(connection, recipient)

    # -- what was learnt, and what the company knows

    def put_model(
        self,
        name: str,
        fitted_through: date,
        version: str,
        payload: bytes,
        lease: Lease | None = None,
        *,
        alone: bool = False,
    ) -> bool:
        """Keep a fitted model, `alone` in place of all others of its name; False when the same was there."""
        model = StoredModel(name, fitted_through, version, payload)
        return writing(self._engines.writer, lambda c: models.put(c, model, lease, alone=alone))

    def get_model(self, name: str, fitted_through: date, version: str | None = None) -> StoredModel | None:
        """Return the model fitted last from data up to `fitted_through` at the latest, or None."""
        with reading(self._engines.reader) as connection:
            return models.get(connection, name, fitted_through, version)

    def add_known_event(self, event: KnownEvent) -> bool:
        """Register an event; False when the same was there. An event, once recorded, is not changed: give it a new id."""
        return writing(self._engines.writer, lambda c: models.add_known_event(c, event))

    def known_events(self, recorded_by: date | None = None) -> list[KnownEvent]:
        """Events recorded on or before that day (None: all), by first day."""
        with reading(self._engines.reader) as connection:
            return models.known_events(connection, recorded_by)

    # -- what customers said

    def put_feedback(self, rows: Iterable[FeedbackRow]) -> tuple[int, int]:
        """Write what is new or changed; returns how many were new, and how many changed."""
        made = list(rows)
        return writing(self._engines.writer, lambda c: feedback.put(c, made))

    def forget_feedback(self, before: date) -> int:
        """Remove the words of what was said before a day; returns how many texts."""
        return writing(self._engines.writer, lambda c: feedback.forget(c, before))

    def sort_feedback_anew(self, topics: Mapping[str, str]) -> int:
        """Give texts, by their keys, other topics; returns how many."""
        return writing(self._engines.writer, lambda c: feedback.sort_anew(c, topics))

    def feedback_texts(self) -> list[tuple[str, str, str]]:
        """Return (key, topic, text) of everything that still has words."""
        with reading(self._engines.reader) as connection:
            return feedback.texts(connection)

    def feedback_counts(self, first: date, last: date) -> list[tuple[date, str, str, int, float | None]]:
        """Return (day, channel, topic, texts, mean score) of the days `first` to `last`."""
        with reading(self._engines.reader) as connection:
            return feedback.counts(connection, first, last)

    def feedback_examples(
        self, column: str, value: str, first: date, last: date, limit: int
    ) -> list[tuple[str, str, str]]:
        """Return (channel, customer, text) of texts with words where `column` (topic or channel) is `value`, the latest first."""
        with reading(self._engines.reader) as connection:
            return feedback.examples(connection, column, value, first, last, limit)

    # -- for `doctor` and tests

    def dump_tables(self) -> Mapping[str, list[dict[str, Any]]]:
        """All rows of all tables, in key order."""
        with reading(self._engines.reader) as connection:
            return ledger.dump(connection)
