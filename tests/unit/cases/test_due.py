"""What is due when, told before and after, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from detect.cases import commands as c
from detect.cases.clock import WorkingHours
from detect.cases.deadlines import Deadlines
from detect.cases.due import due, overdue
from detect.cases.events import EventType, happened
from detect.cases.follow_up import sweep
from detect.cases.life import apply, decide, fold
from detect.cases.observation import Observation, Recovery, observe
from detect.cases.steps import Step
from detect.model import History, Kind, Level, Status, Verdict

HOURS = WorkingHours(breaks=(), start="09:00", end="17:00")
DEADLINES = Deadlines()
TUESDAY = date(2026, 3, 3)  # the case is opened at 02:00 of this day


def at(day, hour, minute=0):
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC) + timedelta(days=day)


def told(swept):
    return [(e.type, e.data["deadline"]) for e in swept.events]


def sweeping(case, *instants, **more):
    """Sweep at each instant in turn; return the case and all events."""
    events = []
    for now in instants:
        swept = sweep([case], now, DEADLINES, HOURS, **more)
        events += swept.events
        case = swept.cases[0] if swept.cases else case
    return case, events


class Acting:
    """Take the steps of a case at given times."""

    def __init__(self, case, roles):
        self.case, self.roles = case, roles

    def does(self, actor, command, now):
        self.case = apply(self.case, decide(self.case, command, actor, now, self.roles))
        return self.case


@pytest.fixture
def resolved(open_case, roles):
    """Go through a level 3 case inside the department, resolved on Monday 9 March at 10:00."""
    acting = Acting(open_case, roles)
    acting.does("hana", c.Acknowledge(), at(1, 10))
    acting.does("hana", c.Assess(note="x"), at(1, 11))
    acting.does("hana", c.DecideMeasure(text="x", owner="sam", due=date(2026, 3, 12)), at(1, 12))
    acting.does("sam", c.MeasureDone(measure=1), at(7, 9))
    return acting.does("hana", c.Resolve(note="x"), at(7, 10))


@pytest.mark.parametrize(("level", "hours"), [(1, 1), (2, 4), (3, 8)])
def test_acknowledging_is_due_by_level(open_case, level, hours):
    """Level 1 within one working hour of the opening, 2 within four, 3 within eight."""
    waiting = due(replace(open_case, level=Level(level)), DEADLINES, HOURS)
    assert (waiting.step, waiting.at) == (Step.ACKNOWLEDGE, at(1, 9 + hours))


@pytest.mark.clause("P4.2")
def test_reporting_counts_from_the_first_report_not_from_the_acknowledgement(open_case, roles):
    """A head who acknowledges late gains no time; assessing and referring share one deadline."""
    acting = Acting(replace(open_case, level=Level.LARGER), roles)
    acknowledged = acting.does("hana", c.Acknowledge(), at(1, 15))
    waiting = due(acknowledged, DEADLINES, HOURS)
    assert (waiting.step, waiting.at) == (Step.ASSESS, at(1, 17))
    referring = due(acting.does("hana", c.Assess(note="x"), at(1, 16)), DEADLINES, HOURS)
    assert (referring.step, referring.at, referring.deadline) == (Step.REFER, at(1, 17), waiting.deadline)


@pytest.mark.clause("P4.3")
def test_the_meeting_is_due_from_the_report_and_its_decision_from_the_meeting(open_case, roles):
    """The group's hours count from when it was told."""
    acting = Acting(replace(open_case, level=Level.LARGER), roles)
    acting.does("hana", c.Acknowledge(), at(1, 10))
    acting.does("hana", c.Assess(note="x"), at(1, 10))
    waiting = due(acting.does("hana", c.Refer(), at(1, 12)), DEADLINES, HOURS)
    assert (waiting.step, waiting.at) == (Step.MEET, at(3, 12))
    waiting = due(acting.does("gao", c.Meet(note="x"), at(2, 12)), DEADLINES, HOURS)
    assert (waiting.step, waiting.at) == (Step.MEASURE, at(3, 12))


@pytest.mark.clause("P4.5")
def test_progress_is_due_at_a_rhythm_from_the_last_report(open_case, roles):
    """Each report starts the rhythm anew; a missed one is escalated, once."""
    acting = Acting(open_case, roles)
    acting.does("hana", c.Acknowledge(), at(1, 10))
    acting.does("hana", c.Assess(note="x"), at(1, 11))
    case = acting.does("hana", c.DecideMeasure(text="x", owner="sam", due=date(2026, 4, 12)), at(1, 12))
    assert due(case, DEADLINES, HOURS).at == at(8, 12)
    case = acting.does("sam", c.ReportProgress(note="half"), at(2, 9))
    assert due(case, DEADLINES, HOURS).at == at(8, 17)
    case, events = sweeping(case, at(8, 16), at(8, 17, 15), at(9, 9), at(9, 10))
    assert [(e.type, e.data["deadline"]) for e in events] == [("reminded", "progress"), ("escalated", "progress")]


