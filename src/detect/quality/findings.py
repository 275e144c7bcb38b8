"""What the results of a suite become: findings for people, rows for the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from detect.model import Check, Finding, Kind, Level, Outcome
from detect.quality.outcome import ExpectationResult
from detect.quality.suite import Expectation, Suite

__all__ = ["CHANNEL", "checks", "findings"]

CHANNEL = "expectation"


def findings(
    suite: Suite,
    results: Iterable[ExpectationResult],
    as_of: date | None = None,
    *,
    department: str = "",
) -> list[Finding]:
    """Turn failures into findings, and errors into level 3 findings that say what could not be checked.

    A rule that can be counted by day gives the same finding whether the night or a backfill counted it. `department` answers when
    the suite names none; `as_of` None means that each result was told on the night of its own day.
    """
    by_id = {e.id: e for e in suite.expectations}
    told = (r for r in results if r.outcome in {Outcome.FINDING, Outcome.ERROR})
    return [
        replace(
            _finding(suite, by_id[r.expectation], r),
            as_of=as_of or r.day,
            department=suite.owner(by_id[r.expectation]) or department,
            evidence=_evidence(by_id[r.expectation], r),
        )
        for r in told
    ]


def _finding(suite: Suite, expectation: Expectation, result: ExpectationResult) -> Finding:
    failed = result.outcome is Outcome.FINDING
    return Finding(
        as_of=result.day,
        day=result.day,
        first_day=result.day,
        subject=suite.subject(expectation),
        segment="",
        channel=CHANNEL,
        category=expectation.category,
        kind=_kind(expectation, result) if failed else _error_kind(expectation, result),
        department=suite.department,
        actual=result.observed,
        expected=result.expected,
        lower=result.lower,
        upper=result.upper,
        unit=result.unit,
        severity=expectation.level if failed else Level.SOME,
    )


def _kind(expectation: Expectation, result: ExpectationResult) -> Kind:
    """Return what a failure is called: a day with too few of its rows is one that is partly loaded, unless the suite names it."""
    few = result.observed is not None and result.lower is not None and 0 < result.observed < result.lower
    partly = few and expectation.kind is None and expectation.shape is Kind.VOLUME
    return Kind.PARTIAL_LOAD if partly else expectation.shape


def _error_kind(expectation: Expectation, result: ExpectationResult) -> Kind:
    return Kind.SCHEMA if "missing" in result.evidence else expectation.shape


def _evidence(expectation: Expectation, result: ExpectationResult) -> dict[str, Any]:
    """Collect what a reader can check; nothing that depends on who counted."""
    found: dict[str, Any] = {"expectation": expectation.type, "detail": result.detail, **result.evidence}
    if result.checked is not None and result.unexpected is not None:
        found |= {"failed_rows": result.unexpected, "checked_rows": result.checked}
    if result.outcome is Outcome.ERROR:
        found["could_not_be_checked"] = True
    if result.failing:
        found["failing"] = result.failing
    if result.keys:
        found["keys"] = list(result.keys)
    return found


def checks(suite: Suite, results: Iterable[ExpectationResult]) -> list[Check]:
    """One ledger row an expectation, over all the days in `results`; an expectation without a result is not_checked."""
    by_id: dict[str, list[ExpectationResult]] = {e.id: [] for e in suite.expectations}
    for result in results:
        by_id[result.expectation].append(result)
    return [_check(suite, expectation, by_id[expectation.id]) for expectation in suite.expectations]


def _check(suite: Suite, expectation: Expectation, results: list[ExpectationResult]) -> Check:
    outcomes: dict[Outcome, int] = {}
    for result in results:
        outcomes[result.outcome] = outcomes.get(result.outcome, 0) + 1
    outcomes = outcomes or {Outcome.NOT_CHECKED: 1}
    return Check(
        subject=suite.subject(expectation),
        detector=CHANNEL,
        planned=sum(outcomes.values()),
        outcomes=outcomes,
        digest=_digest(results),
        notable=tuple(("", r.outcome, r.detail) for r in results if r.outcome is not Outcome.OK)
        if results
        else (("", Outcome.NOT_CHECKED, "not run"),),
    )


def _digest(results: list[ExpectationResult]) -> str:
    """Stand for what was judged: the counts and figures of each day, not the wording."""
    seen = [[r.day.isoformat(), r.outcome.value, r.unexpected, r.checked, r.observed] for r in results]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]
