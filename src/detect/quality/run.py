"""Run a suite for one night: rules on facts without a query, the others in the database.

Failed, errored and not checked are three things; the library says the first two alike, so its exceptions are looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

__all__ = ["CUSTOM_ROWS", "Rows", "run_group", "run_suite"]

CUSTOM_ROWS = 10_000  # rows that a SELECT of the configuration may return before it is cut
_CUSTOM, _QUERY = "unexpected_rows_expectation", "unexpected_rows_query"


@dataclass(frozen=True)
class Rows:
    """Where the rows to check are: a table, and the SELECT of one business day's rows (None: rules on the day are not checked).

    `numbered` says that the SELECT carries the columns of `rows.repeat_columns`. `key` names the columns that identify a row in
    examples; values of columns outside `public` are masked by `masking_key`.
    """

    table: str
    schema: str | None = None
    day_query: str | None = None
    numbered: bool = False
    key: tuple[str, ...] = ()
    public: frozenset[str] = frozenset()
    masking_key: str | None = None


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
    found |= {e.id: _not_compared(e, as_of) for e in suite.expectations if e.relation is not None}
    queried = [e for e in suite.expectations if e.id not in found]
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
    group: Sequence[Expectation],
    batch: Any,
    as_of: date,
    rows: Rows,
    repeats: Mapping[str, Any],
    *,
    shown: bool = False,
) -> dict[str, ExpectationResult]:
    """Run the expectations on one batch of rows; `repeats` are the numbering columns that the rows carry.

    All are counted first; only those that failed are asked once more for their rows, and with `shown` also those whose rows the
    warehouse could be asked for.
    """
    by_id = {e.id: e for e in group}
    built, found = _build(group, as_of, repeats, library.counting_classes())
    for name, answer in _answers(batch, built, {"result_format": "BASIC", "partial_unexpected_count": 0}):
        found[name] = _result(by_id[name], answer, as_of)
    for result_format, wanted in _asked_again(group, found, rows, shown=shown):
        again, _ = _build(wanted, as_of, repeats, library.expectation_classes())
        for name, answer in _answers(batch, again, result_format):
            found[name] = _with_rows(found[name], dict(answer.result), rows)
    return found


def _answers(batch: Any, built: Mapping[str, Any], result_format: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if built:
        for answer in library.validate(batch, list(built.values()), result_format):
            yield answer.expectation_config.meta["id"], answer


def _build(
    group: Sequence[Expectation], as_of: date, repeats: Mapping[str, Any], classes: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, ExpectationResult]]:
    """Make the library's objects; an argument it refuses is an error of that expectation alone."""
    built: dict[str, Any] = {}
    refused: dict[str, ExpectationResult] = {}
    for expectation in group:
        kind, kwargs = expectation.type, expectation.kwargs
        if (numbering := f"repeat_{expectation.id}") in repeats:
            kind = "expect_column_values_to_be_between"
            kwargs = {"column": numbering, "max_value": 1, "mostly": kwargs.get("mostly", 1)}
        elif kind == _CUSTOM:
            kwargs = {_QUERY: _limited(kwargs[_QUERY])}
        try:
            built[expectation.id] = classes[kind](**kwargs, severity=expectation.severity, meta={"id": expectation.id})
        except (TypeError, ValueError) as error:  # pydantic's ValidationError is a ValueError
            refused[expectation.id] = error_result(expectation, as_of, str(error))
    return built, refused


def _limited(query: str) -> str:
    """Cut what a SELECT of the configuration may return: the driver would fetch all of it."""
    return f"SELECT * FROM ({query.rstrip().rstrip(';')}) AS yj_found LIMIT {CUSTOM_ROWS + 1}"  # noqa: S608 - the configuration's own SELECT


def _asked_again(
    group: Sequence[Expectation], found: Mapping[str, ExpectationResult], rows: Rows, *, shown: bool
) -> Iterator[tuple[dict[str, Any], list[Expectation]]]:
    """Yield the result formats that hold rows, with the failed expectations to ask for them."""
    failed = [e for e in group if found[e.id].outcome is Outcome.FINDING]
    custom = [e for e in failed if e.type == _CUSTOM]
    if custom:
        yield {"result_format": "COMPLETE"}, custom
    on_rows = [e for e in failed if found[e.id].unexpected is not None and (shown or row_rule(e) is None)]
    if on_rows and rows.key:
        named = {"unexpected_index_column_names": list(rows.key)}
        yield {"result_format": "SUMMARY", "partial_unexpected_count": KEYS_SHOWN, **named}, on_rows


def _with_rows(result: ExpectationResult, answer: Mapping[str, Any], rows: Rows) -> ExpectationResult:
    at_fault = answer.get("partial_unexpected_index_list") or (answer.get("details") or {}).get("unexpected_rows") or []
    keys = example_keys(at_fault, rows.key, rows.public, rows.masking_key)
    return replace(result, keys=keys, failing=str(answer.get("unexpected_index_query") or result.failing))


def _result(expectation: Expectation, answer: Any, as_of: date) -> ExpectationResult:
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
    return judge_counts(expectation, as_of, checked, int(result["unexpected_count"] or 0), failing)


def _aggregate(expectation: Expectation, as_of: date, result: Mapping[str, Any], *, kept: bool) -> ExpectationResult:
    """Read a rule on one figure of the whole: its observed value, and the bounds it was given."""
    observed = result.get("observed_value")
    number = float(observed) if isinstance(observed, int | float) and not isinstance(observed, bool) else None
    lower, upper = (expectation.kwargs.get(name) for name in ("min_value", "max_value"))
    many = expectation.type == _CUSTOM and number is not None and number > CUSTOM_ROWS
    seen = f"; {f'more than {CUSTOM_ROWS}' if many else str(observed)[:200]} was seen" if observed is not None else ""
    return ExpectationResult(
        expectation=expectation.id,
        day=as_of,
        outcome=Outcome.OK if kept else Outcome.FINDING,
        observed=number,
        lower=float(lower) if isinstance(lower, int | float) else None,
        upper=float(upper) if isinstance(upper, int | float) else None,
        unit="rows" if expectation.type == _CUSTOM else "",
        detail="" if kept else f"the rule does not hold{seen}",
        failing=str(expectation.kwargs.get(_QUERY, "")),
    )


def _exception(info: Mapping[str, Any]) -> str | None:
    """Give what was raised, if anything was; the library nests it by metric, or not."""
    nested = [info] if "raised_exception" in info else [v for v in info.values() if isinstance(v, Mapping)]
    raised = [str(v.get("exception_message") or "no message") for v in nested if v.get("raised_exception")]
    return raised[0] if raised else None


def _not_selected(expectation: Expectation, as_of: date) -> ExpectationResult:
    return ExpectationResult(expectation.id, as_of, Outcome.NOT_CHECKED, detail="the day's rows were not selected")


def _not_compared(expectation: Expectation, as_of: date) -> ExpectationResult:
    return ExpectationResult(expectation.id, as_of, Outcome.NOT_CHECKED, detail="the other table was not looked at")
