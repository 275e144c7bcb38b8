"""From the wide result of one statement (a row per day and segment, a column per aggregate) to the long frame of observations.

All metrics of a grain share its rows, so days and segments are numbered once and each metric picks from arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detect.db.observations import COLUMNS
from detect.db.plan import REPEATS, ROWS, Term
from detect.db.segments import OTHER, called, labels, top

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DAY",
    "SEGMENT",
    "Choice",
    "Grain",
    "Mix",
    "Part",
    "empty",
    "frame_of",
    "mix_of",
    "of_segments",
    "of_total",
    "rest_of",
    "watched",
    "wide",
]

DAY, SEGMENT = "yj_day", "yj_segment"
NAMES_KNOWN = 2000  # values of a column, beyond which they are entities and a new one is no news
SHARE_THAT_MATTERS = 0.02  # of a day's rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Grain:
    """The result of one statement, ordered by segment and day: `day` and `segment` (rows,) number `days` and `names`.

    `columns` holds an array (rows,) for each aggregate, NaN where the database gave NULL.
    """

    days: NDArray[Any]  # datetime64[s], sorted
    names: NDArray[np.object_]  # '' where the grain is the total
    day: Ints
    segment: Ints
    columns: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Part:
    """One metric's observations in one grain; all arrays have the same length. `names` are what `segment` numbers."""

    metric: str
    names: NDArray[np.object_]
    segment: Ints
    days: NDArray[Any]
    numbers: Mapping[str, NDArray[Any]]


def wide(rows: Sequence[Any], names: Sequence[str]) -> tuple[Grain, Any]:
    """Return the fetched rows as a Grain, and the first day that is none, or None."""
    import pandas as pd

    columns = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
    raw = columns.pop(DAY)
    numbered, found = pd.factorize(np.array(raw, dtype=object), use_na_sentinel=False)
    days = pd.to_datetime(pd.Series(found, dtype=object), format="%Y-%m-%d", errors="coerce").to_numpy("datetime64[s]")
    bad = next((value for value, day in zip(found, days, strict=True) if np.isnat(day)), None)
    rank = np.empty(len(days), np.int64)
    rank[np.argsort(days, kind="stable")] = np.arange(len(days))
    segment, called_ = _segments(columns.pop(SEGMENT, None), len(rows))
    day = rank[numbered]
    order = np.lexsort((day, segment))
    figures = {name: np.array(values, dtype=float)[order] for name, values in columns.items()}
    figures.setdefault(REPEATS, np.zeros(len(rows)))
    grain = Grain(np.sort(days), called_, day[order], segment[order], figures)
    return grain, repr(bad) if np.isnat(days).any() else None


def _segments(values: Sequence[Any] | None, count: int) -> tuple[Ints, NDArray[np.object_]]:
    if values is None:
        return np.zeros(count, np.int64), np.array([""], dtype=object)
    named = labels(values)
    names = np.array(sorted(named.values()), dtype=object)
    place = {name: number for number, name in enumerate(names)}
    code = {value: place[name] for value, name in named.items()}
    return np.array([code[value] for value in values], dtype=np.int64), names


@dataclass(frozen=True)
class Mix:
    """Which values a column held: the first day of each, and the share of the day's rows where it matters, by (value, day)."""

    first: Mapping[str, date]
    shares: Mapping[tuple[str, date], float]


def mix_of(grain: Grain) -> Mix | None:
    """Return the mix of a grain by segments; None where there are so many values that new ones are the rule."""
    if len(grain.names) > NAMES_KNOWN:
        return None
    rows = grain.columns[ROWS]
    days = grain.days.astype("datetime64[D]").astype(object)
    there = np.flatnonzero(rows > 0)
    names, place = np.unique(grain.segment[there], return_index=True)  # ordered by day within a segment
    first = {str(grain.names[n]): days[grain.day[there[p]]] for n, p in zip(names, place, strict=True)}
    share = rows / np.maximum(np.bincount(grain.day, rows, len(grain.days)), 1.0)[grain.day]
    large = np.flatnonzero(share >= SHARE_THAT_MATTERS)
    shares = {(str(grain.names[grain.segment[i]]), days[grain.day[i]]): float(share[i]) for i in large}
    return Mix(first, shares)


