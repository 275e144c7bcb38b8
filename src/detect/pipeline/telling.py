"""Telling: a night's changes as notices in the outbox, and the outbox to the people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from detect.channels import Sender, sender
from detect.config.book import Book
from detect.db.records import OutboxRow
from detect.errors import DeliveryError, Undeliverable
from detect.model import Case, Change, History, NightSummary, Notice, SeriesKey
from detect.notices.draft import Watched
from detect.notices.routing import drafts
from detect.pipeline.casework import subject_name
from detect.pipeline.clocks import Clocks
from detect.pipeline.order import NightResult
from detect.pipeline.precedents import earlier_of
from detect.pipeline.session import Session
from detect.pipeline.summing import summary_of
from detect.render import mail

__all__ = ["Sent", "deliver", "histories_of", "notices_between_nights", "notices_of", "watched"]

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Sent:
    """What became of the messages that were due."""

    delivered: int = 0
    waiting: int = 0
    given_up: int = 0


def notices_of(session: Session, night: NightResult, cases: Iterable[Case], now: datetime) -> list[Notice]:
    """Return the messages of one night: a digest for each recipient, level 1 singly besides.

    The rerun of a date that was complete before tells only what is new.
    """
    book, as_of = session.book, night.summary.as_of
    everyone = [case for case in cases if case.detected_on <= as_of]
    before = session.store.known_run(as_of, night.run.scope)
    again = before is not None and before.mode != "backfill" and before.state == "complete"
    if again and not night.changes:
        return []
    found = drafts(
        night.summary,
        night.changes,
        everyone,
        book.company.people,
        book.company.departments,
        settings=book.company.notices,
        now=now.astimezone(ZoneInfo(book.company.timezone)),
        deadlines=Clocks(book, session.calendar(as_of)).due(everyone),
        watched=watched(book),
        earlier=earlier_of(session, _new(night.changes), everyone),
        quiet_too=not again,
    )
    pictures = histories_of(everyone, night.histories)
    drawn: dict[str, bytes] = {}  # each chart is drawn once, whoever gets it
    return [mail.build(draft, pictures, drawn) for draft in found]


def notices_between_nights(
    session: Session,
    changes: Sequence[Change],
    cases: Iterable[Case],
    now: datetime,
    histories: Mapping[SeriesKey, History] | None = None,
) -> list[Notice]:
    """Return the messages about what happened to cases outside of a night, below what the last night came to.

    A muted case is silent but for its escalation: a missed deadline cannot be muted away.
    """
    heard = [c for c in changes if c.what == "escalated" or c.only or not _muted(c.case, now)]
    if not heard:
        return []
    book, everyone = session.book, list(cases)
    found = drafts(
        _last_summary(session, everyone, now),
        heard,
        everyone,
        book.company.people,
        book.company.departments,
        settings=book.company.notices,
        now=now.astimezone(ZoneInfo(book.company.timezone)),
        deadlines=Clocks(book, session.calendar(now.date())).due(everyone),
        watched=watched(book),
        earlier=earlier_of(session, _new(heard)),
        quiet_too=False,
    )
    pictures = histories_of(everyone, histories or {})
    return [mail.build(draft, pictures) for draft in found if draft.kind != "operations"]  # the night told those


def _new(changes: Iterable[Change]) -> list[Case]:
    return [change.case for change in changes if change.what in {"opened", "reopened"}]


def _muted(case: Case, now: datetime) -> bool:
    until = case.evidence.get("handling", {}).get("muted_until")
    return until is not None and now < datetime.fromisoformat(until)


def _last_summary(session: Session, cases: Iterable[Case], now: datetime) -> NightSummary:
    last = session.store.runs(1)
    if last:
        return summary_of(session, last[0], session.store.checks(last[0].run_id), cases, now)
    overdue = len(Clocks(session.book, session.calendar(now.date())).overdue(cases, now))
    currency = session.book.company.currency
    return NightSummary(now.date(), "", "complete", 0, {}, 0, overdue, 0.0, currency, None)


def histories_of(cases: Iterable[Case], histories: Mapping[SeriesKey, History]) -> dict[str, History]:
    """Return the history of each case's series with the days of the case marked, by case id."""
    found = {}
    for case in cases:
        history = histories.get(SeriesKey(case.metric or "", case.segment))
        if history is not None:
            first, last = np.datetime64(case.first_day, "D"), np.datetime64(case.last_day, "D")
            found[case.id] = replace(history, flagged=(history.days >= first) & (history.days <= last))
    return found


def watched(book: Book) -> dict[str, Watched]:
    """Return what subjects are called and who answers for them."""
    found = {metric.id: Watched(metric.name, metric.department) for metric in book.metrics.values()}
    for suite in book.suites.values():
        owner = book.sources[suite.source].owner
        for e in suite.expectations:
            subject = suite.subject(e)
            found[subject] = Watched(subject_name(book, subject), suite.owner(e) or owner)
    return found


def deliver(session: Session, now: datetime, worker: str = "detect") -> Sent:
    """Send every message that is due; a channel that refuses delays its own messages alone."""
    sent = Sent()
    base, put = session.book.output, session.store.inbox_put
    channels = {n: sender(c, base=base, put=put) for n, c in session.book.company.channels.items()}
    while rows := session.store.claim(worker, now):
        for row in rows:
            sent = _deliver(session, row, channels, now, sent)
    return sent


def _deliver(session: Session, row: OutboxRow, channels: Mapping[str, Sender], now: datetime, sent: Sent) -> Sent:
    try:
        receipt = _channel(row, channels).send(row.notice, now)
    except Undeliverable as error:
        session.store.dead(row, now, str(error))
        return replace(sent, given_up=sent.given_up + 1)
    except Exception as error:  # noqa: BLE001 - the per-message send: recorded with the message, the others go on
        return _later(session, row, now, error, sent)
    session.store.delivered(row, now, receipt.answer)
    return replace(sent, delivered=sent.delivered + 1)


def _channel(row: OutboxRow, channels: Mapping[str, Sender]) -> Sender:
    name = row.notice.channel
    if name not in channels:
        raise Undeliverable(f"no channel is called {name!r}", "Name it in `config/company.yaml`.")
    return channels[name]


def _later(session: Session, row: OutboxRow, now: datetime, error: Exception, sent: Sent) -> Sent:
    said = str(error) if isinstance(error, DeliveryError) else f"{type(error).__name__}: {error}"
    if now - row.created_at > GIVEN_UP_AFTER:
        session.store.dead(row, now, said)
        return replace(sent, given_up=sent.given_up + 1)
    asked = getattr(error, "retry_after", None)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.attempts, 10)) if asked is None else asked
    session.store.failed(row, now, said, now + pause)
    return replace(sent, waiting=sent.waiting + 1)
