"""The decision table: which rule sets the level, and what would have made it one level higher."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from detect.findings.grading import GradingContext, GradingRule, GradingTable, grade
from detect.model import Category, Finding, Kind, Level, Text
from detect.series.metric import Metric

DAY = date(2026, 3, 2)
REVENUE = Metric(
    id="revenue",
    name=Text(en="Revenue", zh="銷售額"),
    department="sales",
    category=Category.DATA,
    source="orders",
    value="sum(amount)",
    importance="key",
)
POUNDS = GradingContext(currency="GBP")


def found(**changes):
    given = {
        "as_of": DAY,
        "day": DAY,
        "first_day": DAY,
        "subject": "revenue",
        "segment": "",
        "channel": "point",
        "category": Category.DATA,
        "kind": Kind.DIP,
        "department": "sales",
        "actual": 900.0,
        "expected": 1000.0,
        "stake": 100.0,
    }
    return Finding(**(given | changes))


def rule(name, level, **conditions):
    return GradingRule(id=name, name=Text(en=name, zh=name), level=level, **conditions)


def level_of(finding, context=POUNDS, metric=REVENUE, table=None):
    return grade(finding, metric, context, table or GradingTable()).level


def test_the_gravest_rule_that_holds_decides():
    """Rules are asked by gravity whatever their order; within a level the first written wins."""
    table = GradingTable(
        rules=(
            rule("some", 3, stake_at_least=1),
            rule("second", 2, stake_at_least=50),
            rule("third", 2, stake_at_least=60),
            rule("first", 1, stake_at_least=1000),
        )
    )
    given = grade(found(), REVENUE, POUNDS, table)
    assert (given.level, given.rule) == (Level.LARGER, "second")


def test_nothing_holding_gives_the_default():
    """What no rule catches has the table's default level."""
    given = grade(found(), REVENUE, POUNDS, GradingTable(rules=(rule("a", 1, stake_at_least=1000),)))
    assert (given.level, given.rule) == (Level.SOME, "default")


@pytest.mark.parametrize(
    ("condition", "low", "high"),
    [
        ({"stake_at_least": 101}, {}, {"stake": 101.0}),
        ({"relative_change_at_least": 0.2}, {}, {"actual": 800.0}),
        ({"kinds": ("drift",)}, {}, {"kind": Kind.DRIFT}),
        ({"categories": ("customer",)}, {}, {"category": Category.CUSTOMER}),
        ({"severity": 2}, {"severity": Level.SOME}, {"severity": Level.MAJOR}),
        ({"provisional": False}, {"provisional": True}, {}),
    ],
)
def test_each_condition_on_the_finding_decides(condition, low, high):
    """A rule of one condition holds on its one side and not on its other."""
    table = GradingTable(rules=(rule("only", 1, **condition),))
    assert level_of(found(**low), table=table) is Level.SOME
    assert level_of(found(**high), table=table) is Level.MAJOR


@pytest.mark.parametrize(
    ("condition", "low", "high"),
    [
        ({"days_running_at_least": 3}, {"days_running": 2}, {"days_running": 3}),
        ({"segments_at_least": 4}, {"segments": 3}, {"segments": 4}),
        ({"related_at_least": 2}, {"related": 1}, {"related": 2}),
        ({"stake_at_least": 500}, {"stake": 499.0}, {"stake": 500.0}),
        ({"share_of_company_at_least": 0.1}, {"company_figure": 1001.0}, {"company_figure": 1000.0}),
        ({"key_account": True}, {}, {"key_account": True}),
    ],
)
def test_each_condition_on_the_context_decides(condition, low, high):
    """What grading is told beside the finding counts too."""
    table = GradingTable(rules=(rule("only", 1, **condition),))
    assert level_of(found(), GradingContext(**low), table=table) is Level.SOME
    assert level_of(found(), GradingContext(**high), table=table) is Level.MAJOR


def test_importance_is_the_metrics():
    """A rule for key metrics lets normal ones alone, and findings without a metric."""
    table = GradingTable(rules=(rule("key", 1, importance=("key",)),))
    assert level_of(found(), table=table) is Level.MAJOR
    assert level_of(found(), metric=REVENUE.model_copy(update={"importance": "normal"}), table=table) is Level.SOME
    assert level_of(found(), metric=None, table=table) is Level.SOME


