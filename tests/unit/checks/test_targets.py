"""Periods against plan, year before and forecast: what is off is told at the close, what is not is not, what is not known is said."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from detect.checks.pace import measure_pace, under_way
from detect.checks.targets import Against, Measured, TargetSettings, due, measure
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


def daily(level: float) -> dict[date, float]:
    """Give ten a day, a little up and down, from January on, and `level` times that in June."""
    days = [date(2025, 1, 1) + timedelta(days=k) for k in range(181)]
    return {day: 10 * (level if day.month == 6 else 1) + (day.toordinal() % 7 - 3) / 2 for day in days}


def foretold(level: float, kind: SeriesType = SeriesType.AMOUNT, **given: object) -> Measured:
    """Judge the middle of June against a plan of 300, of which `level` was there so far."""
    values = daily(level)

    def figure(period: Period) -> float | None:
        part = np.array([value for day, value in values.items() if period.first <= day <= period.last])
        return figure_of(part, None, kind) if len(part) and period.first >= date(2025, 1, 1) else None

    wanted = target(values={"2025-06": 300.0}, **given)
    june = under_way(wanted, date(2025, 6, 15))
    assert june is not None
    return measure_pace(wanted, june, figure, wanted.values.get(june.name), Direction.DOWN, kind)


def test_a_month_that_will_miss_its_plan_is_told_when_half_of_it_is_over():
    """At seven tenths of the pace June comes to about 210 of 300 planned: told on the 15th with that; on pace it is not."""
    short = foretold(0.7)
    assert (short.outcome, short.expected) == (Outcome.FINDING, 300.0)
    assert short.actual == pytest.approx(210, rel=0.05)
    assert short.lower < short.actual < short.upper < 285
    assert short.so_far == pytest.approx(105, rel=0.05)
    assert foretold(1.0).outcome is Outcome.OK
    assert foretold(0.97).outcome is Outcome.OK  # below the plan, yet within what may still come
    assert foretold(1.4).outcome is Outcome.OK  # the other side is good news
    assert foretold(0.7, tolerance=0.4).outcome is Outcome.OK


def test_what_does_not_add_up_is_carried_on_by_differences():
    """A balance of seven is foretold to stay about seven, not to double."""
    low = foretold(0.7, SeriesType.BALANCE)
    assert low.actual == pytest.approx(7, abs=3)
    assert low.outcome is Outcome.FINDING


def test_a_period_is_foretold_once_and_only_where_it_can_be():
    """One night of a month asks; a day never; without a plan, or with three months of past, the ledger says why nothing was judged."""
    nights = [date(2025, 6, 1) + timedelta(days=k) for k in range(30)]
    assert [n.day for n in nights if under_way(target(values={"2025-06": 1}), n)] == [15]
    assert [n.day for n in nights if under_way(target(values={"2025-06": 1}, early=0.8), n)] == [24]
    assert not [n for n in nights if under_way(target(values={"2025-06": 1}, early=None), n)]
    assert not [n for n in nights if under_way(target(grain="day", values={"2025-06-03": 1}), n)]
    june = period_of(date(2025, 6, 1), Grain.MONTH)
    settings = target(values={"2025-06": 300})
    assert (
        measure_pace(settings, june, lambda _: 1.0, None, Direction.DOWN, SeriesType.AMOUNT).outcome
        is Outcome.NOT_CHECKED
    )
    young = measure_pace(
        settings, june, lambda p: 1.0 if p.first >= date(2025, 3, 1) else None, 300.0, Direction.DOWN, SeriesType.AMOUNT
    )
    assert young.outcome is Outcome.INSUFFICIENT_HISTORY
