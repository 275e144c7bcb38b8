"""The payments log, judged night by night: which known incidents are found, when, and how many false episodes there are.

`python -m benchmarks.payments --log DIR` (or `YUJING_PAYMENTS=DIR`) reads `DIR/events.parquet`, the whole log; without it the sample of
the tests is judged. Writes RESULTS-payments.md for the whole log alone.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from tests.payments import prepare, sample

from detect.config import load
from detect.model import Finding, Kind
from detect.pipeline.nightly import run_nights
from detect.pipeline.order import Order
from detect.pipeline.session import open_session

FIRST, LAST = date(2017, 3, 10), date(2019, 1, 7)
RESULTS = Path(__file__).parent / "RESULTS-payments.md"
APART, LONGEST = (
    timedelta(days=3),
    timedelta(days=7),
)  # as in scoring.py: days told so near make one episode, at most so long


PAGE = """# The payments log, measured

{what}: {events:,} events of {documents:,} documents; {nights} nights from {first} to {last} judged in one backfill, {seconds:.0f} s
on a shared machine. `python -m benchmarks.payments --log DIR` makes this page anew.

| incident | told on | by |
| --- | --- | --- |
{told}

Shifts of a whole process told from December 2017 to June 2018: {shifts}.

| judged | series | series-days | false episodes | per 1,000 |
| --- | --- | --- | --- | --- |
{rates}

False is whatever is told outside the days of a known incident, though much of it happened: a run moved from a Monday to a Tuesday, the
summer recess, requests that waited for months. The log ends with the documents of 2018: from 2019-01-02 on nothing new is submitted, which
is told and counted as false. A subject of a process (a step, a stage, the whole) or a sign of an audit counts as one series.

No threshold is set for this log: the share of waits beyond which a case is stuck follows from the promise (on 0.005 of the days a step
may tell a wait that is long by chance, and so many waits end there a day), the other limits are the defaults of every company. Those
defaults were looked at on this log too while they were chosen, so the figure is no proof for another one.
"""


@dataclass(frozen=True)
class Incident:
    """A known incident: where a finding counts as about it, and what finds it."""

    name: str
    first: date
    last: date  # findings of these days are no false alarms
    found: tuple[date, date]  # nights on which it must be told
    kinds: tuple[Kind, ...]
    subjects: tuple[str, ...] = ()  # beginnings; () any


INCIDENTS = (
    Incident("982,873.81 entered on 2018-04-29", date(2018, 4, 29), date(2018, 5, 2), (date(2018, 4, 29), date(2018, 4, 30)),
             (Kind.AUDIT_SIGN, Kind.LIMIT), ("disbursements", "largest")),
    Incident("29,561.37 paid on 2018-03-05", date(2018, 3, 2), date(2018, 3, 7), (date(2018, 3, 2), date(2018, 3, 6)),
             (Kind.AUDIT_SIGN, Kind.LIMIT), ("disbursements", "largest")),
    Incident("roll-out from 2018-01-01, requests", date(2017, 12, 29), date(2018, 2, 14), (date(2018, 1, 1), date(2018, 2, 14)),
             (Kind.LEVEL_SHIFT,), ("request",)),
    Incident("roll-out from 2018-01-01, declarations", date(2017, 12, 29), date(2018, 2, 14),
             (date(2018, 1, 1), date(2018, 2, 14)), (Kind.LEVEL_SHIFT,), ("declaration",)),
    Incident("last run before Christmas, 2018-12-20", date(2018, 12, 17), date(2018, 12, 27), (date(2018, 12, 20), date(2018, 12, 21)),
             (Kind.SPIKE, Kind.LEVEL_SHIFT), ("payments", "paid")),
)  # fmt: skip


def judged(events: pd.DataFrame) -> tuple[list[Finding], dict[str, int], float]:
    """Judge every night in one backfill; return the findings, the series judged by sort, and the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        book = load(prepare(Path(folder) / "office", events), {})
        began = time.perf_counter()
        with open_session(book) as session:
            order = Order(FIRST, LAST, mode="backfill", notify=False, holder="bench")
            nights = list(run_nights(session, order))
        seconds = time.perf_counter() - began
    findings = [finding for night in nights for finding in night.findings]
    last = nights[-1].checks
    metrics = {
        c.subject: max(k.planned for k in last if k.subject == c.subject) for c in last if c.subject in book.metrics
    }
    beside = {c.subject for c in last if c.subject not in book.metrics}
    return findings, {"metrics": sum(metrics.values()), "process and audit": len(beside)}, seconds


def episodes(findings: Iterable[Finding]) -> int:
    """Count false episodes: days told outside every incident, by subject and segment."""
    days: dict[tuple[str, str], set[date]] = {}
    for finding in findings:
        if not any(i.first <= finding.day <= i.last for i in INCIDENTS):
            days.setdefault((finding.subject, finding.segment), set()).add(finding.day)
    number = 0
    for told in days.values():
        began = before = date.min + LONGEST
        for day in sorted(told):
            if day - before > APART or day - began >= LONGEST:
                number, began = number + 1, day
            before = day
    return number


def report(events: pd.DataFrame, what: str) -> str:
    """Judge the log and say what came of it."""
    findings, series, seconds = judged(events)
    nights = (LAST - FIRST).days + 1
    told = "\n".join(_told(incident, findings) for incident in INCIDENTS)
    shifts = [f"{f.subject} on {f.as_of}" for f in findings if f.kind is Kind.LEVEL_SHIFT and _of_winter(f)]
    beside = [f for f in findings if f.metric is None]
    rows = [
        ("metrics", series["metrics"], [f for f in findings if f.metric is not None]),
        ("process and audit", series["process and audit"], beside),
        ("all", sum(series.values()), findings),
    ]
    return PAGE.format(
        what=what,
        events=len(events),
        documents=events["case_id"].nunique(),
        nights=nights,
        first=FIRST,
        last=LAST,
        seconds=seconds,
        told=told,
        shifts=f"{len(shifts)} ({', '.join(shifts)})",
        rates="\n".join(_rate(name, count, count * nights, episodes(mine)) for name, count, mine in rows),
    )


def _told(incident: Incident, findings: Iterable[Finding]) -> str:
    hits = [f for f in findings if _tells(f, incident)]
    first = min((f.as_of for f in hits), default=None)
    by = sorted({f"{f.subject} ({f.kind.value})" for f in hits if f.as_of == first})
    return f"| {incident.name} | {first or 'not told'} | {', '.join(by)} |"


def _of_winter(finding: Finding) -> bool:
    return finding.channel.startswith("process") and date(2017, 12, 1) <= finding.as_of <= date(2018, 6, 30)


def _rate(name: str, series: int, days: int, false: int) -> str:
    return f"| {name} | {series} | {days:,} | {false} | {1000 * false / days:.1f} |"


def _tells(finding: Finding, incident: Incident) -> bool:
    first, last = incident.found
    there = not incident.subjects or finding.subject.startswith(incident.subjects)
    return first <= finding.as_of <= last and finding.kind in incident.kinds and there


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--log", type=Path, default=os.environ.get("YUJING_PAYMENTS"), help="the folder of events.parquet"
    )
    folder = parser.parse_args().log
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    if folder is None:
        print(report(sample(), "The sample, requests for payment alone"))
        return
    page = report(pd.read_parquet(Path(folder) / "events.parquet"), "The whole log")
    RESULTS.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
