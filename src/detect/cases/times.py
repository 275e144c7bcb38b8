"""How fast a case was answered: from occurrence to detection, notification, acknowledgement, resolution (policy P1.3b)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from detect.cases.events import EventType
from detect.model import Case, Event

__all__ = ["response_times"]

_ENDS = {
    EventType.ACKNOWLEDGED: "acknowledged",
    EventType.REFERRED: "reported",
    EventType.RESOLVED: "resolved",
    EventType.CLOSED: "closed",
}


def response_times(
    case: Case, events: Iterable[Event], timezone: str, notified: datetime | None = None
) -> dict[str, timedelta]:
    """Return how long each step took: `detected` from the end of the case's first day, every other from the detection.

    `notified` is the instant of the first message sent about the case. A step taken several times counts when it was first taken, but for
    resolution and closing, which count when they last were: a case that came back was not over.
    """
    occurred = _end_of(case.first_day, timezone)
    found = {"detected": max(case.opened_at - occurred, timedelta())}
    if notified is not None:
        found["notified"] = max(notified - case.opened_at, timedelta())
    for event in events:
        step = _ENDS.get(EventType(event.type))
        if step in {"resolved", "closed"}:
            found[step] = event.at - case.opened_at
        elif step is not None:
            found.setdefault(step, event.at - case.opened_at)
    return found


def _end_of(day: date, timezone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))