def of_total(grain: Grain, term: Term) -> Part:
    """Return a metric's observations in total."""
    return _part(grain, term, grain.names, grain.columns.get(term.denominator))


@dataclass(frozen=True)
class Choice:
    """Which values of a column a metric watches: those of `only` and no others, or those `known` and, while there is room, the greatest.

    Rows of days from `before` on have no say in which are the greatest.
    """

    only: Collection[str] | None = None
    known: Collection[str] = ()
    before: date | None = None


def watched(grain: Grain, term: Term, choice: Choice) -> frozenset[str]:
    """Return the values that a metric watches."""
    if choice.only is not None:
        return frozenset(choice.only)
    if len(choice.known) >= term.metric.top_segments and not term.metric.segment_names:
        return frozenset(choice.known)
    rows = np.zeros((len(grain.names), len(grain.days)))
    rows[grain.segment, grain.day] = grain.columns[term.rows]
    before = len(grain.days)
    if choice.before is not None:
        before = int(np.searchsorted(grain.days.astype("datetime64[D]"), np.datetime64(choice.before, "D")))
    by_name = {str(name): days.tolist() for name, days in zip(grain.names, rows, strict=True)}
    return frozenset(top(term.metric, by_name, choice.known, before))


def rest_of(grain: Grain, term: Term, column: str, chosen: Collection[str]) -> Part | None:
    """Return the observations of all values not watched as one segment; None where there are none, or the figure does not add up."""
    if not term.metric.rest or not term.adds_up:
        return None
    rows = np.array([name not in chosen for name in grain.names], dtype=bool)[grain.segment]
    if not rows.any():
        return None
    part = _picked(grain, rows, term)
    days, place = np.unique(part.day, return_inverse=True)
    columns = {name: _added(values, place, len(days)) for name, values in part.columns.items()}
    one = Grain(grain.days, np.array([OTHER], dtype=object), days, np.zeros(len(days), np.int64), columns)
    if term.fills_zero or term.whole:
        one = _with_empty_days(one, term.rows)
    whole = None
    if term.whole:
        whole = np.bincount(grain.day, np.nan_to_num(grain.columns[term.denominator]), len(grain.days))[one.day]
    denominator = np.asarray(whole, dtype=float) if whole is not None else one.columns.get(term.denominator)
    return _part(one, term, np.array([called(term.metric, column, OTHER)], dtype=object), denominator)


def _added(values: Floats, place: Ints, count: int) -> Floats:
    """Add up what is known; a sum of nothing known is not known."""
    there = np.isfinite(values)
    total = np.bincount(place, np.where(there, values, 0.0), count)
    return np.where(np.bincount(place, there, count) > 0, total, np.nan)


def of_segments(grain: Grain, term: Term, column: str, chosen: Collection[str]) -> Part:
    """Return a metric's observations by the `chosen` values of one column."""
    wanted = np.array([name in chosen for name in grain.names], dtype=bool)
    part = _picked(grain, wanted[grain.segment], term)
    if term.fills_zero or term.whole:
        part = _with_empty_days(part, term.rows)
    denominator = part.columns.get(term.denominator)
    if term.whole:
        whole = np.bincount(grain.day, np.nan_to_num(grain.columns[term.denominator]), len(grain.days))
        denominator = np.asarray(whole[part.day], dtype=float)
    names = np.array([called(term.metric, column, name) for name in grain.names], dtype=object)
    return _part(part, term, names, denominator)


def _picked(grain: Grain, rows: NDArray[np.bool_], term: Term) -> Grain:
    """Pick rows, and of the columns those that the metric reads."""
    read = {ROWS, REPEATS, term.value, term.rows, term.value_rows, term.denominator} & grain.columns.keys()
    if rows.all():
        return replace(grain, columns={name: grain.columns[name] for name in read})
    columns = {name: grain.columns[name][rows] for name in read}
    return Grain(grain.days, grain.names, grain.day[rows], grain.segment[rows], columns)


