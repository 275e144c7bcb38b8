"""What one run did, in the figures that head every digest and report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from detect.db.records import Run
from detect.model import Case, Check, NightSummary, Outcome
from detect.pipeline.clocks import Clocks
from detect.pipeline.session import Session

__all__ = ["last_summary", "summary_of"]


def summary_of(
    session: Session, run: Run, checks: Iterable[Check], cases: Iterable[Case], now: datetime
) -> NightSummary:
    """Say what one run did. Troubles are counted, not rows: a case under a parent is part of the parent's trouble.

    The figures head what everybody reads: what is restricted is not among them, for a count alone would tell that there is something.
    """
    tops = [case for case in cases if case.parent is None and not case.restricted]
    opened = [case for case in tops if case.detected_on == run.as_of]
    clocks = Clocks(session.book, session.calendar(run.as_of))
    return NightSummary(
        as_of=run.as_of,
        run_id=run.run_id,
        state=run.state,
        planned=run.planned,
        outcomes=run.outcomes,
        new=len(opened),
        overdue=len(clocks.overdue(tops, now)),
        at_stake=sum(case.stake or 0.0 for case in opened),
        currency=session.book.company.currency,
        data_until=run.data_until,
        mode=run.mode,
        not_judged=tuple(
            (check.subject, segment, outcome, cause)
            for check in checks
            for segment, outcome, cause in check.notable
            if outcome is not Outcome.FINDING
        ),
    )


def last_summary(session: Session, cases: Iterable[Case], now: datetime) -> NightSummary:
    """Say what the last run did, with what is overdue at `now`; of a company that never ran, nothing but that."""
    last = session.store.runs(1)
    if last:
        return summary_of(session, last[0], session.store.checks(last[0].run_id), cases, now)
    overdue = len(Clocks(session.book, session.calendar(now.date())).overdue(cases, now))
    currency = session.book.company.currency
    return NightSummary(now.date(), "", "complete", 0, {}, 0, overdue, 0.0, currency, None)
