"""From the wide result of one statement (a row per day and segment, a column per aggregate) to the long frame of observations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detect.db.observations import COLUMNS
from detect.db.plan import REPEATS, ROWS, Term
from detect.db.segments import called, labels, top

__all__ = ["DAY", "SEGMENT", "empty", "of_segments", "of_total", "wide"]

DAY, SEGMENT = "yj_day", "yj_segment"


def wide(rows: Sequence[Any], names: Sequence[str]) -> pd.DataFrame:
    """Return the fetched rows with days as datetime64[s] (NaT where the text is no day) and every aggregate as float64."""
    columns = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
    frame = pd.DataFrame(
        {name: np.array(values, dtype=float) for name, values in columns.items() if name not in {DAY, SEGMENT}}
    )
    frame[DAY] = pd.to_datetime(pd.Series(columns[DAY], dtype=object), format="%Y-%m-%d", errors="coerce").astype(
        "datetime64[s]"
    )
    if SEGMENT in columns:
        named = labels(columns[SEGMENT])
        frame[SEGMENT] = pd.Series([named[value] for value in columns[SEGMENT]], dtype=object)
    if REPEATS not in frame:
        frame[REPEATS] = 0.0
    return frame


def of_total(group: pd.DataFrame, term: Term) -> pd.DataFrame:
    """Return a metric's observations in total: `group` has one row a day."""
    return _observations(group, term, "", group[term.denominator] if term.denominator else None)


def of_segments(group: pd.DataFrame, term: Term, column: str, chosen: Collection[str] | None) -> pd.DataFrame:
    """Return a metric's observations by the values of one column; `chosen` names the values instead of the most frequent."""
    if chosen is None:
        rows = group.groupby(SEGMENT)[term.rows].sum()
        chosen = top(term.metric, {str(name): int(count) for name, count in rows.items()})
    part = group[group[SEGMENT].isin(list(chosen))]
    if term.fills_zero or term.whole:
        part = _with_empty_days(part, np.sort(group[DAY].unique()), term.rows)
    denominator = part[term.denominator] if term.denominator else None
    if term.whole:
        denominator = part[DAY].map(group.groupby(DAY)[term.denominator].sum())
    names = {name: called(term.metric, column, name) for name in part[SEGMENT].unique()}
    return _observations(part, term, part[SEGMENT].map(names).to_numpy(object), denominator)


def _with_empty_days(part: pd.DataFrame, days: NDArray[Any], rows: str) -> pd.DataFrame:
    """Add zeros for the days on which the table has rows and a segment none, from the segment's first day on."""
    first = part[part[rows] > 0].groupby(SEGMENT)[DAY].min()
    grid = pd.MultiIndex.from_product([sorted(first.index), days], names=[SEGMENT, DAY])
    filled = part.set_index([SEGMENT, DAY]).reindex(grid, fill_value=0.0).reset_index()
    return filled[filled[DAY] >= filled[SEGMENT].map(first)].reset_index(drop=True)


def _observations(
    group: pd.DataFrame, term: Term, segment: str | NDArray[np.object_], denominator: pd.Series | None
) -> pd.DataFrame:
    value, rows = group[term.value].to_numpy(float), group[term.rows].to_numpy(float)
    if term.empty_is_zero:  # a sum of no rows is zero; a sum of rows without values is not known
        value = np.where(group[term.value_rows].to_numpy(float) == 0, 0.0, value)
    weight, there = np.full(len(group), np.nan), (rows > 0) | term.fills_zero
    if denominator is not None:
        weight = denominator.fillna(0.0).to_numpy(float)
        value = np.divide(value, weight, out=np.full(len(group), np.nan), where=weight != 0)
        there = np.ones(len(group), bool)  # a ratio of nothing is a day that came, without a value
    columns = {
        "metric": term.metric.id,
        "segment": segment,
        "day": group[DAY].to_numpy(),
        "value": np.where(np.isfinite(value), value, np.nan),
        "weight": np.where(np.isfinite(weight), weight, np.nan),
        "rows": rows.astype("int64"),
        "repeated": _repeats(group, rows),
    }
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(group)))
    return frame[there].reset_index(drop=True)


def _repeats(group: pd.DataFrame, rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many of a metric's rows are repeats: the group's repeats, by the share of its rows that the metric counts."""
    every = group[ROWS].to_numpy(float)
    share = np.divide(rows, every, out=np.zeros(len(rows)), where=every > 0)
    return np.asarray(np.rint(group[REPEATS].to_numpy(float) * np.minimum(share, 1.0)), dtype=np.int64)


def empty() -> pd.DataFrame:
    """Return no observations, in the right types."""
    kinds = {"metric": "str", "segment": "str", "day": "datetime64[s]", "value": "float64", "weight": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "int64")) for name in COLUMNS})
