"""Cases that are one trouble seen in several places go under one parent; each keeps its own row, owner and clock.

Kin are: segments of one metric; metrics that name each other as related, in the same segment or where one is the total; for faults of
loading, everything that stands on the same table; whatever such a fault explains; and a value that is new or gone in a table, with the
figures of that value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detect.cases.identity import VALUES
from detect.model import Case, Kind
from detect.series.metric import Metric

__all__ = ["parents"]

_OF_THE_TABLE = frozenset(
    {
        Kind.DOUBLE_LOAD,
        Kind.PARTIAL_LOAD,
        Kind.MISSING,
        Kind.UNIT_ERROR,
        Kind.SCHEMA,
        Kind.FRESHNESS,
        Kind.VOLUME,
    }
)


def parents(opened: Sequence[Case], others: Sequence[Case], metrics: Mapping[str, Metric]) -> list[tuple[Case, str]]:
    """Return (child, parent id) for those of `opened` that broke on the same day as a kin of theirs.

    A case of `others` (open before) that stands on top of its group keeps that place; among the new ones the table comes first, then the
    total, then the gravest.
    """
    days = {case.first_day for case in opened}
    tops = sorted((c for c in others if c.parent is None and c.status.is_open and c.first_day in days), key=_rank)
    placed: list[tuple[Case, str]] = []
    for case in sorted(opened, key=_rank):
        top = next((t for t in tops if t.first_day == case.first_day and _kin(t, case, metrics)), None)
        if top is None:
            tops.append(case)
        else:
            placed.append((case, top.id))
    return placed


def _rank(case: Case) -> tuple[bool, bool, int, float, str]:
    return (case.metric is not None, case.segment != "", case.level, -(case.stake or 0.0), case.id)


def _kin(a: Case, b: Case, metrics: Mapping[str, Metric]) -> bool:
    if a.restricted != b.restricted:
        return False  # what only some may see must not hang on what all may see
    if _explained_by(a, b) or _explained_by(b, a) or (a.metric is not None and a.metric == b.metric):
        return True
    if _of_one_value(a, b, metrics) or _of_one_value(b, a, metrics):
        return True
    table = _table(a, metrics)
    if {a.kind, b.kind} <= _OF_THE_TABLE and table is not None and table == _table(b, metrics):
        return True
    first, second = metrics.get(a.metric or ""), metrics.get(b.metric or "")
    if first is None or second is None or not (a.segment == b.segment or "" in {a.segment, b.segment}):
        return False
    return second.id in first.related or first.id in second.related


def _explained_by(case: Case, fault: Case) -> bool:
    """Whether a fault in how its table was loaded explains the case, so that the data come first and the business below."""
    found = case.evidence.get("data_fault")
    return found is not None and bool(found["explains"]) and bool(found["subject"] == fault.subject)


def _of_one_value(case: Case, value: Case, metrics: Mapping[str, Metric]) -> bool:
    """Whether a metric's case is about the value of which the other says that it came or went."""
    metric = metrics.get(case.metric or "")
    if metric is None or value.metric is not None or not value.segment:
        return False
    _, _, column = value.subject.partition(f":{VALUES}")
    named = {f"{column}={value.segment}", *([value.segment] if len(metric.segments) == 1 else [])}
    return column in metric.segments and metric.source == _table(value, metrics) and case.segment in named


def _table(case: Case, metrics: Mapping[str, Metric]) -> str | None:
    if case.metric is not None:
        return metrics[case.metric].source if case.metric in metrics else None
    table, colon, _ = case.subject.partition(":")
    return table if colon else None
