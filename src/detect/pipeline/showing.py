"""Cases and runs as plain data, for machines: the fields that the command line promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from detect.cases.steps import next_step, next_steps
from detect.db.records import Run
from detect.model import Case, Check, Event, Outcome, Text

__all__ = ["case_data", "event_data", "run_data"]


def case_data(case: Case, due: datetime | None, language: str) -> dict[str, Any]:
    """Return one case with the fields of `cases list --json`."""
    step = next_step(case)
    return {
        "id": case.id,
        "subject": case.subject,
        "metric": case.metric,
        "segment": case.segment,
        "category": case.category.value,
        "kind": case.kind.value,
        "description": case.description[language],
        "detected_on": case.detected_on.isoformat(),
        "first_day": case.first_day.isoformat(),
        "last_day": case.last_day.isoformat(),
        "level": int(case.level),
        "status": case.status.value,
        "verdict": case.verdict.value if case.verdict else None,
        "cause": case.cause.value if case.cause else None,
        "department": case.department,
        "owner": case.owner,
        "expected": case.expected,
        "lower": case.lower,
        "upper": case.upper,
        "actual": case.actual,
        "unit": case.unit,
        "stake": case.stake,
        "rule": case.rule,
        "one_level_higher": case.one_level_higher[language],
        "impact": _said(case.impact, language),
        "measures": _said(case.measures, language),
        "next_step": step.value if step else None,
        "possible_steps": [step.value for step in next_steps(case)],
        "due": due.isoformat() if due else None,
        "parent": case.parent,
        "restricted": case.restricted,
        "provisional": case.provisional,
    }


def event_data(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return what happened to a case, the oldest first."""
    return [{"seq": e.seq, "type": e.type, "at": e.at.isoformat(), "actor": e.actor, "note": e.note} for e in events]


def run_data(run: Run, checks: Iterable[Check] = ()) -> dict[str, Any]:
    """Return one line of the run ledger; with `checks`, what was not judged and why."""
    unjudged = [
        {"subject": c.subject, "detector": c.detector, "segment": segment, "outcome": outcome.value, "cause": cause}
        for c in checks
        for segment, outcome, cause in c.notable
        if outcome is not Outcome.FINDING
    ]
    return {
        "as_of": run.as_of.isoformat(),
        "scope": run.scope,
        "mode": run.mode,
        "state": run.state,
        "planned": run.planned,
        "outcomes": _counts(run.outcomes),
        "data_until": run.data_until.isoformat() if run.data_until else None,
        "not_judged": unjudged,
    }


def _counts(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in outcomes.items()}


def _said(texts: Iterable[Text], language: str) -> list[str]:
    return [text[language] for text in texts]
