"""From channels to departures: what is told, once a series-day, by the channel that is surest of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from detect.detectors import Detection
from detect.detectors._base import Bools, Feedback, Floats
from detect.detectors.naming import broken_week, shape_of
from detect.detectors.runs import ABSORB
from detect.findings.calibration import allowance
from detect.model import Departure, Direction, Kind, Panel, SeriesKey, Verdict
from detect.pipeline.evidence import Channel, Evidence
from detect.series.metric import Metric

__all__ = ["departures", "kept", "line", "unsaid"]

_RUNS: Final = {"run": 21, "peer_run": 21}  # days for which such an episode is told once
_DRIFT: Final = 20  # days: a run as long is a drift
_NAMED: Final = {"stuck": Kind.STUCK, "joint": Kind.JOINT}
_EPISODE_GAP: Final = 3
_YOUNG: Final = 0.1  # of the budget, while the history is short
_YEAR: Final = timedelta(days=365)
_ONE_DAY: Final = frozenset({Kind.SPIKE, Kind.DIP, Kind.PATTERN_BREAK})  # one question, whatever it is called
_ALIKE: Final = 1.1  # times the size that people called false or expected


@dataclass(frozen=True)
class _Alarm:
    series: int
    column: int
    first: int
    channel: str
    statistic: float
    p: float
    also: tuple[str, ...]


def departures(
    evidence: Evidence,
    panel: Panel,
    metrics: Mapping[str, Metric],
    detection: Detection,
    budget: Floats | float,
    feedback: Sequence[Feedback],
) -> Iterator[Departure]:
    """Return what is told of the judged columns, in the order of series and days; `budget` (series,) is the promise of each series."""
    book = _by_key(feedback)
    for alarm in _alarms(evidence, budget):
        if alarm.column < evidence.begin:
            continue
        metric = metrics.get(panel.keys[alarm.series].metric)
        found = _departure(alarm, evidence, panel, detection, metric)
        if found is not None and not _said_before(found, panel, book.get(panel.keys[alarm.series], ())):
            yield found


def _alarms(evidence: Evidence, budget: Floats | float) -> Iterator[_Alarm]:
    told: dict[tuple[int, int], _Alarm] = {}
    if evidence.channels:
        ratio = np.stack([_ratio(c, evidence, budget) for c in evidence.channels])
        for series, t in zip(*np.nonzero((ratio < 1).any(axis=0)), strict=True):
            order = [k for k in np.argsort(ratio[:, series, t], kind="stable") if ratio[k, series, t] < 1]
            sure, *also = (evidence.channels[k] for k in order)
            column, onset = int(t) + evidence.start, int(sure.onset[series, t])
            numbers = (_number(sure.statistic[series, t]) or 0.0, _number(sure.p[series, t]) or 0.0)
            told[int(series), int(t)] = _Alarm(
                int(series), column, min(onset, column), sure.name, *numbers, tuple(c.name for c in also)
            )
    told |= _absorbed(told, evidence)
    for series, t in zip(*np.nonzero(evidence.repeated), strict=True):
        told[int(series), int(t)] = _exact(int(series), int(t), evidence, "repeated", 0.0)
    for series, t in zip(*np.nonzero(~np.isnan(evidence.missing)), strict=True):
        told[int(series), int(t)] = _exact(
            int(series), int(t), evidence, "missing", 1 - float(evidence.missing[series, t])
        )
    yield from _episodes(told)


def _absorbed(told: Mapping[tuple[int, int], _Alarm], evidence: Evidence) -> Iterator[tuple[tuple[int, int], _Alarm]]:
    """Yield the days on which a departure that is being told turns out to stay: the level was moved, and the run names it."""
    for channel in (c for c in evidence.channels if c.name == "run"):
        with np.errstate(invalid="ignore"):
            moved = np.abs(channel.statistic) > ABSORB
        for series, t in zip(*map(np.ndarray.tolist, np.nonzero(moved)), strict=True):
            before = [told[series, t - k] for k in range(_RUNS["run"]) if (series, t - k) in told]
            if any(alarm.channel in _RUNS for alarm in before) or not (
                before and before[0].column >= t + evidence.start - _EPISODE_GAP
            ):
                continue
            column, onset = t + evidence.start, int(channel.onset[series, t])
            figures = (_number(channel.statistic[series, t]) or 0.0, _number(channel.p[series, t]) or 0.0)
            yield (series, t), _Alarm(series, column, min(onset, column), "run", *figures, (before[0].channel,))


def _ratio(channel: Channel, evidence: Evidence, budget: Floats | float) -> Floats:
    """Return p over what the channel may spend, infinite on days that it does not tell; young series are told of less readily."""
    limit = line(channel, evidence, budget)
    with np.errstate(divide="ignore"):
        return np.where(_once(channel, limit), channel.p / limit, np.inf)


def line(channel: Channel, evidence: Evidence, budget: Floats | float) -> Floats:
    """Return the p (series, columns) below which a channel tells; a tenth of its due while the history is short."""
    limit = allowance(budget, channel.share, evidence.rate)[:, None]
    young = evidence.baseline.history[:, evidence.start :] < evidence.settled
    return np.where(young, _YOUNG * limit, limit)


def _exact(series: int, t: int, evidence: Evidence, channel: str, p: float) -> _Alarm:
    first = int(evidence.missing_since[series, t]) if channel == "missing" else t + evidence.start
    return _Alarm(series, t + evidence.start, first, channel, float("nan"), p, ())


def _once(channel: Channel, limit: Floats) -> Bools:
    """Say which days a channel tells: every day beyond its limit, or for runs the first in so many days."""
    with np.errstate(invalid="ignore"):
        beyond = np.asarray(channel.p < limit)
    if channel.name == "stuck":
        return _once_a_run(beyond, channel)
    quiet = _RUNS.get(channel.name)
    if quiet is None:
        return beyond
    last: dict[int, int] = {}
    for series, t in zip(*np.nonzero(beyond), strict=True):
        if t - last.get(int(series), -quiet) < quiet:
            beyond[series, t] = False
        else:
            last[int(series)] = int(t)
    return beyond


def _once_a_run(beyond: Bools, channel: Channel) -> Bools:
    """Keep the first day of each run of equal values that is beyond the limit."""
    told: set[tuple[int, int]] = set()
    for series, t in zip(*np.nonzero(beyond), strict=True):
        run = (int(series), int(channel.onset[series, t]))
        beyond[series, t] = run not in told
        told.add(run)
    return beyond


def _episodes(told: Mapping[tuple[int, int], _Alarm]) -> Iterator[_Alarm]:
    """Give alarms of one episode its first day: alarms at most three days apart belong together."""
    began: dict[int, tuple[int, int]] = {}
    for (series, _), alarm in sorted(told.items()):
        first, last = began.get(series, (alarm.first, -100))
        first = min(first, alarm.first) if alarm.column - last <= _EPISODE_GAP else alarm.first
        began[series] = (first, alarm.column)
        yield _Alarm(series, alarm.column, first, alarm.channel, alarm.statistic, alarm.p, alarm.also)


def _departure(
    alarm: _Alarm, evidence: Evidence, panel: Panel, detection: Detection, metric: Metric | None
) -> Departure | None:
    base, i, c = evidence.baseline, alarm.series, alarm.column
    actual = _number(panel.values[i, c])
    band = (_number(base.expected[i, c]), _number(base.lower[i, c]), _number(base.upper[i, c]))
    kind, shape = _kind(alarm, actual, band, panel)
    if kind in {Kind.SPIKE, Kind.DIP} and broken_week(base.z[i, : c + 1]) and _asks_for(metric, Kind.PATTERN_BREAK):
        kind, shape = Kind.PATTERN_BREAK, {"shape": "weekday_again"}
    if metric is not None and not _wanted(metric, kind, actual, band[0], alarm.statistic):
        return None
    least = max(detection.min_history, metric.min_history if metric else 0)
    statistic = _number(base.z[i, c]) if np.isnan(alarm.statistic) else alarm.statistic
    told = {**shape, **({"also": list(alarm.also)} if alarm.also else {})}
    return Departure(
        i, c, alarm.first, kind, alarm.channel, 0.0 if statistic is None else statistic, alarm.p, actual, *band,
        provisional=bool(base.history[i, c] < least), evidence=told,
    )  # fmt: skip


def _kind(
    alarm: _Alarm, actual: float | None, band: tuple[float | None, float | None, float | None], panel: Panel
) -> tuple[Kind, dict[str, Any]]:
    if alarm.channel == "missing":
        return Kind.MISSING, {}
    if alarm.channel == "repeated":
        return Kind.DOUBLE_LOAD, {"shape": "repeated_rows"}
    if alarm.channel in _NAMED:
        return _NAMED[alarm.channel], {}
    if alarm.channel in {"run", "peer_run"}:
        return (Kind.DRIFT if alarm.column - alarm.first + 1 >= _DRIFT else Kind.LEVEL_SHIFT), {}
    plain = Kind.SPIKE if alarm.statistic > 0 else Kind.DIP
    expected, lower, upper = band
    if actual is None or expected is None or lower is None or upper is None:
        return plain, {}
    relative = (upper - lower) / (2 * 3.09 * abs(expected)) if expected else 1.0
    before = panel.values[alarm.series, : alarm.column]
    before = before[np.isfinite(before)]
    never = {"never_negative": bool((before < 0).mean() < 0.01), "never_zero": bool((before == 0).mean() < 0.01)}  # noqa: PLR2004 - earlier faults aside
    kind, shape = shape_of(actual, expected, relative, **never)
    return (plain if kind in {Kind.SPIKE, Kind.DIP} else kind), shape


def _wanted(metric: Metric, kind: Kind, actual: float | None, expected: float | None, statistic: float) -> bool:
    """Whether the metric's owner wants to hear of it: the harmful side, a size that matters, a kind that was asked for."""
    if not _asks_for(metric, kind):
        return False
    if kind in {Kind.MISSING, Kind.STUCK, Kind.FORECAST_BREACH} or actual is None or expected is None:
        return True
    up = statistic > 0 if kind in {Kind.LEVEL_SHIFT, Kind.DRIFT} else actual > expected
    harmful = metric.direction is Direction.BOTH or up == (metric.direction is Direction.UP)
    return harmful and abs(actual - expected) >= metric.minimum


