"""Which real incidents each detector finds that fixed limits miss, and at what price in false alarms.

The figures of one subject are related metrics of one segment here, as a department would configure them: only then is there anything for
the isolation forest to compare. What is learnt across series is learnt once a set, with everything at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from benchmarks import references
from benchmarks.bench_sets import Bench, Set
from benchmarks.generator import plain_metric
from benchmarks.side_by_side import WHOLE, variants

from detect.detectors import Detection
from detect.detectors.baseline import Replay
from detect.model import Panel, SeriesKey
from detect.pipeline.judging import judged
from detect.pipeline.scan import findings_of, panel_of, schedule
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Metric

__all__ = ["LIMITS", "MEDIAN", "SCAN", "Split", "findings_by_way", "page", "split"]

LIMITS = "fixed limits, the range of the 365 days before"
MEDIAN = "same-weekday median, 5 spreads"
SCAN = "without forest"  # what `detect scan` gives, which knows of no related metrics
_ALONE = {"stl alone, whole budget": "stl", "forest alone, whole budget": "joint"}  # and the channel that it tells by
_LEAST = 28  # values before limits say anything: as many as our first judgement needs
_NAMED = 3  # incidents named for each detector and set

Incident = tuple[str, str, str]  # subject, first day, kind


@dataclass(frozen=True)
class Found:
    """What one way of judging found of a set: incidents by identity, false episodes per 1,000 subject-days, skill."""

    incidents: frozenset[Incident]
    rate: float
    skill: float


@dataclass(frozen=True)
class Split:
    """A set, all its incidents with what they were, and what each way found."""

    name: str
    incidents: dict[Incident, str]
    ways: dict[str, Found]

    @property
    def missed(self) -> frozenset[Incident]:
        """What fixed limits miss."""
        return frozenset(self.incidents) - self.ways[LIMITS].incidents


def findings_by_way(given: Set, budget: float) -> dict[str, pd.DataFrame]:
    """Judge a set in each way; the forest is asked only where a subject has several figures."""
    panel = panel_of(given.series)
    told = {
        LIMITS: _frame(panel, fixed_limits(panel)),
        MEDIAN: _frame(panel, references.weekday_distance(panel) >= references.SPREADS),
    }
    return told | _ours(panel, given, budget)


def split(bench: Bench, given: Set, findings: Mapping[str, pd.DataFrame]) -> Split:
    """Score each way by subject."""
    incidents, ways = dict[Incident, str](), {}
    for way, told in findings.items():
        events, result = _scored(bench, given, told)
        incidents = {(e.series, str(e.start.date()), e.kind): str(e.what) for e in events.itertuples()}
        missed = set(result["missed"])
        hits = frozenset(i for i in incidents if " ".join(i) not in missed)
        ways[way] = Found(hits, result["fa_episodes_per_1000"], result.get("skill", 0.0))
    return Split(given.name, incidents, ways)


def fixed_limits(panel: Panel) -> np.ndarray:
    """Say which days lie outside the range of the 365 days before, (series, days)."""
    before = pd.DataFrame(panel.values.T).rolling(365, min_periods=_LEAST)
    low, high = before.min().shift(1).to_numpy().T, before.max().shift(1).to_numpy().T
    return np.asarray((panel.values < low) | (panel.values > high))


def _ours(panel: Panel, given: Set, budget: float) -> dict[str, pd.DataFrame]:
    """Judge with everything and without the forest, then with each second opinion alone, without the exact checks beside it."""
    named = [key.metric.partition("|") for key in panel.keys]
    keys = tuple(SeriesKey(figure or "value", subject) for subject, _, figure in named)
    metrics = _metrics({key.metric for key in keys})
    calendar = Calendar(CalendarSettings(country=given.country))
    whole = Detection()
    replay = Replay(replace(panel, keys=keys), metrics, calendar, whole.structural, 0)
    models = schedule(replay, calendar, whole, metrics)
    out = {}
    for way in (WHOLE, *_ALONE):
        settings = variants()[way].model_copy(update={"budget": budget})
        found = judged(replay, metrics, calendar, settings, models)
        if way == WHOLE:
            out[way] = findings_of(found, panel)
            # The forest tells beside the other channels and none of them knows of it: leaving out what it told is leaving it out.
            found = replace(found, departures=tuple(d for d in found.departures if d.channel != "joint"))
            out[SCAN] = findings_of(found, panel)
        elif way in _ALONE and (_ALONE[way] == "stl" or len(metrics) > 1):
            found = replace(found, departures=tuple(d for d in found.departures if d.channel == _ALONE[way]))
            out[way] = findings_of(found, panel)
    return out


def _metrics(names: Iterable[str]) -> dict[str, Metric]:
    """Return a metric for each figure, related to all the others of its subject."""
    every = sorted(names)
    return {name: plain_metric(name, tuple(other for other in every if other != name)) for name in every}


def _frame(panel: Panel, flagged: np.ndarray) -> pd.DataFrame:
    row, column = np.nonzero(flagged)
    names = np.array([key.metric for key in panel.keys], dtype=object)
    return pd.DataFrame({"series": names[row], "date": panel.days[column].astype("datetime64[ns]")})


def _scored(bench: Bench, given: Set, findings: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the incidents that have to be found, and the scorer's result, both by subject."""
    subject = {"series": given.series["series"].str.partition("|")[0]}
    dates = {n: pd.to_datetime(findings[n]) for n in ("date", "detected_on") if n in findings}
    told = findings.assign(**dates, series=findings["series"].astype(str).str.split("|").str[0])
    f, events, days = bench.scorer.prepare(told, given.events, given.series.assign(**subject), None)
    return events[events["must"] == 1], bench.scorer.score(f, events, days)


