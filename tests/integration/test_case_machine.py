"""A case in a real database is the fold of its events, whoever writes at the same time: reports, nights, people, the follow-up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from detect.cases import commands as c
from detect.cases.absorb import Graded, absorb
from detect.cases.clock import WorkingHours
from detect.cases.deadlines import Deadlines
from detect.cases.follow_up import sweep
from detect.cases.intake import reported
from detect.cases.life import apply, decide, fold, next_step
from detect.cases.observation import Observation, Recovery
from detect.cases.roles import Roles
from detect.cases.steps import Step
from detect.db.records import CaseConflict, NightRecord, Run
from detect.db.store import Store
from detect.errors import CaseError, StoreBusy
from detect.model import Case, Category, Finding, Grade, Kind, Level, Outcome, Status, Text

START = date(2026, 3, 2)
PEOPLE = ("hana", "sam", "gao", "ines")
T = Text(en="t", zh="t")
_machines = count()

Deed = Callable[[], None]


class Life(RuleBasedStateMachine):
    """One metric of its own in a store that all machines share; every deed reads, decides and writes as the program does."""

    store: Store

    @initialize()
    def start(self) -> None:
        self.subject = self.department = f"revenue{next(_machines)}"
        members = {self.department: frozenset({"sam"})}
        self.roles = Roles({self.department: "hana"}, members, frozenset(PEOPLE), group=frozenset({"gao", "ines"}))
        self.as_of, self.now = START, datetime(2026, 3, 3, 2, tzinfo=UTC)
        self.reports = count()

    def cases(self) -> list[Case]:
        return self.store.cases(department=self.department)

    # -- deeds: each is what one process does, and may be overtaken

    def report(self, level: int) -> Deed:
        number = next(self.reports)

        def deed() -> None:
            event = reported(
                Text(en=f"{self.subject} {number}", zh="甲"), category=Category.PROCESS, department=self.department,
                level=Level(level), day=self.as_of, reporter="sam", now=self.now, roles=self.roles,
            )  # fmt: skip
            case = apply(None, event)
            self.store.record([event], case, now=self.now)

        return deed

    def night(self, segments: list[str], level: int) -> Deed:
        as_of = self.as_of

        def deed() -> None:
            graded = [
                Graded(
                    Finding(as_of, as_of, as_of, self.subject, s, "point", Category.DATA, Kind.DIP, self.department, self.subject, 1.0),
                    Grade(Level(level), "r", T),
                    T,
                )
                for s in segments
            ]  # fmt: skip
            with self.store.lease(f"night {as_of}", timedelta(minutes=5)) as lease:
                taken = absorb(
                    graded, self.cases(), as_of=as_of, now=self.now, owner_of=lambda _: "hana", judged=lambda *_: True
                )
                run = Run(f"{self.subject}-{as_of}", as_of, "nightly", "complete", self.now, self.now,
                          scope=self.subject, planned=1, outcomes={Outcome.OK: 1})  # fmt: skip
                self.store.commit_night(NightRecord(run, events=taken.events, cases=taken.cases), lease, self.now)

        return deed

    def sweep(self, state: Recovery) -> Deed:
        def deed() -> None:
            cases = self.cases()
            seen = {case.id: Observation(state, self.now.date(), 7, 0, 0.0) for case in cases}
            swept = sweep(cases, self.now, Deadlines(), WorkingHours(), observations=seen)
            self.store.record_all(swept.events, swept.cases, now=self.now)

        return deed

    def person(self, actor: str, pick: int) -> Deed:
        def deed() -> None:
            cases = sorted((case for case in self.cases() if case.status.is_open), key=lambda case: case.id)
            if not cases:
                return
            case = cases[pick % len(cases)]
            step = Step.RESOLVE if case.status is Status.IN_MEASURES and pick % 2 else next_step(case)
            command = self.command(step, cases, pick)
            if command is None:
                return
            event = decide(case, command, actor, max(self.now, case.updated_at), self.roles)
            self.store.record([event], apply(case, event), now=self.now)

        return deed

    def command(self, step: Step | None, cases: list[Case], pick: int) -> c.Command | None:
        if pick == 7:
            return c.Merge(into=cases[0], note="the same")
        decide_ = c.DecideMeasure(text="t", owner="hana", due=self.now.date() + timedelta(days=9))
        return (
            {
                Step.ACKNOWLEDGE: c.Acknowledge(),
                Step.ASSESS: c.Assess(note="n", level=Level(1 + pick % 3)),
                Step.REFER: c.Refer(),
                Step.MEET: c.Meet(note="n"),
                Step.MEASURE: decide_,
                Step.PROGRESS: c.MeasureDone(measure=1) if pick % 2 else c.ReportProgress(note="n"),
                Step.RESOLVE: c.Resolve(note="n"),
                Step.VERIFY: c.Verify(note="n"),
                Step.CLOSE: c.Close(note="n"),
            }.get(step)
            if step
            else None
        )

    @staticmethod
    def until_written(deed: Deed) -> None:
        """Do it as the program does: overtaken, read again; refused or the store held by another night, leave it."""
        for _ in range(30):
            try:
                deed()
            except CaseConflict:
                continue
            except (CaseError, StoreBusy):
                return
            return
        raise AssertionError("overtaken thirty times")

    # -- rules

    @rule(
        level=st.integers(1, 3), segments=st.lists(st.sampled_from(["", "UK"]), max_size=2, unique=True),
        picks=st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 7)), min_size=2, max_size=4),
        state=st.sampled_from(Recovery), days=st.integers(1, 5),
    )  # fmt: skip
    def all_at_once(
        self, level: int, segments: list[str], picks: list[tuple[str, int]], state: Recovery, days: int
    ) -> None:
        """Start a night, its rerun, a report, two follow-ups and people at the same time."""
        self.as_of += timedelta(days=days)
        self.now = max(self.now, datetime.combine(self.as_of, datetime.min.time(), UTC) + timedelta(hours=34))
        deeds = [
            self.night(segments, level), self.night(segments, level), self.report(level), self.sweep(state), self.sweep(state),
            *(self.person(actor, pick) for actor, pick in picks),
        ]  # fmt: skip
        with ThreadPoolExecutor(len(deeds)) as pool:
            list(pool.map(self.until_written, deeds))

    @rule(steps=st.integers(3, 12), pick=st.integers(0, 5), hours=st.integers(-30, 300))
    def people_lead_one_on(self, steps: int, pick: int, hours: int) -> None:
        """Whoever may takes the steps that the policy waits for, and time passes, or the clock goes back."""
        for _ in range(steps):
            for actor in PEOPLE:
                self.until_written(self.person(actor, pick))
        self.now += timedelta(hours=hours)
        self.until_written(self.sweep(Recovery.BACK))

    @invariant()
    def every_row_is_the_fold_of_its_events(self) -> None:
        for case in self.cases() if hasattr(self, "subject") else ():
            events = self.store.events(case.id)
            assert fold(events) == case
            assert case.owner
            assert case.status not in {Status.CLOSED, Status.ARCHIVED} or "verified" in case.milestones
            told = [
                (e.type, e.data["deadline"], e.data["since"]) for e in events if e.type in {"reminded", "escalated"}
            ]
            assert len(told) == len(set(told))


@pytest.fixture
def machine(store_url: str) -> Any:
    """Give the machine on an empty store of either kind."""
    with Store.open(store_url) as store:
        yield type("LifeHere", (Life,), {"store": store})
        assert store.verify_history() == []


def test_a_row_is_the_fold_of_its_events_whoever_writes_at_once(machine: Any) -> None:
    """Nights, reruns, reports, follow-ups and people race on a real database: rows, folds and the chain of hashes agree."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck), database=None,
            derandomize=True,
        ),
    )  # fmt: skip
