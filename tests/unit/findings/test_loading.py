"""What a fault in how a table was loaded makes of a metric's departure: the figure with complete data, and whether it explains it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from detect.findings.loading import HELD, LoadFault, annotated, held, load_faults
from detect.model import Category, Finding, Grade, Kind, Level, Text
from detect.notices.wording import describe
from detect.series.metric import Metric

DAY = date(2026, 3, 3)
REVENUE = Finding(
    DAY, DAY, DAY, "revenue", "", "point", Category.FINANCIAL, Kind.DIP, "sales", metric="revenue",
    actual=6200.0, expected=10_000.0, lower=9000.0, upper=11_000.0, unit="£", stake=3800.0,
)  # fmt: skip
ROWS = Finding(
    DAY, DAY, DAY, "sales:rows", "", "expectation", Category.DATA, Kind.VOLUME, "it",
    actual=610.0, expected=1000.0, severity=Level.LARGER, evidence={"judged_day": str(DAY), "spread": 0.06},
)  # fmt: skip


def metric(value: str = "sum(amount)", **fields: Any) -> Metric:
    name = Text(en="Revenue", zh="銷售額")
    given = {"value": value} | fields
    return Metric(id="revenue", name=name, department="sales", category=Category.FINANCIAL, source="sales", **given)


def fault(finding: Finding = ROWS, repeats: Any = None) -> LoadFault:
    return load_faults([finding], repeats or {})["sales", DAY]


def test_part_of_the_rows_gives_the_whole_figure_with_an_interval():
    """At 61 % of the rows £6,200 stand for about £10,164; that is usual, so it is data and no money is at stake."""
    told = annotated(REVENUE, metric(), fault())
    found = told.evidence["data_fault"]
    assert found["explains"]
    assert found["estimate"] == pytest.approx(6200 / 0.61)
    assert found["lower"] < found["estimate"] < found["upper"]
    assert found["upper"] / found["estimate"] == pytest.approx(1.125, abs=0.001)  # exp(1.96 x 0.06)
    assert told.stake is None
    said = describe(told, metric().name)
    assert "Data, not business: 61% of the usual rows of sales are loaded" in said.en
    assert "£10,164 (" in said.en
    assert "屬數據問題" in said.zh
    assert "61%" in said.zh


def test_what_complete_data_would_not_mend_stays_a_matter_of_business():
    """With 61 % of the rows and a tenth of the revenue the figure would still be far too low: told as such, with its money."""
    told = annotated(replace(REVENUE, actual=1000.0), metric(), fault())
    assert not told.evidence["data_fault"]["explains"]
    assert told.stake == 3800.0
    assert "still unusual" in describe(told, metric().name).en
    grade = Grade(Level.MAJOR, "huge-loss", Text(en="", zh=""))
    assert held(grade, told) == grade


def test_ten_times_the_rows_give_a_tenth_of_the_figure():
    """Ten times the usual rows explain ten times the revenue."""
    ten = fault(replace(ROWS, actual=10_000.0))
    told = annotated(replace(REVENUE, kind=Kind.UNIT_ERROR, actual=99_000.0), metric(), ten)
    assert told.evidence["data_fault"]["explains"]
    assert told.evidence["data_fault"]["estimate"] == pytest.approx(9900)
    assert "1,000%" in describe(told, metric().name).en or "1000%" in describe(told, metric().name).en


def test_rows_that_came_twice_are_counted_out_exactly():
    """Repeats are known to the row, so the figure without them needs no interval; they change no mean."""
    twice = fault(replace(ROWS, kind=Kind.DOUBLE_LOAD), {("sales", DAY): (2000.0, 1000.0)})
    told = annotated(replace(REVENUE, kind=Kind.SPIKE, actual=20_400.0), metric(), twice).evidence["data_fault"]
    assert (told["lower"], told["estimate"], told["upper"]) == (10_200.0, 10_200.0, 10_200.0)
    mean = annotated(replace(REVENUE, kind=Kind.SPIKE, actual=20_400.0), metric("mean(amount)"), twice)
    assert not mean.evidence["data_fault"]["explains"]
    assert "estimate" not in mean.evidence["data_fault"]


@pytest.mark.parametrize(
    ("value", "kind", "actual", "explains"),
    [
        ("max(amount)", Kind.DIP, 6200.0, True),  # the greatest of a part may be too small
        ("max(amount)", Kind.LIMIT, 60_000.0, False),  # and is never too large
        ("min(amount)", Kind.DIP, 6200.0, False),
        ("mean(amount)", Kind.DIP, 6200.0, True),
        ("sum(amount)", Kind.DRIFT, 6200.0, False),  # what began earlier is not of this night
    ],
)
def test_only_what_missing_rows_can_do_is_explained(value: str, kind: Kind, actual: float, explains: bool):
    """A part of the rows lowers sums and greatest values; it cannot raise them, nor make a slow change."""
    told = annotated(replace(REVENUE, kind=kind, actual=actual), metric(value), fault())
    assert told.evidence["data_fault"]["explains"] is explains


TWICE = replace(ROWS, kind=Kind.DOUBLE_LOAD)


@pytest.mark.parametrize(
    ("subject", "kind", "partly", "twice"),
    [
        ("purchase:approve", Kind.MISSING_STEP, True, False),
        ("purchase:pay", Kind.DELAY, True, False),
        ("purchase:pay", Kind.REWORK, False, True),
        ("balance_sheet", Kind.RECONCILIATION, True, True),
        ("payables:duplicate", Kind.AUDIT_SIGN, False, True),
        ("payables:off_hours", Kind.AUDIT_SIGN, False, False),  # an hour is not made by a row that came again
    ],
)
def test_what_is_found_in_rows_is_explained_by_rows_that_lack_or_came_twice(
    subject: str, kind: Kind, *, partly: bool, twice: bool
):
    """A step left out may not be loaded yet; a step done again, or a payment, may be loaded twice."""
    seen = Finding(DAY, DAY, DAY, subject, "", "watch", Category.PROCESS, kind, "supply")
    repeats = {("sales", DAY): (2000.0, 1000.0)}
    for given, explains in ((fault(), partly), (fault(TWICE, repeats), twice)):
        assert annotated(seen, None, given).evidence["data_fault"]["explains"] is explains


@pytest.mark.parametrize(
    ("kind", "channel", "partly", "twice"),
    [
        (Kind.RATE, "rate_7", True, True),
        (Kind.TOPIC_BURST, "burst_7", False, True),
        (Kind.KEY_ACCOUNT, "silence", True, False),
        (Kind.KEY_ACCOUNT, "shrinking", False, False),  # two months of orders are not made by one day
    ],
)
def test_what_is_found_of_customers_is_held_against_the_load_too(
    kind: Kind, channel: str, *, partly: bool, twice: bool
):
    """A silence may end among the rows that lack; a burst may be one day's rows loaded twice."""
    begun = replace(REVENUE, kind=kind, channel=channel, first_day=date(2026, 2, 25))
    repeats = {("sales", DAY): (2000.0, 1000.0)}
    for given, explains in ((fault(), partly), (fault(TWICE, repeats), twice)):
        told = annotated(begun, metric("count()"), given).evidence["data_fault"]
        assert told["explains"] is explains


def test_a_departure_that_data_explain_is_no_graver_than_the_fault():
    """Level 1 becomes the level of the table's fault, by a rule of that name; a slighter one stays."""
    told = annotated(REVENUE, metric(), fault())
    assert held(Grade(Level.MAJOR, "huge-loss", Text(en="", zh="")), told).rule == HELD
    assert held(Grade(Level.MAJOR, "huge-loss", Text(en="", zh="")), told).level is Level.LARGER
    slight = Grade(Level.SOME, "default", Text(en="", zh=""))
    assert held(slight, told) == slight


def test_only_suites_accuse_a_table():
    """A metric's own finding, a rule on values and a rule that could not be checked say nothing of how a table was loaded."""
    assert not load_faults([replace(ROWS, metric="x", channel="point")], {})
    assert not load_faults([replace(ROWS, kind=Kind.RULE)], {})
    assert not load_faults([replace(ROWS, evidence={"could_not_be_checked": True})], {})
    assert not load_faults([replace(ROWS, kind=Kind.SCHEMA, channel="new_value")], {})
