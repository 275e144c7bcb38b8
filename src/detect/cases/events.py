"""What can happen to a case: the closed list of events, each with the data it must carry, and how nouns are written into that data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from typing import Any

from detect.errors import CaseError
from detect.model import Event, Text

__all__ = ["REQUIRED", "SYSTEM", "EventType", "happened", "plain"]

SYSTEM = "yujing"  # the actor of what nobody did by hand


class EventType(StrEnum):
    """Named in the past tense; the fold in `life` knows what each means."""

    # by a night
    OPENED = "opened"
    IMPORTED = "imported"  # by a person, from the records kept before
    EXTENDED = "extended"
    WORSENED = "worsened"
    REVISED = "revised"
    GROUPED = "grouped"
    # by the follow-up
    REMINDED = "reminded"
    ESCALATED = "escalated"
    RECOVERED = "recovered"
    ADOPTED = "adopted"  # its owner is nobody of the company any more
    # by people
    ACKNOWLEDGED = "acknowledged"
    ASSESSED = "assessed"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    LEVEL_SET = "level_set"
    REFERRED = "referred"
    MET = "met"
    MEASURE_DECIDED = "measure_decided"
    MEASURE_DONE = "measure_done"
    PROGRESS_REPORTED = "progress_reported"
    COMMENTED = "commented"
    VERDICT_GIVEN = "verdict_given"
    CAUSE_GIVEN = "cause_given"
    MERGED = "merged"
    MUTED = "muted"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    CLOSED = "closed"
    ARCHIVED = "archived"
    # by a night or by people
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


REQUIRED: Mapping[EventType, frozenset[str]] = {
    EventType.OPENED: frozenset({"set", "added"}),
    EventType.IMPORTED: frozenset({"set", "added", "milestones"}),
    EventType.EXTENDED: frozenset({"set", "added"}),
    EventType.WORSENED: frozenset({"set", "added"}),
    EventType.REVISED: frozenset({"set", "added", "removed"}),
    EventType.GROUPED: frozenset({"parent"}),
    EventType.REMINDED: frozenset({"deadline", "since", "step", "due"}),
    EventType.ESCALATED: frozenset({"deadline", "since", "step", "due"}),
    EventType.RECOVERED: frozenset({"through"}),
    EventType.ADOPTED: frozenset({"owner"}),
    EventType.ASSIGNED: frozenset({"to"}),
    EventType.LEVEL_SET: frozenset({"level"}),
    EventType.MEASURE_DECIDED: frozenset({"text", "owner", "due"}),
    EventType.MEASURE_DONE: frozenset({"measure"}),
    EventType.VERDICT_GIVEN: frozenset({"verdict"}),
    EventType.CAUSE_GIVEN: frozenset({"cause"}),
    EventType.MERGED: frozenset({"into"}),
    EventType.MUTED: frozenset({"until"}),
    EventType.SNOOZED: frozenset({"until"}),
}


def happened(
    case_id: str,
    seq: int,
    type_: EventType,
    *,
    at: datetime,
    actor: str,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write down that something happened: its instant in UTC, its data as JSON.

    Raises CaseError where data that the fold needs are missing.
    """
    if at.tzinfo is None:
        raise CaseError(f"{type_} of case {case_id} has an instant without time zone", "Give `now` with its zone.")
    missing = REQUIRED.get(type_, frozenset()) - set(data or {})
    if missing:
        raise CaseError(f"{type_} of case {case_id} lacks {', '.join(sorted(missing))}", "Give what the event needs.")
    return Event(case_id, seq, type_.value, at.astimezone(UTC), actor, note, plain(data or {}))


def plain(value: Any) -> Any:
    """Write nouns as JSON knows them: enums by value, dates in ISO 8601, texts as objects, tuples as lists."""
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Text():
            return value.model_dump()
        case Mapping():
            return {str(key.value if isinstance(key, Enum) else key): plain(item) for key, item in value.items()}
        case tuple() | list() | set() | frozenset():
            return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
        case _:
            return value