def test_a_measure_that_is_late_is_told_beside_the_case(open_case, roles):
    """Measure 1 is due at the end of work on its day; done in time, nobody is reminded."""
    acting = Acting(open_case, roles)
    acting.does("hana", c.Acknowledge(), at(1, 10))
    acting.does("hana", c.Assess(note="x"), at(1, 11))
    case = acting.does("hana", c.DecideMeasure(text="x", owner="sam", due=TUESDAY), at(1, 12))
    assert [(d.step, d.at) for d in overdue([case], at(2, 9), DEADLINES, HOURS)] == [(Step.DONE, at(1, 17))]
    assert told(sweep([case], at(2, 9), DEADLINES, HOURS)) == [("escalated", "measure 1")]
    done = acting.does("sam", c.MeasureDone(measure=1), at(1, 13))
    assert overdue([done], at(2, 9), DEADLINES, HOURS) == []


def test_a_reminder_before_and_one_escalation_after(open_case):
    """Swept every quarter of an hour for a week, an ignored case gives exactly one of each."""
    instants = [at(1, 2) + timedelta(minutes=15 * n) for n in range(4 * 24 * 7)]
    case, events = sweeping(open_case, *instants)
    assert [(e.type, e.data["deadline"]) for e in events] == [("reminded", "acknowledge"), ("escalated", "acknowledge")]
    assert [e.at for e in events] == [at(1, 15), at(1, 17, 15)]
    assert events[1].data["to"] == "group"
    assert case.seq == 3


@pytest.mark.parametrize("order", [(0, 1, 2, 1, 0), (2, 1, 0, 2), (2, 2, 2), (0, 2, 0, 2)])
def test_each_mark_is_made_once_whatever_the_clock_does(open_case, order):
    """Forwards, backwards or standing still: at most one reminder and exactly one escalation."""
    instants = [at(1, 10), at(1, 16), at(2, 10)]
    _, events = sweeping(open_case, *(instants[i] for i in order))
    types = [e.type for e in events]
    assert types.count("escalated") == 1
    assert types.count("reminded") <= 1
    assert types in (["reminded", "escalated"], ["escalated"])


def test_what_was_done_in_time_is_neither_reminded_nor_escalated(open_case, roles):
    """An acknowledged case waits for the next step only."""
    case = Acting(open_case, roles).does("hana", c.Acknowledge(), at(1, 10))
    assert told(sweep([case], at(1, 18), DEADLINES, HOURS)) == []


def test_a_missed_report_is_escalated_once_although_two_steps_are_late(open_case, roles):
    """Assessing late and referring late miss the same deadline."""
    acting = Acting(open_case, roles)
    acting.does("hana", c.Acknowledge(), at(1, 10))
    acting.case, events = sweeping(acting.case, at(4, 9))
    acting.does("hana", c.Assess(note="late"), at(4, 10))
    acting.case, more = sweeping(acting.case, at(4, 11), at(5, 11))
    assert [e.type for e in events + more] == ["escalated"]


def test_a_graver_level_gives_a_new_deadline_and_a_new_escalation(open_case):
    """When a case worsens, the shorter clock runs from then, and is told when it is missed too."""
    case, first = sweeping(open_case, at(2, 9))
    worse = happened(
        case.id, case.seq + 1, EventType.WORSENED, at=at(2, 10), actor="yujing", data={"set": {"level": 1}, "added": []}
    )
    case = apply(case, worse)
    assert due(case, DEADLINES, HOURS).at == at(2, 11)
    _, second = sweeping(case, at(2, 12), at(2, 13))
    assert [e.type for e in first + second] == ["escalated", "escalated"]


def test_backfilled_and_finished_cases_have_no_deadline(open_case):
    """An imported past case bothers nobody."""
    assert due(replace(open_case, clock_runs=False), DEADLINES, HOURS) is None
    for status in (Status.CLOSED, Status.ARCHIVED, Status.WITHDRAWN, Status.MERGED):
        assert due(replace(open_case, status=status), DEADLINES, HOURS) is None
    assert overdue([replace(open_case, clock_runs=False)], at(99, 9), DEADLINES, HOURS) == []


def seen(state, day):
    return Observation(state, TUESDAY + timedelta(days=day - 1), 7, 0, 0.0)


@pytest.mark.clause("P4.6")
def test_a_metric_back_in_its_band_after_the_observation_is_recorded(resolved):
    """Not before the observation is over, and once."""
    back = {resolved.id: seen(Recovery.BACK, 14)}
    early, events = sweeping(resolved, at(10, 9), observations=back)
    assert events == []
    case, events = sweeping(early, at(14, 11), at(14, 12), observations=back)
    assert [e.type for e in events] == ["recovered"]
    assert "recovered" in case.milestones


@pytest.mark.clause("P4.6")
def test_a_metric_that_is_not_back_reopens_the_case(resolved):
    """After the observation the case starts again, with the reason."""
    case, events = sweeping(resolved, at(14, 11), at(14, 12), observations={resolved.id: seen(Recovery.NOT_BACK, 14)})
    assert [e.type for e in events] == ["reopened"]
    assert "not back" in events[0].note
    assert case.status is Status.REOPENED


