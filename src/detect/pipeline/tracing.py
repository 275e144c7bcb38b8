"""Processes in a run: the event log is read once for all nights, and each night sees what it would have seen alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from detect.checks.process import ProcessSettings, read_log
from detect.checks.telling import process_findings
from detect.checks.tracing import Traced, trace
from detect.db.row_reads import EventColumns
from detect.model import Check, Finding, Outcome
from detect.pipeline.session import Session
from detect.pipeline.suites import Checked

__all__ = ["trace_nights"]


def trace_nights(session: Session, process: ProcessSettings, nights: Sequence[date]) -> dict[date, Checked]:
    """Judge `nights`, in order; raises SourceError when the table does not answer or is not as configured."""
    book = session.book
    source = book.sources[process.source]
    reach = timedelta(days=process.lookback)
    columns = EventColumns(process.case, process.activity, process.timestamp, process.ending, process.where)
    frame = session.reader(source).events(source, columns, nights[0] - reach, nights[-1])
    end = datetime.combine(nights[-1], time(23, 59, 59), ZoneInfo(book.company.timezone))
    log = read_log(frame, process, end)
    first = nights[0] - reach
    calendar = session.calendar(nights[-1])
    days = [first + timedelta(days=k) for k in range((nights[-1] - first).days + 1)]
    is_open = calendar.working_days(days)
    public = process.case in source.public
    found = {}
    for night in nights:
        column = (night - first).days
        traced = trace(log, process, night, is_open[column - process.lookback : column + 1])
        findings = tuple(process_findings(traced.signs, process, night, public=public))
        found[night] = Checked(findings, _checks(process, traced, findings))
    return found


def _checks(process: ProcessSettings, traced: Traced, findings: Sequence[Finding]) -> tuple[Check, ...]:
    said = repr((traced.handled, [(f.subject, f.channel, f.actual) for f in findings]))
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    return tuple(
        Check(process.subject(step), f"process {detector}", 1, {outcome: 1}, digest, _notable(outcome))
        for (detector, step), outcome in sorted(traced.outcomes.items())
    )


def _notable(outcome: Outcome) -> tuple[tuple[str, Outcome, str], ...]:
    causes = {Outcome.FINDING: "departs from its own past", Outcome.NO_DATA: "no event was ever seen"}
    return (("", outcome, causes[outcome]),) if outcome in causes else ()
