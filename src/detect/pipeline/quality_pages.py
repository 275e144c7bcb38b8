"""The notebook `quality`: the tables, their expectations, and how these ended over the last nights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np

from detect.model import Check, Outcome
from detect.notices.catalogue import LEVELS, OUTCOMES, label
from detect.notices.translated import in_language
from detect.pipeline.workspace import Workspace
from detect.quality import Suite
from detect.render.notebook import Fragment, Page, page, strips
from detect.render.parts_chart import part_picture
from detect.render.tables import Table

__all__ = ["QualityReview"]

_NIGHTS: Final = 60
_STRIP: Final = 30  # nights in a strip
_DAYS: Final = 120  # days of rows in a picture
_MARKS: Final[Mapping[Outcome, str]] = {
    Outcome.OK: "·",
    Outcome.FINDING: "█",
    Outcome.NOT_CHECKED: "?",
    Outcome.ERROR: "!",
}
_NO_ROW: Final = "\u00a0"  # a blank that pages do not fold


@dataclass(frozen=True)
class _Past:
    """How one expectation ended, night by night, the last night last; None where it was not planned."""

    outcomes: tuple[Outcome | None, ...]
    nights: tuple[date, ...]

    def days_of(self, outcome: Outcome) -> list[date]:
        """Return the nights that ended so."""
        return [night for night, found in zip(self.nights, self.outcomes, strict=True) if found is outcome]

    @property
    def strip(self) -> str:
        """The last nights as one mark each."""
        return "".join(_NO_ROW if o is None else _MARKS.get(o, "?") for o in self.outcomes[-_STRIP:])


class QualityReview(Workspace):
    """Tables and suites up to a business day. Each method returns something that a notebook shows."""

    @cached_property
    def nights(self) -> list[tuple[date, Mapping[str, Check]]]:
        """The rows of the ledger that belong to suites, by night, the oldest first."""
        runs = [run for run in self.session.store.runs(2 * _NIGHTS) if run.scope == "" and run.as_of <= self.as_of]
        newest = {run.as_of: run for run in reversed(runs)}
        return [
            (day, {c.subject: c for c in self.session.store.checks(newest[day].run_id) if c.detector == "expectation"})
            for day in sorted(newest)[-_NIGHTS:]
        ]

    def summary(self) -> Fragment:
        """Say how the last night's expectations ended, and name those that were not met."""
        last = self.nights[-1][1] if self.nights else {}
        lines = tuple(self._counts(last.values())) or (self.say("quality_none"),)
        faults = tuple(
            (
                subject.partition(":")[0],
                self._name(subject),
                OUTCOMES[outcome][self.language],
                in_language(cause, self.language),
            )
            for subject, check in last.items()
            for _, outcome, cause in check.notable
        )
        columns = tuple(label(key, self.language) for key in ("table", "what", "outcome", "reason"))
        title = self.say("quality", day=self.as_of.isoformat())
        return page(Page(title, lines, columns, faults, lead=True))

    def expectations(self) -> Fragment:
        """List every expectation with its severity, how often it failed, and its last nights as a strip."""
        rows = tuple(row for suite in self.session.book.suites.values() for row in self._rows(suite))
        columns = (
            label("table", self.language), label("what", self.language), label("level", self.language),
            self.say("failed_nights"), self.say("unchecked_nights"), self.say("last_failed"),
            self.say("strip", count=str(min(_STRIP, len(self.nights)))),
        )  # fmt: skip
        lines = (self.say("strip_key"),)
        title = self.say("suites", count=str(len(self.nights)))
        return self.drawing.table(
            Table(title, columns, rows, numeric=(3, 4), empty=self.say("quality_none"), lines=lines)
        )

    def rows(self) -> Fragment:
        """Show how many rows of each table came for each day."""
        days = np.datetime64(self.as_of, "D") - np.arange(_DAYS - 1, -1, -1)
        pictures = [
            (self.say("rows_of", table=source, last=last), part_picture(days, counts, ""))
            for source, last, counts in self._row_counts(days)
        ]
        return strips(self.say("rows_a_day"), pictures)

    # -- parts

    def _counts(self, checks: Iterable[Check]) -> Iterator[str]:
        counts = dict.fromkeys(Outcome, 0)
        for check in checks:
            for outcome, count in check.outcomes.items():
                counts[outcome] += count
        total = sum(counts.values())
        if total:
            met = counts[Outcome.OK]
            yield self.say("quality_counts", met=f"{met:,}", total=f"{total:,}", failed=f"{counts[Outcome.FINDING]:,}",
                           unchecked=f"{total - met - counts[Outcome.FINDING]:,}")  # fmt: skip

    def _rows(self, suite: Suite) -> Iterator[tuple[str, ...]]:
        table = self.session.book.sources[suite.source].table
        for expectation in suite.expectations:
            past = self._past(suite.subject(expectation))
            failed = past.days_of(Outcome.FINDING)
            judged = {Outcome.OK, Outcome.FINDING}
            unchecked = [o for o in past.outcomes if o is not None and o not in judged]
            yield (
                table, expectation.name[self.language], LEVELS[expectation.level][self.language], f"{len(failed):,}",
                f"{len(unchecked):,}", failed[-1].isoformat() if failed else "–", past.strip,
            )  # fmt: skip

    def _past(self, subject: str) -> _Past:
        found = [checks.get(subject) for _, checks in self.nights]
        return _Past(tuple(_worst(check) for check in found), tuple(night for night, _ in self.nights))

    def _name(self, subject: str) -> str:
        source, _, name = subject.partition(":")
        suite = self.session.book.suites.get(source)
        known = {e.id: e.name[self.language] for e in suite.expectations} if suite else {}
        return known.get(name, name)

    def _row_counts(self, days: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
        """Yield (table, last day with rows, rows (days,)): the largest count of any total, since a metric may leave out rows."""
        book = self.session.book
        for source in book.sources.values():
            metrics = [m.id for m in book.metrics.values() if m.source == source.id]
            if not metrics:
                continue
            seen = self.session.store.read_observations(metrics, days[0].item(), days[-1].item())
            counts = np.full(len(days), np.nan)
            per_day = seen.groupby("day", as_index=False)["rows"].max()
            at = (per_day["day"].to_numpy("datetime64[D]") - days[0]).astype(int)
            counts[at] = per_day["rows"].to_numpy(float)
            known = np.flatnonzero(np.nan_to_num(counts) > 0)
            yield source.table, str(days[known[-1]]) if known.size else "–", counts


def _worst(check: Check | None) -> Outcome | None:
    """Return how an expectation ended: whatever is not ok, where anything is not."""
    if check is None or not check.planned:
        return None
    return next((o for o, count in check.outcomes.items() if count and o is not Outcome.OK), Outcome.OK)
