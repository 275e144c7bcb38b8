"""Metrics of one segment that disagree: one isolation forest over the joint surprise of all groups of related metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from detect.detectors._base import CODE, Context, Floats, Ints, Opinion, codes
from detect.detectors.isolation import IsolationTrees
from detect.detectors.related import Features, Relations, features, groups
from detect.model import Departure, Frozen, Kind, Outcome

__all__ = ["CHANNEL", "ForestSettings", "tail_p"]

CHANNEL: Final = "joint"
_TAIL: Final = 1.0 - np.geomspace(0.3, 1e-3, 60)  # quantiles of the score that are stored
_EXTRAPOLATED: Final = 8  # of the stored quantiles, the last ones give the slope beyond them
_PAIRS: Final = (1, 2, 4)  # group-days with one pair, with two or three, with more have tails of their own
_ENOUGH: Final = 2000  # group-days from which a tail is read
_LEAST: Final = 64  # group-days below which no forest is grown
_DISAGREE: Final = 3.0  # spreads: what is told must be a disagreement, whatever else is odd about the day


class ForestSettings(Frozen):
    """The joint question of related metrics, asked by one pooled isolation forest (Liu, Ting, Zhou 2008).

    The forest and its tail are fitted on a schedule and stored; a night only reads them.
    """

    enabled: bool = True
    share: float = Field(default=0.10, ge=0.0, le=1.0)  # of the promised false alarms
    trees: int = Field(default=100, ge=10, le=1000)
    max_samples: int = Field(default=1024, ge=16)  # rows a tree sees: few leave the far tail all alike
    training_rows: int = Field(default=20_000, ge=256)  # group-days, drawn evenly over the history
    history: int = Field(default=365, ge=30)  # days from which correlations and the forest are learnt
    min_history: int = Field(default=60, ge=20)  # days that two metrics must share before their relation counts
    min_correlation: float = Field(default=0.3, ge=0.0, le=1.0)  # weaker pairs cannot disagree
    quiet: int = Field(default=7, ge=1)  # days without a disagreement before the same group is told anew
    seed: int = 1

    def fit(self, context: Context) -> dict[str, NDArray[Any]]:
        """Learn relations, forest and tail from the days of the context; nothing where no metrics are related."""
        z, keys = context.baseline.z[:, -self.history :], context.panel.keys
        members = groups(keys, context.metrics)
        known = Relations.learn(keys, z, members, self.min_correlation, self.min_history)
        found = features(z, keys, members, known)
        if len(found.day) < _LEAST:
            return {}
        order = np.argsort(found.day, kind="stable")  # evenly over days, whatever the number of groups
        rows = found.values[order[np.linspace(0, len(order) - 1, min(self.training_rows, len(order))).astype(int)]]
        trees = IsolationTrees.fit(rows, self.trees, self.max_samples, self.seed)
        return {**trees.as_arrays(), **known.as_arrays(), "tail": _tails(trees.score(found.values), found.pairs)}

    def judge(self, context: Context, stored: Mapping[str, NDArray[Any]]) -> Opinion:
        """Tell each group whose metrics disagree as they seldom do, once an episode, by the forest stored."""
        if not stored:
            shape = (len(context.panel.keys), context.panel.values.shape[1] - context.first)
            return Opinion((), codes(Outcome.NOT_CHECKED, shape))
        begin = max(0, context.first - self.quiet)
        members, known = groups(context.panel.keys, context.metrics), Relations.of_arrays(stored)
        found = features(context.baseline.z[:, begin:], context.panel.keys, members, known)
        score = IsolationTrees.of_arrays(stored).score(found.values)
        p = np.ones(len(score))
        for tail, kind in zip(stored["tail"], range(len(_PAIRS)), strict=True):
            mine = _kind(found.pairs) == kind
            p[mine] = tail_p(score[mine], tail)
        size = np.array([len(group) for group in members])[found.group]  # one question stands for all series of a group
        promise = np.broadcast_to(np.asarray(context.budget, float), len(context.panel.keys))
        budget = np.array([promise[list(group)].mean() for group in members])[found.group]
        told = (p <= size * self.share * budget / 1000.0) & (np.abs(found.apart) >= _DISAGREE)
        departures = tuple(self._episodes(context, found, np.flatnonzero(told), (p, score), begin))
        return Opinion((), _outcomes(context, members, found, begin), departures)

    def _episodes(
        self, context: Context, found: Features, told: Ints, said: tuple[Floats, Floats], begin: int
    ) -> Iterator[Departure]:
        """Yield the first day of each stretch of days on which a group disagrees."""
        days = {(int(found.group[row]), int(found.day[row])) for row in told}
        for row in told:
            group, day = int(found.group[row]), int(found.day[row])
            before = any((group, day - k) in days for k in range(1, self.quiet + 1))
            if day + begin >= context.first and not before:
                yield _departure(context, found, int(row), (float(said[0][row]), float(said[1][row])), begin)


def _kind(pairs: Ints) -> Ints:
    """Sort group-days by how many pairs were compared: more pairs, wider disagreements by chance."""
    return np.searchsorted(_PAIRS, pairs, side="right") - 1


def _tails(score: Floats, pairs: Ints) -> Floats:
    """Return the stored quantiles of the score, for each kind of group-day with enough of them, else of all: (kinds, quantiles)."""
    kinds = _kind(pairs)
    own = [score[kinds == kind] for kind in range(len(_PAIRS))]
    return np.stack([np.quantile(part if len(part) >= _ENOUGH else score, _TAIL) for part in own])


def tail_p(score: Floats, tail: Floats) -> Floats:
    """Return the share of normal group-days with as high a score: read off the stored quantiles, and beyond them extrapolated.

    The extrapolation is exponential, with the slope of the last stored quantiles.
    """
    log_p = np.log1p(-_TAIL)
    inside = np.interp(score, tail, log_p, left=0.0)
    slope = (log_p[-1] - log_p[-_EXTRAPOLATED]) / max(float(tail[-1] - tail[-_EXTRAPOLATED]), 1e-9)
    beyond = log_p[-1] + slope * (score - tail[-1])
    return np.asarray(np.exp(np.where(score > tail[-1], np.maximum(beyond, -700.0), inside)))


def _departure(context: Context, found: Features, row: int, said: tuple[float, float], begin: int) -> Departure:
    """Name the metric that departs further from its own expectation, and the one it does not fit."""
    odd, other, column = int(found.odd[row]), int(found.other[row]), int(found.day[row]) + begin
    base, values = context.baseline, context.panel.values
    return Departure(
        series=odd,
        day=column,
        first=column,
        kind=Kind.JOINT,
        channel=CHANNEL,
        statistic=float(f"{found.apart[row]:.6g}"),
        p=float(f"{said[0]:.6g}"),
        actual=float(values[odd, column]),
        expected=float(base.expected[odd, column]),
        lower=float(base.lower[odd, column]),
        upper=float(base.upper[odd, column]),
        evidence={
            "related": [context.panel.keys[other].metric],
            "related_actual": float(values[other, column]),
            "related_expected": float(base.expected[other, column]),
            "correlation": round(float(found.correlation[row]), 2),
            "score": round(said[1], 3),
        },
    )


def _outcomes(context: Context, members: list[tuple[int, ...]], found: Features, begin: int) -> NDArray[np.int8]:
    """Say how each check ended, before any finding: (series, judged days)."""
    judged = context.panel.values.shape[1] - context.first
    out = codes(Outcome.NOT_CHECKED, (len(context.panel.keys), judged))
    for number, group in enumerate(members):
        rows = np.array(group)
        unset = out[rows] != CODE[Outcome.OK]
        out[rows] = np.where(unset, CODE[Outcome.INSUFFICIENT_HISTORY], out[rows])
        days = found.day[found.group == number] + begin - context.first
        compared = np.zeros(judged, bool)
        compared[days[days >= 0]] = True
        seen = np.isfinite(context.baseline.z[rows, context.first :]) & compared
        out[rows] = np.where(seen, CODE[Outcome.OK], out[rows])
    return out
