"""Run a suite for one night: rules on facts without a query, the others in the database.

Failed, errored and not checked are three things; the library says the first two alike, so its exceptions are looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from detect.errors import SchemaDrift
from detect.model import Outcome
from detect.quality import library
from detect.quality.examples import KEYS_SHOWN, example_keys
from detect.quality.facts import TableFacts, judge_facts
from detect.quality.outcome import ExpectationResult, error_result, judge_counts, no_rows
from detect.quality.rows import repeat_columns, row_rule
from detect.quality.suite import Expectation, Suite

__all__ = ["Rows", "run_group", "run_suite"]


@dataclass(frozen=True)
class Rows:
    """Where the rows to check are: a table, and the SELECT of one business day's rows (None: rules on the day are not checked).

    `numbered` says that the SELECT carries the columns of `rows.repeat_columns`. `key` names the columns that identify a row in
    examples; values of columns outside `public` are masked.
    """

    table: str
    schema: str | None = None
    day_query: str | None = None
    numbered: bool = False
    key: tuple[str, ...] = ()
    public: frozenset[str] = frozenset()


def run_suite(
    suite: Suite,
    url: str,
    as_of: date,
    *,
    rows: Rows,
    facts: TableFacts | None = None,
    statement_seconds: int = 120,
) -> list[ExpectationResult]:
    """Judge every expectation of the suite for the night of `as_of`; one result each, in the suite's order.

    Raises SourceUnavailable when the database does not answer; everything else that goes wrong is the outcome of one expectation.
    """
    found = {e.id: judge_facts(e, facts, as_of) for e in suite.expectations if e.from_facts}
    queried = [e for e in suite.expectations if not e.from_facts]
    if rows.day_query is None:
        found |= {e.id: _not_selected(e, as_of) for e in queried if e.on == "day"}
        queried = [e for e in queried if e.on == "table"]
    if queried:
        repeats = repeat_columns(suite) if rows.numbered else {}
        found |= _run_queried(queried, url, as_of, rows, repeats, statement_seconds)
    return [found[e.id] for e in suite.expectations]


def _run_queried(
    queried: Sequence[Expectation], url: str, as_of: date, rows: Rows, repeats: Mapping[str, Any], seconds: int
) -> dict[str, ExpectationResult]:
    found: dict[str, ExpectationResult] = {}
    with library.quiet(), library.datasource(url, seconds) as source:
        for query in (rows.day_query, None):
            group = [e for e in queried if (e.on == "day") == (query is not None)]
            if not group:
                continue
            try:
                batch = library.batch(source, table=rows.table, schema=rows.schema, query=query)
            except SchemaDrift as drift:
                found |= {e.id: error_result(e, as_of, drift.what) for e in group}
                continue
            found |= run_group(group, batch, as_of, rows, repeats)
    return found


def run_group(
    group: Sequence[Expectation], batch: Any, as_of: date, rows: Rows, repeats: Mapping[str, Any]
) -> dict[str, ExpectationResult]:
    """Run the expectations on one batch of rows; `repeats` are the numbering columns that the rows carry."""
    built, found = _build(group, as_of, repeats)
    shown = {"unexpected_index_column_names": list(rows.key)} if rows.key else {}
    result_format = {"result_format": "SUMMARY", "partial_unexpected_count": KEYS_SHOWN, **shown}
    by_id = {e.id: e for e in group}
    for answer in library.validate(batch, list(built.values()), result_format):
        expectation = by_id[answer.expectation_config.meta["id"]]
        found[expectation.id] = _result(expectation, answer, as_of, rows)
    return found


def _build(
    group: Sequence[Expectation], as_of: date, repeats: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, ExpectationResult]]:
    """Make the library's objects; an argument it refuses is an error of that expectation alone."""
    built: dict[str, Any] = {}
    refused: dict[str, ExpectationResult] = {}
    classes = library.expectation_classes()
    for expectation in group:
        kind, kwargs = expectation.type, expectation.kwargs
        if (numbering := f"repeat_{expectation.id}") in repeats:
            kind = "expect_column_values_to_be_between"
            kwargs = {"column": numbering, "max_value": 1, "mostly": kwargs.get("mostly", 1)}
        try:
            built[expectation.id] = classes[kind](**kwargs, severity=expectation.severity, meta={"id": expectation.id})
        except (TypeError, ValueError) as error:  # pydantic's ValidationError is a ValueError
            refused[expectation.id] = error_result(expectation, as_of, str(error))
    return built, refused


def _result(expectation: Expectation, answer: Any, as_of: date, rows: Rows) -> ExpectationResult:
    """Tell failed from errored from nothing to check."""
    message = _exception(dict(answer.exception_info or {}))
    if message is not None:
        return error_result(expectation, as_of, message)
    result = dict(answer.result)
    if "unexpected_count" not in result:
        return _aggregate(expectation, as_of, result, kept=bool(answer.success))
    if not result["element_count"]:
        return no_rows(expectation, as_of)
    rule = row_rule(expectation)
    checked = int(result["element_count"]) - int(result.get("missing_count") or 0)
    failing = rule.failing if rule is not None else ""
    judged = judge_counts(expectation, as_of, checked, int(result["unexpected_count"] or 0), failing)
    if judged.outcome is not Outcome.FINDING:
        return judged
    at_fault = result.get("partial_unexpected_index_list") or []
    return replace(judged, keys=example_keys(at_fault, rows.key, rows.public))


def _aggregate(expectation: Expectation, as_of: date, result: Mapping[str, Any], *, kept: bool) -> ExpectationResult:
    """Read a rule on one figure of the whole: its observed value, and the bounds it was given."""
    observed = result.get("observed_value")
    number = float(observed) if isinstance(observed, int | float) and not isinstance(observed, bool) else None
    lower, upper = (expectation.kwargs.get(name) for name in ("min_value", "max_value"))
    seen = f"; {str(observed)[:200]} was seen" if observed is not None else ""
    return ExpectationResult(
        expectation=expectation.id,
        day=as_of,
        outcome=Outcome.OK if kept else Outcome.FINDING,
        observed=number,
        lower=float(lower) if isinstance(lower, int | float) else None,
        upper=float(upper) if isinstance(upper, int | float) else None,
        unit="rows" if expectation.type == "unexpected_rows_expectation" else "",
        detail="" if kept else f"the rule does not hold{seen}",
        failing=str(expectation.kwargs.get("unexpected_rows_query", "")),
    )


def _exception(info: Mapping[str, Any]) -> str | None:
    """Give what was raised, if anything was; the library nests it by metric, or not."""
    nested = [info] if "raised_exception" in info else [v for v in info.values() if isinstance(v, Mapping)]
    raised = [str(v.get("exception_message") or "no message") for v in nested if v.get("raised_exception")]
    return raised[0] if raised else None


def _not_selected(expectation: Expectation, as_of: date) -> ExpectationResult:
    return ExpectationResult(expectation.id, as_of, Outcome.NOT_CHECKED, detail="the day's rows were not selected")
