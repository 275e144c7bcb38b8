"""The detectors and the checks on accounts and rates over one Panel, each metric on its own account."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np

from detect.checks.accounts import silent
from detect.checks.breaks import judge_breaks
from detect.checks.bursts import judge_bursts
from detect.checks.rates import judge_rates
from detect.checks.satisfaction import judge_satisfaction
from detect.checks.settings import AccountSettings, RateSettings
from detect.db.records import Lease
from detect.detectors._base import Feedback
from detect.detectors.baseline import Replay
from detect.model import Category, Departure, Judgement, Outcome, Panel, SeriesType
from detect.pipeline.alarms import kept, unsaid
from detect.pipeline.judging import Models, judged, learn
from detect.pipeline.ledger import MetricRows, rows_by_metric
from detect.pipeline.periods import rhythm
from detect.pipeline.session import Session
from detect.series import panel as panels

__all__ = ["Part", "detect_all", "judged_by_checks", "models_at"]

Settings = TypeVar("Settings")
_Judged = tuple[tuple[Departure, ...], np.ndarray]
_RowCheck = Callable[[Panel, int], _Judged]
_Heed = Callable[[tuple[Departure, ...], Panel], Iterable[Departure]]  # leaves out what nobody wants to hear
SHOWN = timedelta(days=91)  # how much of the past a chart shows, and so is judged once more
_OK, _NO_DATA, _NON_FINITE, _NOT_CHECKED = (
    tuple(Outcome).index(o) for o in (Outcome.OK, Outcome.NO_DATA, Outcome.NON_FINITE, Outcome.NOT_CHECKED)
)
_NOT_PLANNED = 127


@dataclass(frozen=True, eq=False)
class Part:
    """One judgement with the Panel that its rows belong to; `general` when it is that of the detectors of the policy."""

    panel: Panel
    judgement: Judgement
    general: bool = True

    @cached_property
    def totals(self) -> list[int]:
        """Find the rows of whole metrics."""
        return [row for row, key in enumerate(self.panel.keys) if key.segment == ""]

    @cached_property
    def by_metric(self) -> tuple[MetricRows, ...]:
        """Sort the rows by metric."""
        return rows_by_metric(self.panel)

    def column(self, day: date) -> int:
        """Return the Panel's column of a day."""
        return _column(self.panel, day)


def detect_all(
    session: Session, panel: Panel, first: date, feedback: Sequence[Feedback], lease: Lease | None
) -> tuple[list[Part], dict[str, str]]:
    """Judge the Panel's days from `first` on; departures before it are left out. Returns the parts, and what went wrong by metric.

    Where the whole fails, the metrics that fail alone are found and the others are judged without them.
    """
    with _one_thread():
        return _detect_all(session, panel, first, feedback, lease)


def _one_thread() -> AbstractContextManager[Any]:
    """Let linear algebra use one thread: sums in another order would make other digests."""
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[Any] = threadpool_limits(limits=1, user_api="blas")
    return limited


def _detect_all(
    session: Session, panel: Panel, first: date, feedback: Sequence[Feedback], lease: Lease | None
) -> tuple[list[Part], dict[str, str]]:
    try:
        return [_settled(session, part) for part in _judge(session, panel, first, feedback, lease)], {}
    except Exception as error:  # noqa: BLE001 - per-metric isolation: recorded in the ledger, the others go on
        whole = _said(error)
    failed: dict[str, str] = {}
    for metric in sorted({key.metric for key in panel.keys}):
        alone = panels.select(panel, [i for i, key in enumerate(panel.keys) if key.metric == metric])
        try:
            list(_judge(session, alone, first, feedback, None))
        except Exception as error:  # noqa: BLE001 - per-metric isolation: recorded in the ledger, the others go on
            failed[metric] = _said(error)
    if not failed:
        return [], {key.metric: whole for key in panel.keys}
    rest = panels.select(panel, [i for i, key in enumerate(panel.keys) if key.metric not in failed])
    return [_settled(session, part) for part in _judge(session, rest, first, feedback, lease)], failed


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:400]


