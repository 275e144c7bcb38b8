"""Expectations alone: suites run for a day, and suites drafted from a table's past. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from detect.config.drafts import suite_text
from detect.errors import DetectError, SourceUnavailable, UsageError
from detect.model import Level, Outcome
from detect.pipeline import pulling
from detect.pipeline.ledger import NOT_MADE
from detect.pipeline.session import Session
from detect.pipeline.suites import check_suite
from detect.quality import ExpectationResult, Suite, TableFacts
from detect.quality.drafting import draft
from detect.quality.suite import Expectation
from detect.series.metric import Source

if TYPE_CHECKING:
    pass

__all__ = ["CheckedRule", "check", "draft_suite"]


@dataclass(frozen=True)
class CheckedRule:
    """How one rule of one table ended."""

    table: str
    expectation: Expectation
    subject: str
    result: ExpectationResult

    @property
    def level(self) -> Level | None:
        """The level that a failure asks for; None where nothing failed."""
        return self.expectation.level if self.result.outcome is Outcome.FINDING else None

    @property
    def made(self) -> bool:
        """Whether the rule came to a judgement, or has too little history for one."""
        return self.result.outcome not in NOT_MADE


def check(session: Session, as_of: date, tables: Sequence[str] = ()) -> list[CheckedRule]:
    """Run the suites of `tables` (names or sources; none: all) for the night of `as_of`; a table that does not answer is not checked."""
    found: list[CheckedRule] = []
    for suite in _chosen(session, tables):
        source = session.book.sources[suite.source]
        try:
            results = _results(session, suite, source, as_of)
        except DetectError as error:
            outcome = Outcome.NOT_CHECKED if isinstance(error, SourceUnavailable) else Outcome.ERROR
            results = [ExpectationResult(e.id, as_of, outcome, detail=str(error)) for e in suite.expectations]
        by_id = {r.expectation: r for r in results}
        found += [CheckedRule(source.table, e, suite.subject(e), by_id[e.id]) for e in suite.expectations]
    return found


def _results(session: Session, suite: Suite, source: Source, as_of: date) -> Sequence[ExpectationResult]:
    first = as_of - timedelta(days=session.book.policy.history_days)
    learnt = pulling.learnt_of(session.book, source.id)
    pulled = pulling.pull(session, source, learnt, first, as_of, as_of)
    return check_suite(session, suite, as_of, pulled.frame, pulled.failures).results


def _chosen(session: Session, tables: Sequence[str]) -> list[Suite]:
    suites = [suite for _, suite in sorted(session.book.suites.items())]
    if not suites:
        raise UsageError("No table has a suite", "`detect expect TABLE` drafts one from the table's history.")
    chosen = [_source(session, name) for name in tables]
    for source in chosen:
        if source.id not in session.book.suites:
            raise UsageError(
                f"Table {source.table} has no suite", f"`detect expect {source.id}` drafts one from its history."
            )
    wanted = {source.id for source in chosen}
    return [suite for suite in suites if not wanted or suite.source in wanted]


def _source(session: Session, name: str) -> Source:
    """Return a source by its id, or by its table."""
    sources = session.book.sources
    if name in sources:
        return sources[name]
    found = next((source for source in sources.values() if source.table == name), None)
    if found is None:
        listed = ", ".join(sorted(sources))
        raise UsageError(
            f"There is no table {name!r} in config/tables.yaml", f"Add it there, or name one of: {listed}."
        )
    return found


def draft_suite(session: Session, name: str, as_of: date, days: int) -> tuple[Source, str]:
    """Return the source and a suite drafted from the `days` up to `as_of`, as commented YAML; raises UsageError when there are no rows."""
    source = _source(session, name)
    first = as_of - timedelta(days=days - 1)
    seen = session.reader(source).profile(source, first, as_of)
    if not seen.rows:
        raise UsageError(
            f"Table {source.table} has no rows from {first} to {as_of}",
            "Choose another day with --as-of, or more with --days.",
        )
    facts = _facts(session, source, first, as_of)
    heading = [
        f"What is expected of {source.table}: drafted from {seen.rows:,} rows of {first} to {as_of}; edit it before it is used.",
        "Each rule held without exception there, or says how often it did not; what was not seen is not claimed.",
        "critical, warning and info ask for level 1, 2 and 3; `from_history` learns the bound from the days before.",
    ]
    return source, suite_text(source.id, source.owner, heading, draft(source, seen, facts))


def _facts(session: Session, source: Source, first: date, last: date) -> TableFacts:
    import pandas as pd

    frame = session.reader(source).aggregate(source, [pulling.row_count(source)], first, last).frame
    rows = dict(zip(pd.to_datetime(frame["day"]).dt.date, frame["rows"], strict=True))
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    calendar = session.calendar(last)
    return TableFacts(
        days=days,
        rows=np.array([rows.get(day, 0) for day in days.astype(object)], dtype=float),
        open=calendar.working_days(days.astype(object)),
        lag_days=source.lag_days,
    )