def test_days_of_before_the_end_of_the_observation_do_not_decide(resolved):
    """Late data wait, they do not pass for the whole observation."""
    _, events = sweeping(resolved, at(14, 11), observations={resolved.id: seen(Recovery.BACK, 10)})
    assert events == []


def test_a_sign_off_that_nobody_gives_is_escalated_to_the_monitoring_department(resolved):
    """Silence after the observation is seen, with data or without."""
    _, events = sweeping(resolved, at(30, 9), at(31, 9))
    assert [(e.type, e.data["to"]) for e in events] == [("escalated", "monitoring")]


def test_a_closed_case_is_archived_when_the_time_of_relapse_is_over(resolved, roles):
    """Then it is reference, and trouble that comes later is a new case."""
    resolved = replace(resolved, verdict=Verdict.FALSE)
    acting = Acting(resolved, roles)
    acting.does("gao", c.Verify(), at(7, 11))
    closed = acting.does("gao", c.Close(), at(7, 12))
    assert sweeping(closed, at(36, 12))[1] == []
    case, events = sweeping(closed, at(37, 12), at(38, 12))
    assert ([e.type for e in events], case.status) == (["archived"], Status.ARCHIVED)


def test_swept_cases_are_the_fold_of_their_events(make, absorbed):
    """The case that a sweep returns is what its events say."""
    opened = absorbed([make()])
    swept = sweep(opened.cases, at(9, 9), DEADLINES, HOURS)
    assert fold([*opened.events, *swept.events]) == swept.cases[0]


def test_all_levels_need_deadlines():
    """A level without a clock is refused."""
    given = Deadlines().model_dump()["levels"]
    with pytest.raises(ValidationError, match="no deadlines for level 2"):
        Deadlines(levels={1: given[1], 3: given[3]})


def history(actual, band=(80.0, 120.0)):
    """Make a hundred days of a series from 1 January 2026, its last values given."""
    days = np.arange(np.datetime64("2026-01-01"), np.datetime64("2026-01-01") + 100)
    values = np.full(100, 100.0)
    values[100 - len(actual) :] = actual
    flat = np.ones(100)
    return History(days, values, 100 * flat, band[0] * flat, band[1] * flat, flat < 0)


QUIET = [101.0, 97.0, 104.0, 99.0, 102.0, 96.0, 103.0]


@pytest.mark.parametrize(
    ("actual", "state"),
    [
        (QUIET, Recovery.BACK),
        ([60.0] * 7, Recovery.NOT_BACK),
        ([*QUIET[:6], 60.0], Recovery.NOT_BACK),
        ([114.0, 113.0, 115.0, 114.0, 112.0, 116.0, 114.0], Recovery.NOT_BACK),
        ([60.0, 140.0, *QUIET * 2], Recovery.NOT_BACK),
        ([np.nan, 100.0, np.nan, 100.0, 100.0, np.nan, 100.0], Recovery.TOO_EARLY),
    ],
)
def test_back_means_inside_the_band_and_around_its_middle(open_case, actual, state):
    """All days inside but along one edge is a shift that stayed, not recovery; missing days are no evidence."""
    outcome = observe(open_case, history(actual), date(2026, 4, 10) - timedelta(days=len(actual)), date(2026, 4, 10))
    assert outcome.state is state


def test_a_shift_is_compared_with_before_it_began(open_case):
    """A band that has followed the new level does not call it recovered; the same days of a spike would."""
    moved = history([150.0 + x - 100 for x in QUIET])
    moved.lower[-7:], moved.upper[-7:] = 130.0, 170.0
    shift = replace(open_case, kind=Kind.LEVEL_SHIFT, first_day=date(2026, 4, 1))
    spike = replace(shift, kind=Kind.SPIKE)
    assert observe(shift, moved, date(2026, 4, 3), date(2026, 4, 10)).state is Recovery.NOT_BACK
    assert observe(spike, moved, date(2026, 4, 3), date(2026, 4, 10)).state is Recovery.BACK


@pytest.mark.parametrize(("actual", "state"), [(QUIET, Recovery.BACK), ([*QUIET[:6], 130.0], Recovery.NOT_BACK)])
def test_a_limit_on_one_side_is_a_band_too(open_case, actual, state):
    """A metric with a fixed upper limit alone is back when it stays under it, and not when it passes it again."""
    limited = history(actual, band=(np.nan, 120.0))
    assert observe(open_case, limited, date(2026, 4, 3), date(2026, 4, 10)).state is state
    shift = replace(open_case, kind=Kind.LEVEL_SHIFT, first_day=date(2026, 4, 1))
    assert observe(shift, limited, date(2026, 4, 3), date(2026, 4, 10)).state is state


def test_days_without_any_band_are_no_evidence(open_case):
    """What was never judged is not called back in its band."""
    unjudged = history(QUIET, band=(np.nan, np.nan))
    assert observe(open_case, unjudged, date(2026, 4, 3), date(2026, 4, 10)).state is Recovery.TOO_EARLY
