"""From the wide result of one statement (a row per day and segment, a column per aggregate) to the long frame of observations.

All metrics of a grain share its rows, so days and segments are numbered once and each metric picks from arrays; what metrics have in common
(which rows, on which days, counted how) they share in memory too, for a first pull may bring millions of figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    "BATCH",
    "DAY",
    "SEGMENT",
    "Choice",
    "Cuts",
    "Grain",
    "Mix",
    "Part",
    "batches",
    "empty",
    "frame_of",
    "mix_of",
    "of_total",
    "rest_of",
    "watched",
    "wide",
]

DAY, SEGMENT = "yj_day", "yj_segment"
NAMES_KNOWN = 2000  # values of a column, beyond which they are entities and a new one is no news
SHARE_THAT_MATTERS = 0.02  # of a day's rows
BATCH = 500_000  # figures of a frame; a frame of all of a long history would fill the memory
_PLACE = "yj_place"  # of a row in the grain, from 1 on; 0 where a day was empty

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]


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
    """One metric's observations in one grain: arrays of the same length, `segment` numbers `names`, `day` numbers `days`."""

    metric: str
    names: NDArray[np.object_]
    segment: Ints
    days: NDArray[Any]
    day: Ints
    numbers: Mapping[str, NDArray[Any]]  # value, weight, rows, repeated

    def __len__(self) -> int:
        """How many figures."""
        return len(self.day)


def wide(parts: Iterable[Sequence[Any]], names: Sequence[str]) -> tuple[Grain, Any]:
    """Return the fetched rows, which come in parts, as a Grain, and the first day that is none, or None."""
    import pandas as pd

    texts = [name for name in names if name in {DAY, SEGMENT}]
    gathered: dict[str, list[Any]] = {name: [] for name in names}
    for rows in parts:
        for name, values in zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True):
            gathered[name].append(
                np.array([*values, None], dtype=object)[:-1] if name in texts else np.array(values, float)
            )
    columns = {name: np.concatenate(found) if found else np.array([]) for name, found in gathered.items()}
    raw = columns.pop(DAY)
    numbered, found = pd.factorize(raw.astype(object), use_na_sentinel=False)
    days = pd.to_datetime(pd.Series(found, dtype=object), format="%Y-%m-%d", errors="coerce").to_numpy("datetime64[s]")
    bad = next((value for value, day in zip(found, days, strict=True) if np.isnat(day)), None)
    rank = np.empty(len(days), np.int64)
    rank[np.argsort(days, kind="stable")] = np.arange(len(days))
    segment, called_ = _segments(columns.pop(SEGMENT, None), len(raw))
    day = rank[numbered]
    order = np.lexsort((day, segment))
    figures = {name: values[order] for name, values in columns.items()}
    figures.setdefault(REPEATS, np.zeros(len(raw)))
    grain = Grain(np.sort(days), called_, day[order], segment[order], figures)
    return grain, repr(bad) if np.isnat(days).any() else None


def _segments(values: Iterable[Any] | None, count: int) -> tuple[Ints, NDArray[np.object_]]:
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


class Cuts:
    """The parts of one grain that its metrics watch; metrics that watch the same rows share what they have in common."""

    def __init__(self, grain: Grain) -> None:
        """Cut nothing yet."""
        self.grain = grain
        self._layouts: dict[tuple[frozenset[str], str], _Layout] = {}
        self._names: dict[str, NDArray[np.object_]] = {}

    def of_segments(self, term: Term, column: str, chosen: frozenset[str]) -> Part:
        """Return a metric's observations by the `chosen` values of one column."""
        fills = term.fills_zero or term.whole
        key = (chosen, term.rows if fills else "")
        if key not in self._layouts:
            self._layouts[key] = _Layout.of(self.grain, chosen, term.rows if fills else None)
        layout = self._layouts[key]
        read = {ROWS, REPEATS, term.value, term.rows, term.value_rows, term.denominator} & self.grain.columns.keys()
        columns = {name: layout.take(name, self.grain.columns[name]) for name in read}
        part = Grain(self.grain.days, self.grain.names, layout.day, layout.segment, columns)
        denominator = columns.get(term.denominator)
        if term.whole:
            whole = np.bincount(self.grain.day, np.nan_to_num(self.grain.columns[term.denominator]), len(part.days))
            denominator = np.asarray(whole[part.day], dtype=float)
        return _part(part, term, self._called(term, column), denominator)

    def _called(self, term: Term, column: str) -> NDArray[np.object_]:
        prefix = called(term.metric, column, "")
        if prefix not in self._names:
            names = [called(term.metric, column, name) for name in self.grain.names]
            self._names[prefix] = np.array(names, dtype=object)
        return self._names[prefix]


