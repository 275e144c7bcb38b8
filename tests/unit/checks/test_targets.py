"""Periods against plan, year before and forecast: what is off is told at the close, what is not is not, what is not known is said."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from detect.checks.targets import Against, TargetSettings, due, measure
from detect.model import Direction, Outcome, SeriesType, Text
from detect.series.periods import Grain, Period, figure_of, named, period_of

NAME = Text(en="Budget", zh="預算")


def target(**given: object) -> TargetSettings:
    return TargetSettings.model_validate({"id": "budget", "name": NAME, "metric": "revenue", **given})


def outcome(
    settings: TargetSettings, figures: dict[str, float], period: Period, side: Direction = Direction.DOWN
) -> list:
    measured = measure(settings, period, lambda p: figures.get(p.name), settings.values.get(period.name), side)
    return [(m.against, m.outcome) for m in measured]


@pytest.mark.parametrize(
    ("day", "grain", "name", "first", "last", "before", "year"),
    [
        (date(2024, 2, 10), Grain.MONTH, "2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-01", "2023-02"),
        (date(2024, 1, 1), Grain.QUARTER, "2024-Q1", date(2024, 1, 1), date(2024, 3, 31), "2023-Q4", "2023-Q1"),
        (date(2024, 12, 31), Grain.YEAR, "2024", date(2024, 1, 1), date(2024, 12, 31), "2023", "2023"),
        (date(2024, 3, 1), Grain.DAY, "2024-03-01", date(2024, 3, 1), date(2024, 3, 1), "2024-02-29", "2023-03-03"),
    ],
)
def test_a_period_knows_its_days_its_name_and_its_neighbours(day, grain, name, first, last, before, year):
    """Leap years, quarters over the turn of a year, the same weekday a year before; a name leads back to its period."""
    period = period_of(day, grain)
    assert (period.name, period.first, period.last) == (name, first, last)
    assert (period.before().name, period.year_before.name) == (before, year)
    assert named(name, grain) == period
    assert named("2024-13", grain) is None


def test_days_are_added_up_by_what_the_number_is():
    """Amounts are summed, ratios weighed by their denominators, balances taken last; a day without a figure is not zero."""
    values, weights = np.array([1.0, np.nan, 0.5]), np.array([10.0, np.nan, 30.0])
    assert figure_of(values, weights, SeriesType.AMOUNT) == 1.5
    assert figure_of(values, weights, SeriesType.RATIO) == (10 + 15) / 40
    assert figure_of(values, weights, SeriesType.BALANCE) == 0.5
    assert figure_of(np.array([np.nan]), None, SeriesType.AMOUNT) is None


def test_a_month_is_judged_on_the_night_of_its_close_alone():
    """April with a close of five days is judged on 5 May, and on no other night; a day is judged the same night."""
    nights = [date(2025, 4, 1 + k) for k in range(30)] + [date(2025, 5, 1 + k) for k in range(30)]
    assert [n for n in nights if due(target(values={"2025-04": 1}, close_days=5), n)] == [
        date(2025, 4, 5),
        date(2025, 5, 5),
    ]
    daily = target(grain="day", values={"2025-04-01": 1})
    assert due(daily, date(2025, 4, 1)) == Period(Grain.DAY, date(2025, 4, 1), date(2025, 4, 1))


def test_a_month_under_its_plan_is_told_on_the_side_asked_for():
    """Ten per cent under the plan is told with a tolerance of five; above it only where that is harmful; no plan is said."""
    april = period_of(date(2025, 4, 1), Grain.MONTH)
    settings = target(values={"2025-04": 100.0})
    assert outcome(settings, {"2025-04": 90.0}, april) == [(Against.TARGET, Outcome.FINDING)]
    assert outcome(settings, {"2025-04": 96.0}, april) == [(Against.TARGET, Outcome.OK)]
    assert outcome(settings, {"2025-04": 120.0}, april) == [(Against.TARGET, Outcome.OK)]
    assert outcome(settings, {"2025-04": 120.0}, april, Direction.UP) == [(Against.TARGET, Outcome.FINDING)]
    assert outcome(settings, {}, april) == [(Against.TARGET, Outcome.NO_DATA)]
    assert outcome(target(values={"2025-05": 1.0}), {"2025-04": 90.0}, april) == [(Against.TARGET, Outcome.NOT_CHECKED)]


def test_the_year_before_and_the_forecast_need_periods_that_were_seen_whole():
    """A seasonal series that grows by a tenth: half of a month is off both, a month as foretold off neither, no history neither."""
    april = period_of(date(2025, 4, 1), Grain.MONTH)
    settings = target(against=["last_year", "forecast"], direction="both")
    season = {m: 100.0 + 40 * np.sin(m) for m in range(1, 13)}
    past = {
        april.before(k).name: season[april.before(k).first.month] * 1.1 ** (april.before(k).first.year - 2022)
        for k in range(1, 37)
    }
    foretold = season[4] * 1.1**3
    both = [Against.LAST_YEAR, Against.FORECAST]
    for figure, expected in ((foretold, Outcome.OK), (foretold / 2, Outcome.FINDING)):
        assert outcome(settings, past | {"2025-04": figure}, april) == [(against, expected) for against in both]
    assert outcome(settings, {"2025-04": 5.0}, april) == [(against, Outcome.INSUFFICIENT_HISTORY) for against in both]


@pytest.mark.parametrize(
    ("given", "said"), [({}, "nothing says what was planned"), ({"values": {"2025-Q1": 1}}, "names no month")]
)
def test_a_target_that_cannot_be_judged_is_refused(given, said):
    """Without a plan, or with periods of another grain, the configuration says so."""
    with pytest.raises(ValueError, match=said):
        target(**given)
