"""Rules on a table judged from what the night has anyway: its last day, its rows a day, its columns. They cost no query.

A night and a backfill judge them from the same `TableFacts`, so both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from detect.model import Outcome
from detect.quality.history import LEARNABLE, SHARE
from detect.quality.learnt import judge_learnt
from detect.quality.outcome import ExpectationResult, error_result
from detect.quality.suite import Expectation

__all__ = ["TableFacts", "family", "judge_facts"]

_MINIMUM_HISTORY = 8
_SPREAD_FLOOR = 0.05  # of the logarithm: no table's daily count is steadier than 5 %
_MAD_TO_SIGMA = 1.4826
_FAMILIES = (
    ("any", ("interval", "point")),
    ("text", ("char", "text", "clob", "string", "uuid", "enum", "json", "name")),
    ("boolean", ("bool",)),
    ("datetime", ("timestamp", "datetime")),
    ("date", ("date",)),
    ("number", ("numeric", "decimal", "real", "float", "double", "money")),
    ("integer", ("int", "serial")),
)


@dataclass(frozen=True, eq=False)
class TableFacts:
    """What is known of a table up to a day, whatever the rule.

    `days` (T,) datetime64[D] are consecutive calendar days, `rows` (T,) the rows of each (0 or NaN: none), `open` (T,) bool the days
    on which rows are due (working days of the calendar). `columns` maps a column to its SQL type, None where it was not looked up;
    `lag_days` is after how many days a business day is complete. `figures` are, by expectation with `from_history`, its figure of each
    day and the rows behind it, both (T,); `lost` says of those that could not be had why.
    """

    days: np.ndarray
    rows: np.ndarray
    open: np.ndarray
    columns: Mapping[str, str] | None = None
    lag_days: int = 0
    figures: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)

    def until(self, as_of: date) -> TableFacts:
        """Cut off what the night of `as_of` could not have known."""
        known = self.days <= np.datetime64(as_of, "D")
        figures = {name: (values[known], weights[known]) for name, (values, weights) in self.figures.items()}
        rows = np.nan_to_num(self.rows[known])
        return replace(self, days=self.days[known], rows=rows, open=self.open[known], figures=figures)


def judge_facts(expectation: Expectation, facts: TableFacts | None, as_of: date) -> ExpectationResult:
    """Judge a freshness, row_count_against_history or schema rule, or one with `from_history`, as the night of `as_of` would."""
    if facts is None:
        return ExpectationResult(expectation.id, as_of, Outcome.NOT_CHECKED, detail="nothing is known of the table")
    if expectation.from_history is not None:
        return _learnt(expectation, facts.until(as_of), as_of)
    judge = {"freshness": _freshness, "row_count_against_history": _volume, "schema": _schema}[expectation.type]
    return judge(expectation, facts.until(as_of), as_of)


def _learnt(expectation: Expectation, facts: TableFacts, as_of: date) -> ExpectationResult:
    """Judge the figure of the last day that must be complete by those of the days before it."""
    if expectation.id in facts.lost:
        return error_result(expectation, as_of, facts.lost[expectation.id])
    at = np.flatnonzero(facts.days == _due(facts, as_of))
    if expectation.id not in facts.figures or not len(at) or expectation.from_history is None:
        return ExpectationResult(expectation.id, as_of, Outcome.NOT_CHECKED, detail="no figure of the table is known")
    return judge_learnt(
        expectation.id,
        as_of,
        expectation.from_history,
        figures=facts.figures[expectation.id],
        at=int(at[0]),
        usable=facts.open & (facts.rows > 0),
        share=expectation.type not in LEARNABLE or expectation.type == SHARE,
        broken=expectation.type not in LEARNABLE,
    )


def family(sql_type: str) -> str:
    """Sort a database's type into text, integer, number, date, datetime, boolean or any (not known)."""
    lower = sql_type.lower()
    return next((name for name, words in _FAMILIES if any(word in lower for word in words)), "any")


def _freshness(expectation: Expectation, facts: TableFacts, as_of: date) -> ExpectationResult:
    """Fail when more open days than allowed have passed since the last day with rows."""
    due = _due(facts, as_of)
    with_rows = np.flatnonzero(facts.rows > 0)
    if not len(with_rows):
        return ExpectationResult(expectation.id, as_of, Outcome.FINDING, detail="the table has no rows at all")
    last = facts.days[with_rows[-1]]
    late = int(facts.open[(facts.days > last) & (facts.days <= due)].sum())
    allowed = int(expectation.kwargs.get("days", 0))
    return ExpectationResult(
        expectation=expectation.id,
        day=as_of,
        outcome=Outcome.FINDING if late > allowed else Outcome.OK,
        observed=float(late),
        expected=0.0,
        upper=float(allowed),
        unit="days",
        detail=f"the last day with rows is {last}" if late > allowed else "",
        evidence={"last_day": str(last), "working_days_late": late},
    )


