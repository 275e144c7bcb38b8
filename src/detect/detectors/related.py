"""Metrics of one segment that usually move together: the groups, how closely they do, and how they disagree on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.detectors._base import Floats, Ints
from detect.model import SeriesKey
from detect.series.metric import Metric

__all__ = ["WIDEST", "Features", "Relations", "features", "groups"]

WIDEST: Final = 3  # disagreements of a group that are looked at
_CLIP: Final = 8.0  # spreads: beyond it a day is as odd as can be
_TRAINING_CLIP: Final = 3.0  # spreads: one wild day must not make two series related
_NEVER_CLOSER: Final = 0.97  # correlation: two figures never promise more than this
_MEDIAN_TO_SIGMA: Final = 1.4826


@dataclass(frozen=True, eq=False)
class Relations:
    """Pairs of series that move together: `first`, `second` (pairs,) into `keys`; `correlation` and `scale` (pairs,).

    `scale` is the usual size of the pair's disagreement, in units of what the correlation leads to expect.
    """

    keys: tuple[SeriesKey, ...]
    first: Ints
    second: Ints
    correlation: Floats
    scale: Floats

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is to be stored."""
        names = np.array([tuple(key) for key in self.keys], dtype=np.str_).reshape(-1, 2)
        pairs = np.column_stack([self.first, self.second]).astype(np.int64)
        return {"keys": names, "pairs": pairs, "relation": np.column_stack([self.correlation, self.scale])}

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]]) -> Relations:
        """Return the relations stored by `as_arrays`."""
        keys = tuple(SeriesKey(str(metric), str(segment)) for metric, segment in stored["keys"])
        return cls(keys, *stored["pairs"].T, *stored["relation"].T)

    @classmethod
    def learn(
        cls, keys: tuple[SeriesKey, ...], z: Floats, members: Sequence[tuple[int, ...]], least: float, shared: int
    ) -> Relations:
        """Learn from standardised errors z (series, days) the pairs within groups that share enough days and move closely enough."""
        found: list[tuple[int, int, float, float]] = []
        for a, b in sorted({pair for group in members for pair in combinations(group, 2)}):
            both = np.isfinite(z[a]) & np.isfinite(z[b])
            if both.sum() < shared:
                continue
            one, other = (np.clip(z[k, both], -_TRAINING_CLIP, _TRAINING_CLIP) for k in (a, b))
            size = np.sqrt((one**2).mean() * (other**2).mean())
            correlation = float((one * other).mean() / size) if size > 0 else 0.0
            correlation *= 1.0 - 2.0 / np.sqrt(both.sum()) * (1.0 - abs(correlation))  # few days promise less
            correlation = float(np.clip(correlation, -_NEVER_CLOSER, _NEVER_CLOSER))
            if abs(correlation) >= least:
                apart = np.abs(_apart(z[a, both], z[b, both], correlation))
                found.append((a, b, correlation, max(1.0, _MEDIAN_TO_SIGMA * float(np.median(apart)))))
        used = sorted({k for a, b, *_ in found for k in (a, b)})
        place = {k: position for position, k in enumerate(used)}
        first, second = (np.array([place[int(pair[k])] for pair in found], np.int64) for k in (0, 1))
        correlation_of, scale_of = (np.array([pair[k] for pair in found], float) for k in (2, 3))
        return cls(tuple(keys[k] for k in used), first, second, correlation_of, scale_of)


@dataclass(frozen=True, eq=False)
class Features:
    """One row a group and day with something to compare: arrays of shape (rows,), `values` (rows, WIDEST).

    `values` are root sums of the group's one, two, three widest disagreements, so that one wide enough shows in all of them and a figure
    that fits no other shows most in the last; a group with fewer pairs repeats its last. `group` counts the groups,
    `pairs` what was compared, `day` the columns. `odd` is the Panel row that disagrees most with the others, `other` the one it fits
    least, `apart` their disagreement (signed like the odd one's error) and `correlation` what usually holds between them.
    """

    group: Ints
    pairs: Ints
    day: Ints
    values: Floats
    odd: Ints
    other: Ints
    apart: Floats
    correlation: Floats


