"""The first half of a run: pull each source, run each suite, each on its own account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from detect.config.book import Book
from detect.db.records import Lease
from detect.errors import DetectError, SourceError, SourceUnavailable
from detect.model import Check, Outcome
from detect.pipeline import pulling
from detect.pipeline.judged import JudgedNight
from detect.pipeline.ledger import unmade
from detect.pipeline.order import Order
from detect.pipeline.periods import fitted_through
from detect.pipeline.pulling import Pulled
from detect.pipeline.register import EVENT, announced
from detect.pipeline.session import Session
from detect.pipeline.stages import CHECK, PULL, Call
from detect.pipeline.suites import Checked, check_range, check_suite
from detect.quality import Suite
from detect.series.metric import Metric, Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_all", "joined", "pull_all"]

Progress = Callable[[str], None]
Nights = dict[date, dict[str, Checked]]


def pull_all(session: Session, order: Order, lease: Lease | None, call: Call, progress: Progress) -> list[Pulled]:
    """Pull every source and keep the figures; a source that gives nothing fails alone.

    A run of one metric pulls all of them: it is judged among its peers, and says what the whole night says of it.
    """
    start = fitted_through(order.first, session.book.policy.detection.refit_days)
    start -= timedelta(days=session.book.policy.history_days)
    pulled = []
    for source in _sources(session.book):
        theirs = [metric for metric in session.book.metrics.values() if metric.source == source.id]
        theirs += pulling.learnt_of(session.book, source.id)
        whole = (
            order.first < order.last or source.database == "store"
        )  # feedback may be imported of any day, and is little
        counted = [pulling.row_count(source), *theirs]  # a table may have a suite alone
        first = start if whole else pulling.first_day_to_pull(session, counted, order.last, start)
        progress(f"pulling {source.table}")
        pulled.append(_pulled(session, source, theirs, first, order, call))
    if lease is not None:
        since = order.first if order.first < order.last else None
        pulling.keep(session, pulled, order.last, lease, night_by_night=since)
    return pulled


def _sources(book: Book) -> list[Source]:
    used = {metric.source for metric in book.metrics.values()} | set(book.suites)
    return [source for name, source in sorted(book.sources.items()) if name in used]


def _pulled(
    session: Session, source: Source, metrics: Sequence[Metric], first: date, order: Order, call: Call
) -> Pulled:
    try:
        work = partial(pulling.pull, session, source, metrics, first, order.last, order.first)
        found: Pulled = call(PULL, source.table, work)
    except SourceError as error:
        return Pulled(source.id, failures={metric.id: error for metric in metrics})
    return found


def check_all(
    session: Session,
    order: Order,
    metrics: Mapping[str, Metric],
    pulled: Sequence[Pulled],
    call: Call,
    progress: Progress,
) -> Nights:
    """Run the suites, in the database for the last night, counted by day for those before it, and look into the register of events.

    A run of some metrics does neither.
    """
    nights: Nights = {night: {} for night in order.nights}
    if len(metrics) < len(session.book.metrics):
        return nights
    down = {one.source: next(iter(one.failures.values()), None) for one in pulled if one.figures is None}
    for name, suite in sorted(session.book.suites.items()):
        progress(f"checking {session.book.sources[name].table}")
        if name in down:
            found = dict.fromkeys(order.nights, _lost(suite, str(down[name] or "the source did not answer")))
        else:
            mine = next((one for one in pulled if one.source == name), Pulled(name))
            fresh = mine.frame if order.dry_run else None
            found = _checked(session, suite, order.nights, call, fresh, mine.failures)
        for night, checked in found.items():
            nights[night][name] = checked
    for night, checked in announced(session, order.nights).items():
        nights[night][EVENT] = checked
    return nights


def _checked(
    session: Session,
    suite: Suite,
    nights: Sequence[date],
    call: Call,
    fresh: pd.DataFrame | None,
    failures: Mapping[str, DetectError],
) -> dict[date, Checked]:
    *before, last = nights
    by_day, whole = (
        partial(check_range, session, suite, before, fresh, failures),
        partial(check_suite, session, suite, last, fresh, failures),
    )
    try:
        found = call(CHECK, f"{suite.source} by day", by_day) if before else {}
        return {**found, last: call(CHECK, suite.source, whole)}
    except SourceError as error:
        return dict.fromkeys(nights, _lost(suite, str(error)))


def _lost(suite: Suite, cause: str) -> Checked:
    rows = (unmade(suite.subject(e), "expectation", 1, Outcome.NOT_CHECKED, cause) for e in suite.expectations)
    return Checked((), tuple(rows))


def joined(
    night: JudgedNight, pulled: Sequence[Pulled], metrics: Mapping[str, Metric], suites: Mapping[str, Checked]
) -> JudgedNight:
    """Put the suites' results beside the detectors', and let no metric count as judged whose figures could not be had."""
    failures = {name: error for one in pulled for name, error in one.failures.items() if name in metrics}
    checks = [_failed(check, failures[check.subject]) if check.subject in failures else check for check in night.checks]
    findings = [finding for finding in night.findings if finding.subject not in failures]
    for checked in suites.values():
        checks += checked.checks
        findings += checked.findings
    return replace(
        night,
        findings=tuple(sorted(findings, key=lambda f: f.key)),
        checks=tuple(sorted(checks, key=lambda c: (c.subject, c.detector))),
    )


def _failed(check: Check, error: DetectError) -> Check:
    outcome = Outcome.NOT_CHECKED if isinstance(error, SourceUnavailable) else Outcome.ERROR
    return unmade(check.subject, check.detector, check.planned, outcome, str(error))
