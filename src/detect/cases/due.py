"""What a case waits for, from whom, and until when (policy P4.2, P4.3, P4.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from detect.cases.clock import WorkingDays, WorkingHours
from detect.cases.deadlines import Deadlines, LevelDeadlines
from detect.cases.steps import NOTHING_TO_PUT_RIGHT, Step, next_step
from detect.model import Case, Status

__all__ = ["Due", "due", "measures_due", "overdue"]


@dataclass(frozen=True)
class Due:
    """A step that a case waits for; `remind_at` comes `reminder_lead` working hours before `at` (both UTC).

    `deadline` names the clock (a case that is acknowledged late and one that is assessed late miss the same deadline of reporting), `since`
    is the ISO instant from which it runs.
    """

    case: Case
    step: Step
    deadline: str
    since: str
    at: datetime
    remind_at: datetime


# state -> (deadline, milestone from which its hours count, how many)
_CLOCK_OF: Mapping[Status, tuple[str, str, Callable[[LevelDeadlines], float]]] = {
    Status.OPEN: ("acknowledge", "clock", lambda d: d.acknowledge),
    Status.REOPENED: ("acknowledge", "clock", lambda d: d.acknowledge),
    Status.ACKNOWLEDGED: ("report", "clock", lambda d: d.report),
    Status.ASSESSED: ("report", "clock", lambda d: d.report),
    Status.REPORTED: ("meet", "reported", lambda d: d.meet),
    Status.MET: ("decide", "met", lambda d: d.decide),
    Status.IN_MEASURES: ("progress", "measures", lambda d: d.progress_every),
}


def due(case: Case, deadlines: Deadlines, hours: WorkingHours, calendar: WorkingDays | None = None) -> Due | None:
    """Return the step that `case` waits for and its deadline; None when the case is over or its clock does not run."""
    step = next_step(case, level_3_in_department=deadlines.level_3_in_department)
    if not case.clock_runs or not case.status.is_open or step is None:
        return None
    clock = deadlines.of(case.level)
    deadline, since, start, length = _running(case, step, clock)
    at = hours.after(start, length, calendar)
    return Due(case, step, deadline, since, at, hours.before(at, clock.reminder_lead, calendar))


def _running(case: Case, step: Step, clock: LevelDeadlines) -> tuple[str, str, datetime, float]:
    """Return which deadline runs, since when as it was written, from which instant its hours count, and how many."""
    if case.status is not Status.OBSERVING:
        deadline, milestone, length = _CLOCK_OF[case.status]
        since = case.milestones[milestone]
        if deadline == "progress" and "progress" in case.milestones:
            since = max(since, case.milestones["progress"], key=datetime.fromisoformat)
        return deadline, since, datetime.fromisoformat(since), length(clock)
    if step is Step.CLOSE:
        since = case.milestones["verified"]
        return "close", since, datetime.fromisoformat(since), clock.decide
    # Sign-off is due once the metric has been watched long enough; where nothing was to be put right, at once.
    since = case.milestones["resolved"]
    watched = timedelta(days=0 if case.verdict in NOTHING_TO_PUT_RIGHT else clock.observation_days)
    return "verify", since, datetime.fromisoformat(since) + watched, clock.decide


def measures_due(
    case: Case, deadlines: Deadlines, hours: WorkingHours, calendar: WorkingDays | None = None
) -> list[Due]:
    """Return the decided measures that are not done, also while the effect is observed: each is due at the end of work on its day."""
    if not case.clock_runs or case.status not in {Status.IN_MEASURES, Status.OBSERVING}:
        return []
    waiting = []
    for number, measure in enumerate(case.evidence.get("handling", {}).get("decided", ()), start=1):
        if "done" in measure:
            continue
        at = datetime.combine(date.fromisoformat(measure["due"]), hours.end, ZoneInfo(hours.timezone)).astimezone(UTC)
        remind_at = hours.before(at, deadlines.of(case.level).reminder_lead, calendar)
        waiting.append(Due(case, Step.DONE, f"measure {number}", measure["due"], at, remind_at))
    return waiting


def overdue(
    cases: Iterable[Case],
    now: datetime,
    deadlines: Deadlines,
    hours: WorkingHours,
    calendar: WorkingDays | None = None,
) -> list[Due]:
    """Return what is late at `now`, the longest overdue first."""
    late = []
    for case in cases:
        waiting = due(case, deadlines, hours, calendar)
        late += [d for d in (waiting, *measures_due(case, deadlines, hours, calendar)) if d is not None and d.at < now]
    return sorted(late, key=lambda d: (d.at, d.case.id, d.step))
