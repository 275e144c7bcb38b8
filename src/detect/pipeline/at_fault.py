"""Which rows and groups broke a rule: a few keys, masked, and the query that shows them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from detect.errors import SourceError
from detect.model import Outcome
from detect.pipeline.relations import sides
from detect.pipeline.session import Session
from detect.quality import ExpectationResult, Suite, judged_day, row_rule
from detect.quality.examples import KEYS_SHOWN, example_keys
from detect.quality.suite import Expectation
from detect.series.metric import Source
from detect.series.relations import Reconciliation, Reference

__all__ = ["masking_key", "with_keys"]


def with_keys(session: Session, suite: Suite, results: Iterable[ExpectationResult]) -> list[ExpectationResult]:
    """Add keys and query to the failures that the warehouse can be asked about; a night and a backfill ask the same."""
    by_id = {e.id: e for e in suite.expectations}
    return [
        _with_keys(session, suite, by_id[r.expectation], r) if r.outcome is Outcome.FINDING and not r.keys else r
        for r in results
    ]


def masking_key(session: Session) -> str | None:
    """Return the company's key for hashing what is not public."""
    key = session.book.company.masking_key
    return key.get_secret_value() if key else None


def _with_keys(
    session: Session, suite: Suite, expectation: Expectation, result: ExpectationResult
) -> ExpectationResult:
    source = session.book.sources[suite.source]
    asked = _asked(session, source, expectation, result.day)
    if asked is None:
        return result
    columns, rows, query = asked
    # The sums of a group are figures, never a person's alone.
    rule = expectation.relation
    sums = columns[len(rule.by) :] if isinstance(rule, Reconciliation) else ()
    public = frozenset({*source.public, *sums})
    keys = example_keys(rows, columns, public, masking_key(session))
    return replace(result, keys=keys, failing=query)


def _asked(
    session: Session, source: Source, expectation: Expectation, day: date
) -> tuple[tuple[str, ...], list[dict[str, object]], str] | None:
    """Return the columns to show, the rows and the query; None where the warehouse cannot say."""
    rule, row = expectation.relation, row_rule(expectation)
    warehouse, sources = session.warehouse, session.book.sources
    try:
        if isinstance(rule, Reference):
            found = warehouse.unmatched_rows(source, sources[rule.other], rule, day, KEYS_SHOWN)
            columns = tuple(dict.fromkeys([*source.key, *rule.columns]))
        elif isinstance(rule, Reconciliation):
            other = sources[rule.other]
            found = warehouse.differing(source, other, rule, judged_day(rule, day), KEYS_SHOWN)
            names = sides(source, other, rule)
            return (*rule.by, *names), [_sums(row, names) for row in found.rows], found.query
        elif row is not None and row.unique:
            columns = source.key or row.unique
            found = warehouse.repeated_rows(source, day, row.unique, columns, KEYS_SHOWN)
        elif row is not None:
            columns = source.key or (source.day,)
            found = warehouse.failing_rows(source, day, row.failing, columns, KEYS_SHOWN)
        else:
            return None
    except SourceError:  # the rule was counted; that its rows cannot be shown takes nothing from it
        return None
    return columns, list(found.rows), found.query


def _sums(row: dict[str, object], names: tuple[str, str]) -> dict[str, object]:
    """Name a group's two sums by their sides."""
    both = (row["here"], row["there"])
    shown = (f"{value:,.2f}" if isinstance(value, int | float) else "none" for value in both)
    return row | dict(zip(names, shown, strict=True))
