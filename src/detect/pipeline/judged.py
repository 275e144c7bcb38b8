"""Judging a range of nights: each stretch with the models, events and verdicts that its nights knew, each metric on its own account."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from detect.checks.accounts import silent
from detect.checks.rates import judge_rates
from detect.db.records import Lease
from detect.detectors._base import Feedback
from detect.model import Check, Departure, Finding, History, Judgement, Outcome, Panel, SeriesKey
from detect.pipeline.departures import findings_by_night
from detect.pipeline.judging import Models, fit, judge
from detect.pipeline.ledger import metric_checks, unmade
from detect.pipeline.periods import Period, periods
from detect.pipeline.session import Session
from detect.series import panel as panels
from detect.series.metric import Metric

__all__ = ["JudgedNight", "judge_nights"]

SHOWN_DAYS = 91  # how much of the past a chart shows; the judgement is asked for it too


@dataclass(frozen=True, eq=False)
class JudgedNight:
    """What the detectors say of one night."""

    as_of: date
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    figures: Mapping[tuple[str, date], float] = field(default_factory=dict)
    histories: Mapping[SeriesKey, History] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Part:
    """One judgement with the Panel that its rows belong to; `general` when it is that of the detectors of the policy."""

    panel: Panel
    judgement: Judgement
    general: bool = True


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
    learnt = [f.recorded_on for f in feedback] + [e.recorded_on for e in session.known_events(last)]
    for period in periods(first, last, session.book.policy.detection.refit_days, learnt):
        heard = [f for f in feedback if f.recorded_on < period.first]
        yield from _judge_period(session, metrics, period, heard, fresh, lease)


def _judge_period(
    session: Session,
    metrics: Mapping[str, Metric],
    period: Period,
    feedback: Sequence[Feedback],
    fresh: pd.DataFrame | None,
    lease: Lease | None,
) -> Iterator[JudgedNight]:
    panel = _panel(session, period, fresh)
    parts, failed = _judge_safely(session, panel, period, feedback, lease)
    found: dict[date, list[Finding]] = {}
    for part in parts:
        for night, findings in findings_by_night(part.judgement, part.panel, session.book.metrics).items():
            found.setdefault(night, []).extend(f for f in findings if f.subject in metrics)
    for night in _days(period.first, period.last):
        checks = [c for part in parts for c in _checks(part, session.book.metrics, night) if c.subject in metrics]
        checks += _without_series(metrics, checks, failed)
        yield JudgedNight(
            night,
            tuple(sorted(found.get(night, ()), key=lambda f: f.key)),
            tuple(sorted(checks, key=lambda c: (c.subject, c.detector))),
            _figures(parts, night),
            _histories(parts, night, session) if night == period.last else {},
        )


def _panel(session: Session, period: Period, fresh: pd.DataFrame | None) -> Panel:
    """Build the Panel of all metrics: one alone is judged among its peers, as the whole night judges it."""
    start = period.through - timedelta(days=session.book.policy.history_days)
    seen = session.store.read_observations(sorted(session.book.metrics), start, period.last)
    if fresh is not None:
        seen = pd.concat([seen, fresh[seen.columns]]).drop_duplicates(["metric", "segment", "day"], keep="last")
    days = pd.to_datetime(seen["day"])
    first = min(period.first, days.min().date()) if len(days) else period.first
    return panels.build(seen, session.book.metrics, max(start, first), period.last)


def _judge_safely(
    session: Session, panel: Panel, period: Period, feedback: Sequence[Feedback], lease: Lease | None
) -> tuple[list[_Part], dict[str, str]]:
    """Judge the Panel; where that fails, find the metrics that fail alone and judge the others without them."""
    try:
        return list(_judge(session, panel, period, feedback, lease)), {}
    except Exception as error:  # noqa: BLE001 - per-metric isolation: recorded in the ledger, the others go on
        first_error = _said(error)
    failed: dict[str, str] = {}
    for metric in sorted({key.metric for key in panel.keys}):
        alone = panels.select(panel, [i for i, key in enumerate(panel.keys) if key.metric == metric])
        try:
            list(_judge(session, alone, period, feedback, None))
        except Exception as error:  # noqa: BLE001 - per-metric isolation: recorded in the ledger, the others go on
            failed[metric] = _said(error)
    rest = panels.select(panel, [i for i, key in enumerate(panel.keys) if key.metric not in failed])
    if not failed:
        return [], dict.fromkeys({key.metric for key in panel.keys}, first_error)
    return list(_judge(session, rest, period, feedback, lease)), failed


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:400]


def _judge(
    session: Session, panel: Panel, period: Period, feedback: Sequence[Feedback], lease: Lease | None
) -> Iterator[_Part]:
    """Yield the detectors' judgement, then that of the checks on accounts and on rates."""
    policy, metrics = session.book.policy, session.book.metrics
    calendar = session.calendar(period.first - timedelta(days=1))
    first = min(period.first, max(period.last - timedelta(days=SHOWN_DAYS), panel.days[0].item()))
    accounts = {a.metric for a in policy.accounts}
    detected = panels.select(panel, [i for i, k in enumerate(panel.keys) if k.metric not in accounts])
    if detected.keys:
        models = _models(session, detected, period, lease)
        yield _Part(detected, judge(detected, metrics, calendar, policy.detection, models, first, feedback))
    for account in policy.accounts:
        rows = panels.select(panel, [i for i, k in enumerate(panel.keys) if k.metric == account.metric])
        yield _checked(rows, first, account.id, *silent(rows, account, _column(rows, first)))
    for rate in policy.rates:
        rows = panels.select(panel, [i for i, k in enumerate(panel.keys) if k.metric in rate.metrics])
        yield _checked(rows, first, rate.id, *judge_rates(rows, rate, _column(rows, first)))