def _judge(
    session: Session, panel: Panel, first: date, feedback: Sequence[Feedback], lease: Lease | None
) -> Iterator[Part]:
    """Yield the detectors' judgement, then that of the checks on accounts, rates, bursts, scores and breaks."""
    policy = session.book.policy
    accounts = {account.metric for account in policy.accounts}
    detected = _rows(panel, {key.metric for key in panel.keys} - accounts)
    if detected.keys:
        yield _told_from(first, Part(detected, _detect(session, detected, first, feedback, lease)))
    for account in policy.accounts:
        judge = partial(_silent, account, _open_days(session, panel))
        heed = partial(unsaid, feedback=feedback)
        yield from _check(panel, {account.metric}, first, account.id, judge, heed)
    wanted = partial(kept, metrics=session.book.metrics, feedback=feedback)
    for rate in policy.rates:
        yield from _check(panel, _of_rate(session, panel, rate), first, rate.id, _by(judge_rates, rate), wanted)
    for bursts in policy.bursts:
        yield from _check(panel, set(bursts.metrics), first, bursts.id, _by(judge_bursts, bursts), wanted)
    for scores in policy.satisfaction:
        yield from _check(panel, set(scores.metrics), first, scores.id, _by(judge_satisfaction, scores), wanted)
    for settings in policy.breaks:
        theirs = set(settings.metrics) or _of_the_market(session, panel)
        yield from _check(panel, theirs, first, settings.id, _by(judge_breaks, settings), wanted)


def _open_days(session: Session, panel: Panel) -> np.ndarray:
    """Say (days,) on which the company works; gaps between orders are counted in these."""
    calendar = session.calendar(panel.days[-1].item())
    return calendar.working_days(panel.days.astype(object))


def judged_by_checks(session: Session, panel: Panel) -> set[str]:
    """Name the metrics of the Panel that a check on accounts, rates, bursts, scores or breaks judges, without a band."""
    policy = session.book.policy
    found = {account.metric for account in policy.accounts}
    found |= {name for burst in policy.bursts for name in burst.metrics}
    found |= {name for scores in policy.satisfaction for name in scores.metrics}
    found |= {name for rate in policy.rates for name in _of_rate(session, panel, rate)}
    for settings in policy.breaks:
        found |= set(settings.metrics) or _of_the_market(session, panel)
    return found & {key.metric for key in panel.keys}


def _of_rate(session: Session, panel: Panel, rate: RateSettings) -> set[str]:
    """Name the metrics that a check on rates is about: all ratios, where it names none."""
    ratios = (key.metric for key in panel.keys if session.book.metrics[key.metric].denominator is not None)
    return set(rate.metrics) or set(ratios)


def _of_the_market(session: Session, panel: Panel) -> set[str]:
    """Name the market's shares, rates and prices."""
    known = session.book.metrics
    theirs = {key.metric for key in panel.keys if known[key.metric].category is Category.MARKET}
    return {name for name in theirs if known[name].type in {SeriesType.RATIO, SeriesType.PRICE}}


def _silent(
    settings: AccountSettings, open_days: np.ndarray, panel: Panel, first: int
) -> tuple[tuple[Departure, ...], np.ndarray]:
    return silent(panel, settings, first, open_days)


def _by(judge: Callable[[Panel, Settings, int], _Judged], settings: Settings) -> _RowCheck:
    """Return the check with its settings put in."""
    return lambda panel, first: judge(panel, settings, first)


def _rows(panel: Panel, metrics: set[str]) -> Panel:
    return panels.select(panel, [i for i, key in enumerate(panel.keys) if key.metric in metrics])