def _with_empty_days(part: Grain, rows: str) -> Grain:
    """Add zeros for the days on which the table has rows and a segment none, from the segment's first day on."""
    counted = part.columns[rows] > 0
    first = np.full(len(part.names), len(part.days))
    np.minimum.at(first, part.segment[counted], part.day[counted])
    segment, day = np.nonzero(np.arange(len(part.days)) >= first[:, None])
    kept = part.day >= first[part.segment]
    # Both are ordered by segment and day, so a row's place in the grid is found by bisection.
    place = np.searchsorted(segment * len(part.days) + day, part.segment[kept] * len(part.days) + part.day[kept])
    columns = {}
    for name, values in part.columns.items():
        columns[name] = np.zeros(len(segment))
        columns[name][place] = values[kept]
    return Grain(part.days, part.names, day, segment, columns)


def _part(grain: Grain, term: Term, names: NDArray[np.object_], denominator: Floats | None) -> Part:
    columns = grain.columns
    value, rows = columns[term.value], columns[term.rows]
    if term.empty_is_zero:  # a sum of no rows is zero; a sum of rows without values is not known
        value = np.where(columns[term.value_rows] == 0, 0.0, value)
    weight, there = np.full(len(rows), np.nan), (rows > 0) | term.fills_zero
    if denominator is not None:
        weight = np.nan_to_num(denominator, nan=0.0, posinf=np.inf, neginf=-np.inf)
        value = np.divide(value, weight, out=np.full(len(rows), np.nan), where=weight != 0)
        there = np.ones(len(rows), bool)  # a ratio of nothing is a day that came, without a value
    numbers = {
        "value": np.where(np.isfinite(value), value, np.nan)[there],
        "weight": np.where(np.isfinite(weight), weight, np.nan)[there],
        "rows": rows.astype("int64")[there],
        "repeated": _repeats(grain, rows)[there],
    }
    return Part(term.metric.id, names, grain.segment[there], grain.days[grain.day[there]], numbers)


def _repeats(grain: Grain, rows: Floats) -> Ints:
    """Return how many of a metric's rows are repeats: the group's repeats, by the share of its rows that the metric counts."""
    every = grain.columns[ROWS]
    share = np.divide(rows, every, out=np.zeros(len(rows)), where=every > 0)
    return np.asarray(np.rint(grain.columns[REPEATS] * np.minimum(share, 1.0)), dtype=np.int64)


def frame_of(parts: Sequence[Part]) -> pd.DataFrame:
    """Return the observations of all parts in the order of metric, segment and day."""
    import pandas as pd

    filled = [part for part in parts if len(part.days)]
    if not filled:
        return empty()
    metrics = sorted({part.metric for part in filled})
    segments = sorted({name for part in filled for name in part.names})
    place = {name: number for number, name in enumerate(segments)}
    metric = np.concatenate([np.full(len(p.days), metrics.index(p.metric)) for p in filled])
    segment = np.concatenate([np.array([place[name] for name in p.names])[p.segment] for p in filled])
    days = np.concatenate([p.days for p in filled])
    order = np.lexsort((days, segment, metric))
    columns: dict[str, Any] = {
        "metric": pd.array(metrics, dtype="str").take(metric[order]),
        "segment": pd.array(segments, dtype="str").take(segment[order]),
        "day": days[order],
    }
    columns |= {name: np.concatenate([p.numbers[name] for p in filled])[order] for name in filled[0].numbers}
    return pd.DataFrame(columns)


def empty() -> pd.DataFrame:
    """Return no observations, in the right types."""
    import pandas as pd

    kinds = {"metric": "str", "segment": "str", "day": "datetime64[s]", "value": "float64", "weight": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "int64")) for name in COLUMNS})
