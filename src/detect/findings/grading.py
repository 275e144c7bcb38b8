"""The level of a finding, from a decision table that a manager can read (policy P3.4).

A rule holds when all its conditions hold. Rules of graver levels are asked first, those of one level in the order written; the first
that holds decides. What is not known (no money, no company figure) never fulfils a condition.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from detect.findings.amounts import money, percent
from detect.findings.grading_defaults import RULES
from detect.findings.grading_rule import GradingRule
from detect.model import Finding, Frozen, Grade, Level, Text
from detect.series.metric import Metric

__all__ = ["GradingContext", "GradingRule", "GradingTable", "grade"]


@dataclass(frozen=True)
class GradingContext:
    """What grading must know beyond the finding itself.

    `company_figure` is the expected figure of the whole metric on that day, in the metric's unit; `days_running` counts the abnormal
    days of the episode up to and with this one; `segments` how many segments of the metric depart on the same day, `related` how many
    metrics related to it do. `stake` is the money of the whole episode up to and with this day.
    """

    company_figure: float | None = None
    days_running: int = 1
    segments: int = 1
    related: int = 0
    stake: float | None = None
    key_account: bool = False
    currency: str = ""


class GradingTable(Frozen):
    """The decision table of `config/policy.yaml`: ordered rules, and the level of what no rule catches."""

    rules: tuple[GradingRule, ...] = RULES
    default: Level = Level.SOME

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [rule.id for rule in self.rules]
        repeated = sorted({i for i in ids if ids.count(i) > 1} | ({"default"} & set(ids)))
        if repeated:
            raise ValueError(f"rule ids used twice or reserved: {', '.join(repeated)}")
        return self

    def by_gravity(self) -> tuple[GradingRule, ...]:
        """Return the rules in the order in which they are asked."""
        return tuple(sorted(self.rules, key=lambda rule: rule.level))


def grade(finding: Finding, metric: Metric | None, context: GradingContext, table: GradingTable) -> Grade:
    """Give the level of `finding`, the id of the rule that set it (`default`: none did), and what would have made it one level higher."""
    for rule in table.by_gravity():
        if not _unmet(rule, finding, metric, context):
            return Grade(rule.level, rule.id, _one_level_higher(rule.level, finding, metric, context, table))
    level = table.default
    return Grade(level, "default", _one_level_higher(level, finding, metric, context, table))


@dataclass(frozen=True)
class _Condition:
    """A condition that does not hold; `reachable` when a larger departure of the same thing could have fulfilled it."""

    said: Text
    reachable: bool
    of: int = -1  # which amount it asks for; -1: none, but a fact
    least: float = 0.0


def _unmet(rule: GradingRule, finding: Finding, metric: Metric | None, context: GradingContext) -> list[_Condition]:
    amounts = _unmet_amounts(rule, finding, context)
    facts = (
        _Condition(Text(en="", zh=""), reachable=False) for holds in _facts(rule, finding, metric, context) if not holds
    )
    return [*amounts, *facts]


def _facts(rule: GradingRule, finding: Finding, metric: Metric | None, context: GradingContext) -> Iterator[bool]:
    """Whether each condition on what the finding is, holds; a person cannot wish it otherwise."""
    importance = metric.importance if metric else "normal"
    yield not rule.kinds or finding.kind in rule.kinds
    yield not rule.categories or finding.category in rule.categories
    yield not rule.importance or importance in rule.importance
    yield rule.key_account is None or rule.key_account == context.key_account
    yield rule.provisional is None or rule.provisional == finding.provisional
    yield rule.severity is None or (finding.severity is not None and finding.severity <= rule.severity)


def _unmet_amounts(rule: GradingRule, finding: Finding, context: GradingContext) -> list[_Condition]:
    gap = _gap(finding)
    checks: tuple[tuple[float | None, float | None, Callable[[float], Text]], ...] = (
        (rule.stake_at_least, _stake(finding, context), lambda x: _said_stake(x, context.currency)),
        (rule.share_of_company_at_least, _ratio(gap, context.company_figure), _said_share),
        (rule.relative_change_at_least, _ratio(gap, finding.expected), _said_change),
        (rule.days_running_at_least, context.days_running, _said_days),
        (rule.segments_at_least, context.segments, _said_segments),
        (rule.related_at_least, context.related, _said_related),
    )
    return [
        # Where the amount is unknown (no money in this metric) a larger one cannot be asked for.
        _Condition(say(least), reachable=value is not None, of=which, least=least)
        for which, (least, value, say) in enumerate(checks)
        if least is not None and (value is None or not value >= least)
    ]


def _stake(finding: Finding, context: GradingContext) -> float | None:
    """Return the money at stake so far: of the episode, never less than what the finding says of itself."""
    known = [stake for stake in (finding.stake, context.stake) if stake is not None]
    return max(known, default=None)


def _gap(finding: Finding) -> float | None:
    if finding.actual is None or finding.expected is None:
        return None
    return abs(finding.actual - finding.expected)


def _ratio(gap: float | None, whole: float | None) -> float | None:
    if gap is None or whole is None:
        return None
    if whole == 0:
        return math.inf if gap > 0 else 0.0
    return gap / abs(whole)


def _said_stake(least: float, currency: str) -> Text:
    amount = money(least, currency)
    return Text(en=f"a stake of {amount}", zh=f"影響金額達 {amount}")


def _said_share(least: float) -> Text:
    return Text(en=f"{percent(least)} of the company's figure", zh=f"佔公司總額 {percent(least)}")


def _said_change(least: float) -> Text:
    return Text(en=f"a change of {percent(least)} against the expected value", zh=f"偏離預期 {percent(least)}")


def _said_days(least: float) -> Text:
    return Text(en=f"{least:g} days running", zh=f"連續 {least:g} 天異常")


def _said_segments(least: float) -> Text:
    return Text(en=f"{least:g} segments at once", zh=f"同時波及 {least:g} 個分項")


def _said_related(least: float) -> Text:
    return Text(en=f"{least:g} related metrics off on the same day", zh=f"同日另有 {least:g} 項相關指標異常")


def _one_level_higher(
    level: Level, finding: Finding, metric: Metric | None, context: GradingContext, table: GradingTable
) -> Text:
    """Name the alternatives, each a rule of the next graver level that this finding misses only by amount."""
    if level == Level.MAJOR:
        return Text(en="This is the gravest level.", zh="已是最高級別。")
    higher = Level(level - 1)
    unmet = [_unmet(rule, finding, metric, context) for rule in table.by_gravity() if rule.level == higher]
    ways = [
        Text(en=" with ".join(c.said.en for c in way), zh="且".join(c.said.zh for c in way))
        for way in _least([way for way in unmet if way and all(c.reachable for c in way)])
    ]
    if not ways:
        return Text(en=f"No rule would have made this level {higher:d}.", zh=f"無規則可使其升為 {higher:d} 級。")
    return Text(
        en=f"Level {higher:d} would have needed {' or '.join(w.en for w in ways)}.",
        zh=f"若{'或'.join(w.zh for w in ways)}，則為 {higher:d} 級。",
    )


def _least(ways: Sequence[Sequence[_Condition]]) -> list[Sequence[_Condition]]:
    """Leave out each way that asks for all that another asks for, and as much or more of it; of two alike the first stays."""
    asked = [{c.of: c.least for c in way} for way in ways]

    def needless(n: int) -> bool:
        return any(
            less.keys() <= asked[n].keys() and all(asked[n][of] >= least for of, least in less.items())
            for m, less in enumerate(asked)
            if m != n and (less != asked[n] or m < n)
        )

    return [way for n, way in enumerate(ways) if not needless(n)]