def _detect(
    session: Session, panel: Panel, first: date, feedback: Sequence[Feedback], lease: Lease | None
) -> Judgement:
    """Walk once through the days; models of the store's rhythm stand in for each other where their days end."""
    settings, metrics = session.book.policy.detection, session.book.metrics
    last: date = panel.days[-1].item()
    calendar = session.calendar(last)
    begin = max(0, min(_column(panel, first), _column(panel, last - SHOWN)))
    replay = Replay(panel, metrics, calendar, settings.structural, begin, feedback)
    schedule: list[tuple[int, Models]] = []
    for through in rhythm(panel.days[begin].item(), last, settings.refit_days):
        column = max(begin, _column(panel, through) + 1)
        models = models_at(session, through)
        if models is None:
            ends = max(0, _column(panel, through) + 1)
            base = replay.baseline(column, ends)
            models = learn(panels.until(panel, ends), metrics, calendar, settings, base, through)
            if lease is not None:
                session.store.put_model(_name(session), through, models.version, models.dump(), lease)
        schedule.append((column, models))
    return judged(replay, metrics, calendar, settings, schedule, feedback)


def _name(session: Session) -> str:
    """Name the models of these settings: others would be learnt with others."""
    settings = session.book.policy.detection.model_dump_json()
    return f"judging {hashlib.sha256(settings.encode()).hexdigest()[:12]}"


def models_at(session: Session, through: date) -> Models | None:
    """Return what was learnt from the days up to `through` under the present settings, or None."""
    stored = session.store.get_model(_name(session), through)
    return Models.load(stored.payload) if stored is not None and stored.fitted_through == through else None


def _settled(session: Session, part: Part) -> Part:
    """Say `ok` where there was nothing to judge and nothing was due, and take out what no detector had a question about.

    Nothing was due on a day on which the company is closed. Where a table has the day's rows, a series without any of them was
    judged by that (a missing day is a channel of its own); a ratio of nothing to nothing is no fault.
    """
    first = part.judgement.first
    closed = ~_open_days(session, part.panel)[first:]
    empty = np.zeros(part.panel.values.shape, bool) if part.panel.weights is None else part.panel.weights == 0
    loaded = _loaded(part.panel, session)
    found = {}
    for detector, outcomes in part.judgement.outcomes.items():
        codes = np.where((outcomes == _NO_DATA) & (closed | loaded[:, first:]), _OK, outcomes)
        codes = np.where((codes == _NON_FINITE) & empty[:, first:], _OK, codes)
        found[detector] = np.where(codes == _NOT_CHECKED, _NOT_PLANNED, codes)
    return replace(part, judgement=replace(part.judgement, outcomes=found))


def _loaded(panel: Panel, session: Session) -> np.ndarray:
    """Say (series, days) whether the series' table has any row of the day."""
    sources = np.array([session.book.metrics[key.metric].source for key in panel.keys])
    out = np.zeros(panel.present.shape, bool)
    for source in set(sources):
        out[sources == source] = panel.present[sources == source].any(axis=0)
    return out


def _check(panel: Panel, metrics: set[str], first: date, name: str, judge: _RowCheck, heed: _Heed) -> Iterator[Part]:
    """Yield the judgement of one check; what `heed` leaves out is no finding."""
    rows = _rows(panel, metrics)
    if rows.keys:
        begin = max(0, min(_column(rows, first), _column(rows, rows.days[-1].item() - SHOWN)))
        found, outcomes = judge(rows, begin)
        departures = tuple(heed(found, rows))
        told = {(d.series, d.day) for d in departures}
        for departure in found:
            if (departure.series, departure.day) not in told:
                outcomes[departure.series, departure.day - begin] = _OK
        nothing = np.full(outcomes.shape, np.nan)
        judgement = Judgement(begin, nothing, nothing, nothing, departures, {name: outcomes})
        yield _told_from(first, Part(rows, judgement, general=False))


def _told_from(first: date, part: Part) -> Part:
    """Leave out the departures of days before the first night, which were judged for the sake of the chart."""
    told = tuple(d for d in part.judgement.departures if d.day >= part.column(first))
    return replace(part, judgement=replace(part.judgement, departures=told))


def _column(panel: Panel, day: date) -> int:
    return int((np.datetime64(day, "D") - panel.days[0]).astype(int))
