"""The findings that make a case: how they are kept, which one leads, and what they add up to."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from detect.cases.events import plain
from detect.model import Case, Finding, Grade, Kind, Level, Text

__all__ = [
    "GAP",
    "RESERVED",
    "Graded",
    "Key",
    "Record",
    "gravest",
    "key_of",
    "leading",
    "record_of",
    "records",
    "stake_of",
    "summary",
]

GAP = timedelta(days=7)  # what lies no further apart is one trouble
Key = tuple[str, str, str, str, str]
Record = Mapping[str, Any]

# The more a shape says about what happened, the earlier it stands: a load that came twice is not just a spike.
_SPECIFIC = (
    Kind.AUDIT_SIGN,
    Kind.SCHEMA,
    Kind.DOUBLE_LOAD,
    Kind.PARTIAL_LOAD,
    Kind.UNIT_ERROR,
    Kind.FRESHNESS,
    Kind.MISSING,
    Kind.VOLUME,
    Kind.RECONCILIATION,
    Kind.KEY_ACCOUNT,
    Kind.INTERRUPTION,
    Kind.MISSING_STEP,
    Kind.WRONG_ORDER,
    Kind.REWORK,
    Kind.BACKLOG,
    Kind.DELAY,
    Kind.TOPIC_BURST,
    Kind.STUCK,
    Kind.STRUCTURAL_BREAK,
    Kind.LEVEL_SHIFT,
    Kind.DRIFT,
    Kind.PATTERN_BREAK,
    Kind.LIMIT,
    Kind.OFF_TARGET,
    Kind.RATE,
    Kind.SPIKE,
    Kind.DIP,
    Kind.FORECAST_BREACH,
    Kind.JOINT,
    Kind.RULE,
    Kind.EXTERNAL_EVENT,
    Kind.REPORTED,
)
RESERVED = frozenset({"findings", "handling"})  # names in a case's evidence that no finding's evidence may take
_RANK = {kind: rank for rank, kind in enumerate(_SPECIFIC)}
_FIGURES = ("actual", "expected", "lower", "upper")


@dataclass(frozen=True)
class Graded:
    """A finding with its level and what is said about it."""

    finding: Finding
    grade: Grade
    description: Text
    impact: tuple[Text, ...] = ()
    measures: tuple[Text, ...] = ()


def record_of(graded: Graded) -> dict[str, Any]:
    """Write down what a case keeps of a finding; `digest` changes when its figures do."""
    finding = graded.finding
    figures = {name: _rounded(getattr(finding, name)) for name in _FIGURES}
    judged = [finding.kind.value, finding.first_day.isoformat(), _rounded(finding.stake), *figures.values()]
    record = {
        "key": finding.key,
        "as_of": finding.as_of,
        "day": finding.day,
        "first_day": finding.first_day,
        "kind": finding.kind,
        "level": graded.grade.level,
        "stake": finding.stake,
        **figures,
        "description": graded.description,
        "digest": hashlib.sha256(json.dumps(judged).encode()).hexdigest()[:12],
    }
    written: dict[str, Any] = plain(record)
    return written


def _rounded(value: float | None) -> float | None:
    """Drop the digits that another processor may compute differently."""
    return None if value is None else float(f"{value:.12g}")


def key_of(record: Record) -> Key:
    """Return the key of the finding that a record stands for."""
    as_of, day, subject, segment, channel = record["key"]
    return (as_of, day, subject, segment, channel)


def records(case: Case) -> Sequence[Record]:
    """Return the records of the findings that made `case`, in the order in which they came."""
    found: Sequence[Record] = case.evidence.get("findings", ())
    return found


def leading(findings: Iterable[Record]) -> Record:
    """Return the finding that speaks for the case: the gravest, of those the most specific shape, of those the most money."""
    return min(findings, key=_lead_order)


def _lead_order(record: Record) -> tuple[int, int, float, str, str]:
    return (record["level"], _RANK[Kind(record["kind"])], -(record["stake"] or 0.0), record["day"], record["key"][4])


def summary(findings: Sequence[Record]) -> dict[str, Any]:
    """Return the fields of a case that its findings add up to: days, kind (the most specific) and money at stake."""
    return {
        "first_day": min(date.fromisoformat(r["first_day"]) for r in findings),
        "last_day": max(date.fromisoformat(r["day"]) for r in findings),
        "kind": min((Kind(r["kind"]) for r in findings), key=_RANK.__getitem__),
        "stake": stake_of(findings),
    }


def stake_of(findings: Sequence[Record]) -> float | None:
    """Add up the money of single days (once a day, whatever the channels), or take that of the longest stretch if it is more."""
    known = [r for r in findings if r["stake"] is not None]
    if not known:
        return None
    by_day: defaultdict[str, float] = defaultdict(float)
    for r in known:
        if r["first_day"] == r["day"]:
            by_day[r["day"]] = max(by_day[r["day"]], r["stake"])
    return max(sum(by_day.values()), *(float(r["stake"]) for r in known))


def gravest(findings: Iterable[Record]) -> Level:
    """Return the gravest level that grading gave any of the findings."""
    return Level(min(r["level"] for r in findings))
