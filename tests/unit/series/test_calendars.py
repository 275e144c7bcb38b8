"""The company's calendar."""

from datetime import date, timedelta

import numpy as np
import pytest

from detect.errors import UsageError
from detect.model import KnownEvent, Text
from detect.series.calendars import Calendar, CalendarSettings, Closure


def _days(first: str, last: str) -> np.ndarray:
    return np.arange(first, last, dtype="M8[D]")


def test_a_make_up_sunday_is_worked_and_a_holiday_monday_is_not() -> None:
    """The Chinese table of 2025 swaps a Sunday in January for a day of the lunar new year."""
    calendar = Calendar(CalendarSettings(country="CN"))
    assert calendar.is_working_day(date(2025, 1, 26))
    assert not calendar.is_working_day(date(2025, 10, 1))
    assert not calendar.is_working_day(date(2025, 3, 1))


def test_own_closures_and_closed_weekdays_are_the_companys_own() -> None:
    """A closure is named, and closed weekdays replace the country's weekend."""
    closure = Closure(name=Text(en="Stocktaking", zh="盤點"), first_day=date(2025, 7, 1), last_day=date(2025, 7, 2))
    calendar = Calendar(CalendarSettings(country=None, closed_weekdays=(0,), closures=(closure,)))
    assert calendar.holiday_names([date(2025, 7, 2)]) == {date(2025, 7, 2): "Stocktaking"}
    assert not calendar.is_working_day(date(2025, 7, 7))
    assert calendar.is_working_day(date(2025, 7, 6))


def test_an_unknown_country_is_told_with_what_to_do() -> None:
    """A misspelt country is a usage error, not a traceback."""
    with pytest.raises(UsageError, match="ISO 3166"):
        Calendar(CalendarSettings(country="XX")).holiday_names([date(2025, 1, 1)])


def test_an_exchange_is_closed_on_its_own_holidays() -> None:
    """New York's exchange trades on Veterans Day, a public holiday, and not on Good Friday, which is none."""
    exchange = Calendar(CalendarSettings(country="NYSE"))
    public = Calendar(CalendarSettings(country="US"))
    assert exchange.is_working_day(date(2024, 11, 11))
    assert not public.is_working_day(date(2024, 11, 11))
    assert public.is_working_day(date(2024, 3, 29))
    assert not exchange.is_working_day(date(2024, 3, 29))


def test_lunar_bands_follow_the_first_day_of_the_year_not_its_eve() -> None:
    """Day 0 is 29 January 2025 and 17 February 2026, whatever else is a holiday around it."""
    facts = Calendar(CalendarSettings(country="CN")).regressors(_days("2025-01-01", "2026-04-01"))
    first = facts.matrix[:, facts.names.index("lunar_day_0")].nonzero()[0]
    days = _days("2025-01-01", "2026-04-01")[first]
    assert [str(d) for d in days] == ["2025-01-29", "2026-02-17"]


def test_cutting_the_future_off_changes_no_earlier_row() -> None:
    """Columns of later holidays are zero before them, and lead days know their holiday."""
    calendar = Calendar(CalendarSettings(country="GB"))
    long, short = (
        calendar.regressors(_days("2024-01-01", "2025-01-01")),
        calendar.regressors(_days("2024-01-01", "2024-12-24")),
    )
    rows = len(short.off)
    for name in short.names:
        assert np.array_equal(short.matrix[:, short.names.index(name)], long.matrix[:rows, long.names.index(name)]), (
            name
        )
    assert np.array_equal(short.near, long.near[:rows])


def test_an_event_acts_only_after_it_was_recorded() -> None:
    """A promotion recorded on its third day explains the fourth, not the second."""
    start = date(2025, 5, 1)
    event = KnownEvent(
        id="promo",
        name=Text(en="Promotion", zh="促銷"),
        first_day=start,
        last_day=start + timedelta(days=6),
        recorded_on=start + timedelta(days=2),
        metrics=("sales",),
    )
    calendar = Calendar(CalendarSettings(country=None), (event,))
    facts = calendar.regressors(_days("2025-05-01", "2025-05-10"), "sales")
    assert facts.expected.tolist() == [False, False, False, True, True, True, True, False, False]
    assert not calendar.regressors(_days("2025-05-01", "2025-05-10"), "returns").expected.any()
