"""Judging a range of nights in one walk through the days: a night alone is the range of one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from detect.db.records import Lease
from detect.detectors._base import Feedback
from detect.detectors.baseline import LOOKBACK
from detect.model import Check, Finding, History, Outcome, Panel, SeriesKey
from detect.pipeline.departures import findings_by_night, steady
from detect.pipeline.detecting import Part, detect_all
from detect.pipeline.drilling import Driller
from detect.pipeline.ledger import metric_checks, unmade
from detect.pipeline.periods import fitted_through
from detect.pipeline.session import Session
from detect.series import panel as panels
from detect.series.metric import Metric

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["JudgedNight", "judge_nights", "panel_of"]


@dataclass(frozen=True, eq=False)
class JudgedNight:
    """What the detectors say of one night; `figures` are the expected totals of its day, by (metric, day)."""

    as_of: date
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    figures: Mapping[tuple[str, date], float] = field(default_factory=dict)
    histories: Mapping[SeriesKey, History] = field(default_factory=dict)  # of the last night of a range
    panel: Panel | None = None  # the figures judged, up to the last night of the range


def judge_nights(
    session: Session,
    metrics: Mapping[str, Metric],
    first: date,
    last: date,
    *,
    feedback: Sequence[Feedback] = (),
    fresh: pd.DataFrame | None = None,
    lease: Lease | None = None,
) -> Iterator[JudgedNight]:
    """Judge the nights first..last in order; `fresh` are figures not (yet) in the store, `lease` allows to keep what is fitted."""
    panel = panel_of(session, first, last, fresh)
    parts, failed = detect_all(session, panel, first, feedback, lease)
    driller = Driller(parts, session.book.metrics)
    found: dict[date, list[Finding]] = {}
    for part in parts:
        for night, findings in findings_by_night(part.judgement, part.panel, session.book.metrics).items():
            asked = (finding for finding in findings if finding.subject in metrics)
            found.setdefault(night, []).extend(driller.drilled(finding) for finding in asked)
    for night in _days(first, last):
        checks = [c for part in parts for c in _checks(part, session.book.metrics, night) if c.subject in metrics]
        checks += _without_series(metrics, checks, failed)
        yield JudgedNight(
            night,
            tuple(sorted(found.get(night, ()), key=lambda f: f.key)),
            tuple(sorted(checks, key=lambda c: (c.subject, c.detector))),
            _figures(parts, night),
            _histories(parts, night, session) if night == last else {},
            panel,
        )


def panel_of(
    session: Session,
    first: date,
    last: date,
    fresh: pd.DataFrame | None = None,
    metrics: Collection[str] | None = None,
    segments: Collection[str] | None = None,
) -> Panel:
    """Build the Panel of all metrics: one alone is judged among its peers, as the whole night judges it.

    `metrics` and `segments` leave out the others where nothing is judged.
    """
    import pandas as pd

    policy = session.book.policy
    reach = max(policy.history_days, LOOKBACK + policy.detection.refit_days)  # what lies further back changes nothing
    start = fitted_through(first, policy.detection.refit_days) - timedelta(days=reach)
    seen = session.store.read_observations(
        sorted(metrics or session.book.metrics), start, last, segments=None if segments is None else sorted(segments)
    )
    if fresh is not None:
        seen = pd.concat([seen, fresh[seen.columns]]).drop_duplicates(["metric", "segment", "day"], keep="last")
    seen = seen[(seen["rows"] > 0) | seen["value"].notna()]  # what the source took back is not there
    days = pd.to_datetime(seen["day"])
    begins = min(first, days.min().date()) if len(days) else first
    return panels.build(seen, session.book.metrics, max(start, begins), last)


def _checks(part: Part, metrics: Mapping[str, Metric], night: date) -> Iterator[Check]:
    """Yield the ledger's rows of one part; a metric that names its detectors has no others planned but its limits."""
    for check in metric_checks(part.judgement, part.by_metric, part.column(night)):
        named = metrics[check.subject].detectors
        if check.planned and (named is None or check.detector in (*named, "threshold") or not part.general):
            yield check


def _without_series(metrics: Mapping[str, Metric], checks: Iterable[Check], failed: Mapping[str, str]) -> list[Check]:
    """Return a row for each metric that has none yet: it failed, or it never had a figure."""
    never = "no figures of this metric were ever seen"
    return [
        unmade(
            metric,
            "detectors",
            1,
            Outcome.ERROR if metric in failed else Outcome.NO_DATA,
            failed.get(metric, never),
        )
        for metric in sorted(set(metrics) - {check.subject for check in checks})
    ]


def _figures(parts: Iterable[Part], night: date) -> dict[tuple[str, date], float]:
    """Return the expected figure of each metric's total on the night's day."""
    figures = {}
    for part in parts:
        expected = part.judgement.expected[:, part.column(night) - part.judgement.first]
        for row in part.totals:
            if np.isfinite(expected[row]):
                figures[part.panel.keys[row].metric, night] = steady(float(expected[row]))
    return figures


def _histories(parts: Iterable[Part], night: date, session: Session) -> dict[SeriesKey, History]:
    """Return what charts show of every series up to `night`."""
    calendar = session.calendar(night)
    histories = {}
    for part in parts:
        judgement = part.judgement
        shown = slice(judgement.first, part.column(night) + 1)
        days = part.panel.days[shown]
        holidays = calendar.holiday_names(days.astype(object))
        for row, key in enumerate(part.panel.keys):
            if key in histories:  # a check's judgement has no band; the detectors' comes first
                continue
            histories[key] = History(
                days,
                part.panel.values[row, shown],
                judgement.expected[row],
                judgement.lower[row],
                judgement.upper[row],
                np.zeros(len(days), bool),
                holidays,
                session.book.metrics[key.metric].unit,
            )
    return histories


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=k) for k in range((last - first).days + 1))
