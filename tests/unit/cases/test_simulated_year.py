"""A year of a company: some heads are prompt, some late, some never there; the clock sees all of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from detect.cases import commands as c
from detect.cases.absorb import Graded, absorb
from detect.cases.clock import WorkingHours
from detect.cases.deadlines import Deadlines
from detect.cases.due import due, overdue
from detect.cases.follow_up import sweep
from detect.cases.life import apply, decide, fold, next_step
from detect.cases.observation import Observation, Recovery
from detect.cases.roles import Roles
from detect.cases.steps import Step
from detect.model import Case, Category, Finding, Grade, Kind, Level, Status, Text

T = Text(en="t", zh="t")
HOURS, DEADLINES = WorkingHours(timezone="Europe/London"), Deadlines()
DEPARTMENTS = ("prompt", "late", "absent")
HEADS = {d: f"head-{d}" for d in DEPARTMENTS}
ROLES = Roles(
    heads=HEADS,
    members={d: frozenset({f"clerk-{d}"}) for d in DEPARTMENTS},
    people=frozenset({*HEADS.values(), *(f"clerk-{d}" for d in DEPARTMENTS), "boss", "chair"}),
    group=frozenset({"boss", "chair"}),
)
# Working hours after the deadline's start at which somebody acts, as a multiple of what is allowed; None: never.
PACE = {"prompt": 0.5, "late": 1.5, "absent": None}
GROUP_PACE = 0.8


class Bank:
    """English bank holidays of 2026."""

    off = frozenset(
        {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31), date(2026, 12, 25)}
    )

    def is_working_day(self, day):
        return day.weekday() < 5 and day not in self.off


@dataclass
class Company:
    """Cases, their events, and scripted people."""

    cases: dict[str, Case] = field(default_factory=dict)
    events: defaultdict = field(default_factory=lambda: defaultdict(list))
    acts_at: dict = field(default_factory=dict)

    def take(self, result):
        for event in result.events:
            self.events[event.case_id].append(event)
        self.cases |= {case.id: case for case in result.cases}

    def night(self, as_of, random):
        graded = []
        for department in DEPARTMENTS:
            if random.random() < (0.02 if department == "absent" else 0.1):
                level = Level(int(random.integers(1, 4)))
                metric = f"{department}-{random.integers(4)}"
                found = Finding(
                    as_of, as_of, as_of, metric, "", "point", Category.DATA, Kind.DIP, department, metric, 1.0
                )
                graded.append(Graded(found, Grade(level, "r", T), T))
        now = datetime.combine(as_of, datetime.min.time(), UTC) + timedelta(hours=26)
        self.take(
            absorb(graded, list(self.cases.values()), as_of=as_of, now=now, owner_of=lambda f: HEADS[f.department])
        )

    def people(self, now):
        """Let everybody act whose own time for the waiting step has come."""
        for name in list(self.cases):
            case = self.cases[name]
            waiting = due(case, DEADLINES, HOURS, Bank())
            while waiting is not None and now >= self._when(case, waiting):
                command, actor = self._script(case, waiting.step, now)
                if command is None:
                    break
                event = decide(case, command, actor, now, ROLES)
                self.events[case.id].append(event)
                case = self.cases[name] = apply(case, event)
                waiting = due(case, DEADLINES, HOURS, Bank())

    def _when(self, case, waiting):
        pace = GROUP_PACE if waiting.deadline in {"meet", "decide", "verify", "close"} else PACE[case.department]
        if pace is None:
            return datetime.max.replace(tzinfo=UTC)
        start = datetime.fromisoformat(waiting.since)
        key = (case.id, waiting.deadline, waiting.since)
        if key not in self.acts_at:
            allowed = HOURS.between(start, waiting.at, Bank())
            self.acts_at[key] = HOURS.after(start, pace * allowed, Bank())
        return self.acts_at[key]

    def _script(self, case, step, now):
        head = HEADS[case.department]
        clerk = f"clerk-{case.department}"
        if step is Step.PROGRESS and self.events[case.id][-1].type in {"progress_reported", "measure_done"}:
            undone = [n for n, m in enumerate(case.evidence["handling"]["decided"], start=1) if "done" not in m]
            return (c.MeasureDone(measure=undone[0]), clerk) if undone else (c.Resolve(note="done"), head)
        return {
            Step.ACKNOWLEDGE: (c.Acknowledge(), head),
            Step.ASSESS: (c.Assess(note="seen"), head),
            Step.REFER: (c.Refer(), head),
            Step.MEET: (c.Meet(note="met"), "boss"),
            Step.MEASURE: (c.DecideMeasure(text="do", owner=clerk, due=now.date() + timedelta(days=60)), "boss"),
            Step.PROGRESS: (c.ReportProgress(note="half"), clerk),
            Step.VERIFY: (c.Verify(), "chair") if "recovered" in case.milestones else (None, ""),
            Step.CLOSE: (c.Close(note="learnt"), "boss"),
        }[step]

    def follow_up(self, now, random):
        seen = {
            case.id: Observation(Recovery(str(random.choice(["back", "back", "not_back"]))), now.date(), 7, 0, 0.0)
            for case in self.cases.values()
            if case.status is Status.OBSERVING
        }
        self.take(sweep(self.cases.values(), now, DEADLINES, HOURS, Bank(), observations=seen))


@pytest.fixture(scope="module")
def company():
    """Live through 2026, following up every hour of work and looking in at random times twice."""
    random, year = np.random.default_rng(7), Company()
    for n in range(365):
        day = date(2026, 1, 1) + timedelta(days=n)
        for hour in (0, 4, *range(8, 18), 20):
            now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=hour)
            if hour == 4 and n:
                year.night(day - timedelta(days=1), random)
            year.people(now)
            year.follow_up(now, random)
            if hour == 12:
                year.follow_up(now - timedelta(hours=int(random.integers(1, 48))), random)
    return year


@pytest.mark.clause("P4.2")
def test_every_deadline_of_a_year_is_kept_or_escalated_exactly_once(company):
    """For each deadline that ran, either the step came before it or one escalation stands; never two, never none.

    Between two looks lie up to four hours, so what was done that soon after the deadline may not have been seen late.
    """
    now = datetime(2027, 1, 1, tzinfo=UTC)
    for name, events in company.events.items():
        told = Counter((e.data["deadline"], e.data["since"]) for e in events if e.type == "escalated")
        assert set(told.values()) <= {1}
        case = None
        for event in events:
            waiting = None if case is None else due(case, DEADLINES, HOURS, Bank())
            seen_late = waiting is not None and event.at > waiting.at + timedelta(hours=4)
            if seen_late and event.type not in {"escalated", "reopened", "recovered"}:
                assert told[waiting.deadline, waiting.since] == 1, (name, event)
            case = apply(case, event)
        waiting = due(case, DEADLINES, HOURS, Bank())
        if waiting is not None and waiting.at < now - timedelta(hours=4):
            assert told[waiting.deadline, waiting.since] == 1


def test_the_prompt_are_not_escalated_and_the_absent_always_are(company):
    """Prompt heads hear no escalation of theirs; each case of an absent head has one, and only the first step's."""
    escalated = defaultdict(set)
    for name, events in company.events.items():
        for event in events:
            if event.type == "escalated":
                escalated[company.cases[name].department].add(event.data["deadline"])
    assert not escalated["prompt"] & {"acknowledge", "report"}
    assert escalated["absent"] == {"acknowledge"}
    assert {"acknowledge", "report"} <= escalated["late"]


@pytest.mark.clause("P1.3c")
def test_no_case_of_the_year_was_ever_ownerless_nor_closed_unverified(company):
    """At every event of every case there is an owner, and an end has a sign-off of somebody who did not handle it."""
    ended = 0
    for name, events in company.events.items():
        case = None
        for event in events:
            case = apply(case, event)
            assert case.owner
            if event.type == "closed":
                ended += 1
                assert "verified" in case.milestones
                assert "recovered" in case.milestones
        assert fold(events) == company.cases[name]
    assert ended > 10


def test_the_overdue_board_shows_who_never_answered(company):
    """At the end of the year the absent head's open cases stand on the board, the longest waiting first."""
    board = overdue(company.cases.values(), datetime(2027, 1, 1, tzinfo=UTC), DEADLINES, HOURS, Bank())
    absent = [d for d in board if d.case.department == "absent"]
    assert len(absent) == sum(case.department == "absent" and case.status.is_open for case in company.cases.values())
    assert [d.at for d in board] == sorted(d.at for d in board)
    assert {next_step(d.case) for d in absent} == {Step.ACKNOWLEDGE}
