"""Freshness, volume and schema, judged from what the night has anyway."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from detect.model import Outcome, Text
from detect.quality import Expectation, TableFacts
from detect.quality.facts import judge_facts

NAME = Text(en="rule", zh="規則")
DAYS = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-03-01"))  # a Monday first
OPEN = (DAYS.astype(int) - 4) % 7 < 5  # Monday to Friday: 1970-01-05 was a Monday
ROWS = np.where(OPEN, 1000.0 + 100 * ((DAYS.astype(int) - 4) % 7), 0.0)
FACTS = TableFacts(DAYS, ROWS, OPEN, columns={"x": "VARCHAR(20)", "n": "BIGINT", "d": "TEXT"})
TUESDAY = date(2024, 2, 20)


def judge(facts: TableFacts, kind: str, as_of: date = TUESDAY, **kwargs: object):
    return judge_facts(Expectation(id="rule", type=kind, kwargs=kwargs, name=NAME), facts, as_of)


def with_rows(day: date, rows: float) -> TableFacts:
    changed = FACTS.rows.copy()
    changed[np.datetime64(day) == DAYS] = rows
    return replace(FACTS, rows=changed)


def test_a_table_is_late_by_the_working_days_that_passed() -> None:
    """Closed days are not lateness, the source's own lag is not either, and what came later is not known yet."""
    assert judge(FACTS, "freshness", date(2024, 2, 18)).outcome is Outcome.OK  # a Sunday
    late = judge(with_rows(TUESDAY, 0), "freshness")
    assert (late.outcome, late.observed, late.evidence["last_day"]) == (Outcome.FINDING, 1.0, "2024-02-19")
    assert judge(with_rows(TUESDAY, np.nan), "freshness", days=1).outcome is Outcome.OK
    assert judge(replace(with_rows(TUESDAY, 0), lag_days=1), "freshness").outcome is Outcome.OK
    assert judge(replace(FACTS, rows=ROWS * 0), "freshness").outcome is Outcome.FINDING


@pytest.mark.parametrize(
    ("rows", "outcome"), [(1100, "ok"), (600, "ok"), (430, "finding"), (2300, "finding"), (0, "finding")]
)
def test_volume_is_compared_with_the_same_weekday(rows: float, outcome: str) -> None:
    """Half and double a usual Tuesday are told; the weekday's own level is what is usual."""
    result = judge(with_rows(TUESDAY, rows), "row_count_against_history")
    assert result.outcome == outcome
    assert result.expected == pytest.approx(1100)


def test_volume_says_nothing_without_a_past_or_on_a_closed_day() -> None:
    """The first weeks are insufficient history; on a Sunday no rows are due."""
    assert judge(FACTS, "row_count_against_history", date(2024, 1, 4)).outcome is Outcome.INSUFFICIENT_HISTORY
    assert judge(FACTS, "row_count_against_history", date(2024, 2, 18)).outcome is Outcome.OK


def test_later_days_change_nothing() -> None:
    """The night of a day says the same whether or not the following days are there."""
    later = with_rows(date(2024, 2, 21), 9e6)
    for kind in ("freshness", "row_count_against_history"):
        assert judge(later, kind) == judge(FACTS.until(TUESDAY), kind)


def test_a_schema_rule_names_the_columns_that_are_gone_or_of_another_type() -> None:
    """Integers serve where numbers are expected; text where a date is expected does not; extra columns are left alone."""
    assert judge(FACTS, "schema", columns={"x": "text", "n": "number"}).outcome is Outcome.OK
    result = judge(FACTS, "schema", columns={"gone": "any", "d": "date"})
    assert result.detail == "column gone is missing; column d is TEXT, date expected"
    assert judge(replace(FACTS, columns=None), "schema", columns={"x": "text"}).outcome is Outcome.NOT_CHECKED