@dataclass(frozen=True, eq=False)
class _Layout:
    """Which rows of a grain make a part, in its order: `place` (rows,) numbers them from 1 on, 0 for a day without any."""

    day: Ints
    segment: Ints
    place: Ints
    taken: dict[str, Floats] = field(default_factory=dict)  # the counts, which all metrics of the layout read

    @classmethod
    def of(cls, grain: Grain, chosen: Collection[str], fill_by: str | None) -> _Layout:
        """Pick the rows of the chosen values; with `fill_by` also the days on which a value has no row counted there."""
        wanted = np.array([name in chosen for name in grain.names], dtype=bool)[grain.segment]
        columns = {_PLACE: np.arange(1.0, len(grain.day) + 1)[wanted]}
        if fill_by is not None:
            columns[fill_by] = grain.columns[fill_by][wanted]
        part = Grain(grain.days, grain.names, grain.day[wanted], grain.segment[wanted], columns)
        if fill_by is not None:
            part = _with_empty_days(part, fill_by)
        return cls(_small(part.day), _small(part.segment), _small(part.columns[_PLACE]))

    def take(self, name: str, values: Floats) -> Floats:
        """Return a column of the grain as the part has it, zero where a day was empty."""
        if name in self.taken:
            return self.taken[name]
        found = np.asarray(np.where(self.place > 0, values[self.place - 1], 0.0) if len(values) else values, float)
        if name in {ROWS, REPEATS}:
            self.taken[name] = found
        return found


def _small(numbers: NDArray[Any]) -> Ints:
    """Keep whole numbers in half of the memory."""
    return np.asarray(numbers.astype(np.int32))


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
    weight: Floats = np.broadcast_to(np.nan, len(rows))
    there = (rows > 0) | term.fills_zero
    if denominator is not None:
        weight = np.nan_to_num(denominator, nan=0.0, posinf=np.inf, neginf=-np.inf)
        value = np.divide(value, weight, out=np.full(len(rows), np.nan), where=weight != 0)
        there = np.ones(len(rows), bool)  # a ratio of nothing is a day that came, without a value
    numbers = {
        "value": np.where(np.isfinite(value), value, np.nan),
        "weight": weight if denominator is None else np.where(np.isfinite(weight), weight, np.nan),
        "rows": rows,
        "repeated": _repeats(grain, rows),
    }
    if there.all():  # then nothing is copied that other metrics have too
        return Part(term.metric.id, names, grain.segment, grain.days, grain.day, numbers)
    numbers = {name: values[there] for name, values in numbers.items()}
    return Part(term.metric.id, names, grain.segment[there], grain.days, grain.day[there], numbers)


def _repeats(grain: Grain, rows: Floats) -> Floats:
    """Return how many of a metric's rows are repeats: the group's repeats, by the share of its rows that the metric counts."""
    every, repeats = grain.columns[ROWS], grain.columns[REPEATS]
    if not repeats.any():
        return np.broadcast_to(0.0, len(rows))
    share = np.divide(rows, every, out=np.zeros(len(rows)), where=every > 0)
    return np.asarray(np.rint(repeats * np.minimum(share, 1.0)), dtype=float)


def batches(parts: Sequence[Part], size: int = BATCH) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Yield the observations in frames of whole metrics, each of about `size` figures at most, with the metrics it holds."""
    by_metric: dict[str, list[Part]] = {}
    for part in parts:
        by_metric.setdefault(part.metric, []).append(part)
    metrics: list[str] = []
    count = 0
    for metric in sorted(by_metric):
        more = sum(map(len, by_metric[metric]))
        if metrics and count + more > size:
            yield tuple(metrics), frame_of([part for name in metrics for part in by_metric[name]])
            metrics, count = [], 0
        metrics.append(metric)
        count += more
    if metrics:
        yield tuple(metrics), frame_of([part for name in metrics for part in by_metric[name]])


def frame_of(parts: Sequence[Part]) -> pd.DataFrame:
    """Return the observations of all parts in the order of metric, segment and day."""
    import pandas as pd

    filled = [part for part in parts if len(part)]
    if not filled:
        return empty()
    metrics = sorted({part.metric for part in filled})
    segments = sorted({name for part in filled for name in part.names})
    place = {name: number for number, name in enumerate(segments)}
    metric = np.concatenate([np.full(len(p), metrics.index(p.metric)) for p in filled])
    segment = np.concatenate([np.array([place[name] for name in p.names])[p.segment] for p in filled])
    days = np.concatenate([p.days[p.day] for p in filled])
    order = np.lexsort((days, segment, metric))
    columns: dict[str, Any] = {
        "metric": pd.array(metrics, dtype="str").take(metric[order]),
        "segment": pd.array(segments, dtype="str").take(segment[order]),
        "day": days[order],
    }
    for name in filled[0].numbers:
        numbers = np.concatenate([p.numbers[name] for p in filled])[order]
        columns[name] = numbers.astype("int64") if name in {"rows", "repeated"} else numbers
    return pd.DataFrame(columns)


def empty() -> pd.DataFrame:
    """Return no observations, in the right types."""
    import pandas as pd

    kinds = {"metric": "str", "segment": "str", "day": "datetime64[s]", "value": "float64", "weight": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "int64")) for name in COLUMNS})
