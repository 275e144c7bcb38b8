"""What is not told, or not yet: mutes and snoozes with their end, small matters, quiet hours. Nothing of it is lost."""

from __future__ import annotations

from datetime import datetime, timedelta

from detect.model import Case, Department, Person

__all__ = ["awake_at", "is_away", "material", "muted", "snoozed"]

_GOES_THROUGH = {"escalated", "worsened"}  # a mute is for the trouble that was known


def muted(case: Case, what: str, now: datetime) -> bool:
    """Whether `what` happened to the case while it was muted for everybody; a missed deadline cannot be muted away."""
    until = case.evidence.get("handling", {}).get("muted_until")
    return what not in _GOES_THROUGH and _runs(until, now)


def snoozed(case: Case, what: str, person: str, now: datetime) -> bool:
    """Whether `person` asked to hear of the case later."""
    until = case.evidence.get("handling", {}).get("snoozed", {}).get(person)
    return what not in _GOES_THROUGH and _runs(until, now)


def material(case: Case, department: Department | None) -> bool:
    """Whether enough money is at stake to tell of it; what is not known is never too little."""
    return department is None or case.stake is None or case.stake >= department.materiality


def awake_at(person: Person, now: datetime) -> datetime | None:
    """Return when the quiet hours of `person` end, None outside of them; `now` in the company's zone."""
    quiet = person.quiet_hours
    if quiet is None or quiet.start == quiet.end:
        return None
    clock = now.time().replace(tzinfo=None)
    inside = quiet.start <= clock < quiet.end if quiet.start < quiet.end else clock >= quiet.start or clock < quiet.end
    if not inside:
        return None
    ends = now.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0)
    return ends if ends > now else ends + timedelta(days=1)


def is_away(person: Person, now: datetime) -> bool:
    """Whether `person` is away on the day of `now`, in the company's zone."""
    return any(absence.first_day <= now.date() <= absence.last_day for absence in person.away)


def _runs(until: str | None, now: datetime) -> bool:
    return until is not None and now < datetime.fromisoformat(until)
