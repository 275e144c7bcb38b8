"""The ledger of a night: every planned check with its outcome, and what may be said of the run as a whole."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from detect.model import Check, Judgement, Outcome, Panel

__all__ = ["NOT_MADE", "MetricRows", "metric_checks", "rows_by_metric", "run_id", "state", "totals", "unmade"]

_OUTCOMES = tuple(Outcome)
_QUIET = frozenset({Outcome.OK, Outcome.INSUFFICIENT_HISTORY})
NOT_MADE = frozenset({Outcome.NO_DATA, Outcome.NON_FINITE, Outcome.LATE, Outcome.ERROR, Outcome.NOT_CHECKED})
_NOTABLE = np.array(
    [outcome not in _QUIET for outcome in _OUTCOMES] + [False]
)  # by code; the last for what was not planned
_CAUSES = {
    Outcome.FINDING: "departs from what was expected",
    Outcome.NO_DATA: "no row where one was expected",
    Outcome.NON_FINITE: "the value is not a finite number",
    Outcome.LATE: "the table is not yet complete for the day",
}


@dataclass(frozen=True, eq=False)
class MetricRows:
    """The rows of a Panel that belong to one metric: their `index`, their segments, and their `values` (rows, days) to 9 decimals."""

    metric: str
    index: np.ndarray
    segments: tuple[str, ...]
    values: np.ndarray


def metric_checks(judgement: Judgement, rows: Iterable[MetricRows], column: int) -> Iterator[Check]:
    """Yield one Check for each metric and detector, for the judged day `column` (a column of the Panel)."""
    for mine in rows:
        digest = _digest(mine.values, column)
        for detector, outcomes in sorted(judgement.outcomes.items()):
            yield _check(mine, detector, outcomes[mine.index, column - judgement.first], digest)


def unmade(subject: str, detector: str, planned: int, outcome: Outcome, cause: str) -> Check:
    """Return the Check of something that could not be judged at all."""
    return Check(subject, detector, planned, {outcome: planned}, "", (("", outcome, cause),))


def totals(checks: Iterable[Check]) -> dict[Outcome, int]:
    """Add up the outcomes of all checks."""
    counts: Counter[Outcome] = Counter()
    for check in checks:
        counts.update(check.outcomes)
    return {outcome: counts[outcome] for outcome in _OUTCOMES if counts[outcome]}


def state(outcomes: Mapping[Outcome, int]) -> str:
    """`complete` when every planned check came to a judgement or has too little history for one, else `incomplete`."""
    return "incomplete" if any(outcomes.get(outcome) for outcome in NOT_MADE) else "complete"


def rows_by_metric(panel: Panel) -> tuple[MetricRows, ...]:
    """Sort the Panel's rows by metric."""
    index: dict[str, list[int]] = {}
    for row, key in enumerate(panel.keys):
        index.setdefault(key.metric, []).append(row)
    return tuple(
        MetricRows(metric, np.array(rows), tuple(panel.keys[i].segment for i in rows), np.round(panel.values[rows], 9))
        for metric, rows in sorted(index.items())
    )


def _check(rows: MetricRows, detector: str, codes: np.ndarray, digest: str) -> Check:
    """Count how the rows ended; a code beyond the outcomes says that nothing was to be checked there."""
    codes = np.minimum(codes, len(_OUTCOMES))
    counts = np.bincount(codes, minlength=len(_OUTCOMES) + 1)[: len(_OUTCOMES)].tolist()
    outcomes = {outcome: count for outcome, count in zip(_OUTCOMES, counts, strict=True) if count}
    told = ((rows.segments[row], _OUTCOMES[codes[row]]) for row in np.flatnonzero(_NOTABLE[codes]))
    notable = tuple((segment, outcome, _CAUSES.get(outcome, outcome.value)) for segment, outcome in told)
    return Check(rows.metric, detector, sum(counts), outcomes, digest, notable)


def _digest(values: np.ndarray, column: int) -> str:
    """Stand for the figures judged: the day's and those of the four weeks before it."""
    window = values[:, max(0, column - 28) : column + 1]
    return hashlib.sha256(np.ascontiguousarray(window).tobytes()).hexdigest()[:16]


def run_id(as_of: date, scope: str) -> str:
    """Return the identity of a run: the same for every rerun of the same date and scope."""
    return f"{as_of.isoformat()}{'-' + hashlib.sha256(scope.encode()).hexdigest()[:8] if scope else ''}"
