"""The ledger of a night: every planned check with its outcome, and what may be said of the run as a whole."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from detect.model import Check, Judgement, Outcome, Panel

__all__ = ["NOT_MADE", "metric_checks", "run_id", "state", "totals", "unmade"]

_OUTCOMES = tuple(Outcome)
_QUIET = frozenset({Outcome.OK, Outcome.INSUFFICIENT_HISTORY})
NOT_MADE = frozenset({Outcome.NO_DATA, Outcome.NON_FINITE, Outcome.LATE, Outcome.ERROR, Outcome.NOT_CHECKED})
_CAUSES = {
    Outcome.FINDING: "departs from what was expected",
    Outcome.NO_DATA: "no row where one was expected",
    Outcome.NON_FINITE: "the value is not a finite number",
    Outcome.LATE: "the table is not yet complete for the day",
}


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a Panel that belong to one metric."""

    metric: str
    index: np.ndarray
    segments: tuple[str, ...]


def metric_checks(judgement: Judgement, panel: Panel, column: int) -> Iterator[Check]:
    """Yield one Check for each metric and detector, for the judged day `column` (a column of the Panel)."""
    for rows in _by_metric(panel):
        digest = _digest(panel, rows.index, column)
        for detector, outcomes in sorted(judgement.outcomes.items()):
            yield _check(rows, detector, outcomes[rows.index, column - judgement.first], digest)


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


def _by_metric(panel: Panel) -> Iterator[_Rows]:
    names = [key.metric for key in panel.keys]
    for metric in sorted(set(names)):
        index = np.array([i for i, name in enumerate(names) if name == metric])
        yield _Rows(metric, index, tuple(panel.keys[i].segment for i in index))


def _check(rows: _Rows, detector: str, codes: Sequence[int] | np.ndarray, digest: str) -> Check:
    planned = [
        (segment, _OUTCOMES[int(code)])
        for segment, code in zip(rows.segments, codes, strict=True)
        if code < len(_OUTCOMES)  # a higher code: nothing was to be checked there
    ]
    notable = tuple(
        (segment, outcome, _CAUSES.get(outcome, outcome.value)) for segment, outcome in planned if outcome not in _QUIET
    )
    return Check(rows.metric, detector, len(planned), dict(Counter(outcome for _, outcome in planned)), digest, notable)


def _digest(panel: Panel, index: np.ndarray, column: int) -> str:
    """Stand for the figures judged: the day's and those of the four weeks before it."""
    window = panel.values[index, max(0, column - 28) : column + 1]
    return hashlib.sha256(np.ascontiguousarray(np.round(window, 9)).tobytes()).hexdigest()[:16]


def run_id(as_of: date, scope: str) -> str:
    """Return the identity of a run: the same for every rerun of the same date and scope."""
    return f"{as_of.isoformat()}{'-' + hashlib.sha256(scope.encode()).hexdigest()[:8] if scope else ''}"
