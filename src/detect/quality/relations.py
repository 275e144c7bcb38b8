"""Rules on two tables, judged from what the database counted day by day."""

from __future__ import annotations

from datetime import date, timedelta

from detect.model import Outcome
from detect.quality.outcome import ExpectationResult, judge_counts, no_rows
from detect.quality.suite import Expectation
from detect.series.relations import Reconciliation

__all__ = ["judge_reconciliation", "judge_reference", "judged_day"]

_SHOWN_DIGITS = 2


def judged_day(rule: Reconciliation, as_of: date) -> date:
    """Return the day that the night of `as_of` compares: the last one whose other side has had its time."""
    return as_of - timedelta(days=rule.lag_days)


def judge_reference(expectation: Expectation, as_of: date, counted: tuple[int, int] | None) -> ExpectationResult:
    """Judge `counted` (rows spoken of, rows without an answer); None: the day has no rows."""
    return no_rows(expectation, as_of) if counted is None else judge_counts(expectation, as_of, *counted, "")


def judge_reconciliation(
    expectation: Expectation,
    as_of: date,
    *,
    groups: int,
    differing: int,
    sums: tuple[float | None, float | None],
    names: tuple[str, str],
) -> ExpectationResult:
    """Judge one day: `differing` of `groups` do not agree; `sums` are those of both sides (None: no row), called `names`.

    A day without a row on either side has nothing to compare, which is not agreement.
    """
    if not groups:
        return no_rows(expectation, as_of)
    mostly = float(expectation.kwargs.get("mostly", 1))
    kept = (groups - differing) / groups >= mostly
    here, there = sums
    return ExpectationResult(
        expectation=expectation.id,
        day=as_of,
        outcome=Outcome.OK if kept else Outcome.FINDING,
        unexpected=differing,
        checked=groups,
        observed=here,
        expected=there,
        detail="" if kept else _said(differing, groups, sums, names),
        evidence={"here": here, "there": there} if not kept else {},
    )


def _said(differing: int, groups: int, sums: tuple[float | None, float | None], names: tuple[str, str]) -> str:
    both = " ≠ ".join(f"{name} {_figure(value)}" for name, value in zip(names, sums, strict=True))
    return both if groups == 1 else f"{both} ({differing} / {groups})"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.{_SHOWN_DIGITS}f}"
