"""A case as somebody would be mailed it, made anew and sent to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from detect.errors import UsageError
from detect.model import Case, Change, Notice, Person
from detect.notices.draft import Draft
from detect.notices.items import Itemiser
from detect.pipeline.addressing import directory_of, links_of
from detect.pipeline.clocks import Clocks
from detect.pipeline.drawing import histories_for
from detect.pipeline.precedents import earlier_of
from detect.pipeline.record import case_of
from detect.pipeline.session import Session
from detect.pipeline.summing import last_summary
from detect.render import mail

__all__ = ["preview", "write_preview"]


def preview(session: Session, case_id: str, now: datetime, person: str | None = None) -> Notice:
    """Return the mail about a case as `person` (default: whoever answers for it) would get it now.

    Raises UsageError for an unknown case or person, and where the person may not hear of the case.
    """
    case = case_of(session, case_id)
    reader = _reader(session, case, person, now)
    local = now.astimezone(ZoneInfo(session.book.company.timezone))
    directory = directory_of(session.book, local)
    due = Clocks(session.book, session.calendar(local.date())).due([case])
    cases = session.store.cases()
    night = last_summary(session, cases, now)
    draft = Draft(
        key=f"preview {case.id} {reader.id}",
        recipient=reader,
        channel="preview",
        kind="case",
        now=local,
        summary=replace(night, as_of=case.detected_on),
        publisher=session.book.departments[session.book.company.monitoring_department].name,
        news=tuple(
            Itemiser(directory, local, due, earlier_of(session, [case], cases)).items(
                [Change(case, "opened", case.seq)]
            )
        ),
        links=links_of(session.book),
    )
    sent = session.store.picture(case.id, mail.chart_id(case.id), case.last_day)
    return mail.build(draft, histories_for(session, case), {case.id: sent} if sent else None)


def _reader(session: Session, case: Case, person: str | None, now: datetime) -> Person:
    people = session.book.people
    local = now.astimezone(ZoneInfo(session.book.company.timezone))
    concerned = directory_of(session.book, local).concerned(case)
    if person is None:
        return people[case.owner if case.owner in concerned else concerned[0]]
    if person not in people:
        raise UsageError(f"There is nobody called {person!r}", f"Configured are: {', '.join(sorted(people))}.")
    if case.restricted and person not in concerned:
        raise UsageError(f"{person} may not hear of case {case.id}", "It is restricted; see `notices: audit:`.")
    return people[person]


def write_preview(session: Session, notice: Notice, case_id: str) -> Path:
    """Write the mail as a page that needs nothing beside it, its pictures inside; return where it is."""
    folder = session.book.output / "previews"
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in f"{case_id}-{notice.recipient}")
    path = folder / f"{name}.html"
    part = path.with_suffix(".part")
    part.write_text(mail.standing_alone(notice), encoding="utf-8")
    part.replace(path)
    return path
