"""How an expectation ended.

Rules on rows are judged here from two counts, whoever counted: Great Expectations on the night, one GROUP BY in a backfill.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from detect.model import Outcome
from detect.quality.suite import Expectation

__all__ = ["ExpectationResult", "error_result", "judge_counts", "no_rows"]

_NO_COLUMN = (
    re.compile(r'The column "(?P<name>.+?)" in BatchData does not exist'),  # the library
    re.compile(r"column '(?P<name>.+?)': expected a column of that name"),  # the warehouse
    re.compile(r"no such column: (?P<name>\S+)"),  # SQLite
    re.compile(r'column "(?P<name>[^"]+)" does not exist'),  # PostgreSQL
)


@dataclass(frozen=True)
class ExpectationResult:
    """How one expectation ended on one night; `day` is the night's `as_of`.

    `outcome` is ok, finding (it failed), error (it could not be computed), no_data, insufficient_history or not_checked. `unexpected`
    of `checked` rows broke a rule on rows; `observed` is what another rule saw. `keys` names at most ten of the rows at fault, masked
    unless the column is public; `failing` is the condition, or the SELECT, that shows them all.
    """

    expectation: str
    day: date
    outcome: Outcome
    unexpected: int | None = None
    checked: int | None = None
    observed: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = ""
    detail: str = ""
    keys: tuple[str, ...] = ()
    failing: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


def judge_counts(expectation: Expectation, day: date, checked: int, unexpected: int, failing: str) -> ExpectationResult:
    """Judge a rule on rows: it holds when at least the share `mostly` of the checked rows keep it (the library's own formula)."""
    mostly = float(expectation.kwargs.get("mostly", 1))
    kept = not checked or (checked - unexpected) / checked >= mostly
    return ExpectationResult(
        expectation=expectation.id,
        day=day,
        outcome=Outcome.OK if kept else Outcome.FINDING,
        unexpected=unexpected,
        checked=checked,
        observed=float(unexpected),
        expected=0.0,
        upper=(1 - mostly) * checked,
        unit="rows",
        detail="" if kept else f"{unexpected} of {checked} rows break the rule",
        failing=failing,
    )


def error_result(expectation: Expectation, day: date, message: str) -> ExpectationResult:
    """Say that the expectation could not be computed: the column that is missing where that is why, else the message's first line."""
    missing = [found.group("name") for pattern in _NO_COLUMN if (found := pattern.search(message))][:1]
    detail = f"column {missing[0]} is missing" if missing else _first_line(message)
    evidence = {"missing": missing} if missing else {}
    return ExpectationResult(expectation.id, day, Outcome.ERROR, detail=detail, evidence=evidence)


def no_rows(expectation: Expectation, day: date) -> ExpectationResult:
    """Say that a rule on rows had none to look at, which is not health."""
    return ExpectationResult(expectation.id, day, Outcome.NO_DATA, detail="the day has no rows")


def _first_line(message: str) -> str:
    """Leave out the statement, which may hold values, and everything after it."""
    return " ".join(message.partition("[SQL:")[0].split())[:300]
