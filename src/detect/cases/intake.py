"""What a person reports by hand: an accident, an unreasonable demand, a competitor's move, a regulation (policy P4.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from datetime import date, datetime

from detect.cases.events import EventType, happened
from detect.cases.identity import case_id
from detect.cases.roles import Roles
from detect.errors import CaseError
from detect.model import Category, Event, Kind, Level, Text

__all__ = ["reported"]

_CHANNEL = "person"


def reported(
    description: Text,
    *,
    category: Category,
    department: str,
    level: Level,
    day: date,
    reporter: str,
    now: datetime,
    roles: Roles,
    impact: tuple[Text, ...] = (),
    measures: tuple[Text, ...] = (),
    stake: float | None = None,
    restricted: bool = False,
    owner: str | None = None,
    taken: Container[str] = (),
    note: str = "",
) -> Event:
    """Return the opening of a case that `reporter` reports to the head of `department`; `day` is when it happened.

    `owner` stands in for the head where the department must not hear of it. `taken` are the ids that exist. Raises CaseError where nobody
    knows the reporter or the department, where nothing is said, where the day is to come, or where the same report is there already.
    """
    if reporter not in roles.people:
        raise CaseError(f"nobody is known as {reporter!r}", "Give the id of a person in `config/company.yaml`.")
    if department not in roles.heads:
        raise CaseError(f"no department {department!r}", f"Departments: {', '.join(sorted(roles.heads))}.")
    if not (description.en.strip() or description.zh.strip()):
        raise CaseError("the report says nothing", "Say what happened.")
    if day > now.date():
        raise CaseError(f"{day} is still to come", "Give the day on which it happened.")
    said = hashlib.sha256(f"{description.en}\n{description.zh}\n{reporter}".encode()).hexdigest()[:6]
    subject = f"manual:{said}"
    name = case_id(subject, "", day, _CHANNEL)
    if name in taken:
        raise CaseError(f"this was reported already, as case {name}", f"Comment on it: `detect cases comment {name}`.")
    fields = {
        "subject": subject,
        "segment": "",
        "category": category,
        "kind": Kind.REPORTED,
        "channel": _CHANNEL,
        "description": description,
        "detected_on": day,
        "first_day": day,
        "last_day": day,
        "department": department,
        "owner": owner or roles.heads[department],
        "level": level,
        "rule": "reported",
        "stake": stake,
        "impact": impact,
        "measures": measures,
        "restricted": restricted,
    }
    return happened(name, 1, EventType.OPENED, at=now, actor=reporter, note=note, data={"set": fields, "added": []})
