"""Judging a Panel: the detectors, one false-alarm budget, and an outcome for every series-day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detect.detectors import Detection
from detect.detectors._base import CODE, Baseline, Bools, Context, Feedback, Floats, codes, shortened
from detect.detectors.baseline import Replay
from detect.detectors.threshold import limits
from detect.model import Departure, Judgement, Outcome, Panel, Scores
from detect.pipeline.alarms import departures, kept
from detect.pipeline.evidence import Evidence, facts_of, gather
from detect.pipeline.learning import fit, learn
from detect.pipeline.models import Models
from detect.pipeline.promise import budgets
from detect.series.calendars import Calendar
from detect.series.metric import Metric
from detect.series.panel import column_of, until

__all__ = ["Models", "fit", "judge", "judged", "learn", "tell"]

_DETECTOR_OF: Final = {  # channels of other detectors than the structural one
    "limit": "threshold",
    "stl": "stl",
    "joint": "forest",
    "forest": "forest",
    "forecast": "forecast",
    "forecast_breach": "forecast",
}


def judge(
    panel: Panel,
    metrics: Mapping[str, Metric],
    calendar: Calendar,
    detection: Detection,
    models: Models | None,
    first: date,
    feedback: Sequence[Feedback] = (),
) -> Judgement:
    """Judge the Panel's days from `first` on, each by the days before it alone; the last of several days as if it were alone."""
    column = min(max(column_of(panel, first), 0), len(panel.days))
    replay = Replay(panel, metrics, calendar, detection.structural, column, feedback)
    known = models or Models(date.min, "none")
    return judged(replay, metrics, calendar, detection, [(column, known)], feedback)


def judged(
    replay: Replay,
    metrics: Mapping[str, Metric],
    calendar: Calendar,
    detection: Detection,
    schedule: Sequence[tuple[int, Models]],
    feedback: Sequence[Feedback] = (),
) -> Judgement:
    """Judge the replayed columns, from each column of the schedule on with the models that stand there."""
    panel, first = replay.panel, replay.first
    shape = (len(panel.keys), len(panel.days) - first)
    expected, lower, upper = (np.full(shape, np.nan) for _ in range(3))
    outcomes, told, scores = _blank(shape, detection), list[Departure](), list[tuple[Scores, ...]]()
    facts = facts_of(panel, metrics, _holidays(panel, calendar), first)
    for begin, end in replay.parts:
        base = replay.baseline(begin, end)
        here = slice(begin - first, end - first)
        expected[:, here], lower[:, here], upper[:, here] = (
            base.expected[:, begin:],
            base.lower[:, begin:],
            base.upper[:, begin:],
        )
        for a, b, models in _spans(begin, end, schedule):
            budget = budgets(panel.keys, metrics, detection, models.keys)
            context = _context(panel, metrics, calendar, budget, base, (a, b))
            evidence = gather(context, models, detection, facts)
            told += tell(evidence, panel, metrics, detection, budget, feedback)
            scores.append(
                tuple(
                    Scores(c.name, c.statistic[:, a - evidence.start :], c.p[:, a - evidence.start :])
                    for c in evidence.channels
                )
            )
            _fill(outcomes, evidence, panel, detection, slice(a - first, b - first))
    told += limits(panel, metrics, expected, lower, upper, first) if detection.threshold.enabled else []
    told.sort(key=lambda d: (d.series, d.day, d.channel))
    _mark(outcomes, told, first)
    return Judgement(first, expected, lower, upper, tuple(told), outcomes, _joined(scores))


def _spans(begin: int, end: int, schedule: Sequence[tuple[int, Models]]) -> Iterator[tuple[int, int, Models]]:
    """Cut a part where the models change."""
    for position, (column, models) in enumerate(schedule):
        following = schedule[position + 1][0] if position + 1 < len(schedule) else end
        a, b = max(begin, column), min(end, following)
        if a < b:
            yield a, b, models


def _context(
    panel: Panel,
    metrics: Mapping[str, Metric],
    calendar: Calendar,
    budget: Floats,
    base: Baseline,
    span: tuple[int, int],
) -> Context:
    return Context(until(panel, span[1]), metrics, calendar, shortened(base, span[1]), span[0], budget)


def tell(
    evidence: Evidence,
    panel: Panel,
    metrics: Mapping[str, Metric],
    detection: Detection,
    budget: Floats,
    feedback: Sequence[Feedback],
) -> list[Departure]:
    """Return what the channels and the second opinions tell of the judged columns; fixed limits come beside it."""
    own = departures(evidence, panel, metrics, detection, budget, feedback)
    others = [d for opinion in evidence.opinions.values() for d in opinion.departures]
    told = [*own, *kept(others, panel, metrics, feedback)]
    return [d for d in told if _asked(metrics.get(panel.keys[d.series].metric), d.channel)]


def _asked(metric: Metric | None, channel: str) -> bool:
    """Whether a metric is to be judged by the detector of `channel`: all of them, unless it names some."""
    return metric is None or metric.detectors is None or _DETECTOR_OF.get(channel, "structural") in metric.detectors


def _holidays(panel: Panel, calendar: Calendar) -> Bools:
    days = [day.item() for day in panel.days.astype("datetime64[D]")]
    names = calendar.holiday_names(days)
    return np.array([day in names for day in days], bool)


def _blank(shape: tuple[int, int], detection: Detection) -> dict[str, NDArray[np.int8]]:
    names = ["structural", "threshold", *(n for n in ("stl", "forest", "forecast") if getattr(detection, n).enabled)]
    return {name: codes(Outcome.NOT_CHECKED, shape) for name in names}


def _fill(
    outcomes: dict[str, NDArray[np.int8]], evidence: Evidence, panel: Panel, detection: Detection, here: slice
) -> None:
    span = slice(evidence.begin, evidence.end)
    present, finite = panel.present[:, span], np.isfinite(panel.values[:, span])
    own = np.where(
        evidence.baseline.history[:, span] < detection.min_history_provisional,
        CODE[Outcome.INSUFFICIENT_HISTORY],
        CODE[Outcome.OK],
    )
    own = np.where(~present, np.where(evidence.baseline.active[:, span], CODE[Outcome.NO_DATA], CODE[Outcome.OK]), own)
    nothing = np.where(present, np.where(finite, CODE[Outcome.OK], CODE[Outcome.NON_FINITE]), CODE[Outcome.NO_DATA])
    outcomes["structural"][:, here] = np.where(present & ~finite, CODE[Outcome.NON_FINITE], own)
    outcomes["threshold"][:, here] = nothing
    for name, opinion in evidence.opinions.items():
        outcomes[name][:, here] = opinion.outcomes


def _mark(outcomes: dict[str, NDArray[np.int8]], told: Sequence[Departure], first: int) -> None:
    """Write `finding` where something was told, under the detector that told it."""
    for departure in told:
        name = _DETECTOR_OF.get(departure.channel, "structural")
        outcomes[name if name in outcomes else "structural"][departure.series, departure.day - first] = CODE[
            Outcome.FINDING
        ]


def _joined(spans: Sequence[tuple[Scores, ...]]) -> tuple[Scores, ...]:
    """Join the spans of each channel along the days; a channel that was silent in some span is left out."""
    names = [s.channel for s in spans[0]] if spans else []
    common = [n for n in names if all(any(s.channel == n for s in span) for span in spans)]
    pick = {n: [next(s for s in span if s.channel == n) for span in spans] for n in common}
    return tuple(
        Scores(n, np.concatenate([s.statistic for s in p], 1), np.concatenate([s.p for s in p], 1))
        for n, p in pick.items()
    )
