"""Bounds that come from the table's own past: what a suite says of them, and the figures they are learnt from."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from detect.model import Category, Frozen, SeriesType, Text
from detect.quality.conditions import named
from detect.series.metric import Absent, Metric

__all__ = ["LEARNABLE", "SHARE", "FromHistory", "aggregate_metric"]

# The rules on one figure of the day that can be learnt, with the aggregate that gives the figure.
SHARE = "expect_column_proportion_of_non_null_values_to_be_between"
LEARNABLE: Mapping[str, str] = {
    "expect_column_max_to_be_between": "max({column})",
    "expect_column_mean_to_be_between": "mean({column})",
    "expect_column_min_to_be_between": "min({column})",
    "expect_column_sum_to_be_between": "sum({column})",
    "expect_column_unique_value_count_to_be_between": "count_distinct({column})",
    SHARE: "count()",
}


class FromHistory(Frozen):
    """Learn the bounds from the same weekday of the `weeks` before (from all recent days where those are too few).

    They lie `sigmas` robust spreads (median absolute deviation, never less than chance or 5 % explain) around the median. A rule on
    rows learns the share of rows that usually break it, and has an upper bound alone. Departures below `least`, in the figure's own
    unit, are none.
    """

    weeks: int = Field(default=8, ge=4, le=104)
    sigmas: float = Field(default=4.0, gt=0)
    least: float = Field(default=0.0, ge=0)


def aggregate_metric(
    identity: str, kind: str, column: str, *, name: Text, source: str, department: str, category: Category
) -> Metric:
    """Return the figure of a `LEARNABLE` rule as a metric by day."""
    aggregate = LEARNABLE[kind].format(column=named(column))
    share = kind == SHARE
    return Metric(
        id=identity,
        name=name,
        department=department,
        category=category,
        source=source,
        value=None if share else aggregate,
        numerator=aggregate if share else None,
        denominator="count()" if share else None,
        where=f"not ({named(column)} is None)" if share else None,
        type=SeriesType.RATIO if share else SeriesType.AMOUNT,
        absent=Absent.MISSING,
        detectors=(),
    )
