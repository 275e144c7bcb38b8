"""A case folds to what every path made of it: nights, reruns, people, time, in any order."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from detect.cases import commands as c
from detect.cases.absorb import Graded, absorb
from detect.cases.clock import WorkingHours
from detect.cases.deadlines import Deadlines
from detect.cases.follow_up import sweep
from detect.cases.life import apply, decide, fold, next_step, next_steps
from detect.cases.observation import Observation, Recovery
from detect.cases.roles import Roles
from detect.cases.steps import Step
from detect.errors import CaseError
from detect.model import Category, Cause, Finding, Grade, Kind, Level, Status, Text, Verdict

START = date(2026, 3, 2)
PEOPLE = ("hana", "sam", "gao", "ines", "moe", "ada")
ROLES = Roles(
    heads={"sales": "hana"},
    members={"sales": frozenset({"sam"})},
    people=frozenset(PEOPLE),
    group=frozenset({"gao", "ines"}),
    monitoring=frozenset({"moe"}),
    audit=frozenset({"ada"}),
)
T = Text(en="t", zh="t")

findings = st.tuples(
    st.sampled_from(["", "UK"]),
    st.sampled_from(["point", "run"]),
    st.sampled_from([Kind.DIP, Kind.LEVEL_SHIFT, Kind.AUDIT_SIGN]),
    st.sampled_from(Level),
    st.sampled_from([100.0, 200.0]),
)


def every_command(now, cases):
    """List any command a person may think of, sensible or not."""
    later = now + timedelta(days=1)
    return [
        c.Acknowledge(),
        c.Assess(note="n"),
        c.Assess(note="n", level=Level.LARGER),
        c.Refer(),
        c.Meet(note="n"),
        c.DecideMeasure(text="t", owner="sam", due=later.date()),
        c.MeasureDone(measure=1),
        c.ReportProgress(note="n"),
        c.Resolve(note="n"),
        c.Verify(note="n"),
        c.Close(),
        c.Archive(),
        c.Reopen(note="n"),
        c.Assign(to="sam"),
        c.Accept(),
        c.SetLevel(level=Level.MAJOR, note="n"),
        c.GiveVerdict(verdict=Verdict.FALSE),
        c.GiveVerdict(verdict=Verdict.TRUE),
        c.GiveCause(cause=Cause.FRAUD_SIGN, audit_owner="ada"),
        c.Comment(note="n"),
        c.Mute(until=later, note="n"),
        c.Withdraw(note="n"),
        *(c.Merge(into=case) for case in cases),
    ]


class Life(RuleBasedStateMachine):
    """One metric with two segments over some weeks."""

    @initialize()
    def start(self):
        self.cases, self.events = {}, defaultdict(list)
        self.as_of, self.now = START, datetime(2026, 3, 3, 2, tzinfo=UTC)
        self.nights = {}

    def take(self, result):
        for event in result.events:
            self.events[event.case_id].append(event)
        self.cases |= {case.id: case for case in result.cases}

    def absorbed(self, as_of):
        graded = []
        for segment, channel, kind, level, actual in self.nights[as_of]:
            f = Finding(
                as_of, as_of, as_of, "revenue", segment, channel, Category.DATA, kind, "sales", "revenue", actual
            )
            graded.append(Graded(f, Grade(level, "r", T), T))
        return absorb(
            graded,
            list(self.cases.values()),
            as_of=as_of,
            now=self.now,
            owner_of=lambda _: "hana",
            judged=lambda *_: True,
        )

    @rule(found=st.lists(findings, max_size=3, unique_by=lambda f: f[:2]), days=st.integers(1, 9))
    def night(self, found, days):
        """Take in a night, now and then after a pause; the second run changes nothing."""
        self.as_of += timedelta(days=days)
        self.now = max(self.now, datetime.combine(self.as_of, datetime.min.time(), UTC) + timedelta(hours=26))
        self.nights[self.as_of] = found
        self.take(self.absorbed(self.as_of))
        assert self.absorbed(self.as_of).events == ()

    @rule(data=st.data(), found=st.lists(findings, max_size=2, unique_by=lambda f: f[:2]))
    def rerun(self, data, found):
        """Judge an older night again on corrected data."""
        if self.nights:
            as_of = data.draw(st.sampled_from(sorted(self.nights)))
            self.nights[as_of] = found
            self.take(self.absorbed(as_of))
            assert self.absorbed(as_of).events == ()

    @rule(data=st.data(), actor=st.sampled_from(PEOPLE))
    def person(self, data, actor):
        """Somebody tries something; a refusal changes nothing and names what is possible."""
        if not self.cases:
            return
        case = data.draw(st.sampled_from(sorted(self.cases.values(), key=lambda case: case.id)))
        command = data.draw(st.sampled_from(every_command(self.now, self.cases.values())))
        try:
            event = decide(case, command, actor, max(self.now, case.updated_at), ROLES)
        except CaseError:
            return
        assert command.step in next_steps(case)
        self.events[case.id].append(event)
        self.cases[case.id] = apply(case, event)

    @rule(data=st.data(), steps=st.integers(1, 12))
    def the_proper_chain(self, data, steps):
        """Take the steps that the policy waits for, whoever may, so that cases come to their end."""
        if not self.cases:
            return
        name = data.draw(st.sampled_from(sorted(self.cases)))
        for _ in range(steps):
            case = self.cases[name]
            step = Step.RESOLVE if Step.RESOLVE in next_steps(case) else next_step(case)
            if step is Step.VERIFY and "recovered" not in case.milestones:
                self.pass_time(24 * 9, Recovery.BACK)
            self._anybody(self.cases[name], step)

    def _anybody(self, case, step):
        for command in (command for command in every_command(self.now, ()) if command.step is step):
            for actor in PEOPLE:
                try:
                    event = decide(case, command, actor, max(self.now, case.updated_at), ROLES)
                except CaseError:
                    continue
                self.events[case.id].append(event)
                self.cases[case.id] = apply(case, event)
                return

    @rule(hours=st.integers(-30, 400), state=st.sampled_from(Recovery))
    def follow_up(self, hours, state):
        """Let time pass, or set the clock back; sweeping twice tells nothing twice."""
        self.pass_time(hours, state)

    def pass_time(self, hours, state):
        self.now += timedelta(hours=hours)
        seen = {i: Observation(state, self.now.date(), 7, 0, 0.0) for i in self.cases}
        for repeated in (False, True):
            swept = sweep(self.cases.values(), self.now, Deadlines(), WorkingHours(), observations=seen)
            # A case that was reopened just now has a new clock, so only the second sweep must be silent.
            assert not (repeated and swept.events)
            self.take(swept)

    @invariant()
    def every_case_is_the_fold_of_its_events(self):
        for name, case in getattr(self, "cases", {}).items():
            assert fold(self.events[name]) == case
            assert [e.seq for e in self.events[name]] == list(range(1, case.seq + 1))
            assert [e.at for e in self.events[name]] == sorted(e.at for e in self.events[name])

    @invariant()
    def nothing_is_ownerless_and_nothing_closed_unverified(self):
        for case in getattr(self, "cases", {}).values():
            assert case.owner
            assert case.status not in {Status.CLOSED, Status.ARCHIVED} or "verified" in case.milestones
            assert case.first_day <= case.last_day
            assert case.parent != case.id

    @invariant()
    def each_deadline_is_told_once(self):
        for events in getattr(self, "events", {}).values():
            told = [
                (e.type, e.data["deadline"], e.data["since"]) for e in events if e.type in {"reminded", "escalated"}
            ]
            assert len(told) == len(set(told))


Life.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLife = Life.TestCase
