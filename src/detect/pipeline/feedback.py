"""What people said of cases, as the detectors hear it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from detect.cases.events import EventType
from detect.db.store import Store
from detect.detectors._base import Feedback
from detect.model import Case, SeriesKey, Verdict

__all__ = ["feedback_of"]


def feedback_of(store: Store, timezone: str = "UTC") -> list[Feedback]:
    """Return every verdict on a metric's case with the day on which it was given, the oldest first."""
    given = store.events(types=[EventType.VERDICT_GIVEN])
    cases = {case.id: case for case in store.cases(ids={event.case_id for event in given})} if given else {}
    return [
        Feedback(
            key=SeriesKey(case.metric, case.segment),
            kind=case.kind,
            first_day=case.first_day,
            last_day=case.last_day,
            verdict=Verdict(event.data["verdict"]),
            recorded_on=event.at.astimezone(ZoneInfo(timezone)).date(),
            statistic=_statistic(store, case),
        )
        for event in given
        if (case := cases[event.case_id]).metric is not None
    ]


def _statistic(store: Store, case: Case) -> float:
    """Return how far the case's largest finding of its own kind departed; NaN where no detector said."""
    found = [r.finding for r in store.findings(case_id=case.id) if r.finding.kind is case.kind]
    sizes = [f.statistic for f in found if f.statistic is not None]
    return max(sizes, key=abs, default=float("nan"))
