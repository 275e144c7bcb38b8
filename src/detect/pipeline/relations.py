"""Rules on two tables over some days, each rule on its own account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from detect.errors import SourceError, SourceUnavailable
from detect.pipeline.session import Session
from detect.quality import ExpectationResult, Suite, judge_reconciliation, judge_reference, judged_day
from detect.quality.outcome import error_result
from detect.quality.suite import Expectation
from detect.series.metric import Source
from detect.series.relations import Reconciliation, Reference

__all__ = ["judge_relations", "sides"]


def judge_relations(session: Session, suite: Suite, nights: Sequence[date]) -> list[ExpectationResult]:
    """Judge the suite's rules on two tables as each of `nights` would; raises SourceUnavailable when the database does not answer."""
    source = session.book.sources[suite.source]
    found: list[ExpectationResult] = []
    for expectation in suite.expectations:
        rule = expectation.relation
        try:
            if isinstance(rule, Reference):
                found += _references(session, source, expectation, rule, nights)
            elif isinstance(rule, Reconciliation):
                found += _reconciliation(session, source, expectation, rule, nights)
        except SourceUnavailable:
            raise
        except SourceError as error:
            found += [error_result(expectation, night, error.what) for night in nights]
    return found


def _references(
    session: Session, source: Source, expectation: Expectation, rule: Reference, nights: Sequence[date]
) -> Iterator[ExpectationResult]:
    other = session.book.sources[rule.other]
    counted = session.warehouse.unmatched_by_day(source, other, rule, min(nights), max(nights))
    for night in nights:
        yield judge_reference(expectation, night, counted.get(night))


def _reconciliation(
    session: Session, source: Source, expectation: Expectation, rule: Reconciliation, nights: Sequence[date]
) -> Iterator[ExpectationResult]:
    other = session.book.sources[rule.other]
    compared = session.warehouse.compare(source, other, rule, [judged_day(rule, night) for night in nights])
    for night in nights:
        day = compared[judged_day(rule, night)]
        yield judge_reconciliation(
            expectation,
            night,
            groups=day.groups,
            differing=day.differing,
            sums=(day.here, day.there),
            names=sides(source, other, rule),
        )


def sides(source: Source, other: Source, rule: Reconciliation) -> tuple[str, str]:
    """Name the two sides as people are told of them: by their tables, or within one table by what is summed."""
    return (source.table, other.table) if source.id != other.id else (rule.value, rule.other_value)
