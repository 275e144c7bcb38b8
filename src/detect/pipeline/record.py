"""The one way by which a person changes a case: decide purely, write once, try again when overtaken."""

from __future__ import annotations

from datetime import datetime

from detect.cases.commands import Command
from detect.cases.decide import decide
from detect.cases.life import apply, fold
from detect.cases.roles import Roles
from detect.config.book import Book
from detect.db.records import CaseConflict
from detect.errors import UsageError
from detect.model import Case
from detect.pipeline.session import Session

__all__ = ["case_of", "record", "roles_of"]

TRIES = 5


def case_of(session: Session, case_id: str) -> Case:
    """Return the case as its events leave it, or raise UsageError naming cases that begin alike."""
    events = session.store.events(case_id)
    if events:
        return fold(events)
    known = [case.id for case in session.store.cases()]
    alike = [name for name in known if name.startswith(case_id)]
    if len(alike) == 1:
        return fold(session.store.events(alike[0]))
    hint = f"Begins alike: {', '.join(alike[:5])}." if alike else "`detect cases list` names the cases."
    raise UsageError(f"There is no case {case_id!r}", hint)


def roles_of(book: Book) -> Roles:
    """Return who may do what in this company."""
    notices = book.company.notices
    monitoring = book.departments[notices.monitoring_department]
    return Roles.of(
        book.company.departments,
        book.company.people,
        group=notices.management_group,
        monitoring=(monitoring.head, *monitoring.members),
        audit=notices.audit,
    )


def record(session: Session, case_id: str, command: Command, actor: str, now: datetime) -> Case:
    """Carry out one step of `actor` on a case and return the case after it.

    Raises CaseError where the step is not allowed, naming those that are. Overtaken by somebody else's step, it reads the case again.
    """
    book = session.book
    for _ in range(TRIES):
        case = case_of(session, case_id)
        event = decide(
            case,
            command,
            actor,
            max(now, case.updated_at),  # a clock that went back does not put events before those that led to them
            roles_of(book),
            level_3_in_department=book.policy.deadlines.level_3_in_department,
        )
        after = apply(case, event)
        try:
            session.store.record([event], after, now=now)
        except CaseConflict as conflict:
            overtaken = conflict
            continue
        return after
    raise overtaken
