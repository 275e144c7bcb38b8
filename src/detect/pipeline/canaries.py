"""Known troubles planted into a copy of last night's figures: what share of them would have been told (a live detection rate)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from detect.detectors._base import Baseline, Ints
from detect.detectors.threshold import limits
from detect.model import Direction, Kind, Panel, Text
from detect.pipeline.inquiring import Examiner, asked
from detect.pipeline.judging import tell
from detect.pipeline.promise import budgets
from detect.pipeline.session import Session
from detect.series.metric import Absent, Metric

__all__ = ["Canary", "canaries", "keep_canaries", "kept_canaries"]

_NAME, _VERSION = "canaries", "1"  # under which they stand beside what is learnt, by the night
_MOST = 600  # series that are disturbed, evenly chosen where there are more

_PASSES: Final = (
    3  # at most a third of the series is disturbed at a time: peers and the forest still see ordinary neighbours
)
_SIZES: Final = frozenset(
    {Kind.SPIKE, Kind.DIP, Kind.LEVEL_SHIFT, Kind.PARTIAL_LOAD, Kind.DOUBLE_LOAD, Kind.UNIT_ERROR}
)


@dataclass(frozen=True)
class _Trouble:
    """A factor on the day's expected figure; None takes the figure away. `kinds` are the names it may go by."""

    name: Text
    factor: float | None
    kinds: frozenset[Kind] = _SIZES


@dataclass(frozen=True)
class Canary:
    """One sort of trouble: how many were planted and told, in whole figures and in parts (segments) of them."""

    name: Text
    planted: int
    told: int
    planted_parts: int
    told_parts: int


_TROUBLES: Final = (
    _Trouble(Text(en="a fifth of the expected", zh="僅為預期的五分之一"), 0.2),
    _Trouble(Text(en="half of the expected", zh="僅為預期的一半"), 0.5),
    _Trouble(Text(en="twice the expected", zh="為預期的兩倍"), 2.0),
    _Trouble(Text(en="ten times the expected", zh="為預期的十倍"), 10.0),
    _Trouble(Text(en="no figure at all", zh="完全沒有數值"), None, frozenset({Kind.MISSING})),
)


def keep_canaries(session: Session, as_of: date) -> None:
    """Plant the canaries into a night that was just recorded, and keep what became of them: the board reads it."""
    found = [
        vars(bird) | {"name": {"en": bird.name.en, "zh": bird.name.zh}}
        for bird in canaries(Examiner(session, as_of, keep=True))
    ]
    session.store.put_model(_NAME, as_of, _VERSION, json.dumps(found, ensure_ascii=False, sort_keys=True).encode())


def kept_canaries(session: Session, as_of: date) -> list[Canary]:
    """Return what became of the canaries of a night; they are planted now where the night itself kept none (a backfill)."""
    kept = session.store.get_model(_NAME, as_of, _VERSION)
    if kept is None or kept.fitted_through != as_of:
        return canaries(Examiner(session, as_of))
    return [Canary(**row | {"name": Text(**row["name"])}) for row in json.loads(kept.payload)]


def canaries(examiner: Examiner) -> list[Canary]:
    """Plant each trouble in every series that the detectors judge, and ask them about the night again; nothing is written.

    Of very many series it is an even choice.

    Only the day judged is changed, so the baseline of the days before it stands; a series whose owner does not want to hear of the
    trouble (its side, its size, its kind) is left out of that trouble's count.
    """
    found = []
    for trouble in _TROUBLES:
        rows = list(_candidates(examiner, trouble))
        rows = rows[:: -(-len(rows) // _MOST) or 1]
        passes = _PASSES if len(rows) * _PASSES > len(examiner.panel.keys) else 1
        heard = {row for turn in range(passes) for row in _heard(examiner, trouble, rows[turn::passes])}
        whole = {row for row in rows if not examiner.panel.keys[row].segment}
        if rows:
            parts = set(rows) - whole
            counts = (len(whole), len(heard & whole), len(parts), len(heard & parts))
            found.append(Canary(trouble.name, *counts))
    return found


def _candidates(examiner: Examiner, trouble: _Trouble) -> Iterator[int]:
    base, panel = examiner.evidence[0].baseline, examiner.panel
    detection = examiner.session.book.policy.detection
    for row, key in enumerate(panel.keys):
        metric = examiner.session.book.metrics[key.metric]
        expected = float(base.expected[row, -1])
        judged = np.isfinite(panel.values[row, -1]) and np.isfinite(expected) and np.isfinite(base.spread[row, -1])
        settled = base.history[row, -1] >= max(detection.min_history, metric.min_history)
        if judged and settled and metric.detectors != () and _wanted(metric, trouble, expected):
            yield row


def _wanted(metric: Metric, trouble: _Trouble, expected: float) -> bool:
    if metric.kinds is not None and not trouble.kinds & set(metric.kinds):
        return False
    if trouble.factor is None:
        return metric.absent is Absent.MISSING
    gap = expected * (trouble.factor - 1)
    harmful = metric.direction is Direction.BOTH or (gap > 0) == (metric.direction is Direction.UP)
    return harmful and abs(gap) >= max(metric.minimum, 1e-9)


def _heard(examiner: Examiner, trouble: _Trouble, rows: list[int]) -> set[int]:
    """Return which of the rows are told of when all of them have the trouble on the last day."""
    if not rows:
        return set()
    session, book, day = examiner.session, examiner.session.book, examiner.day
    evidence, models = examiner.evidence
    index = np.array(rows)
    panel, base = _disturbed(examiner.panel, evidence.baseline, index, trouble.factor)
    detection = book.policy.detection
    budget = budgets(panel.keys, book.metrics, detection, models.keys)
    heard = asked(session, panel, base, day, models)
    told = tell(heard, panel, book.metrics, detection, budget, examiner.feedback)
    last = len(panel.days) - 1
    band = (base.expected[:, last:], base.lower[:, last:], base.upper[:, last:])
    told += limits(panel, book.metrics, *band, last) if book.policy.detection.threshold.enabled else []
    return {departure.series for departure in told if departure.day == last} & set(rows)


def _disturbed(panel: Panel, base: Baseline, rows: Ints, factor: float | None) -> tuple[Panel, Baseline]:
    """Return the Panel and its baseline with the last day of the rows changed, in figures and in what was made of them."""
    values, present = panel.values.copy(), panel.present.copy()
    z, adjusted, cleaned = base.z.copy(), base.adjusted.copy(), base.cleaned.copy()
    before, usual = _scaled(base, panel.values[:, -1]), _scaled(base, base.expected[:, -1])
    if factor is None:
        values[rows, -1], present[rows, -1], z[rows, -1], adjusted[rows, -1] = np.nan, False, np.nan, np.nan
    else:
        values[rows, -1] = factor * base.expected[rows, -1]
        after = _scaled(base, values[:, -1])
        z[rows, -1] = (after - usual)[rows] / base.spread[rows, -1]
        adjusted[rows, -1] += (after - before)[rows]
        cleaned[rows, -1] = adjusted[rows, -1]
    return replace(panel, values=values, present=present), replace(base, z=z, adjusted=adjusted, cleaned=cleaned)


def _scaled(base: Baseline, values: np.ndarray) -> np.ndarray:
    """Return figures (series,) on the scale on which each series is judged."""
    return values if base.transform is None else np.asarray(base.transform.forward(values[None])[0])
