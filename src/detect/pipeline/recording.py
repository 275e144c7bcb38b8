"""The second half of a run: one night's findings become cases, and all of it one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

from detect.cases.absorb import Absorbed
from detect.config.book import Book
from detect.db.records import FindingRow, Lease, NightRecord, Run
from detect.model import Case, Change, Check, Event, Finding, Notice, SeriesKey
from detect.pipeline.casework import Desk
from detect.pipeline.enclosing import enclosed
from detect.pipeline.judged import JudgedNight
from detect.pipeline.ledger import NOT_MADE, run_id, state, totals
from detect.pipeline.order import NightResult, Order
from detect.pipeline.pulling import Pulled, data_until
from detect.pipeline.session import Session
from detect.pipeline.summing import summary_of
from detect.pipeline.telling import notices_of

__all__ = ["GradedNight", "grade_night", "record_night"]

_Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, eq=False)
class GradedNight:
    """One night's findings taken into the cases; nothing is written yet."""

    night: JudgedNight
    run: Run
    absorbed: Absorbed
    judged: set[str]  # subjects all of whose checks came to a judgement
    now: datetime


def grade_night(
    session: Session, order: Order, night: JudgedNight, pulled: Sequence[Pulled], desk: Desk
) -> GradedNight:
    """Grade one night's findings and take them into the cases."""
    book, now = session.book, order.instant(session.book, night.as_of)
    judged = _judged_to_the_end(night.checks)
    absorbed = desk.take(
        night.as_of,
        now,
        night.findings,
        night.figures,
        clock_runs=order.mode != "backfill",
        judged=lambda subject, segment, _channel: subject in judged and _watched(book, night, subject, segment),
    )
    return GradedNight(night, _run(book, order, night, pulled, now), absorbed, judged, now)


def record_night(session: Session, order: Order, graded: GradedNight, desk: Desk, lease: Lease | None) -> NightResult:
    """Write findings, cases, events, ledger and messages of one night together; without a lease (a dry run) write nothing."""
    night, absorbed, run, now = graded.night, graded.absorbed, graded.run, graded.now
    changes = _changes(absorbed.events, desk)
    summary = summary_of(session, run, night.checks, desk.at(night.as_of), now)
    result = NightResult(summary, run, absorbed.cases, changes, night.findings, night.checks, histories=night.histories)
    if lease is None:
        return result
    record = NightRecord(
        run,
        night.checks,
        (*_rows(night.findings, absorbed.case_of), *_withdrawn(session, night, graded.judged)),
        absorbed.events,
        absorbed.cases,
        tuple(_notices(session, result, desk.at(night.as_of), now)) if order.notify else (),
    )
    return replace(result, written=session.store.commit_night(record, lease, now))


def _notices(session: Session, result: NightResult, known: Sequence[Case], now: datetime) -> list[Notice]:
    return enclosed(session, result, known, notices_of(session, result, known, now), now)


def _judged_to_the_end(checks: Iterable[Check]) -> set[str]:
    """Return the subjects all of whose planned checks came to a judgement: only there does silence mean that nothing is there."""
    unjudged = {check.subject for check in checks if any(check.outcomes.get(outcome) for outcome in NOT_MADE)}
    return {check.subject for check in checks if check.outcomes} - unjudged


def _run(book: Book, order: Order, night: JudgedNight, pulled: Sequence[Pulled], now: datetime) -> Run:
    outcomes = totals(night.checks)
    return Run(
        run_id=run_id(night.as_of, order.scope),
        as_of=night.as_of,
        mode=order.mode,
        state=state(outcomes),
        started_at=now,
        finished_at=now,
        scope=order.scope,
        planned=sum(outcomes.values()),
        outcomes=outcomes,
        data_until=data_until(pulled, night.as_of),
        config_digest=book.digest,
        program=version("yujing"),
    )


def _rows(findings: Iterable[Finding], case_of: Mapping[_Key, str]) -> list[FindingRow]:
    return [FindingRow(finding, case_of.get(finding.key)) for finding in findings]


def _withdrawn(session: Session, night: JudgedNight, judged: set[str]) -> list[FindingRow]:
    """Return the findings that an earlier run of this night made and this one, having judged them, did not."""
    found = {finding.key for finding in night.findings}
    return [
        replace(row, state="withdrawn", reason="no longer found")
        for row in session.store.findings(as_of=night.as_of)
        if row.finding.key not in found and row.finding.subject in judged
        if _watched(session.book, night, row.finding.metric or "", row.finding.segment)
    ]


def _watched(book: Book, night: JudgedNight, metric: str, segment: str) -> bool:
    """Whether a part of a metric is watched still: what is not, for others are chosen now, is neither found again nor taken back."""
    if not segment or metric not in book.metrics or night.panel is None:
        return True
    return SeriesKey(metric, segment) in night.panel.keys


def _changes(events: Iterable[Event], desk: Desk) -> tuple[Change, ...]:
    return tuple(Change(desk.cases[event.case_id], event.type, event.seq) for event in events)
