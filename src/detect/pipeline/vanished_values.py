"""A value that stopped coming in a column by which figures are split: told once, on the day on which its own rhythm misses it.

Of each column one metric says on which days a value came; what is watched no longer is not missed, and customers and suppliers that are
watched one by one have a check of their own (`accounts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np

from detect.checks.vanishing import MEMORY, Vanished, vanished
from detect.config.book import Book
from detect.db.segments import EMPTY, NONE, OTHER
from detect.model import Category, Check, Finding, Kind, Level, Outcome, Panel
from detect.pipeline.ledger import unmade
from detect.pipeline.new_values import entities, subject_of
from detect.pipeline.pulling import Pulled
from detect.pipeline.session import Session
from detect.pipeline.suites import Checked
from detect.series.metric import Metric
from detect.series.panel import column_of

__all__ = ["GONE", "vanished_values"]

GONE = "vanished_value"
_BACK = 2 * MEMORY  # days: beyond it a value is long gone


def vanished_values(session: Session, pulled: Iterable[Pulled], panel: Panel, night: date) -> Checked:
    """Return the values missed for the first time on `night`, and a row of the ledger for each column looked at."""
    findings: list[Finding] = []
    checks: list[Check] = []
    book, end = session.book, column_of(panel, night) + 1
    days = panel.days[max(end - _BACK, 0) : end].astype(object)
    calendar = session.calendar(night)
    is_open = np.array([calendar.is_working_day(day) for day in days], bool)
    for one in pulled:
        for column, metric in sorted(_speaking(book, one.source).items()):
            subject = subject_of(one.source, column)
            if one.frame is None or metric.id in one.failures:
                cause = one.failures.get(metric.id)
                checks.append(
                    unmade(subject, GONE, 1, Outcome.NOT_CHECKED, str(cause or "the table could not be read"))
                )
                continue
            rows = _rows(panel, metric, column)
            came = _came(panel, [row for row, _ in rows], slice(end - len(days), end))
            found = [
                _finding(book, one.source, column, rows[v.series][1], v, days)
                for v in (vanished(came, is_open) if rows else ())
            ]
            outcome = Outcome.FINDING if found else Outcome.OK if rows else Outcome.INSUFFICIENT_HISTORY
            notable = tuple((f.segment, outcome, "a value that came steadily stays away") for f in found)
            checks.append(Check(subject, GONE, 1, {outcome: 1}, notable=notable))
            findings += found
    return Checked(tuple(findings), tuple(checks))


def _speaking(book: Book, source: str) -> dict[str, Metric]:
    """Return, for each column by which a source's figures are split, the metric that says which values came: the one with the most rows."""
    found: dict[str, Metric] = {}
    theirs = (m for m in book.metrics.values() if m.source == source and m.segments)
    for metric in sorted(theirs, key=lambda m: (m.where is not None, bool(m.segment_names), -m.top_segments, m.id)):
        for column in metric.segments:
            found.setdefault(column, metric)
    return {column: metric for column, metric in found.items() if column not in entities(book, source)}


def _rows(panel: Panel, metric: Metric, column: str) -> list[tuple[int, str]]:
    """Return the rows of the Panel that are values of the column, with the values' names."""
    prefix = "" if len(metric.segments) == 1 else f"{column}="
    found = _segments(panel, metric, prefix)
    return [(row, name) for row, name in found if name not in {NONE, EMPTY, OTHER}]


def _segments(panel: Panel, metric: Metric, prefix: str) -> Iterator[tuple[int, str]]:
    for row, key in enumerate(panel.keys):
        if key.metric == metric.id and key.segment and key.segment.startswith(prefix):
            yield row, key.segment.removeprefix(prefix)


def _came(panel: Panel, rows: list[int], span: slice) -> np.ndarray:
    """Say (values, days) on which days a value had rows: a figure other than the zero of a day without any."""
    values = panel.values[rows, span]
    came: np.ndarray = panel.present[rows, span] & np.isfinite(values) & (values != 0)
    return came


def _finding(book: Book, source: str, column: str, name: str, gone: Vanished, days: np.ndarray) -> Finding:
    table, last, night = book.sources[source].table, days[gone.last_seen], days[-1]
    detail = {
        "en": f"the value {name} of column {column} of {table} has not come since {last}, for {gone.gap} open days;"
        f" it never stayed away for more than {gone.longest} in the months before",
        "zh": f"{table} 的欄位 {column} 自 {last} 起未再出現 {name}，已 {gone.gap} 個營業日；此前數月最長間隔為 {gone.longest} 個營業日",
    }
    return Finding(
        as_of=night,
        day=night,
        first_day=last + timedelta(days=1),
        subject=subject_of(source, column),
        segment=name,
        channel=GONE,
        category=Category.DATA,
        kind=Kind.SCHEMA,
        department=book.sources[source].owner,
        severity=Level.SOME,
        evidence={
            "column": column,
            "last_seen": str(last),
            "open_days": gone.gap,
            "longest_gap": gone.longest,
            "detail": detail,
        },
    )
