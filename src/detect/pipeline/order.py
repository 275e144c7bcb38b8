"""What is asked of a run, and what a night came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from detect.config.book import Book
from detect.db.records import Run, Written
from detect.errors import UsageError
from detect.model import Case, Change, Check, Finding, History, NightSummary, SeriesKey
from detect.series.metric import Metric

__all__ = ["NightResult", "Order", "night_after"]


def night_after(book: Book, as_of: date) -> datetime:
    """Return the instant at which the night after a business day is judged, in the company's zone."""
    return datetime.combine(as_of + timedelta(days=1), time(2, 30), ZoneInfo(book.company.timezone))


@dataclass(frozen=True)
class Order:
    """What is asked of a run: the nights first..last, which metrics (none named: all), and what may be done with the result.

    `now` is the instant of the act; None stands for the night after each business day. `mode` is nightly, rerun or backfill; what a
    backfill opens starts no deadline.
    """

    first: date
    last: date
    now: datetime | None = None
    metrics: tuple[str, ...] = ()
    mode: str = "nightly"
    dry_run: bool = False
    notify: bool = True
    holder: str = "detect"

    @property
    def scope(self) -> str:
        """What the run is limited to; '' for a whole night."""
        return ",".join(sorted(self.metrics))

    @property
    def nights(self) -> tuple[date, ...]:
        """The business days to judge, the oldest first."""
        return tuple(self.first + timedelta(days=k) for k in range((self.last - self.first).days + 1))

    def instant(self, book: Book, as_of: date) -> datetime:
        """Return the instant at which this order judges `as_of`."""
        return self.now or night_after(book, as_of)

    def wanted(self, book: Book) -> dict[str, Metric]:
        """Return the metrics to judge; raises UsageError for an unknown name or an empty range."""
        if self.first > self.last:
            raise UsageError(f"the range {self.first}..{self.last} is empty", "Give the earlier day first.")
        return {name: book.metric(name) for name in (self.metrics or sorted(book.metrics))}


@dataclass(frozen=True, eq=False)
class NightResult:
    """What one night came to; `written` is None when nothing was to be written."""

    summary: NightSummary
    run: Run
    cases: tuple[Case, ...]  # those the night changed, as they are after it
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    written: Written | None = None
    histories: Mapping[SeriesKey, History] = field(default_factory=dict)
    revised: tuple[
        NightResult, ...
    ] = ()  # earlier nights judged again with it, for their data came late or were corrected

    def open_to_all(self) -> tuple[Change, ...]:
        """Return the changes of cases that anybody may read; a log or a terminal is no place for the others."""
        return tuple(change for change in self.changes if not change.case.restricted)

    def for_machines(self) -> dict[str, Any]:
        """Return the night as plain data."""
        return {
            "as_of": self.summary.as_of.isoformat(),
            "run_id": self.run.run_id,
            "state": self.run.state,
            "mode": self.run.mode,
            "planned": self.summary.planned,
            "made": self.summary.made,
            "outcomes": {outcome.value: count for outcome, count in self.summary.outcomes.items()},
            "findings": len(self.findings),
            "new_cases": [change.case.id for change in self.open_to_all() if change.what == "opened"],
            "changed_cases": list(dict.fromkeys(change.case.id for change in self.open_to_all())),
            "revised": [night.summary.as_of.isoformat() for night in self.revised],
            "rows_written": self.written.total if self.written else 0,
        }
