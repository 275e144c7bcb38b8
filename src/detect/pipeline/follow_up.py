"""What time alone does: reminders, escalations, the end of an observation, the archive; written once, told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from detect.cases.events import EventType
from detect.cases.follow_up import Swept, sweep
from detect.config.book import Book
from detect.db.records import CaseConflict
from detect.model import Case, Change, Event, Status
from detect.notices.silence import material
from detect.pipeline.observing import observations, waiting
from detect.pipeline.record import TRIES
from detect.pipeline.session import Session
from detect.pipeline.telling import notices_between_nights

__all__ = ["FollowedUp", "changes_of", "escalating", "follow_up"]

_NEVER_AGAIN = frozenset({Status.ARCHIVED, Status.WITHDRAWN, Status.MERGED})


@dataclass(frozen=True)
class FollowedUp:
    """What one pass did: the events in order, and how many messages it put into the outbox."""

    events: tuple[Event, ...] = ()
    messages: int = 0

    def by_type(self) -> dict[str, list[str]]:
        """Return the ids of the cases by what happened to them."""
        found: dict[str, list[str]] = {}
        for event in self.events:
            found.setdefault(event.type, []).append(event.case_id)
        return found


def follow_up(session: Session, now: datetime) -> FollowedUp:
    """Bring every case up to `now`: events, cases and messages in one transaction.

    Whoever else wrote meanwhile is heard first: the cases are read again. A second pass at the same instant does nothing.
    """
    for _ in range(TRIES):
        try:
            return _pass(session, now)
        except CaseConflict as conflict:
            overtaken = conflict
    raise overtaken


def _pass(session: Session, now: datetime) -> FollowedUp:
    book = session.book
    cases = session.store.cases(archived=False)
    followed = [case for case in cases if case.status not in _NEVER_AGAIN]
    through = _judged_through(session)
    ended = waiting(session, followed, now, through) if through else []
    seen, histories = observations(session, ended, through) if through else ({}, {})
    swept = sweep(
        followed,
        now,
        book.policy.deadlines,
        book.company.working_hours,
        session.calendar(now.date()),
        observations=seen,
        heirs=_heirs(book, followed),
        escalates=escalating(book),
    )
    if not swept.events:
        return FollowedUp()
    after = {case.id: case for case in cases} | {case.id: case for case in swept.cases}
    changes = changes_of(book, swept, after)
    notices = notices_between_nights(session, changes, after.values(), now, histories)
    written = session.store.record_all(swept.events, swept.cases, notices, now=now)
    return FollowedUp(swept.events, written.notices)


def _heirs(book: Book, cases: Iterable[Case]) -> dict[str, str]:
    """Name who takes over each open case whose owner is nobody of the company any more: the head, else the monitoring department."""
    known = {person.id for person in book.company.people}
    monitoring = book.departments[book.company.monitoring_department]
    audit = (*book.company.notices.audit, monitoring.head)[0]
    return {
        case.id: audit if case.restricted else book.departments.get(case.department, monitoring).head
        for case in cases
        if case.status.is_open and case.owner not in known
    }


def escalating(book: Book) -> Callable[[Case], bool]:
    """Say of which cases a missed deadline is escalated: none before heads can answer, none that was too small to be sent."""
    asked = book.policy.deadlines.escalate
    on = bool(book.company.notices.link) if asked is None else asked
    return lambda case: on and material(case, book.departments.get(case.department))


def _judged_through(session: Session) -> date | None:
    """Return the last business day that a whole night has judged."""
    return next((run.as_of for run in session.store.runs(1, whole=True)), None)


def changes_of(book: Book, swept: Swept, after: Mapping[str, Case]) -> list[Change]:
    """Say each event as a change, with those who must act and would not hear of it otherwise."""
    return [
        Change(
            after[e.case_id],
            e.type,
            e.seq,
            () if after[e.case_id].restricted else tuple(_also(book, e, after[e.case_id])),
        )
        for e in swept.events
    ]


def _also(book: Book, event: Event, case: Case) -> Iterable[str]:
    """Name who is told of a deadline beside the owner and the head: whose step it is, and whom a missed one is escalated to."""
    if event.type not in {EventType.REMINDED, EventType.ESCALATED}:
        return
    deadline = event.data["deadline"]
    if deadline in {"meet", "decide", "verify", "close"}:
        yield from book.company.management_group
    if deadline.startswith("measure "):
        yield case.evidence["handling"]["decided"][int(deadline.removeprefix("measure ")) - 1]["owner"]
    if event.data.get("to") == "monitoring":
        yield book.departments[book.company.monitoring_department].head
