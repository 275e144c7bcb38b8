"""Known troubles planted into a copy of last night's figures: what share of them would have been told (a live detection rate)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from detect.model import Direction, Kind, Panel, Text
from detect.pipeline.detecting import models_at
from detect.pipeline.inquiring import Examiner
from detect.pipeline.judging import Models, judge
from detect.pipeline.periods import fitted_through
from detect.series.metric import Metric

__all__ = ["Canary", "canaries"]

_PASSES: Final = (
    3  # a third of the series is disturbed at a time, so that peers and the forest still see ordinary neighbours
)


@dataclass(frozen=True)
class _Trouble:
    """A factor on the day's expected figure; None takes the figure away. `kinds` are the names it may go by."""

    name: Text
    factor: float | None
    kinds: frozenset[Kind]


@dataclass(frozen=True)
class Canary:
    """One sort of trouble: how many were planted, and how many of them the detectors told of that same night."""

    name: Text
    planted: int
    told: int


_SIZES: Final = frozenset(
    {Kind.SPIKE, Kind.DIP, Kind.LEVEL_SHIFT, Kind.PARTIAL_LOAD, Kind.DOUBLE_LOAD, Kind.UNIT_ERROR}
)
_TROUBLES: Final = (
    _Trouble(Text(en="half of the expected", zh="僅為預期的一半"), 0.5, _SIZES),
    _Trouble(Text(en="a fifth of the expected", zh="僅為預期的五分之一"), 0.2, _SIZES),
    _Trouble(Text(en="twice the expected", zh="為預期的兩倍"), 2.0, _SIZES),
    _Trouble(Text(en="ten times the expected", zh="為預期的十倍"), 10.0, _SIZES),
    _Trouble(Text(en="no figure at all", zh="完全沒有數值"), None, frozenset({Kind.MISSING})),
)


def canaries(examiner: Examiner) -> list[Canary]:
    """Plant one trouble in each series that the detectors judge, and judge the night again; nothing is written."""
    session, panel, day = examiner.session, examiner.panel, examiner.day
    settings = session.book.policy.detection
    models = models_at(session, fitted_through(day, settings.refit_days)) or Models(day, "none")
    planted, told = [0] * len(_TROUBLES), [0] * len(_TROUBLES)
    rows = list(_candidates(examiner))
    for turn in range(_PASSES):
        given = {row: number for place, (row, number) in enumerate(rows) if place % _PASSES == turn}
        found = judge(
            _disturbed(panel, examiner, given), session.book.metrics, session.calendar(day), settings, models, day,
            examiner.feedback,
        )  # fmt: skip
        heard = {departure.series for departure in found.departures if departure.day == len(panel.days) - 1}
        for row, number in given.items():
            planted[number] += 1
            told[number] += row in heard
    return [Canary(t.name, planted[k], told[k]) for k, t in enumerate(_TROUBLES) if planted[k]]


def _candidates(examiner: Examiner) -> Iterator[tuple[int, int]]:
    """Yield (row, trouble) in turn, leaving out what a metric's owner does not want to hear of."""
    base, panel = examiner.evidence[0].baseline, examiner.panel
    least = examiner.session.book.policy.detection.min_history_provisional
    turn = 0
    for row, key in enumerate(panel.keys):
        expected = float(base.expected[row, -1])
        judged = np.isfinite(panel.values[row, -1]) and np.isfinite(expected) and base.history[row, -1] >= least
        metric = examiner.session.book.metrics[key.metric]
        for offset in range(len(_TROUBLES)) if judged and metric.detectors != () else ():
            number = (turn + offset) % len(_TROUBLES)
            if _wanted(metric, _TROUBLES[number], expected):
                turn += 1
                yield row, number
                break


def _wanted(metric: Metric, trouble: _Trouble, expected: float) -> bool:
    if metric.kinds is not None and not trouble.kinds & set(metric.kinds):
        return False
    if trouble.factor is None:
        return metric.absent == "missing"
    gap = expected * (trouble.factor - 1)
    up = gap > 0
    harmful = metric.direction is Direction.BOTH or up == (metric.direction is Direction.UP)
    return harmful and abs(gap) >= max(metric.minimum, 1e-9)


def _disturbed(panel: Panel, examiner: Examiner, given: dict[int, int]) -> Panel:
    base = examiner.evidence[0].baseline
    values, present = panel.values.copy(), panel.present.copy()
    for row, number in given.items():
        factor = _TROUBLES[number].factor
        if factor is None:
            values[row, -1], present[row, -1] = np.nan, False
        else:
            values[row, -1] = factor * base.expected[row, -1]
    return replace(panel, values=values, present=present)
