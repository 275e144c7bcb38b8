"""Who hears at once of what a person did to a case: whoever has to act next, and those whom a graver level concerns."""

from __future__ import annotations

from detect.cases.events import EventType
from detect.config.book import Book
from detect.model import Case, Cause, Change, Event

__all__ = ["told_of_step"]


def told_of_step(book: Book, before: Case, after: Case, event: Event) -> list[Change]:
    """Return what is told of `event`, which made `after` of `before`; nobody is written to of what they did themselves."""
    what, people = _next_to_act(book, after, event)
    others = tuple(person for person in people if person != event.actor)
    if others:
        return [Change(after, what, event.seq, others, only=True)]
    if event.type in {EventType.REOPENED, EventType.WITHDRAWN}:
        return [Change(after, event.type, event.seq)]
    return [Change(after, "worsened", event.seq)] if after.level < before.level else []


def _next_to_act(book: Book, after: Case, event: Event) -> tuple[str, tuple[str, ...]]:
    """Say what it is to those who must act on it now, and who they are; they hear of it however the case is restricted."""
    match EventType(event.type):
        case EventType.REFERRED if not after.restricted:
            return "referred", book.company.management_group
        case EventType.ASSIGNED:
            return "assigned", (event.data["to"],)
        case EventType.MEASURE_DECIDED:
            return "measure_decided", (event.data["owner"],)
        case EventType.CAUSE_GIVEN if event.data["cause"] == Cause.FRAUD_SIGN:
            return "audit", book.company.notices.audit
    return "", ()
