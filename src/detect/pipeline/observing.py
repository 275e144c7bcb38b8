"""Whether the metrics of resolved cases are back (policy P4.6), seen in the days since, and only where a case waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from detect.cases.observation import Observation, ObservationSettings, observe
from detect.cases.steps import NOTHING_TO_PUT_RIGHT
from detect.model import Case, Check, History, Outcome, SeriesKey, Status
from detect.pipeline.bands import bands
from detect.pipeline.ledger import NOT_MADE
from detect.pipeline.session import Session

__all__ = ["observations", "waiting"]

LONGEST = timedelta(days=400)  # how far back a band from before the trouble is looked for


def waiting(session: Session, cases: Iterable[Case], now: datetime, through: date) -> list[Case]:
    """Return the cases whose observation is over, judged to its last day by the nights `through`, and was not yet decided.

    Before the nights have come so far nothing could be decided. Those of no metric are signed off with a note instead.
    """
    deadlines = session.book.policy.deadlines
    return [
        case
        for case in cases
        if case.status is Status.OBSERVING
        and case.metric in session.book.metrics
        and case.verdict not in NOTHING_TO_PUT_RIGHT
        and not {"recovered", "verified"} & case.milestones.keys()
        and now >= (ended := _resolved(case) + timedelta(days=deadlines.of(case.level).observation_days))
        and through >= ended.date()
    ]


def observations(
    session: Session, cases: Sequence[Case], through: date
) -> tuple[dict[str, Observation], Mapping[SeriesKey, History]]:
    """Return what the days since each resolution say, by case id, and the histories they were read from."""
    if not cases:
        return {}, {}
    keys = {SeriesKey(case.metric or "", case.segment) for case in cases}
    histories = bands(session, keys, min(_begin(cases), through), through)
    zone = ZoneInfo(session.book.company.timezone)
    found = {}
    for case in cases:
        resolved_on = _resolved(case).astimezone(zone).date()
        history = histories.get(SeriesKey(case.metric or "", case.segment))
        if history is None or not (np.isfinite(history.lower) | np.isfinite(history.upper)).any():
            history = _told_nights(session, case, resolved_on, through)
        found[case.id] = observe(case, history, resolved_on, through)
    return found, histories


def _begin(cases: Iterable[Case]) -> date:
    """Return the first day whose band is asked for: that of the reference before the earliest of the troubles."""
    reference = timedelta(days=ObservationSettings().reference_days)
    return min(max(case.first_day, _resolved(case).date() - LONGEST) for case in cases) - reference


def _resolved(case: Case) -> datetime:
    return datetime.fromisoformat(case.milestones["resolved"])


def _told_nights(session: Session, case: Case, resolved_on: date, through: date) -> History:
    """Read from the ledger on which days the series was told of, for what is judged without a band: 1 on such a day, else 0.

    A day that no night judged has no value.
    """
    days = [resolved_on + timedelta(days=k) for k in range(1, (through - resolved_on).days + 1)]
    actual = np.array([_told(session, case, day) for day in days], float)
    nothing = np.zeros(len(days))
    return History(np.array(days, "datetime64[D]"), actual, nothing, nothing, nothing, np.zeros(len(days), bool))


def _told(session: Session, case: Case, day: date) -> float:
    run = session.store.known_run(day)
    checks = [c for c in session.store.checks(run.run_id) if c.subject == case.subject] if run else []
    outcomes = {outcome for check in checks for outcome in _outcomes(check, case.segment)}
    if not checks or outcomes & NOT_MADE:
        return float("nan")
    return float(Outcome.FINDING in outcomes)


def _outcomes(check: Check, segment: str) -> Iterator[Outcome]:
    return (outcome for named, outcome, _ in check.notable if named == segment)