def test_what_is_unknown_fulfils_nothing():
    """No money, no expected value, no company figure: conditions on them do not hold, and are not offered as a way up."""
    table = GradingTable(
        rules=(
            rule("a", 2, stake_at_least=0),
            rule("b", 2, relative_change_at_least=0),
            rule("c", 2, share_of_company_at_least=0),
        )
    )
    given = grade(found(stake=None, expected=None), REVENUE, POUNDS, table)
    assert given.level is Level.SOME
    assert given.one_level_higher.en == "No rule would have made this level 2."


def test_a_rule_may_lighten_what_is_graver_by_default():
    """Where everything is level 2 unless said otherwise, a rule of level 3 says otherwise."""
    table = GradingTable(default=2, rules=(rule("minor", 3, importance=("minor",)),))
    assert level_of(found(), table=table) is Level.LARGER
    assert level_of(found(), metric=REVENUE.model_copy(update={"importance": "minor"}), table=table) is Level.SOME


def test_one_level_higher_names_the_amounts_that_were_missing():
    """The alternatives of the next level that the finding misses only by amount, in both languages."""
    table = GradingTable(
        rules=(
            rule("loss", 2, stake_at_least=5000),
            rule("days", 2, importance=("key",), days_running_at_least=3),
            rule("customers", 2, categories=("customer",), stake_at_least=1),
            rule("huge", 1, stake_at_least=50000),
        )
    )
    given = grade(found(), REVENUE, POUNDS, table)
    assert given.one_level_higher.en == "Level 2 would have needed a stake of £5,000 or 3 days running."
    assert given.one_level_higher.zh == "若影響金額達 £5,000或連續 3 天異常，則為 2 級。"
    larger = grade(found(stake=6000.0), REVENUE, POUNDS, table)
    assert larger.one_level_higher.en == "Level 1 would have needed a stake of £50,000."
    gravest = grade(found(stake=60000.0), REVENUE, POUNDS, table)
    assert gravest.one_level_higher.en == "This is the gravest level."


def test_of_ways_to_the_next_level_the_needless_are_not_said():
    """Of two stakes the smaller, twice the same once, and not with days what does without them; days with a smaller stake stay."""
    table = GradingTable(
        rules=(
            rule("huge", 2, stake_at_least=50000),
            rule("loss", 2, stake_at_least=5000),
            rule("same", 2, stake_at_least=5000),
            rule("both", 2, stake_at_least=6000, days_running_at_least=3),
            rule("slow", 2, stake_at_least=4000, days_running_at_least=3),
        )
    )
    said = grade(found(), REVENUE, POUNDS, table).one_level_higher.en
    assert said == "Level 2 would have needed a stake of £5,000 or a stake of £4,000 with 3 days running."


def test_what_would_have_made_it_higher_does():
    """Granting the amounts that the sentence asks for gives the level that it names."""
    given = grade(found(), REVENUE, POUNDS, GradingTable())
    assert "£5,000" in given.one_level_higher.en
    assert "3 days running" in given.one_level_higher.en
    assert level_of(found(stake=4999.0)) is Level.SOME
    assert level_of(found(stake=5000.0)) is Level.LARGER


@pytest.mark.clause("P3.4")
def test_an_important_metric_abnormal_several_days_running_is_level_two():
    """Persistence lifts a key metric to level 2; not a normal one, and not after two days."""
    assert level_of(found(), GradingContext(days_running=3)) is Level.LARGER
    assert level_of(found(), GradingContext(days_running=2)) is Level.SOME
    minor = REVENUE.model_copy(update={"importance": "normal"})
    assert level_of(found(), GradingContext(days_running=3), metric=minor) is Level.SOME


@pytest.mark.parametrize(("severity", "level"), [(1, 1), (2, 2), (3, 3)])
def test_the_severity_of_a_rule_or_limit_comes_in(severity, level):
    """critical, warning, info and the level of a fixed limit set the level by default."""
    assert level_of(found(severity=Level(severity))) == level


def test_a_change_from_nothing_is_infinitely_large():
    """An expected value of zero neither divides by zero nor hides the change."""
    table = GradingTable(rules=(rule("only", 1, relative_change_at_least=10),))
    assert level_of(found(expected=0.0), table=table) is Level.MAJOR
    assert level_of(found(expected=0.0, actual=0.0), table=table) is Level.SOME


def test_faulty_tables_are_refused():
    """A rule that matches everything, and two rules of one name, are mistakes."""
    with pytest.raises(ValidationError, match="no condition"):
        rule("all", 1)
    with pytest.raises(ValidationError, match="used twice"):
        GradingTable(rules=(rule("a", 1, stake_at_least=1), rule("a", 2, stake_at_least=2)))
    with pytest.raises(ValidationError, match="stake_at_lest"):
        rule("a", 1, stake_at_lest=1)
