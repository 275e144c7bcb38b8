"""A person answers for a case by a signed link: what they see, what they may do, and the one way in which it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from detect.cases.commands import Accept, Acknowledge, Assess, Assign, Command, SetLevel, Snooze
from detect.cases.decide import decide
from detect.cases.steps import Step
from detect.errors import CaseError, UsageError
from detect.model import Case, Event, Level, Person
from detect.notices.draft import Item
from detect.notices.items import Itemiser
from detect.notices.links import Links, Refusal, TicketRefused
from detect.pipeline.addressing import directory_of
from detect.pipeline.clocks import Clocks
from detect.pipeline.drawing import chart_of
from detect.pipeline.precedents import earlier_of
from detect.pipeline.record import case_of, record, roles_of
from detect.pipeline.session import Session

__all__ = ["STEPS", "Overtaken", "Sight", "answer", "chart", "look"]

STEPS = (Step.ACKNOWLEDGE, Step.ACCEPT, Step.ASSESS, Step.LEVEL, Step.ASSIGN, Step.SNOOZE)
_NOTE_AT_MOST = 2000


class Overtaken(Exception):
    """The case is no longer as the person saw it: look again."""


@dataclass(frozen=True)
class Sight:
    """A case as one person sees it: `steps` are those that this person may take now, `form` is what an answer must bring back."""

    case: Case
    person: Person
    item: Item
    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    form: str
    has_chart: bool


def look(session: Session, links: Links, ticket: str, now: datetime) -> Sight:
    """Open a page by its ticket, changing nothing; raises TicketRefused, also where the case may not be seen (any more)."""
    case, person = _case_and_person(session, links, ticket, now)
    local = now.astimezone(ZoneInfo(session.book.company.timezone))
    due = Clocks(session.book, session.calendar(local.date())).due([case])
    return Sight(
        case=case,
        person=person,
        item=Itemiser(directory_of(session.book, local), local, due, earlier_of(session, [case])).item(case, "opened"),
        events=tuple(session.store.events(case.id)),
        steps=tuple(step for step in STEPS if _may(session, case, step, person.id, now)),
        form=links.form(case.id, person.id, case.seq, now),
        has_chart=case.metric in session.book.metrics,
    )


def chart(session: Session, links: Links, ticket: str, now: datetime) -> bytes | None:
    """Return the chart of the case that a ticket opens as PNG; None where it has no series."""
    case, _ = _case_and_person(session, links, ticket, now)
    return chart_of(session, case)


def answer(session: Session, links: Links, ticket: str, fields: Mapping[str, str], now: datetime) -> Step:
    """Carry out the step that a form asks for, as the ticket's person.

    Raises TicketRefused for a form that this page did not make, Overtaken where the case changed since, CaseError where the step is not
    allowed or lacks something, UsageError for a form that says nothing sensible.
    """
    case, person = _case_and_person(session, links, ticket, now)
    form = links.opened(fields.get("form", ""), "form", now)
    if (form.subject, form.person) != (case.id, person.id):
        raise TicketRefused(Refusal.FOREIGN)
    if form.seq != case.seq:
        raise Overtaken
    step, command = _command(fields, now)
    record(session, case.id, command, person.id, now)
    return step


def _case_and_person(session: Session, links: Links, ticket: str, now: datetime) -> tuple[Case, Person]:
    opened = links.opened(ticket, "case", now)
    person = session.book.people.get(opened.person)
    if person is None or not session.store.events(opened.subject):
        raise TicketRefused(Refusal.FOREIGN)
    case = case_of(session, opened.subject)
    if not roles_of(session.book).may_see(person.id, case):
        raise TicketRefused(Refusal.FOREIGN)
    return case, person


def _may(session: Session, case: Case, step: Step, person: str, now: datetime) -> bool:
    """Whether `person` could take the step now, asked of the rules themselves with an answer that lacks nothing."""
    other = next(level for level in Level if level is not case.level)
    somebody = next((p for p in session.book.people if p != case.owner), case.owner)
    tried: dict[Step, Command] = {
        Step.ACKNOWLEDGE: Acknowledge(),
        Step.ACCEPT: Accept(),
        Step.ASSESS: Assess(note="?"),
        Step.LEVEL: SetLevel(level=other, note="?"),
        Step.ASSIGN: Assign(to=somebody),
        Step.SNOOZE: Snooze(until=now + timedelta(days=1)),
    }
    try:
        decide(case, tried[step], person, max(now, case.updated_at), roles_of(session.book))
    except CaseError:
        return False
    return True


def _command(fields: Mapping[str, str], now: datetime) -> tuple[Step, Command]:
    note = fields.get("note", "").strip()
    if len(note) > _NOTE_AT_MOST:
        raise UsageError(f"the note has {len(note):,} characters", f"Say it in {_NOTE_AT_MOST:,}.")
    match fields.get("step", ""):
        case Step.ACKNOWLEDGE:
            return Step.ACKNOWLEDGE, Acknowledge(note=note)
        case Step.ACCEPT:
            return Step.ACCEPT, Accept(note=note)
        case Step.ASSESS:
            return Step.ASSESS, Assess(note=note, level=_level(fields) if fields.get("level") else None)
        case Step.LEVEL:
            return Step.LEVEL, SetLevel(level=_level(fields), note=note)
        case Step.ASSIGN:
            return Step.ASSIGN, Assign(to=fields.get("to", ""), note=note)
        case Step.SNOOZE:
            return Step.SNOOZE, Snooze(until=now + timedelta(days=_days(fields)), note=note)
        case other:
            raise UsageError(f"there is no answer {other!r}", "Use the buttons of the page.")


def _level(fields: Mapping[str, str]) -> Level:
    try:
        return Level(int(fields.get("level", "")))
    except ValueError:
        raise UsageError("no level is given", "Choose 1, 2 or 3.") from None


def _days(fields: Mapping[str, str]) -> int:
    text = fields.get("days", "")
    if text not in {"1", "2", "3", "7"}:
        raise UsageError("no number of days is given", "Choose one of the days offered.")
    return int(text)
