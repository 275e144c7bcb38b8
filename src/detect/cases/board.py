"""Cases over time: how many of which level, and how long each step took (policy P1.3b)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from detect.model import Case, Level, Status

__all__ = ["Pace", "Week", "counted", "of_departments", "pace", "weeks"]

_WEEK = timedelta(days=7)
_NOT_COUNTED = frozenset({Status.WITHDRAWN, Status.MERGED})
Hours = Callable[[datetime, datetime], float]


@dataclass(frozen=True)
class Week:
    """The cases detected in the week that begins on `monday`, by level."""

    monday: date
    levels: Mapping[Level, int]


@dataclass(frozen=True)
class Pace:
    """How long steps took, as medians over `cases`; None where no case came to the step. Hours are working hours."""

    cases: int
    open: int
    days_to_detect: float | None  # from the first day of the trouble to the night that told it
    hours_to_acknowledge: float | None
    acknowledged: int
    hours_to_resolve: float | None
    resolved: int


def counted(cases: Iterable[Case], first: date, last: date) -> list[Case]:
    """Return the cases of these days that count: a group once, none that was withdrawn or merged, none that is restricted."""
    return [
        case
        for case in cases
        if first <= case.detected_on <= last
        and case.parent is None
        and not case.restricted
        and case.status not in _NOT_COUNTED
    ]


def weeks(cases: Sequence[Case], first: date, last: date) -> list[Week]:
    """Return every week of `first..last`, those without cases too."""
    begin = first - timedelta(days=first.weekday())
    found: dict[date, Counter[Level]] = {}
    while begin <= last:
        found[begin] = Counter()
        begin += _WEEK
    for case in cases:
        found[case.detected_on - timedelta(days=case.detected_on.weekday())][case.level] += 1
    return [Week(monday, levels) for monday, levels in found.items()]


def of_departments(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """Group cases by the department that answers for them, those with most first."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.department, []).append(case)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def pace(cases: Sequence[Case], hours: Hours) -> Pace:
    """Return how long the steps of these cases took; `hours` counts the working hours between two instants.

    A case that a backfill opened, for which no clock runs, says how soon it was detected and nothing else.
    """
    running = [case for case in cases if case.clock_runs]
    acknowledged = _took(running, "acknowledged", hours)
    resolved = _took(running, "resolved", hours)
    return Pace(
        cases=len(cases),
        open=sum(case.status.is_open for case in cases),
        days_to_detect=_median([float((case.detected_on - case.first_day).days) for case in cases]),
        hours_to_acknowledge=_median(acknowledged),
        acknowledged=len(acknowledged),
        hours_to_resolve=_median(resolved),
        resolved=len(resolved),
    )


def _took(cases: Iterable[Case], milestone: str, hours: Hours) -> list[float]:
    done = [(case, case.milestones.get(milestone)) for case in cases]
    return [hours(case.opened_at, datetime.fromisoformat(at)) for case, at in done if at]


def _median(values: Sequence[float]) -> float | None:
    return float(median(values)) if values else None
