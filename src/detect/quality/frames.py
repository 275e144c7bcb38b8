"""Run a suite on frames, where the warehouse is no database that the library can ask (DuckDB, Parquet)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from detect.model import Outcome
from detect.quality import library
from detect.quality.catalogue import RELATION_TYPES
from detect.quality.facts import TableFacts, judge_facts
from detect.quality.outcome import ExpectationResult
from detect.quality.rows import repeat_columns
from detect.quality.run import Rows, run_group
from detect.quality.suite import Suite

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["run_suite_on_frames"]

_NEEDS_A_DATABASE = frozenset(
    {"unexpected_rows_expectation", "expect_table_row_count_to_equal_other_table", *RELATION_TYPES}
)


def run_suite_on_frames(
    suite: Suite,
    as_of: date,
    *,
    rows: Rows,
    day: pd.DataFrame | None = None,
    table: pd.DataFrame | None = None,
    facts: TableFacts | None = None,
) -> list[ExpectationResult]:
    """Judge the suite as `run.run_suite` does, on the rows of the business day and of the whole table; None: not checked.

    Rules written in SQL, or about another table, are not checked.
    """
    found = {e.id: judge_facts(e, facts, as_of) for e in suite.expectations if e.from_facts}
    for on, frame in (("day", day), ("table", table)):
        group = [e for e in suite.expectations if e.on == on and not e.from_facts]
        asked = [] if frame is None else [e for e in group if e.type not in _NEEDS_A_DATABASE]
        for expectation in group:
            if expectation not in asked:
                found[expectation.id] = ExpectationResult(
                    expectation.id, as_of, Outcome.NOT_CHECKED, detail="needs a database"
                )
        if asked and frame is not None:
            repeats = repeat_columns(suite) if on == "day" else {}
            with library.quiet():
                batch = library.frame_batch(_numbered(frame, repeats))
                found |= run_group(asked, batch, as_of, rows, repeats, shown=True)
    return [found[e.id] for e in suite.expectations]


def _numbered(frame: pd.DataFrame, repeats: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Add the numbering columns that the warehouse's SELECT would carry; a rule on a column that is not there errs by itself."""
    numbered = frame.copy()
    for name, columns in repeats.items():
        if set(columns) <= set(frame.columns):
            count = frame.groupby(list(columns), dropna=False, sort=False).cumcount() + 1
            numbered[name] = count.where(frame[list(columns)].notna().any(axis=1))
    return numbered