def page(splits: Sequence[Split], budget: float) -> str:
    """Return the table by set and way, what was found that limits miss, and what it comes to."""
    lines = [
        "## Real incidents by detector",
        "",
        f"Each day judged by the days before it; the budget is {budget:g} per 1,000 series-days. Several figures of a subject are related",
        'metrics of one segment, and told together: "false" counts episodes per 1,000 subject-days. Alone means the whole budget for one',
        "detector, without the exact checks (missing, repeated), which are in everything we have; the forest is asked where a subject has",
        "several figures. The last column counts, of the incidents that fixed limits miss, those found. Skill is recall less what flagging",
        "as many days without looking would find.",
        "",
        "| set | way of judging | found | skill | false | of those that limits miss |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for of in splits:
        lines += [_row(of.name, way, [of]) for way in of.ways]
    ways = list(dict.fromkeys(way for of in splits for way in of.ways))
    asked = {way: [of for of in splits if way in of.ways] for way in ways}
    lines += [_row(f"all {len(some)}: sums, means", way, some) for way, some in asked.items()]
    lines += ["", "Found although fixed limits miss them, at most three of a set:", ""]
    for way in (*_ALONE, WHOLE):
        lines += [f"- {way}, {of.name}: {text}" for of in asked.get(way, ()) if (text := _examples(of, way))]
    return "\n".join(lines)


def _row(name: str, way: str, splits: Sequence[Split]) -> str:
    """Return one row: sums of what was found, means of skill and false episodes over the sets given."""
    found = [of.ways[way] for of in splits]
    skill, rate = (float(np.mean(numbers)) for numbers in ([f.skill for f in found], [f.rate for f in found]))
    beyond = sum(len(f.incidents & of.missed) for f, of in zip(found, splits, strict=True))
    last = "" if way == LIMITS else f"{beyond} of {sum(len(of.missed) for of in splits)}"
    hits, every = sum(len(f.incidents) for f in found), sum(len(of.incidents) for of in splits)
    return f"| {name} | {way} | {hits} of {every} | {skill:.2f} | {rate:.1f} | {last} |"


def _examples(of: Split, way: str) -> str:
    """Name some incidents, each event once, whatever the number of subjects it hit."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for subject, start, kind in sorted(of.ways[way].incidents & of.missed):
        subjects.setdefault((start, kind), []).append(subject)
    texts = []
    for start, kind in sorted(sorted(subjects, key=lambda event: -len(subjects[event]))[:_NAMED]):
        names = subjects[start, kind]
        at = names[0] if len(names) == 1 else f"{len(names)} subjects, {names[0]} among them"
        texts.append(f"{start} ({at}): {of.incidents[names[0], start, kind]}")
    return "; ".join(texts)
