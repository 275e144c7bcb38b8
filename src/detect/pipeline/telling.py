"""Telling: a night's changes as notices in the outbox, and the outbox to the people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from detect.config.book import Book
from detect.model import Case, Change, History, NightSummary, Notice, SeriesKey, Text
from detect.notices.contents import lacking
from detect.notices.draft import Draft, Undelivered, Watched
from detect.notices.routing import drafts
from detect.pipeline.addressing import directory_of, links_of, name_of, shared_channels
from detect.pipeline.casework import subject_name
from detect.pipeline.clocks import Clocks
from detect.pipeline.delivery import Sent, deliver
from detect.pipeline.order import NightResult
from detect.pipeline.precedents import earlier_of
from detect.pipeline.session import Session
from detect.pipeline.summing import last_summary
from detect.render import mail

__all__ = ["Sent", "deliver", "histories_of", "notices_between_nights", "notices_of", "watched"]

SHOWN_FOR = timedelta(days=7)


def notices_of(session: Session, night: NightResult, cases: Iterable[Case], now: datetime) -> list[Notice]:
    """Return the messages of one night: a digest for each recipient, level 1 singly besides.

    The rerun of a date that was complete before tells only what is new.
    """
    as_of = night.summary.as_of
    everyone = [case for case in cases if case.detected_on <= as_of]
    before = session.store.known_run(as_of, night.run.scope)
    again = before is not None and before.mode != "backfill" and before.state == "complete"
    if again and not night.changes:
        return []
    earlier = earlier_of(session, _new(night.changes), everyone)
    found = _drafts(session, night.summary, night.changes, everyone, now, as_of, earlier, quiet_too=not again)
    return mail.build_all(found, histories_of(everyone, night.histories))


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
    if not changes:
        return []
    everyone = list(cases)
    summary = last_summary(session, everyone, now)
    earlier = earlier_of(session, _new(changes))
    found = _drafts(session, summary, changes, everyone, now, now.date(), earlier, quiet_too=False)
    told = (draft for draft in found if draft.kind != "operations")  # the night told those
    return mail.build_all(told, histories_of(everyone, histories or {}))


def _new(changes: Iterable[Change]) -> list[Case]:
    return [change.case for change in changes if change.what in {"opened", "reopened"}]


def _drafts(
    session: Session,
    summary: NightSummary,
    changes: Sequence[Change],
    cases: Sequence[Case],
    now: datetime,
    day: date,
    earlier: Mapping[str, tuple[Text, ...]],
    *,
    quiet_too: bool,
) -> list[Draft]:
    """Route what changed by who the company's people are on the day of `now`, and by the calendar as it was known on `day`."""
    book = session.book
    local = now.astimezone(ZoneInfo(book.company.timezone))
    found = drafts(
        summary,
        changes,
        cases,
        book.company.people,
        book.company.departments,
        settings=book.company.notices,
        now=local,
        deadlines=Clocks(book, session.calendar(day)).due(cases),
        watched=watched(book),
        earlier=earlier,
        away=directory_of(book, local).away,
        links=links_of(book),
        shared=shared_channels(book),
        undelivered=_undelivered(session, now) if quiet_too else (),
        quiet_too=quiet_too,
    )
    return _looked_at(book, found)


def _looked_at(book: Book, found: Sequence[Draft]) -> list[Draft]:
    """Tell the publisher what the warnings lack. They go out all the same, the gap said in its place: silence would be worse."""
    secret = {item.case.id for draft in found for item in draft.news if item.case.restricted}
    gaps = dict.fromkeys(gap for draft in found for gap in lacking(draft) if gap[0] not in secret)
    publisher = book.departments[book.company.monitoring_department].head
    return [
        replace(draft, incomplete=tuple(gaps))
        if gaps and (draft.recipient.id, draft.kind) == (publisher, "digest")
        else draft
        for draft in found
    ]


def _undelivered(session: Session, now: datetime) -> list[Undelivered]:
    """Return the messages of the last week that were given up."""
    return [
        Undelivered(name_of(session.book, row.notice.recipient), row.notice.channel, row.last_error)
        for row in session.store.dead_letters()
        if now - row.created_at <= SHOWN_FOR
    ]


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
    beside = [(p.subject(step), p.department) for p in book.processes.values() for step in p.judged]
    beside += [(a.subject(kind), a.department) for a in book.audits.values() for kind in a.planned]
    beside += [(t.id, book.metrics[t.metric].department) for t in book.targets.values()]
    beside += [(i.id, i.department) for i in book.identities.values()]
    return found | {subject: Watched(subject_name(book, subject), owner) for subject, owner in beside}
