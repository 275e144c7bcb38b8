"""What findings that come or go change in a case: only what differs, ready to be written into an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from detect.cases.episodes import (
    RESERVED,
    Graded,
    Key,
    Record,
    gravest,
    key_of,
    leading,
    record_of,
    records,
    summary,
)
from detect.model import Case, Kind, Text

__all__ = ["fields_after", "led_by", "spoken_for"]


def fields_after(case: Case, episode: Sequence[Graded], removed: Sequence[Key]) -> dict[str, Any]:
    """Return the fields of `case` that are different once `episode` is added and the findings `removed` are gone.

    `level` is among them only where the episode is graver than every finding before and than the level now. Findings of cases that people
    merged into this one lengthen it and make it graver, but do not change what it is called.
    """
    before, added = records(case), [record_of(g) for g in episode]
    after = [r for r in before if key_of(r) not in removed] + added
    fields = _summed(case, after) | _spoken(case, before, after, episode)
    if added and gravest(added) < min([case.level, *(r["level"] for r in before)]):
        gravest_one = min(episode, key=lambda g: g.grade.level)
        fields |= {
            "level": gravest_one.grade.level,
            "rule": gravest_one.grade.rule,
            "one_level_higher": gravest_one.grade.one_level_higher,
        }
    if any(g.finding.kind is Kind.AUDIT_SIGN for g in episode):
        fields["restricted"] = True
    return {name: value for name, value in fields.items() if name == "evidence" or getattr(case, name) != value}


def _own(case: Case, findings: Sequence[Record]) -> list[Record]:
    return [r for r in findings if key_of(r)[2:4] == (case.subject, case.segment)]


def _summed(case: Case, findings: Sequence[Record]) -> dict[str, Any]:
    own = _own(case, findings)
    fields = summary(own) if own else {"first_day": case.first_day, "last_day": case.last_day}
    return fields | {
        "first_day": min([fields["first_day"], *(date.fromisoformat(r["first_day"]) for r in findings)]),
        "last_day": max([fields["last_day"], *(date.fromisoformat(r["day"]) for r in findings)]),
    }


def _spoken(case: Case, before: Sequence[Record], after: Sequence[Record], episode: Sequence[Graded]) -> dict[str, Any]:
    """Return what the leading finding says, where another leads than before or its figures are new."""
    own_before, own_after = _own(case, before), _own(case, after)
    if not own_after:
        return {}
    lead = leading(own_after)
    if any(g.finding.key == key_of(lead) for g in episode):
        return led_by(spoken_for(episode, lead))
    if own_before and key_of(leading(own_before)) != key_of(lead):
        return _recorded(lead)
    return {}


def spoken_for(episode: Sequence[Graded], record: Record) -> Graded:
    """Return the graded finding of `episode` that `record` was written from."""
    return next(g for g in episode if g.finding.key == key_of(record))


def _recorded(lead: Record) -> dict[str, Any]:
    """Return what a case kept of an older finding that leads again."""
    figures = {name: lead[name] for name in ("actual", "expected", "lower", "upper")}
    return {"description": Text(**lead["description"]), **figures}


def led_by(lead: Graded) -> dict[str, Any]:
    """Return the fields of a case that its leading finding speaks for."""
    finding = lead.finding
    return {
        "description": lead.description,
        "expected": finding.expected,
        "lower": finding.lower,
        "upper": finding.upper,
        "actual": finding.actual,
        "unit": finding.unit,
        "provisional": finding.provisional,
        "rule": lead.grade.rule,
        "one_level_higher": lead.grade.one_level_higher,
        "impact": lead.impact,
        "measures": lead.measures,
        "evidence": {name: value for name, value in finding.evidence.items() if name not in RESERVED},
    }
