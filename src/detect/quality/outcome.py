"""How an expectation ended.

Rules on rows are judged here from two counts, whoever counted: Great Expectations on the night, one GROUP BY in a backfill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from detect.model import Outcome
from detect.quality.suite import Expectation

__all__ = ["ExpectationResult", "judge_counts"]


@dataclass(frozen=True)
class ExpectationResult:
    """How one expectation ended on one day.

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
