"""A case of the time before this program, taken over into the archive: it answers from day one and starts no deadline (policy P4.7)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from detect.cases.events import EventType, happened, plain
from detect.cases.identity import case_id
from detect.model import Category, Cause, Event, Kind, Level, Text, Verdict

__all__ = ["PastCase", "digest_of", "imported", "name_of"]

_CHANNEL = "import"


@dataclass(frozen=True, kw_only=True)
class PastCase:
    """One case as the company's own records tell it; `worked` is None where they do not say, `stake` money in its currency."""

    first_day: date
    department: str
    category: Category
    description: Text
    reference: str = ""  # its name in the company's records
    last_day: date | None = None
    closed_on: date | None = None
    level: Level = Level.SOME
    kind: Kind = Kind.REPORTED
    metric: str | None = None
    segment: str = ""
    actual: float | None = None
    expected: float | None = None
    unit: str = ""
    stake: float | None = None
    cause: Cause | None = None
    verdict: Verdict | None = None
    measures: tuple[str, ...] = ()
    worked: bool | None = None
    lessons: str = ""
    handled_by: str = ""
    restricted: bool = False


def name_of(past: PastCase) -> str:
    """Return the id that the case has here: the same for the same record, whatever else of it is corrected."""
    said = past.reference or f"{past.description.en}\n{past.description.zh}"
    return case_id(past.reference or past.metric or past.department, past.segment, past.first_day, f"{_CHANNEL} {said}")


def digest_of(past: PastCase) -> str:
    """Return what tells one content of a record from another."""
    return hashlib.sha256(json.dumps(plain(asdict(past)), sort_keys=True, default=str).encode()).hexdigest()[:16]


def imported(past: PastCase, *, owner: str, actor: str, now: datetime, timezone: str, source: str) -> Event:
    """Return the one event of the case: archived from the start. `source` says where the record stood."""
    zone = ZoneInfo(timezone)

    def instant(day: date) -> str:
        return datetime.combine(day, time(), zone).astimezone(UTC).isoformat()

    milestones = {"opened": instant(past.first_day)}
    if past.closed_on is not None:
        milestones |= {"closed": instant(past.closed_on), "archived": instant(past.closed_on)}
    data = {"set": _fields(past, owner, source), "added": [], "milestones": milestones}
    return happened(name_of(past), 1, EventType.IMPORTED, at=now, actor=actor, note=past.lessons, data=data)


def _fields(past: PastCase, owner: str, source: str) -> dict[str, Any]:
    said = hashlib.sha256(f"{past.description.en}\n{past.description.zh}".encode()).hexdigest()[:6]
    done = (past.closed_on or past.last_day or past.first_day).isoformat()
    handling = {
        "imported": {"source": source, "digest": digest_of(past)},
        "decided": [
            {"text": text, "owner": past.handled_by or owner, "due": done, "done": done} for text in past.measures
        ],
        "worked": past.worked,
        "lessons": past.lessons,
        "doers": [past.handled_by] if past.handled_by else [],
    }
    fields: dict[str, Any] = {
        "subject": past.metric or f"manual:{said}",
        "channel": _CHANNEL,
        "detected_on": past.first_day,
        "last_day": past.last_day or past.first_day,
        "owner": owner,
        "rule": _CHANNEL,
        "clock_runs": False,
        "restricted": past.restricted or past.cause is Cause.FRAUD_SIGN,
        "evidence": {"handling": handling},
    }
    same = (
        "first_day", "department", "category", "description", "level", "kind", "metric", "segment", "actual", "expected",
        "unit", "stake",
    )  # fmt: skip
    fields |= {name: getattr(past, name) for name in same}
    return fields | {name: value for name in ("cause", "verdict") if (value := getattr(past, name)) is not None}
