"""Whether a new episode belongs to a case that is there already: extends it, is its relapse, or is trouble of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from detect.cases.deadlines import Deadlines
from detect.cases.steps import NOTHING_TO_PUT_RIGHT
from detect.model import Case, Status

__all__ = ["Joining", "join"]


class Joining(StrEnum):
    """How an episode goes into a case."""

    EXTENDS = "extends"
    RELAPSE = "relapse"


def join(
    cases: Iterable[Case], first: date, last: date, *, gap: timedelta, deadlines: Deadlines
) -> tuple[Joining | None, Case | None]:
    """Return the case that the days `first` to `last` belong to and how; (None, None) where they open a new one.

    Of several the one whose last day is nearest is taken.
    """
    found = [(how, case) for case in cases if (how := _joining(case, first, last, gap, deadlines)) is not None]
    if not found:
        return None, None
    return min(found, key=lambda pair: (not pair[1].status.is_open, abs(last - pair[1].last_day), pair[1].id))


def _joining(case: Case, first: date, last: date, gap: timedelta, deadlines: Deadlines) -> Joining | None:
    near = first <= case.last_day + gap and last >= case.first_day - gap
    if case.status in {Status.OBSERVING, Status.CLOSED}:
        return _after_the_end(case, last, deadlines, near=near)
    return Joining.EXTENDS if near and case.status.is_open else None


def _after_the_end(case: Case, last: date, deadlines: Deadlines, *, near: bool) -> Joining | None:
    """Tell a relapse from late news about days that the end of the case covers.

    What people called false, expected or the new normal does not come back by going on.
    """
    ended = datetime.fromisoformat(case.milestones["closed" if case.status is Status.CLOSED else "resolved"]).date()
    if case.verdict in NOTHING_TO_PUT_RIGHT or last <= ended:
        return Joining.EXTENDS if near else None
    within = last - ended <= timedelta(days=deadlines.of(case.level).relapse_days)
    return Joining.RELAPSE if within or near else None