def groups(keys: Sequence[SeriesKey], metrics: Mapping[str, Metric]) -> list[tuple[int, ...]]:
    """Return the Panel rows of the metrics of a segment that relate to each other, directly or by a third, in the order of keys."""
    row_of = {key: row for row, key in enumerate(keys)}
    group_of = dict[int, set[int]]()
    for row, key in enumerate(keys):
        metric = metrics.get(key.metric)
        named = (SeriesKey(name, key.segment) for name in (metric.related if metric else ()))
        joined = {row} | {row_of[name] for name in named if name in row_of}
        joined = joined.union(*(group_of.get(member, set()) for member in joined))
        group_of.update(dict.fromkeys(joined, joined))
    found = {min(group): tuple(sorted(group)) for group in group_of.values() if len(group) > 1}
    return [found[row] for row in sorted(found)]


def features(z: Floats, keys: Sequence[SeriesKey], members: Sequence[tuple[int, ...]], known: Relations) -> Features:
    """Say how each group of `members` disagrees on each day of z (series, days), by the relations learnt before."""
    related = _pairs_of(keys, known)
    z = np.clip(z, -_CLIP, _CLIP)
    parts = []
    for number, group in enumerate(members):
        pairs = [_Pair(a, b, *related[a, b]) for a, b in combinations(group, 2) if (a, b) in related]
        if pairs:
            parts.append(_of_group(number, z, pairs))
    if not parts:
        counts, numbers = np.zeros(0, np.int64), np.zeros(0)
        return Features(counts, counts, counts, np.zeros((0, WIDEST)), counts, counts, numbers, numbers)
    return Features(*(np.concatenate([getattr(p, name) for p in parts]) for name in Features.__dataclass_fields__))


class _Pair(NamedTuple):
    a: int
    b: int
    correlation: float
    scale: float


def _pairs_of(keys: Sequence[SeriesKey], known: Relations) -> dict[tuple[int, int], tuple[float, float]]:
    row_of = {key: row for row, key in enumerate(keys)}
    rows = [row_of.get(key, -1) for key in known.keys]
    found = {}
    for a, b, correlation, scale in zip(known.first, known.second, known.correlation, known.scale, strict=True):
        one, other = sorted((rows[int(a)], rows[int(b)]))
        if one >= 0:
            found[one, other] = (float(correlation), float(scale))
    return found


def _of_group(number: int, z: Floats, pairs: Sequence[_Pair]) -> Features:
    """Compare the members of one group on every day on which at least one pair has values."""
    a, b = np.array([pair.a for pair in pairs]), np.array([pair.b for pair in pairs])
    correlation, scale = np.array([pair.correlation for pair in pairs]), np.array([pair.scale for pair in pairs])
    apart = _apart(z[a], z[b], correlation[:, None]) / scale[:, None]
    day = np.flatnonzero(np.isfinite(apart).any(axis=0))
    size = np.nan_to_num(np.abs(apart[:, day]))
    compared = np.isfinite(apart[:, day]).sum(axis=0)
    widest = -np.sort(-size, axis=0)
    place = np.minimum(np.arange(WIDEST)[:, None], compared - 1)
    odd = _odd_one(z[:, day], a, b, size)
    own = (a[:, None] == odd) | (b[:, None] == odd)
    worst, here = np.where(own, size, -1.0).argmax(axis=0), np.arange(len(day))
    other = np.where(a[worst] == odd, b[worst], a[worst])
    return Features(
        group=np.full(len(day), number),
        pairs=compared,
        day=day,
        values=_accumulated(np.take_along_axis(widest, place, axis=0)),
        odd=odd,
        other=other,
        apart=np.copysign(size[worst, here], z[odd, day]),
        correlation=correlation[worst],
    )


def _accumulated(widest: Floats) -> Floats:
    """Return the sum of the first k disagreements by the root of k, (days, WIDEST), of `widest` (WIDEST, days)."""
    return np.asarray((np.cumsum(widest, axis=0) / np.sqrt(np.arange(1.0, WIDEST + 1))[:, None]).T)


def _odd_one(z: Floats, a: Ints, b: Ints, size: Floats) -> Ints:
    """Return the Panel row that disagrees most in sum over its pairs, (days,); of two alike, the one with the larger error."""
    rows = np.unique(np.concatenate([a, b]))
    blame = np.stack([size[(a == row) | (b == row)].sum(axis=0) for row in rows])
    blame += 1e-3 * np.nan_to_num(np.abs(z[rows]))
    return np.asarray(rows[blame.argmax(axis=0)])


def _apart(one: Floats, other: Floats, correlation: Floats | float) -> Floats:
    """Return the disagreement of two standardised errors, of unit spread when they are as correlated as given."""
    return np.asarray((one - np.sign(correlation) * other) / np.sqrt(2.0 * (1.0 - np.abs(correlation))))