def _asks_for(metric: Metric | None, kind: Kind) -> bool:
    return metric is None or metric.kinds is None or kind in metric.kinds


def kept(
    found: Iterable[Departure], panel: Panel, metrics: Mapping[str, Metric], feedback: Sequence[Feedback]
) -> Iterator[Departure]:
    """Leave out what a metric's owner does not want to hear of, and what people called false or expected before."""
    for departure in unsaid(found, panel, feedback):
        metric = metrics.get(panel.keys[departure.series].metric)
        figures = (departure.kind, departure.actual, departure.expected, departure.statistic)
        if metric is None or _wanted(metric, *figures):
            yield departure


def unsaid(found: Iterable[Departure], panel: Panel, feedback: Sequence[Feedback]) -> Iterator[Departure]:
    """Leave out what people called false or expected before."""
    said = _by_key(feedback)
    for departure in found:
        if not _said_before(departure, panel, said.get(panel.keys[departure.series], ())):
            yield departure


def _by_key(feedback: Sequence[Feedback]) -> dict[SeriesKey, list[Feedback]]:
    book: dict[SeriesKey, list[Feedback]] = {}
    for said in feedback:
        book.setdefault(said.key, []).append(said)
    return book


def _said_before(found: Departure, panel: Panel, said: Sequence[Feedback]) -> bool:
    """Whether people called the same kind of departure, as large as this one, false or expected within the year before."""
    day = panel.days[found.day].item()
    return any(
        f.verdict in {Verdict.FALSE, Verdict.EXPECTED}
        and (f.kind is found.kind or {f.kind, found.kind} <= _ONE_DAY)
        and f.recorded_on < day <= f.recorded_on + _YEAR
        and f.first_day != panel.days[found.first].item()
        and np.sign(f.statistic) == np.sign(found.statistic)
        and abs(found.statistic) <= _ALIKE * abs(f.statistic)
        for f in said
    )


def _number(value: float) -> float | None:
    """Return a finite number to nine digits: what lies beyond differs with the size of a batch."""
    number = float(value)
    return float(f"{number:.9g}") if np.isfinite(number) else None
