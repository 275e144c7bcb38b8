"""Late and corrected data: the nights that judged them as they were before are judged again, and what that changes is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from detect.db.records import Run
from detect.model import Check, Outcome
from detect.pipeline.judged import JudgedNight
from detect.pipeline.order import Order
from detect.pipeline.session import Session

__all__ = ["late_nights", "revision", "with_what_was_kept"]


def late_nights(session: Session, order: Order) -> Mapping[date, Run]:
    """Return the nights to judge again before the night of `order`, with their runs: from the first day whose figures came late.

    Only a whole night that is written looks back, and only as far as figures are pulled again. A night judged under another configuration
    stays as it is: what changes it then would be a rule, and no correction of data. Figures of a metric or segment that was not known
    before are no correction either.
    """
    if order.dry_run or order.scope or order.mode == "backfill" or order.first != order.last:
        return {}
    newest = session.store.runs(1)
    if newest and newest[0].as_of > order.first:
        return {}  # an older date is asked for by itself
    known = _judged_before(session, order.first)
    if not known:
        return {}
    days = session.store.late_days(sorted(session.book.metrics), min(known), max(known), order.first)
    return {day: run for day, run in sorted(known.items()) if days and day >= days[0]}


def _judged_before(session: Session, as_of: date) -> dict[date, Run]:
    """Return the unbroken row of nights that ends with the last one before `as_of`, within the days that are pulled again."""
    found: dict[date, Run] = {}
    for back in range(1, session.book.policy.recheck_days + 1):
        day = as_of - timedelta(days=back)
        run = session.store.known_run(day)
        if run is not None and run.config_digest == session.book.digest:
            found[day] = run
        elif found or run is not None:
            break
    return found


def revision(session: Session, order: Order, nights: Mapping[date, Run]) -> tuple[Order, Mapping[date, Order]]:
    """Return the order over the nights to judge again, made at the instant of `order`, and that of each; a backfilled one tells nobody."""
    days = list(nights)
    whole = replace(order, first=days[0], last=days[-1], now=order.instant(session.book, order.last), mode="rerun")
    backfilled = replace(whole, mode="backfill", notify=False)
    return whole, {day: backfilled if run.mode == "backfill" else whole for day, run in nights.items()}


def with_what_was_kept(session: Session, night: JudgedNight, run: Run) -> JudgedNight:
    """Keep, of a night that is judged again, what was judged then and cannot be now.

    Those are rules that only the database could judge on that night itself, and what stands on a source that does not answer tonight.
    """
    new = {(check.subject, check.detector): check for check in night.checks}
    watched = {suite.subject(e) for suite in session.book.suites.values() for e in suite.expectations}
    watched |= session.book.metrics.keys()
    old = [check for check in session.store.checks(run.run_id) if check.subject in watched]
    kept = {(c.subject, c.detector): c for c in old if not _made(new.get((c.subject, c.detector)))}
    subjects = {subject for subject, _ in kept}
    stored = [row.finding for row in session.store.findings(as_of=night.as_of) if row.state == "active"]
    findings = [f for f in night.findings if f.subject not in subjects]
    findings += [f for f in stored if f.subject in subjects]
    return replace(
        night,
        findings=tuple(sorted(findings, key=lambda f: f.key)),
        checks=tuple(sorted((new | kept).values(), key=lambda c: (c.subject, c.detector))),
    )


def _made(check: Check | None) -> bool:
    return check is not None and not set(check.outcomes) <= {Outcome.ERROR, Outcome.NOT_CHECKED}
