"""Data findings come first: the faults of a table's load are held against the findings of all that stands on it.

Metrics, and with them rates, key accounts, scores and bursts, stand on their table; a process and signs for review on that of their rows;
an identity on the tables of all its figures, a rule that compares two tables on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from detect.config.book import Book
from detect.findings.loading import LoadFault, annotated, load_faults
from detect.model import Finding
from detect.pipeline.judged import JudgedNight
from detect.pipeline.pulling import Pulled
from detect.pipeline.session import Session
from detect.pipeline.vanished_values import GONE
from detect.series.metric import Metric

if TYPE_CHECKING:
    pass

__all__ = ["data_first", "repeats_of"]

Repeats = Mapping[tuple[str, date], tuple[float, float]]


def data_first(
    session: Session, night: JudgedNight, metrics: Mapping[str, Metric], repeats: Repeats, *, suites_ran: bool
) -> JudgedNight:
    """Annotate the findings of metrics whose table was loaded wrongly that night; nothing is left out.

    A run of some metrics runs no suite: it takes what the whole night found in the tables.
    """
    faults = load_faults(night.findings if suites_ran else _stored(session, night.as_of), repeats)
    if not faults:
        return night
    told = tuple(_annotated(finding, session.book, metrics, faults) for finding in night.findings)
    return replace(night, findings=told)


def _annotated(
    finding: Finding, book: Book, metrics: Mapping[str, Metric], faults: Mapping[tuple[str, date], LoadFault]
) -> Finding:
    """Hold the first fault that explains a finding against it, else the first that there is."""
    metric = metrics.get(finding.metric or "")
    tables = (metric.source,) if metric else _tables(finding, book)
    known = [annotated(finding, metric, faults[t, finding.day]) for t in tables if (t, finding.day) in faults]
    explained = (one for one in known if one.evidence["data_fault"]["explains"])
    return next(explained, known[0] if known else finding)


def _tables(finding: Finding, book: Book) -> tuple[str, ...]:
    """Return the sources whose rows a finding of no metric was made from; none where it is a table's own."""
    name = finding.subject.partition(":")[0]
    if name in book.identities:
        sides = (*book.identities[name].left, *book.identities[name].right)
        return tuple(dict.fromkeys(book.metrics[metric].source for metric in sides))
    if finding.channel == GONE:
        return (name,)
    if finding.channel == "expectation":
        return _compared(finding, book, name)
    watched = book.processes.get(name) or book.audits.get(name)
    return (watched.source,) if watched else ()


def _compared(finding: Finding, book: Book, name: str) -> tuple[str, ...]:
    """Return both tables of a rule that compares two; any other rule is its table's own word."""
    suite, rule = book.suites.get(name), finding.subject.partition(":")[2]
    found = next((e.relation for e in suite.expectations if e.id == rule), None) if suite else None
    return (found.other, name) if found and found.other != name else ()


def _stored(session: Session, as_of: date) -> list[Finding]:
    rows = session.store.findings(as_of=as_of)
    return [row.finding for row in rows if row.state == "active" and row.finding.metric is None]


def repeats_of(pulled: Iterable[Pulled], nights: Sequence[date]) -> Repeats:
    """Return the rows of each source on the judged days, and how many of them repeat others."""
    import pandas as pd

    found = {}
    for one in pulled:
        counted = one.counted
        if counted is None:
            continue
        days = pd.to_datetime(counted["day"]).dt.date
        wanted = days.between(nights[0], nights[-1])
        for day, rows, repeated in zip(
            days[wanted], counted.loc[wanted, "rows"], counted.loc[wanted, "repeated"], strict=True
        ):
            found[one.source, day] = (float(rows), float(repeated))
    return found