def _volume(expectation: Expectation, facts: TableFacts, as_of: date) -> ExpectationResult:
    """Compare the day's rows with the open days of the same weekday before it: median and MAD of the logarithm."""
    due = _due(facts, as_of)
    at = np.flatnonzero(facts.days == due)
    if not len(at) or not facts.open[at[0]]:
        return ExpectationResult(expectation.id, as_of, Outcome.OK, detail="no rows are due")
    past = _comparable(facts, int(at[0]), int(expectation.kwargs.get("weeks", 8)))
    if len(past) < _MINIMUM_HISTORY // 2:
        return ExpectationResult(
            expectation.id, as_of, Outcome.INSUFFICIENT_HISTORY, detail=f"{len(past)} comparable days"
        )
    rows = float(facts.rows[at[0]])
    usual, lower, upper = _band(np.log(past), expectation.kwargs)
    return ExpectationResult(
        expectation=expectation.id,
        day=as_of,
        outcome=Outcome.OK if lower <= rows <= upper else Outcome.FINDING,
        observed=rows,
        expected=usual,
        lower=lower,
        upper=upper,
        unit="rows",
        detail="" if lower <= rows <= upper else f"{rows:.0f} rows, {usual:.0f} are usual",
        evidence={"judged_day": str(due), "compared_days": len(past), "spread": round(_spread(np.log(past)), 4)},
    )


def _due(facts: TableFacts, as_of: date) -> np.datetime64:
    """Give the last calendar day that must be complete on the night of `as_of`."""
    return np.datetime64(as_of, "D") - np.timedelta64(facts.lag_days, "D")


def _comparable(facts: TableFacts, at: int, weeks: int) -> np.ndarray:
    """Rows of the same weekday in the weeks before; of all open days where those are too few."""
    usable = facts.open & (facts.rows > 0)
    same = np.arange(at - 7, max(at - 7 * weeks, 0) - 1, -7)
    same = same[usable[same]]
    if len(same) >= _MINIMUM_HISTORY // 2:
        return np.asarray(facts.rows[same], dtype=float)
    recent = np.flatnonzero(usable[:at])[-4 * _MINIMUM_HISTORY :]
    return np.asarray(facts.rows[recent] if len(recent) >= _MINIMUM_HISTORY else [], dtype=float)


def _band(logs: np.ndarray, kwargs: Mapping[str, Any]) -> tuple[float, float, float]:
    """Give the usual count and its band: `sigmas` robust spreads, and never narrower than the shares `at_least` and `at_most`."""
    centre = float(np.median(logs))
    reach = float(kwargs.get("sigmas", 4.0)) * _spread(logs)
    usual = float(np.exp(centre))
    lower = min(np.exp(-reach), float(kwargs.get("at_least", 0.5)))
    upper = max(np.exp(reach), float(kwargs.get("at_most", 2.0)))
    return usual, usual * float(lower), usual * float(upper)


def _spread(logs: np.ndarray) -> float:
    """Give the robust spread of the logarithms, never below the floor."""
    return max(_MAD_TO_SIGMA * float(np.median(np.abs(logs - float(np.median(logs))))), _SPREAD_FLOOR)


def _schema(expectation: Expectation, facts: TableFacts, as_of: date) -> ExpectationResult:
    """Fail when a column is missing or of another family; columns nobody asked for are left alone."""
    if facts.columns is None:
        return ExpectationResult(expectation.id, as_of, Outcome.NOT_CHECKED, detail="the columns were not looked up")
    wanted: Mapping[str, str] = expectation.kwargs["columns"]
    missing = sorted(set(wanted) - set(facts.columns))
    seen = {name: family(facts.columns[name]) for name in wanted if name in facts.columns}
    retyped = sorted(name for name in seen if not _compatible(wanted[name], seen[name]))
    said = [f"column {n} is missing" for n in missing]
    said += [f"column {n} is {facts.columns[n]}, {wanted[n]} expected" for n in retyped]
    return ExpectationResult(
        expectation=expectation.id,
        day=as_of,
        outcome=Outcome.FINDING if said else Outcome.OK,
        observed=float(len(said)),
        expected=0.0,
        unit="columns",
        detail="; ".join(said),
        evidence={"missing": missing, "retyped": retyped} if said else {},
    )


def _compatible(wanted: str, seen: str) -> bool:
    """Whether a column of family `seen` serves where `wanted` is expected."""
    return "any" in {wanted, seen} or wanted == seen or (wanted, seen) in {("number", "integer"), ("date", "datetime")}
