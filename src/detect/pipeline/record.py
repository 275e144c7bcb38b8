"""The one way by which a person changes a case: decide purely, write once with whom it tells, try again when overtaken."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from detect.cases.commands import Command, GiveCause
from detect.cases.decide import decide
from detect.cases.life import apply, fold
from detect.cases.roles import Roles
from detect.config.book import Book
from detect.db.records import CaseConflict
from detect.errors import CaseError, UsageError
from detect.findings import playbook
from detect.model import Case, Cause
from detect.pipeline.session import Session
from detect.pipeline.step_notices import told_of_step
from detect.pipeline.telling import notices_between_nights

__all__ = ["audit_owner", "case_of", "record", "roles_of", "seen_by", "suggestion", "visible"]

TRIES = 5


def case_of(session: Session, case_id: str) -> Case:
    """Return the case as its events leave it, or raise UsageError naming cases that begin alike."""
    events = session.store.events(case_id)
    if events:
        return fold(events)
    known = session.store.case_ids()
    alike = [name for name in known if name.startswith(case_id)]
    if len(alike) == 1:
        return fold(session.store.events(alike[0]))
    hint = f"Begins alike: {', '.join(alike[:5])}." if alike else "`detect cases list` names the cases."
    raise UsageError(f"There is no case {case_id!r}", hint)


def seen_by(session: Session, case_id: str, reader: str | None) -> Case:
    """Return the case where `reader` may see it; raises CaseError of a restricted one where they may not."""
    case = case_of(session, case_id)
    if not visible(session.book, case, reader):
        raise CaseError(
            f"case {case.id} is restricted", "Audit, its owner and the group see it: say who reads with --as PERSON."
        )
    return case


def visible(book: Book, case: Case, reader: str | None) -> bool:
    """Whether `reader` may see `case`: anybody, also who does not say who they are, where it is not restricted."""
    return not case.restricted or (reader is not None and roles_of(book).may_see(reader, case))


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


def audit_owner(book: Book) -> str:
    """Return who answers for what the department must not hear of: the first of audit."""
    if book.company.notices.audit:
        return book.company.notices.audit[0]
    raise UsageError(
        "Nobody is named who may see a restricted case", "Name people under `notices: audit:` in `config/company.yaml`."
    )


def suggestion(session: Session, case_id: str, number: int) -> str:
    """Return measure `number` (from 1) that the playbook suggests for a case, in the company's language."""
    case = case_of(session, case_id)
    if number > len(case.measures):
        listed = "; ".join(f"{n} {m[session.book.company.language]}" for n, m in enumerate(case.measures, start=1))
        raise UsageError(f"There is no suggested measure {number}", f"Suggested: {listed or 'none; give --text'}.")
    return case.measures[number - 1][session.book.company.language]


def record(session: Session, case_id: str, command: Command, actor: str, now: datetime) -> Case:
    """Carry out one step of `actor` on a case, tell whom it concerns, and return the case after it.

    Raises CaseError where the step is not allowed, naming those that are. Overtaken by somebody else's step, it reads the case again.
    """
    book, roles = session.book, roles_of(session.book)
    for _ in range(TRIES):
        case = seen_by(session, case_id, actor) if actor in roles.people else case_of(session, case_id)
        event = decide(
            case,
            _with_the_playbook(book, case, command),
            actor,
            max(now, case.updated_at),  # a clock that went back does not put events before those that led to them
            roles,
            level_3_in_department=book.policy.deadlines.level_3_in_department,
        )
        after = apply(case, event)
        told = told_of_step(book, case, after, event)
        cases = [c for c in session.store.cases(open_only=True) if c.id != after.id] if told else []
        notices = notices_between_nights(session, told, [*cases, after], now)
        try:
            session.store.record([event], after, notices, now=now)
        except CaseConflict as conflict:
            overtaken = conflict
            continue
        return after
    raise overtaken


def _with_the_playbook(book: Book, case: Case, command: Command) -> Command:
    """Give a coded cause the measures that the policy names for it, and at signs of fraud the owner of audit (P4.4a-e)."""
    if not isinstance(command, GiveCause):
        return command
    own, cause = book.playbooks[case.category], command.cause
    of_cause = next((p.cause_measures[cause] for p in (own, *book.playbooks.values()) if cause in p.cause_measures), ())
    measures = dict.fromkeys([*of_cause, *playbook.measures(own, case.level, case.kind)])
    owner = audit_owner(book) if command.cause is Cause.FRAUD_SIGN else None
    return replace(command, measures=command.measures or tuple(measures), audit_owner=command.audit_owner or owner)
