"""What time alone does to cases: reminders, escalations, the end of an observation, the archive.

Each mark is made once, however often this runs and whichever way the clock jumps: what was told is a milestone of the case, named by its
deadline and the instant since when that runs, never by the time of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from detect.cases.clock import WorkingDays, WorkingHours
from detect.cases.deadlines import Deadlines
from detect.cases.due import Due, due, measures_due
from detect.cases.events import SYSTEM, EventType, happened
from detect.cases.life import apply, mark
from detect.cases.observation import Observation, Recovery
from detect.cases.steps import NOTHING_TO_PUT_RIGHT
from detect.model import Case, Event, Status

__all__ = ["Swept", "sweep"]

# Who hears of a missed deadline: of the department's the group, of the group's the monitoring department.
_ESCALATES_TO: Mapping[str, str] = {"meet": "monitoring", "decide": "monitoring", "verify": "monitoring"}


@dataclass(frozen=True)
class Swept:
    """The events that were due, in order, and the cases they changed (as they are after)."""

    events: tuple[Event, ...]
    cases: tuple[Case, ...]


def sweep(
    cases: Iterable[Case],
    now: datetime,
    deadlines: Deadlines,
    hours: WorkingHours,
    calendar: WorkingDays | None = None,
    *,
    observations: Mapping[str, Observation] | None = None,
    heirs: Mapping[str, str] | None = None,
    escalates: Callable[[Case], bool] = lambda _: True,
) -> Swept:
    """Bring `cases` up to `now`; `observations` say by case id how the metrics of resolved cases do (`observation.observe`).

    `heirs` name by case id who takes over a case whose owner is nobody of the company any more (P1.3c). Where `escalates` says no, a
    missed deadline is seen (`due.overdue`) and told to nobody above. Running twice with the same arguments does nothing the second time.
    """
    seen = observations or {}
    events: list[Event] = []
    changed: list[Case] = []
    for case in cases:
        after = case
        heir = (heirs or {}).get(case.id)
        if heir is not None and case.owner != heir:
            at, note = max(now, case.updated_at), f"{case.owner} is not there any more"
            data = {"owner": heir}
            events.append(happened(case.id, case.seq + 1, EventType.ADOPTED, at=at, actor=SYSTEM, note=note, data=data))
            after = apply(case, events[-1])
        for type_, note, data in _due_now(after, now, deadlines, hours, calendar, seen=seen.get(case.id)):
            if type_ is EventType.ESCALATED and not escalates(case):
                continue
            # A clock that went back does not put an event before those that led to it.
            at = max(now, after.updated_at)
            events.append(happened(case.id, after.seq + 1, type_, at=at, actor=SYSTEM, note=note, data=data))
            after = apply(after, events[-1])
        if after is not case:
            changed.append(after)
    return Swept(tuple(events), tuple(changed))


_What = tuple[EventType, str, dict[str, Any]]


def _due_now(
    case: Case,
    now: datetime,
    deadlines: Deadlines,
    hours: WorkingHours,
    calendar: WorkingDays | None,
    *,
    seen: Observation | None,
) -> Iterator[_What]:
    clock = deadlines.of(case.level)
    if case.status is Status.CLOSED:
        if now >= _since(case, "closed") + timedelta(days=clock.relapse_days):
            yield EventType.ARCHIVED, "no relapse", {}
        return
    if case.status is Status.OBSERVING and case.verdict not in NOTHING_TO_PUT_RIGHT and seen is not None:
        ended = _since(case, "resolved") + timedelta(days=clock.observation_days)
        outcome = _observed(case, seen) if now >= ended and seen.through >= ended.date() else None
        if outcome is not None:
            yield outcome
            if outcome[0] is EventType.REOPENED:
                return
    waiting = due(case, deadlines, hours, calendar)
    if waiting is not None:
        yield from _told(waiting, now)
    for measure in measures_due(case, deadlines, hours, calendar):
        yield from _told(measure, now)


def _since(case: Case, milestone: str) -> datetime:
    return datetime.fromisoformat(case.milestones[milestone])


def _observed(case: Case, seen: Observation) -> _What | None:
    data = {"through": seen.through, "days": seen.days, "outside": seen.outside}
    if seen.state is Recovery.BACK and "recovered" not in case.milestones:
        return EventType.RECOVERED, "back in its band", data
    if seen.state is Recovery.NOT_BACK and "verified" not in case.milestones:
        return EventType.REOPENED, "not back in its band after the observation", data
    return None


def _told(waiting: Due, now: datetime) -> Iterator[_What]:
    case = waiting.case
    escalated = mark(EventType.ESCALATED, waiting.deadline, waiting.since) in case.milestones
    reminded = mark(EventType.REMINDED, waiting.deadline, waiting.since) in case.milestones
    data: dict[str, Any] = {
        "deadline": waiting.deadline,
        "since": waiting.since,
        "step": waiting.step,
        "due": waiting.at,
    }
    if now > waiting.at and not escalated:
        to = _ESCALATES_TO.get(waiting.deadline, "group")
        yield EventType.ESCALATED, f"{waiting.deadline} was due {waiting.at.isoformat()}", data | {"to": to}
    elif waiting.remind_at <= now <= waiting.at and not (reminded or escalated):
        yield EventType.REMINDED, f"{waiting.deadline} is due {waiting.at.isoformat()}", data
