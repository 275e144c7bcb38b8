"""Cases over time: every week is there, a group counts once, and a step that nobody took has no time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from detect.cases.board import counted, of_departments, pace, weeks
from detect.model import Level, Status

FIRST, LAST = date(2026, 2, 2), date(2026, 3, 8)


def hours(first: datetime, last: datetime) -> float:
    return (last - first) / timedelta(hours=1)


def test_weeks_without_cases_are_there(open_case):
    """A quiet week is a zero, not a gap."""
    found = weeks([open_case], FIRST, LAST)
    assert [week.monday for week in found] == [date(2026, 2, 2) + timedelta(days=7 * k) for k in range(5)]
    assert [week.levels.get(Level.SOME, 0) for week in found] == [0, 0, 0, 0, 1]


def test_what_does_not_count_is_left_out(open_case):
    """A child of a group, a withdrawn, a merged, a restricted case, and one of other days count nowhere."""
    others = [
        replace(open_case, parent="another"),
        replace(open_case, status=Status.WITHDRAWN),
        replace(open_case, status=Status.MERGED),
        replace(open_case, restricted=True),
        replace(open_case, detected_on=FIRST - timedelta(days=1)),
    ]
    assert counted([open_case, *others], FIRST, LAST) == [open_case]


def test_the_pace_is_a_median_of_the_cases_that_came_so_far(open_case):
    """Two acknowledged after 2 and 6 hours and one not at all: a median of 4 over two; nothing was resolved."""
    acted = [
        replace(open_case, milestones={"acknowledged": (open_case.opened_at + timedelta(hours=h)).isoformat()})
        for h in (2, 6)
    ]
    found = pace([*acted, open_case], hours)
    assert (found.cases, found.open, found.hours_to_acknowledge, found.acknowledged) == (3, 3, 4.0, 2)
    assert found.hours_to_resolve is None
    assert found.resolved == 0


def test_an_imported_past_case_has_no_hours(open_case):
    """A backfill starts no clock, so its case says how soon it was detected and no more."""
    milestones = {"acknowledged": (open_case.opened_at + timedelta(hours=900)).isoformat()}
    past = replace(
        open_case, clock_runs=False, milestones=milestones, first_day=open_case.detected_on - timedelta(days=3)
    )
    found = pace([past], hours)
    assert (found.days_to_detect, found.hours_to_acknowledge) == (3.0, None)


def test_departments_stand_by_how_much_they_have(open_case):
    """The department with most cases comes first."""
    found = of_departments([replace(open_case, department="finance"), open_case, open_case])
    assert list(found) == ["sales", "finance"]
