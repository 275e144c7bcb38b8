"""Rules that each row keeps or breaks, as conditions that one GROUP BY can count by day.

On the night Great Expectations counts the rows of one day; over a range its count by day is not to be had, so a backfill counts the
same condition through the metrics of `as_metric`. Both counts meet in `outcome.judge_counts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from detect.errors import SourceError
from detect.model import SeriesType
from detect.quality.conditions import UNIQUE, condition, named
from detect.quality.history import LEARNABLE, aggregate_metric
from detect.quality.outcome import ExpectationResult, error_result, judge_counts, no_rows
from detect.quality.suite import Expectation, Suite
from detect.series.metric import Absent, Metric

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RowRule", "as_metric", "count_failures_by_day", "learnt_metrics", "metrics", "repeat_columns", "row_rule"]


@dataclass(frozen=True)
class RowRule:
    """A rule on rows: `failing` holds for a row that breaks it, `checked` for a row it speaks of (None: all rows).

    Both are in the expression language of metrics. For a uniqueness rule `unique` names the columns; the rows beyond the first of each
    combination are the ones that break it.
    """

    failing: str
    checked: str | None
    unique: tuple[str, ...] = ()


def row_rule(expectation: Expectation) -> RowRule | None:
    """Say the expectation as a condition on one row; None where it is none."""
    if expectation.on != "day":
        return None
    if expectation.type in UNIQUE:
        return _unique(expectation)
    found = condition(expectation.type, expectation.kwargs)
    return None if found is None else RowRule(*found)


def as_metric(expectation: Expectation, source: str, department: str) -> Metric | None:
    """Give the share of rows that break the rule, with the rows it speaks of as denominator; None where `row_rule` is None."""
    rule = row_rule(expectation)
    if rule is None:
        return None
    return Metric(
        id=f"{source}:{expectation.id}",
        name=expectation.name,
        department=department,
        category=expectation.category,
        source=source,
        numerator=f"count_repeats({', '.join(map(named, rule.unique))})" if rule.unique else "count()",
        denominator="count()",
        where=rule.checked if rule.unique else rule.failing,
        where_denominator=rule.checked,
        type=SeriesType.RATIO,
        absent=Absent.MISSING,
        detectors=(),
    )


def metrics(suite: Suite, department: str = "") -> tuple[Metric, ...]:
    """Every rule on rows of the suite that can be counted by day, as metrics for one aggregate over a range."""
    counted = (e for e in suite.expectations if e.from_history is None)
    found = (as_metric(e, suite.source, suite.owner(e) or department) for e in counted)
    return tuple(metric for metric in found if metric is not None)


def learnt_metrics(suite: Suite, department: str = "") -> tuple[Metric, ...]:
    """Return the figures by day that the suite's rules with `from_history` are judged by; a night pulls them with the table's others."""
    found: list[Metric | None] = []
    for e in suite.expectations:
        owner = suite.owner(e) or department
        if e.from_history is not None and e.type in LEARNABLE:
            found.append(
                aggregate_metric(
                    suite.subject(e),
                    e.type,
                    e.kwargs["column"],
                    name=e.name,
                    source=suite.source,
                    department=owner,
                    category=e.category,
                )
            )
        elif e.from_history is not None:
            found.append(as_metric(e, suite.source, owner))
    return tuple(metric for metric in found if metric is not None)


def repeat_columns(suite: Suite) -> dict[str, tuple[str, ...]]:
    """Name the numbering column that the night's query should carry for each uniqueness rule, with the columns it numbers over.

    The column is row_number() over rows equal in those columns, and NULL where all of them are NULL. With it a repeat means the same
    to Great Expectations (whose own count is of all rows sharing a key, and skips keys with a NULL) and to `count_repeats`.
    """
    found = {e.id: row_rule(e) for e in suite.expectations if e.type in UNIQUE and e.from_history is None}
    return {f"repeat_{i}": rule.unique for i, rule in found.items() if rule is not None}


def count_failures_by_day(
    suite: Suite,
    observations: pd.DataFrame,
    days: Sequence[date],
    failures: Iterable[tuple[str, SourceError]] = (),
) -> list[ExpectationResult]:
    """Judge every countable rule on each of `days` from the aggregate of `metrics`, as the nights would have judged it.

    `observations` is [metric, segment, day, value, weight, rows]: value the share of failing rows, weight the rows spoken of. A day
    without rows is no_data, as on the night; `failures` are the metrics that could not be had, and become errors.
    """
    failed = dict(failures)
    found: list[ExpectationResult] = []
    for expectation in suite.expectations:
        rule, subject = row_rule(expectation), suite.subject(expectation)
        if expectation.from_history is not None:
            continue
        if rule is not None and subject in failed:
            found += [error_result(expectation, day, failed[subject].what) for day in days]
        elif rule is not None:
            found += _by_day(expectation, rule, observations[observations["metric"] == subject], days)
    return found


def _by_day(
    expectation: Expectation, rule: RowRule, mine: pd.DataFrame, days: Sequence[date]
) -> list[ExpectationResult]:
    at = _dates(mine["day"])
    checked = dict(zip(at, np.nan_to_num(mine["weight"].to_numpy(dtype=float)), strict=True))
    share = dict(zip(at, np.nan_to_num(mine["value"].to_numpy(dtype=float)), strict=True))
    return [
        judge_counts(expectation, day, round(checked[day]), round(checked[day] * share[day]), rule.failing)
        if day in checked
        else no_rows(expectation, day)
        for day in days
    ]


def _dates(column: pd.Series[Any]) -> list[date]:
    days: list[date] = np.asarray(column, dtype="datetime64[D]").astype(object).tolist()
    return days


def _unique(expectation: Expectation) -> RowRule | None:
    given = expectation.kwargs[UNIQUE[expectation.type]]
    columns = (given,) if isinstance(given, str) else tuple(given)
    if expectation.kwargs.get("ignore_row_if", "all_values_are_missing") != "all_values_are_missing":
        return None
    names = [named(column) for column in columns]
    checked = f"not ({' and '.join(f'{name} is None' for name in names)})"
    return RowRule(f"repeated({', '.join(names)})", checked, columns)
