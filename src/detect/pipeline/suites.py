"""Suites of expectations: on a night in the database, over a range of days counted by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from detect import quality
from detect.errors import DetectError, SchemaDrift
from detect.model import Check, Finding, Outcome
from detect.pipeline.at_fault import masking_key, with_keys
from detect.pipeline.ledger import unmade
from detect.pipeline.pulling import learnt_of, row_count
from detect.pipeline.relations import judge_relations
from detect.pipeline.session import Session
from detect.quality import ExpectationResult, Rows, Suite, TableFacts
from detect.quality.facts import judge_facts
from detect.series.metric import Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Checked", "check_range", "check_suite"]

NOT_BY_DAY = "not run for a past night: only the table as it is now can answer it; the last night of a range runs it"


@dataclass(frozen=True)
class Checked:
    """What a suite said of one night."""

    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    results: tuple[ExpectationResult, ...] = ()


def check_suite(
    session: Session,
    suite: Suite,
    as_of: date,
    fresh: pd.DataFrame | None = None,
    failures: Mapping[str, DetectError] | None = None,
) -> Checked:
    """Run the whole suite for the night of `as_of`; raises SourceUnavailable when the database does not answer.

    `fresh` are figures that are not in the store, as in a dry run, `failures` those that could not be pulled. Where a column is
    missing that the rows need, the rules on the table itself are judged all the same: one of them says so.
    """
    source = session.book.sources[suite.source]
    facts = _facts(session, source, as_of, as_of, fresh, _lost(suite, failures))
    try:
        rows = _rows(session, suite, source, as_of)
    except SchemaDrift as error:
        return _without_rows(suite, source.owner, facts, as_of, error)
    if session.warehouse.asked_by_library:
        results = quality.run_suite(
            suite,
            session.book.warehouse_url,
            as_of,
            rows=rows,
            facts=facts,
            statement_seconds=session.book.company.databases.statement_timeout,
        )
    else:
        results = _on_frames(session, suite, source, as_of, rows, facts)
    compared = {r.expectation: r for r in judge_relations(session, suite, [as_of])}
    results = [compared.get(r.expectation, r) for r in results]
    return _checked(suite, source.owner, with_keys(session, suite, results), facts, as_of)


def _on_frames(
    session: Session, suite: Suite, source: Source, as_of: date, rows: Rows, facts: TableFacts
) -> list[ExpectationResult]:
    """Run the suite on rows that were fetched, where the library cannot ask the database itself."""
    whole = any(e.on == "table" and not e.from_facts for e in suite.expectations)
    return quality.run_suite_on_frames(
        suite,
        as_of,
        rows=rows,
        day=session.warehouse.day_frame(source, as_of),
        table=session.warehouse.day_frame(source, None) if whole else None,
        facts=facts,
    )


def check_range(
    session: Session,
    suite: Suite,
    days: Sequence[date],
    fresh: pd.DataFrame | None = None,
    failures: Mapping[str, DetectError] | None = None,
) -> dict[date, Checked]:
    """Judge the rules that can be counted by day, and those on facts, for each of `days`, from one aggregate over the range.

    Rules that only the database can judge as it is now are not among them: the ledger says so of each, and the last night runs them.
    """
    source = session.book.sources[suite.source]
    facts = _facts(session, source, days[0], days[-1], fresh, _lost(suite, failures))
    asked = quality.metrics(suite, source.owner)
    counted = session.reader(source).aggregate(source, asked, days[0], days[-1], repeats=False)
    results = quality.count_failures_by_day(suite, counted.frame, days, counted.failures)
    results += judge_relations(session, suite, days)
    results += [
        judge_facts(expectation, facts.until(day), day)
        for expectation in suite.expectations
        if expectation.from_facts
        for day in days
    ]
    by_day: dict[date, list[ExpectationResult]] = {day: [] for day in days}
    for result in with_keys(session, suite, results):
        by_day[result.day].append(result)
    return {day: _of_a_range(suite, source.owner, found, facts, day) for day, found in by_day.items()}


def _of_a_range(
    suite: Suite, owner: str, results: Sequence[ExpectationResult], facts: TableFacts, day: date
) -> Checked:
    """Turn the results of a past night into findings and ledger rows, with one for each rule that was not planned for it."""
    made = _checked(_only(suite, results), owner, results, facts, day)
    judged = {r.expectation for r in results}
    left = (suite.subject(e) for e in suite.expectations if e.id not in judged)
    unplanned = (Check(subject, "expectation", 0, {}, "", (("", Outcome.NOT_CHECKED, NOT_BY_DAY),)) for subject in left)
    return replace(made, checks=(*made.checks, *unplanned))


def _without_rows(suite: Suite, owner: str, facts: TableFacts, as_of: date, error: SchemaDrift) -> Checked:
    results = [judge_facts(e, facts, as_of) for e in suite.expectations if e.from_facts]
    made = _checked(_only(suite, results), owner, results, facts, as_of)
    rest = [e for e in suite.expectations if not e.from_facts]
    lost = (unmade(suite.subject(e), "expectation", 1, Outcome.ERROR, str(error)) for e in rest)
    errors = (ExpectationResult(e.id, as_of, Outcome.ERROR, detail=str(error)) for e in rest)
    return Checked(made.findings, (*made.checks, *lost), (*made.results, *errors))


def _only(suite: Suite, results: Sequence[ExpectationResult]) -> Suite:
    judged = {r.expectation for r in results}
    kept = tuple(e for e in suite.expectations if e.id in judged)
    return suite.model_copy(update={"expectations": kept})


def _checked(suite: Suite, owner: str, results: Sequence[ExpectationResult], facts: TableFacts, as_of: date) -> Checked:
    """Turn results into findings and ledger rows; `owner`, of the table, answers where the suite names nobody."""
    settled = [_on_a_closed_day(result, facts) for result in results]
    found = quality.findings(suite, settled, as_of, department=owner)
    return Checked(tuple(found), tuple(quality.checks(suite, settled)), tuple(settled))


def _on_a_closed_day(result: ExpectationResult, facts: TableFacts) -> ExpectationResult:
    """On a day on which no rows are due, having none is as it should be."""
    due = bool(facts.open[facts.days == np.datetime64(result.day, "D")].any())
    if result.outcome is Outcome.NO_DATA and not due:
        return replace(result, outcome=Outcome.OK, detail="no rows were due")
    return result


def _rows(session: Session, suite: Suite, source: Source, as_of: date) -> Rows:
    select = session.reader(source).day_query(source, as_of, numbering=quality.repeat_columns(suite))
    return Rows(
        table=source.table,
        schema=source.schema_name,
        day_query=select,
        numbered=True,
        key=source.key,
        public=frozenset(source.public),
        masking_key=masking_key(session),
    )


def _lost(suite: Suite, failures: Mapping[str, DetectError] | None) -> dict[str, str]:
    """Say of each rule with `from_history` whose figures could not be pulled, why."""
    known = failures or {}
    return {e.id: str(known[suite.subject(e)]) for e in suite.expectations if suite.subject(e) in known}


def _facts(
    session: Session, source: Source, first: date, last: date, fresh: pd.DataFrame | None, lost: Mapping[str, str]
) -> TableFacts:
    """Return what the store knows of the table: rows a day up to `last` with the history before `first`, figures, and its columns."""
    import pandas as pd

    start = first - timedelta(days=session.book.policy.history_days)
    learnt = {metric.id: metric.id.partition(":")[2] for metric in learnt_of(session.book, source.id)}
    counted = row_count(source).id
    seen = session.store.read_observations([counted, *learnt], start, last)
    if fresh is not None:
        seen = pd.concat([seen, fresh.loc[fresh["metric"].isin([counted, *learnt]), seen.columns]])
    days = np.arange(np.datetime64(start, "D"), np.datetime64(last, "D") + 1)
    calendar = session.calendar(last)
    rows = _series(seen, counted, "rows", days)
    return TableFacts(
        days=days,
        rows=np.nan_to_num(rows),
        open=calendar.working_days(days.astype(object)),
        columns=session.reader(source).columns(source),
        lag_days=source.lag_days,
        figures={
            name: (_series(seen, metric, "value", days), _series(seen, metric, "weight", days))
            for metric, name in learnt.items()
        },
        lost=lost,
    )


def _series(seen: pd.DataFrame, metric: str, column: str, days: np.ndarray) -> np.ndarray:
    """Lay a metric's figures out over `days` (T,); NaN where there is none, and the last one of a day where there are several."""
    import pandas as pd

    mine = seen[seen["metric"] == metric]
    known = dict(zip(pd.to_datetime(mine["day"]).dt.date, mine[column], strict=True))
    return np.array([known.get(day, np.nan) for day in days.astype(object)], dtype=float)
