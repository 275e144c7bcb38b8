"""A company lives through its nights with scripted people: prompt, late and absent heads; then every promise about cases is counted.

`python -m benchmarks.simulated_year [flights|retail [FIRST LAST]]` does it for a whole year of a demo company and prints what came of it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from benchmarks.clock import series, statsmodels_stl

from detect.cases import commands as c
from detect.cases.clock import WorkingDays
from detect.cases.due import Due, due
from detect.cases.life import apply, fold
from detect.cases.steps import Step
from detect.config import Book, load
from detect.detectors.stl_operator import Windows
from detect.model import Case, Category, Level
from detect.pipeline.follow_up import follow_up
from detect.pipeline.intake import Report, take_in
from detect.pipeline.nightly import run_nights
from detect.pipeline.order import Order
from detect.pipeline.record import record
from detect.pipeline.session import Session, open_session

LOOKS = (9, 12, 15, 18)  # hours at which people look and the follow-up passes
SEEN_WITHIN = timedelta(hours=4)  # so long after a deadline it may be noticed
GROUP_STEPS = {"meet", "decide", "verify", "close"}
# How much of the time allowed somebody takes; None: they never act.
PACES = (0.5, 1.5, None)
GROUP_PACE = 0.8
YEARS = {
    "flights": (date(2013, 1, 29), date(2013, 12, 31)),
    "retail": (date(2010, 12, 10), date(2011, 12, 9)),
}


@dataclass
class Life:
    """The people of one company, and when each of them acts."""

    session: Session
    calendar: WorkingDays
    acts_at: dict[tuple[str, str, str], datetime] = field(default_factory=dict)

    def pace(self, case: Case, deadline: str) -> float | None:
        """Return how much of the time allowed is taken by whose step it is."""
        if deadline in GROUP_STEPS:
            return GROUP_PACE
        departments = sorted(self.session.book.departments)
        return PACES[departments.index(case.department) % len(PACES)]

    def people(self, now: datetime) -> None:
        """Let everybody act whose own time for the waiting step has come."""
        book = self.session.book
        for case in self.session.store.cases(open_only=True):
            after = case
            for _ in range(10):
                waiting = due(after, book.policy.deadlines, book.company.working_hours, self.calendar)
                asked = self.script(after, waiting, now) if waiting else None
                if asked is None:
                    break
                after = record(self.session, after.id, *asked, now)

    def script(self, case: Case, waiting: Due, now: datetime) -> tuple[c.Command, str] | None:
        """Return what is done about what a case waits for and by whom; None while nobody acts."""
        pace = self.pace(case, waiting.deadline)
        if pace is None:
            return None
        hours, start = self.session.book.company.working_hours, datetime.fromisoformat(waiting.since)
        key = (case.id, waiting.deadline, waiting.since)
        if key not in self.acts_at:
            self.acts_at[key] = hours.after(
                start, pace * hours.between(start, waiting.at, self.calendar), self.calendar
            )
        if now < self.acts_at[key]:
            return None
        group = self.session.book.company.management_group
        handling = case.evidence.get("handling", {})
        undone = [n for n, m in enumerate(handling.get("decided", ()), start=1) if "done" not in m]
        signer = next(person for person in group if person not in {case.owner, *handling.get("doers", ())})
        decide = c.DecideMeasure(text="put it right", owner=case.owner, due=now.date() + timedelta(days=30))
        if waiting.step is Step.PROGRESS and "progress" in case.milestones:
            return (c.MeasureDone(measure=undone[0]) if undone else c.Resolve(note="done")), case.owner
        if waiting.step is Step.VERIFY and case.metric and "recovered" not in case.milestones:
            return None
        scripts: dict[Step, tuple[c.Command, str]] = {
            Step.ACKNOWLEDGE: (c.Acknowledge(), case.owner),
            Step.ASSESS: (c.Assess(note="seen"), case.owner),
            Step.REFER: (c.Refer(), case.owner),
            Step.MEET: (c.Meet(note="met"), group[0]),
            Step.MEASURE: (decide, group[0] if "met" in case.milestones else case.owner),
            Step.PROGRESS: (c.ReportProgress(note="half"), case.owner),
            Step.VERIFY: (c.Verify(note="back"), signer),
            Step.CLOSE: (c.Close(note="learnt"), signer),
        }
        return scripts.get(waiting.step)


@dataclass
class Year:
    """What came of it: counts, and every broken promise by name."""

    nights: int = 0
    days: int = 0
    cases: int = 0
    closed: int = 0
    escalated: int = 0
    kept: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass
class Reference:
    """How fast the machine is while the year passes: processor seconds of a statsmodels STL fit of 730 days, every tenth day."""

    days: int = 0
    taken: list[float] = field(default_factory=list)

    def sample(self) -> None:
        """Count a day, and fit on every tenth."""
        self.days += 1
        if self.days % 10 == 1:
            values = series(1)[0]
            began = time.process_time()
            statsmodels_stl(values, Windows(), robust=False)
            self.taken.append(time.process_time() - began)


def live(
    session: Session, first: date, last: date, until: date | None = None, daily: Callable[[], None] = lambda: None
) -> Year:
    """Judge the nights `first` to `last` in one walk; after each, `daily`, and a day of reports, people and follow-ups.

    After the last night the days go on without data up to `until`. Every third day somebody reports by hand, and every tenth the clock is
    set back a day.
    """
    calendar = session.calendar(until or last)
    life, year = Life(session, calendar), Year()
    for night in run_nights(session, Order(first, last, notify=False, holder="year")):
        year.nights += 1
        daily()
        _day(life, year, night.summary.as_of + timedelta(days=1))
    after = (until or last) - last
    for number in range(2, after.days + 1):
        _day(life, year, last + timedelta(days=number))
    return count(session, year, _at(session, (until or last) + timedelta(days=1), LOOKS[-1]), calendar)


def _at(session: Session, day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(session.book.company.timezone))


def _day(life: Life, year: Year, today: date) -> None:
    year.days += 1
    session, departments = life.session, sorted(life.session.book.departments)
    if year.days % 3 == 0:
        number = year.days // 3
        category, level = list(Category)[number % len(Category)], Level(1 + number % len(Level))
        report = Report(f"trouble {number}", category, departments[number % len(departments)], level, today)
        take_in(session, report, session.book.company.people[0].id, _at(session, today, 8))
    for hour in LOOKS:
        life.people(_at(session, today, hour))
        follow_up(session, _at(session, today, hour))
    if year.days % 10 == 0:
        follow_up(session, _at(session, today - timedelta(days=1), 12))


def count(session: Session, year: Year, end: datetime, calendar: WorkingDays) -> Year:
    """Read the events of every case once more, and hold them against what was promised up to `end`."""
    known = {person.id for person in session.book.company.people}
    for row in session.store.cases():
        events = session.store.events(row.id)
        year.cases += 1
        year.broken += [f"{row.id}: its row is not the fold of its events"] * (fold(events) != row)
        told = Counter((e.data["deadline"], e.data["since"]) for e in events if e.type == "escalated")
        year.escalated += sum(told.values())
        year.broken += [f"{row.id}: {deadline} escalated {n} times" for (deadline, _), n in told.items() if n > 1]
        case: Case | None = None
        for event in events:
            waiting = _waiting(session, case, calendar)
            if waiting is not None and event.type not in {"escalated", "reopened", "recovered"}:
                late = event.at > waiting.at + SEEN_WITHIN
                year.kept += not late
                if late and told[waiting.deadline, waiting.since] != 1:
                    year.broken.append(
                        f"{row.id}: {waiting.deadline} of {waiting.since} was neither kept nor escalated"
                    )
            case = apply(case, event)
            if case.status.is_open and case.owner not in known:
                year.broken.append(f"{row.id}: nobody's after {event.type}")
            if event.type == "closed":
                year.closed += 1
                if not {"verified", *(["recovered"] if case.metric else [])} <= case.milestones.keys():
                    year.broken.append(f"{row.id}: closed without verification")
        waiting = _waiting(session, case, calendar)
        if waiting is not None and waiting.at + SEEN_WITHIN < end and told[waiting.deadline, waiting.since] != 1:
            year.broken.append(f"{row.id}: {waiting.deadline} is late and was not escalated")
    return year


def _waiting(session: Session, case: Case | None, calendar: WorkingDays) -> Due | None:
    if case is None:
        return None
    book = session.book
    return due(case, book.policy.deadlines, book.company.working_hours, calendar)


def _book(company: str, folder: Path) -> Book:
    from detect.demo.companies import prepare  # noqa: PLC0415 - needs the download

    prepare(company, folder, os.environ)
    return load(folder, os.environ)


def main() -> None:
    """Live through a demo company's year and print what came of it."""
    company, *given = sys.argv[1:] or ["flights"]
    first, last = [date.fromisoformat(day) for day in given] or YEARS[company]
    with tempfile.TemporaryDirectory() as folder, open_session(_book(company, Path(folder))) as session:
        reference = Reference()
        began, worked = time.perf_counter(), time.process_time()
        year = live(session, first, last, daily=reference.sample)
        measured = {
            "seconds": round(time.perf_counter() - began, 1),
            "processor_seconds": round(time.process_time() - worked - sum(reference.taken), 1),
            "reference_milliseconds": round(1000 * median(reference.taken), 1),
        }
        print(json.dumps(year.__dict__ | measured, indent=2))


if __name__ == "__main__":
    main()