def _checked(panel: Panel, first: date, name: str, departures: tuple[Departure, ...], outcomes: np.ndarray) -> _Part:
    nothing = np.full(outcomes.shape, np.nan)
    return _Part(
        panel, Judgement(_column(panel, first), nothing, nothing, nothing, departures, {name: outcomes}), general=False
    )


def _column(panel: Panel, day: date) -> int:
    return int((np.datetime64(day, "D") - panel.days[0]).astype(int))


def _models(session: Session, panel: Panel, period: Period, lease: Lease | None) -> Models:
    """Return the models of this rhythm's date, fitted now if no night before did; the store keeps them."""
    settings = session.book.policy.detection
    name = f"judging {hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:12]}"
    stored = session.store.get_model(name, period.through)
    if stored is not None and stored.fitted_through == period.through:
        return Models.load(stored.payload)
    calendar = session.calendar(period.through)
    models = fit(panel, session.book.metrics, calendar, settings, period.through)
    if lease is not None:
        session.store.put_model(name, period.through, models.version, models.dump(), lease)
    return models


def _checks(part: _Part, metrics: Mapping[str, Metric], night: date) -> Iterator[Check]:
    """Yield the ledger's rows of one part; a metric that names its detectors has no others planned."""
    for check in metric_checks(part.judgement, part.panel, _column(part.panel, night)):
        planned = metrics[check.subject].detectors
        if check.planned and (planned is None or check.detector in planned or not part.general):
            yield check


def _without_series(metrics: Mapping[str, Metric], checks: Iterable[Check], failed: Mapping[str, str]) -> list[Check]:
    """Return a row for each metric that has none yet: it failed, or it never had a figure."""
    judged = {check.subject for check in checks}
    rows = []
    for metric in sorted(set(metrics) - judged):
        outcome = Outcome.ERROR if metric in failed else Outcome.NO_DATA
        rows.append(
            unmade(metric, "detectors", 1, outcome, failed.get(metric, "no figures of this metric were ever seen"))
        )
    return rows


def _figures(parts: Iterable[_Part], night: date) -> dict[tuple[str, date], float]:
    """Return the expected figure of each metric's total on the night's day."""
    figures = {}
    for part in parts:
        column = _column(part.panel, night) - part.judgement.first
        for row, key in enumerate(part.panel.keys):
            if key.segment == "" and np.isfinite(part.judgement.expected[row, column]):
                figures[key.metric, night] = float(part.judgement.expected[row, column])
    return figures


def _histories(parts: Iterable[_Part], night: date, session: Session) -> dict[SeriesKey, History]:
    """Return what charts show of every series up to `night`."""
    histories = {}
    for part in parts:
        first, last = part.judgement.first, _column(part.panel, night) + 1
        days = part.panel.days[first:last]
        holidays = session.calendar(night).holiday_names(days.astype(object))
        for row, key in enumerate(part.panel.keys):
            histories[key] = History(
                days,
                part.panel.values[row, first:last],
                part.judgement.expected[row],
                part.judgement.lower[row],
                part.judgement.upper[row],
                np.zeros(len(days), bool),
                holidays,
                session.book.metrics[key.metric].unit,
            )
    return histories


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=k) for k in range((last - first).days + 1))
