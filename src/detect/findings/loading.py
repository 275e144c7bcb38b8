"""Data before business: what a fault in how a table was loaded does to the figures that stand on it that night.

A table that is partly loaded, loaded twice, late or changed speaks first. A metric's departure that such a fault explains is kept and
annotated, with the figure as it would be had the data been complete; it is graded no graver than the fault and has no money at stake of its
own. A departure that would still stand out with complete data remains a matter of business, and is told with that figure. What is found in
the rows themselves (a process, an identity, signs for review) has no such figure: there the kind says whether rows that lack, or that came
twice, explain it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from detect.model import Finding, Grade, Kind, Level, Text
from detect.series.metric import Metric

__all__ = ["HELD", "LoadFault", "annotated", "held", "load_faults"]

_SUITE: Final = "expectation"  # the channel of what the suites find
HELD: Final = "data-first"  # the rule that holds the level of what a fault of loading explains
_SPREAD_FLOOR: Final = 0.05  # of the logarithm of the usual number of rows
_SIDE: Final = 1.96  # of a 95 % interval
_DIGITS: Final = 7
_RANK: Final = {  # of several faults of a table and day, the one that speaks
    kind: rank
    for rank, kind in enumerate(
        (Kind.SCHEMA, Kind.DOUBLE_LOAD, Kind.PARTIAL_LOAD, Kind.VOLUME, Kind.MISSING, Kind.FRESHNESS)
    )
}
_EXPLAINED: Final = frozenset(
    {
        Kind.SPIKE,
        Kind.DIP,
        Kind.MISSING,
        Kind.DOUBLE_LOAD,
        Kind.PARTIAL_LOAD,
        Kind.UNIT_ERROR,
        Kind.PATTERN_BREAK,
        Kind.STUCK,
        Kind.LIMIT,
        Kind.FORECAST_BREACH,
        Kind.JOINT,
        Kind.LEVEL_SHIFT,
        Kind.OFF_TARGET,
    }
)
_OVER_WINDOWS: Final = frozenset(
    {Kind.RATE, Kind.TOPIC_BURST, Kind.KEY_ACCOUNT}
)  # begun before the day on which they are first told
_BY_ROWS_THAT_LACK: Final = frozenset(
    {
        Kind.DELAY,
        Kind.INTERRUPTION,
        Kind.BACKLOG,
        Kind.MISSING_STEP,
        Kind.WRONG_ORDER,
        Kind.RECONCILIATION,
        Kind.SCHEMA,  # a value of a column that stays away
    }
)
_BY_ROWS_TWICE: Final = frozenset({Kind.REWORK, Kind.WRONG_ORDER, Kind.RECONCILIATION})
_SIGNS_BY_ROWS_TWICE: Final = ("duplicate", "near_duplicate", "splitting", "round_amounts")
_SILENCE: Final = "silence"  # of a key account, whose order may be among the rows that lack
Repeats = Mapping[tuple[str, date], tuple[float, float]]  # (source, day) -> its rows, and those that repeat others


@dataclass(frozen=True)
class LoadFault:
    """A failed expectation on how `source` was loaded for `day`.

    `share` is what is there as a share of what there should be, None where rows do not say it; `spread` is how far, in logarithms, the
    usual number of rows varies (0: the share is exact).
    """

    subject: str
    source: str
    day: date
    kind: Kind
    level: Level
    share: float | None = None
    spread: float = 0.0

    @property
    def lacks_rows(self) -> bool:
        """Whether there are fewer rows than there should be, and not more."""
        return self.kind is not Kind.DOUBLE_LOAD and (self.share is None or self.share < 1)


def load_faults(findings: Iterable[Finding], repeats: Repeats) -> dict[tuple[str, date], LoadFault]:
    """Return the fault that speaks for each (source, day) among the findings of suites; those of metrics are none."""
    found: dict[tuple[str, date], LoadFault] = {}
    for finding in findings:
        source, colon, _ = finding.subject.partition(":")
        if finding.channel != _SUITE or not colon or finding.kind not in _RANK:
            continue
        if finding.evidence.get("could_not_be_checked") and finding.kind is not Kind.SCHEMA:
            continue
        fault = _fault(finding, source, repeats)
        before = found.get((source, fault.day))
        if before is None or (_RANK[fault.kind], fault.subject) < (_RANK[before.kind], before.subject):
            found[source, fault.day] = fault
    return found


def _fault(finding: Finding, source: str, repeats: Repeats) -> LoadFault:
    day = date.fromisoformat(str(finding.evidence.get("judged_day", finding.day)))
    share, spread = None, 0.0
    rows, repeated = repeats.get((source, day), (0.0, 0.0))
    if finding.kind is Kind.DOUBLE_LOAD and 0 < repeated < rows:
        share = rows / (rows - repeated)
    elif finding.kind in {Kind.VOLUME, Kind.PARTIAL_LOAD} and finding.actual is not None and finding.expected:
        share = finding.actual / finding.expected
        spread = max(float(finding.evidence.get("spread", _SPREAD_FLOOR)), _SPREAD_FLOOR)
    return LoadFault(finding.subject, source, day, finding.kind, finding.severity or Level.SOME, share, spread)


def annotated(finding: Finding, metric: Metric | None, fault: LoadFault) -> Finding:
    """Return a finding with what the fault of its table on its day makes of it, as evidence `data_fault`; `metric` where it is of one."""
    estimate = _estimate(finding, metric, fault) if metric else None
    if metric is None:
        explains = _explains_rows(finding, fault)
    elif finding.kind in _OVER_WINDOWS:  # told today, by a day whose rows are not as they should be
        explains = _explains_windows(finding, fault)
    else:
        explains = _explains(finding, metric, fault, estimate)
    said: dict[str, Any] = {
        "subject": fault.subject,
        "table": fault.source,
        "kind": fault.kind.value,
        "level": int(fault.level),
        "explains": explains,
    }
    if fault.share is not None:
        said["share"] = _short(fault.share)
    if estimate is not None:
        said |= dict(zip(("lower", "estimate", "upper"), map(_short, estimate), strict=True))
    stake = None if explains else finding.stake
    return replace(finding, stake=stake, evidence={**finding.evidence, "data_fault": said})


def held(grade: Grade, finding: Finding) -> Grade:
    """Return the grade of a finding that a fault of loading explains: no graver than that of the fault; any other as it is."""
    fault = finding.evidence.get("data_fault")
    if not fault or not fault["explains"] or grade.level >= fault["level"]:
        return grade
    higher = Text(
        en="Held at the level of the fault in its table until the data are complete.",
        zh="資料補齊前，級別以其資料表的問題為準。",
    )
    return Grade(Level(fault["level"]), HELD, higher)


def _estimate(finding: Finding, metric: Metric, fault: LoadFault) -> tuple[float, float, float] | None:
    """Return (lower, estimate, upper) of a figure that grows with the rows, had all of them been there once; a 95 % interval."""
    if not fault.share or finding.actual is None or not _grows_with_rows(metric):
        return None
    middle, reach = finding.actual / fault.share, math.exp(_SIDE * fault.spread)
    lower, upper = sorted((middle / reach, middle * reach))
    return lower, middle, upper


def _grows_with_rows(metric: Metric) -> bool:
    return metric.value is not None and metric.value.strip().startswith(("sum(", "count(", "count_distinct("))


def _explains(finding: Finding, metric: Metric, fault: LoadFault, estimate: tuple[float, float, float] | None) -> bool:
    """Whether the departure would not be there had the table been loaded as it should."""
    if finding.kind not in _EXPLAINED or finding.first_day != finding.day:
        return False
    if finding.actual is None or fault.share is None:
        return True
    if estimate is not None:
        return _within(finding, estimate[0], estimate[2])
    if fault.share >= 1:
        return False  # rows that come again change no mean, ratio or extreme
    value = (metric.value or "").strip()
    if value.startswith(("max(", "min(")):  # of a part, a greatest is never greater, a least never less
        lower = finding.expected is not None and finding.actual < finding.expected
        return finding.kind is not Kind.LIMIT and lower == value.startswith("max(")
    return True


def _explains_windows(finding: Finding, fault: LoadFault) -> bool:
    """Whether one day's rows may be what makes a rate, a burst or a silence be told on it."""
    if finding.kind is Kind.KEY_ACCOUNT:
        return finding.channel == _SILENCE and fault.lacks_rows
    return finding.kind is Kind.RATE or not fault.lacks_rows


def _explains_rows(finding: Finding, fault: LoadFault) -> bool:
    """Whether rows that lack, or that came more than once, may be what was found in the rows."""
    if finding.kind is Kind.AUDIT_SIGN:
        return not fault.lacks_rows and finding.subject.rpartition(":")[2] in _SIGNS_BY_ROWS_TWICE
    return finding.kind in (_BY_ROWS_THAT_LACK if fault.lacks_rows else _BY_ROWS_TWICE)


def _within(finding: Finding, lower: float, upper: float) -> bool:
    limit = finding.evidence.get("limit")
    if finding.kind is Kind.LIMIT and isinstance(limit, int | float) and finding.actual is not None:
        return lower <= limit if finding.actual > limit else upper >= limit
    if finding.lower is None or finding.upper is None:
        return finding.expected is None or lower <= finding.expected <= upper
    return lower <= finding.upper and upper >= finding.lower


def _short(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")
