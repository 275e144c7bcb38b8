"""A report by hand becomes a case, and its department's head is told (policy P4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from detect.cases.intake import reported
from detect.cases.life import apply
from detect.db.records import CaseConflict
from detect.errors import CaseError
from detect.findings import playbook
from detect.model import Case, Category, Change, Finding, Kind, Level, Text
from detect.pipeline.record import audit_owner, roles_of
from detect.pipeline.session import Session
from detect.pipeline.telling import notices_between_nights

__all__ = ["Report", "take_in"]


@dataclass(frozen=True)
class Report:
    """What a person reports, in their own words; `stake` is money in the company's currency."""

    text: str
    category: Category
    department: str
    level: Level
    day: date
    stake: float | None = None
    restricted: bool = False


def take_in(session: Session, report: Report, reporter: str, now: datetime) -> Case:
    """Open the case of `report` and put its messages into the outbox, in one transaction.

    Raises CaseError where the report is not complete, names nobody known, or is there already.
    """
    book = session.book
    known = session.store.cases()
    page = book.playbooks[report.category]
    said = Text(en=report.text, zh=report.text)  # nobody's words are translated
    local = now.astimezone(ZoneInfo(book.company.timezone))
    event = reported(
        said,
        category=report.category,
        department=report.department,
        level=report.level,
        day=report.day,
        reporter=reporter,
        now=local,
        roles=roles_of(book),
        impact=playbook.impact(page, report.level, _as_finding(report), book.company.currency),
        measures=playbook.measures(page, report.level, Kind.REPORTED),
        stake=report.stake,
        restricted=report.restricted,
        owner=audit_owner(book) if report.restricted else None,
        taken={case.id for case in known},
    )
    case = apply(None, event)
    notices = notices_between_nights(session, [Change(case, event.type, event.seq)], [*known, case], now)
    try:
        session.store.record([event], case, notices, now=now)
    except CaseConflict as conflict:
        raise CaseError(
            f"this was reported already, as case {case.id}", f"See `detect cases show {case.id}`."
        ) from conflict
    return case


def _as_finding(report: Report) -> Finding:
    return Finding(
        as_of=report.day,
        day=report.day,
        first_day=report.day,
        subject="manual",
        segment="",
        channel="person",
        category=report.category,
        kind=Kind.REPORTED,
        department=report.department,
        stake=report.stake,
    )
