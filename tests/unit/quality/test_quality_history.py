"""Bounds learnt from the days before: what passes, what is told, and that the tested day is never among them."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from detect.model import Outcome, Text
from detect.quality import Expectation, Suite, TableFacts, learnt_metrics, metrics, repeat_columns
from detect.quality.facts import judge_facts

NAME = Text(en="rule", zh="規則")
DAYS = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-04-01"))
OPEN = (DAYS.astype(int) - 4) % 7 < 5
ROWS = np.where(OPEN, 1000.0, 0.0)
WEEKDAY = (DAYS.astype(int) - 4) % 7
AS_OF = date(2024, 3, 19)  # a Tuesday
AT = int(np.flatnonzero(np.datetime64(AS_OF) == DAYS)[0])


def rule(kind: str = "expect_column_values_to_not_be_null", **settings: object) -> Expectation:
    return Expectation(id="rule", type=kind, kwargs={"column": "x"}, name=NAME, from_history=settings)


def facts(values: np.ndarray) -> TableFacts:
    return TableFacts(DAYS, ROWS, OPEN, figures={"rule": (np.where(OPEN, values, np.nan), ROWS)})


@pytest.mark.parametrize(("share", "outcome"), [(0.02, "ok"), (0.0, "ok"), (0.035, "ok"), (0.06, "finding")])
def test_a_share_of_broken_rows_is_held_against_its_own_past(share: float, outcome: str) -> None:
    """Two per cent a day is usual: three and a half are chance, six are told, none at all is no fault."""
    values = np.full(len(DAYS), 0.02)
    values[AT] = share
    result = judge_facts(rule(), facts(values), AS_OF)
    assert result.outcome == outcome
    assert (result.unexpected, result.checked) == (round(share * 1000), 1000)
    assert result.expected == pytest.approx(0.02)


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "ok"), (1.15, "ok"), (1.5, "finding"), (0.5, "finding")])
def test_an_amount_is_held_against_the_same_weekday(factor: float, outcome: str) -> None:
    """A Tuesday is compared with Tuesdays, on both sides, and with no spread at all the band is still 5 % wide a sigma."""
    values = 100.0 + 50.0 * WEEKDAY
    values[AT] *= factor
    assert judge_facts(rule("expect_column_mean_to_be_between"), facts(values), AS_OF).outcome == outcome
    assert judge_facts(rule("expect_column_mean_to_be_between", least=1000), facts(values), AS_OF).outcome == "ok"


def test_the_tested_day_and_later_ones_teach_nothing() -> None:
    """The band of a night is the same whatever its own figure and those of later days are."""
    values = np.full(len(DAYS), 0.02)
    changed = values.copy()
    changed[AT:] = 0.9
    one, other = (judge_facts(rule(), facts(v), AS_OF) for v in (values, changed))
    assert (one.expected, one.upper) == (other.expected, other.upper)
    assert other.outcome is Outcome.FINDING


def test_without_a_past_or_a_figure_nothing_is_claimed() -> None:
    """The first weeks are insufficient history, a day without figure no data, a figure that could not be had an error."""
    values = np.full(len(DAYS), 0.02)
    assert judge_facts(rule(), facts(values), date(2024, 1, 4)).outcome is Outcome.INSUFFICIENT_HISTORY
    values[AT] = np.nan
    assert judge_facts(rule(), facts(values), AS_OF).outcome is Outcome.NO_DATA
    lost = replace(facts(values), lost={"rule": "Table t: column 'x': expected a column of that name, seen none"})
    assert judge_facts(rule(), lost, AS_OF).outcome is Outcome.ERROR
    assert judge_facts(rule(), replace(facts(values), figures={}), AS_OF).outcome is Outcome.NOT_CHECKED


def test_figures_to_learn_from_are_pulled_and_no_rule_is_counted_twice() -> None:
    """Each rule with from_history gives one metric; it is not among those counted by day, nor does the night's query number its rows."""
    kinds = (
        "expect_column_sum_to_be_between",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_not_be_null",
    )
    rules = [
        Expectation(id=f"rule_{n}", type=kind, kwargs={"column": "x"}, name=NAME, from_history={})
        for n, kind in enumerate(kinds)
    ]
    suite = Suite(source="t", department="d", expectations=tuple(rules))
    assert [m.id for m in learnt_metrics(suite)] == ["t:rule_0", "t:rule_1", "t:rule_2"]
    assert metrics(suite) == ()
    assert repeat_columns(suite) == {}


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        ("expect_column_median_to_be_between", {"column": "x"}, "cannot be learnt"),
        ("expect_column_mean_to_be_between", {"column": "x", "min_value": 1}, "leave out 'min_value'"),
        ("expect_column_values_to_not_be_null", {"column": "x", "mostly": 0.9}, "leave out 'mostly'"),
    ],
)
def test_what_cannot_be_learnt_is_refused_with_what_can(kind: str, kwargs: dict[str, object], said: str) -> None:
    """A rule whose bounds cannot be learnt, or that gives them too, is told when the configuration is read."""
    with pytest.raises(ValidationError, match=said):
        Expectation(id="rule", type=kind, kwargs=kwargs, name=NAME, from_history={})
