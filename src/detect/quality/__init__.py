"""Expectations on tables: what they are, how they are judged, and what becomes of a failure.

`suite` holds the settings, `rows` the rules that can also be counted by day, `facts` the rules judged without a query,
`relations` those on two tables, `run` the others (`library` alone imports Great Expectations), `findings` what people and the
ledger are told.
"""

from detect.quality.facts import TableFacts
from detect.quality.findings import checks, findings
from detect.quality.frames import run_suite_on_frames
from detect.quality.outcome import ExpectationResult
from detect.quality.relations import judge_reconciliation, judge_reference, judged_day
from detect.quality.rows import as_metric, count_failures_by_day, learnt_metrics, metrics, repeat_columns, row_rule
from detect.quality.run import Rows, run_suite
from detect.quality.suite import Expectation, Suite

__all__ = [
    "Expectation",
    "ExpectationResult",
    "Rows",
    "Suite",
    "TableFacts",
    "as_metric",
    "checks",
    "count_failures_by_day",
    "findings",
    "judge_reconciliation",
    "judge_reference",
    "judged_day",
    "learnt_metrics",
    "metrics",
    "repeat_columns",
    "row_rule",
    "run_suite",
    "run_suite_on_frames",
]
