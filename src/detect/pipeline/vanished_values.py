"""A value that stopped coming in a column by which figures are split: told once, on the day on which its own rhythm misses it.

Of each column one metric says on which days a value came; what is watched no longer is not missed, and customers and suppliers that are
watched one by one have a check of their own (`accounts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
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

__all__ = ["GONE", "Vanishing"]

GONE = "vanished_value"
_BACK = 2 * MEMORY  # days: beyond it a value is long gone


@dataclass(frozen=True, eq=False)
class _Column:
    """A column by which a source's figures are split: its values, and on which days each came (values, days); or why nothing is known."""

    source: str
    name: str
    values: tuple[str, ...] = ()
    came: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), bool))
    unknown: str = ""


class Vanishing:
    """Looks, night by night, for values that stopped coming; what the nights have in common is looked up once."""

    def __init__(self, session: Session, pulled: Iterable[Pulled], panel: Panel) -> None:
        """Look up which values came on which days of the Panel, and on which of them the company was open."""
        self.book, self.panel = session.book, panel
        self.days = panel.days.astype(object)
        self.is_open = session.calendar(self.days[-1]).working_days(self.days)
        self.columns = [column for one in pulled for column in _columns(session.book, one, panel)]

    def at(self, night: date) -> Checked:
        """Return the values missed for the first time on `night`, and a row of the ledger for each column looked at."""
        found = [self._look(column, night) for column in self.columns]
        return Checked(tuple(f for findings, _ in found for f in findings), tuple(check for _, check in found))

    def _look(self, column: _Column, night: date) -> tuple[list[Finding], Check]:
        subject = subject_of(column.source, column.name)
        if column.unknown:
            return [], unmade(subject, GONE, 1, Outcome.NOT_CHECKED, column.unknown)
        if not column.values:
            return [], Check(subject, GONE, 1, {Outcome.INSUFFICIENT_HISTORY: 1})
        end = column_of(self.panel, night) + 1
        span = slice(max(end - _BACK, 0), end)
        found = [
            _finding(self.book, column.source, column.name, column.values[v.series], v, self.days[span])
            for v in vanished(column.came[:, span], self.is_open[span])
        ]
        outcome = Outcome.FINDING if found else Outcome.OK
        notable = tuple((f.segment, outcome, "a value that came steadily stays away") for f in found)
        return found, Check(subject, GONE, 1, {outcome: 1}, notable=notable)


def _columns(book: Book, one: Pulled, panel: Panel) -> Iterator[_Column]:
    for name, metric in sorted(_speaking(book, one.source).items()):
        if one.figures is None or metric.id in one.failures:
            yield _Column(one.source, name, unknown=str(one.failures.get(metric.id) or "the table could not be read"))
            continue
        rows = _rows(panel, metric, name)
        yield _Column(one.source, name, tuple(value for _, value in rows), _came(panel, [row for row, _ in rows]))


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


def _came(panel: Panel, rows: list[int]) -> np.ndarray:
    """Say (values, days) on which days a value had rows: a figure other than the zero of a day without any."""
    values = panel.values[rows]
    came: np.ndarray = panel.present[rows] & np.isfinite(values) & (values != 0)
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
