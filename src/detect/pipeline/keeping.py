"""How the promise of false alarms was kept: what each department was told by detectors that may be wrong, and what people said it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from detect.model import Case, Status, Verdict
from detect.pipeline.detecting import models_at
from detect.pipeline.periods import fitted_through
from detect.pipeline.promise import planned, promised_a_week
from detect.pipeline.session import Session

__all__ = ["Kept", "Week", "promises_kept"]

WEEKS: Final = 13
# Channels whose telling is a matter of probability; limits, repeated rows and missing days are no guesses.
_GUESSES: Final = frozenset(
    {"point", "burst", "run", "peer", "peer_run", "stuck", "stl", "joint", "forest", "forecast", "forecast_breach"}
)
_GONE: Final = frozenset({Status.WITHDRAWN, Status.MERGED})


@dataclass(frozen=True)
class Week:
    """One week of one department: the cases told by guesses, by verdict; `unknown` are those of which nobody said what they were."""

    monday: date
    nights: int  # judged
    true: int = 0
    expected: int = 0
    false: int = 0
    new_normal: int = 0
    unknown: int = 0

    @property
    def told(self) -> int:
        """All of them."""
        return self.true + self.expected + self.false + self.new_normal + self.unknown


@dataclass(frozen=True)
class Kept:
    """What one department was promised a week and what it got; an alarm that people call false or expected was a false one."""

    department: str
    series: int
    promised: float
    weeks: tuple[Week, ...]

    def total(self, name: str) -> int:
        """Add up a count over the weeks."""
        return sum(int(getattr(week, name)) for week in self.weeks)

    @property
    def length(self) -> float:
        """The weeks' worth of nights that were judged."""
        return self.total("nights") / 7

    @property
    def realised(self) -> tuple[float, float] | None:
        """False alarms a week: at least (verdicts given), and at most (if all without one were false); None without a night."""
        if not self.length:
            return None
        least = self.total("false") + self.total("expected")
        return least / self.length, (least + self.total("unknown")) / self.length

    def for_machines(self) -> dict[str, Any]:
        """Return it as plain data."""
        names = ("true", "expected", "false", "new_normal", "unknown")
        realised = self.realised
        return {
            "department": self.department,
            "series": self.series,
            "promised_per_week": self.promised,
            "realised_per_week": None if realised is None else {"at_least": realised[0], "at_most": realised[1]},
            "weeks": self.length,
            "told": self.total("told"),
            **{name: self.total(name) for name in names},
            "by_week": [
                {
                    "week": week.monday.isoformat(),
                    "nights": week.nights,
                    "told": week.told,
                    **{name: getattr(week, name) for name in names},
                }
                for week in self.weeks
            ],
        }


def promises_kept(
    session: Session, last: date | None = None, weeks: int = WEEKS, cases: Iterable[Case] | None = None
) -> list[Kept]:
    """Return how the promise was kept in the `weeks` up to the night `last` (default: the last one), a line a department.

    `cases` are those up to that night, read here where they are not given.
    Departments without a series that detectors judge are left out; weeks without a night say nothing.
    """
    runs = [r for r in session.store.runs(8 * weeks + 400) if not r.scope and (last is None or r.as_of <= last)]
    if not runs:
        return []
    end = max(run.as_of for run in runs)
    mondays = [_monday(end) - timedelta(weeks=k) for k in reversed(range(weeks))]
    nights = Counter(_monday(run.as_of) for run in runs)
    known = session.store.cases() if cases is None else list(cases)
    counted = _planned(session, end)
    found = []
    for name in session.book.departments:
        if counted[name]:
            said = _verdicts(known, name, end)
            told = tuple(_week(monday, nights[monday], said.get(monday, ())) for monday in mondays if nights[monday])
            promised = promised_a_week(session.book.policy.detection, name, counted[name])
            found.append(Kept(name, counted[name], promised, told))
    return found


def _planned(session: Session, end: date) -> Counter[str]:
    """Count the series of each department as the stored models know them; where none are stored, those seen of late."""
    policy = session.book.policy
    models = models_at(session, fitted_through(end, policy.detection.refit_days))
    if models is not None and models.keys:
        return planned(models.keys, session.book.metrics)
    seen = session.store.read_observations(sorted(session.book.metrics), end - timedelta(weeks=4), end)
    return planned(set(zip(seen["metric"], seen["segment"], strict=True)), session.book.metrics)


def _week(monday: date, nights: int, told: Iterable[Verdict | None]) -> Week:
    found = Counter("unknown" if verdict is None else verdict.value for verdict in told)
    return Week(monday, nights, **found)


def _verdicts(cases: Iterable[Case], department: str, end: date) -> dict[date, list[Verdict | None]]:
    """Return, by the Monday of the week, what people said of each case that a guess opened; a part is what its whole was said to be."""
    known = {case.id: case for case in cases}
    found: dict[date, list[Verdict | None]] = {}
    for case in known.values():
        if case.department != department or case.detected_on > end:
            continue
        if case.channel in _GUESSES and case.status not in _GONE:
            whole = known.get(case.parent or "")
            said = case.verdict or (whole.verdict if whole else None)
            found.setdefault(_monday(case.detected_on), []).append(said)
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
