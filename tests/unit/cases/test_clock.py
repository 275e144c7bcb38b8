"""Working time: lunch, nights, weekends, holidays, changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from detect.cases.clock import WorkingHours
from detect.errors import UsageError

LONDON = WorkingHours(timezone="Europe/London")
SHANGHAI = WorkingHours(timezone="Asia/Shanghai")
NIGHT_SHIFT = WorkingHours(timezone="Europe/London", start="00:00", end="08:00", breaks=(), weekdays=range(7))


class Closed:
    """A calendar with days off and make-up days."""

    def __init__(self, off=(), on=()):
        self.off, self.on = set(off), set(on)

    def is_working_day(self, day):
        return day in self.on or (day.weekday() < 5 and day not in self.off)


def london(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02T10:00", 1, "2026-03-02T11:00"),
        ("2026-03-02T11:30", 1, "2026-03-02T13:30"),
        ("2026-03-02T12:20", 1, "2026-03-02T14:00"),
        ("2026-03-02T17:30", 1, "2026-03-03T09:30"),
        ("2026-03-02T02:00", 8, "2026-03-02T18:00"),
        ("2026-03-06T17:00", 2, "2026-03-09T10:00"),
        ("2026-03-07T10:00", 0.5, "2026-03-09T09:30"),
        ("2026-03-02T09:00", 40, "2026-03-06T18:00"),
    ],
)
def test_hours_pass_only_while_people_work(start, hours, end):
    """Lunch, nights and weekends do not count; both ends in the company's own zone."""
    assert LONDON.after(london(start), hours) == london(end)


def test_the_calendar_decides_which_days_count():
    """A holiday is no working day, a make-up Saturday is one, whatever the weekday."""
    monday_off = Closed(off=[date(2026, 3, 9)], on=[date(2026, 3, 7)])
    assert LONDON.after(london("2026-03-06T17:00"), 2, monday_off) == london("2026-03-07T10:00")
    assert LONDON.after(london("2026-03-06T17:00"), 10, monday_off) == london("2026-03-10T10:00")


def test_deadlines_are_instants_of_the_companys_zone():
    """Nine in Shanghai is one in the morning UTC, and the answer is in UTC whatever zone was asked in."""
    asked = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    due = SHANGHAI.after(asked, 1)
    assert due == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert due.utcoffset() == timedelta(0)
    assert SHANGHAI.after(asked.astimezone(ZoneInfo("America/New_York")), 1) == due


def test_a_day_on_which_clocks_change_counts_the_hours_that_pass():
    """On 29 March 2026 London skips an hour after 01:00, on 25 October it has one twice."""
    spring = NIGHT_SHIFT.after(london("2026-03-29T00:00"), 2)
    assert spring == london("2026-03-29T03:00")
    autumn = NIGHT_SHIFT.after(london("2026-10-25T00:00"), 4)
    assert autumn == london("2026-10-25T03:00")
    assert NIGHT_SHIFT.between(london("2026-03-29T00:00"), london("2026-03-29T08:00")) == 7
    assert NIGHT_SHIFT.between(london("2026-10-25T00:00"), london("2026-10-25T08:00")) == 9


def test_nine_stays_nine_when_clocks_change():
    """A deadline across the change of clocks falls at the same wall time."""
    assert LONDON.after(london("2026-03-27T17:00"), 2) == london("2026-03-30T10:00")


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


@settings(deadline=None)
@given(instants, st.floats(0.01, 100).map(lambda x: round(x, 2)))
def test_after_before_and_between_agree(instant, hours):
    """What `after` adds, `between` counts and `before` takes back."""
    due = LONDON.after(instant, hours)
    assert LONDON.between(instant, due) == pytest.approx(hours)
    back = LONDON.before(due, hours)
    assert LONDON.between(back, due) == pytest.approx(hours)
    assert LONDON.between(min(back, instant), max(back, instant)) == pytest.approx(0, abs=1e-6)


@settings(deadline=None)
@given(instants, st.floats(0.01, 50), st.floats(0.01, 50))
def test_more_hours_are_never_due_earlier(instant, one, more):
    """Deadlines grow with their hours, and waiting in two parts is waiting once."""
    first = LONDON.after(instant, one)
    both = LONDON.after(instant, one + more)
    assert first <= both
    assert abs(LONDON.after(first, more) - both) < timedelta(milliseconds=1)


def test_a_calendar_without_working_days_is_told_and_not_waited_for():
    """A mistake in the calendar ends with a sentence, not with an endless loop."""
    never = Closed(off=[date(2026, 1, 1) + timedelta(days=n) for n in range(2000)])
    with pytest.raises(UsageError, match="no working time within 1000 days"):
        LONDON.after(london("2026-03-02T10:00"), 1, never)
    assert LONDON.between(london("2026-03-02T10:00"), london("2026-04-02T10:00"), never) == 0


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"start": "18:00", "end": "09:00"}, "order of the day"),
        ({"breaks": [["08:00", "08:30"]]}, "order of the day"),
        ({"weekdays": []}, "at least one"),
        ({"weekdays": [7]}, "from 0"),
        ({"lunch": "12:00"}, "Extra inputs"),
    ],
)
def test_faulty_hours_are_refused(faulty, said):
    """Each mistake is told when the configuration is read."""
    with pytest.raises(ValidationError, match=said):
        WorkingHours.model_validate(faulty)
