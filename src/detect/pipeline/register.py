"""The register of events: what a person adds to it, and the external ones that a night opens a case of (policy P2.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from detect.config.book import Book
from detect.config.figures import EFFECTS, EVENT_TYPES
from detect.errors import UsageError
from detect.model import Category, Check, Finding, Kind, KnownEvent, Outcome, Text
from detect.notices.catalogue import filled
from detect.notices.market_words import SAID, TYPES
from detect.pipeline.session import Session
from detect.pipeline.suites import Checked

__all__ = ["EVENT", "announced", "event_of", "events_of", "register"]

EVENT = "event"  # subjects are `event:ID`
_DETECTOR = "register"


def register(session: Session, event: KnownEvent) -> bool:
    """Add an event to the store's register; False when the same was there.

    Raises UsageError for what is not complete, names nothing known, or stands there with other content.
    """
    book = session.book
    if event.last_day < event.first_day:
        raise UsageError(f"--to {event.last_day} is before --from {event.first_day}", "Give the later day as --to.")
    _known("effect", event.effect, EFFECTS)
    _known("type", event.type, ("", *EVENT_TYPES))
    for metric in event.metrics:
        book.metric(metric)
    _known("person", event.reviewer, sorted(book.people))
    if event.effect == "external" and not (event.source and event.type):
        raise UsageError("An external event lacks its --source or --type", "Say who announced it, and what it is.")
    if any(event.id == other.id for other in book.known_events if other not in session.store.known_events()):
        raise UsageError(f"An event {event.id} stands in config/events.yaml", "Give the new one another id.")
    return session.store.add_known_event(event)


def _known(what: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        raise UsageError(f"There is no {what} {name!r}", f"Choose one of {', '.join(filter(None, names))}.")


def events_of(session: Session) -> tuple[KnownEvent, ...]:
    """Return every event, whenever it was recorded, by its first day."""
    every = {e.id: e for e in session.book.known_events} | {e.id: e for e in session.store.known_events()}
    return tuple(sorted(every.values(), key=lambda e: (e.first_day, e.id)))


def event_of(session: Session, name: str) -> KnownEvent:
    """Return one event by its id; raises UsageError naming those there are."""
    events = {e.id: e for e in events_of(session)}
    if name not in events:
        raise UsageError(f"There is no event {name!r}", f"Registered are: {', '.join(sorted(events)) or 'none'}.")
    return events[name]


def announced(session: Session, nights: Sequence[date]) -> Mapping[date, Checked]:
    """Return what the register has to say on each night: each external event once, when it begins or, if later, when it was recorded."""
    found: dict[date, Checked] = {}
    for event in events_of(session):
        night = max(event.first_day, event.recorded_on)
        if event.effect == "external" and night in nights:
            before = found.get(night, Checked())
            finding = _finding(session.book, event, night)
            check = Check(finding.subject, _DETECTOR, 1, {Outcome.FINDING: 1})
            found[night] = replace(before, findings=(*before.findings, finding), checks=(*before.checks, check))
    return found


def _finding(book: Book, event: KnownEvent, night: date) -> Finding:
    watched = [book.metrics[metric].name for metric in event.metrics if metric in book.metrics]
    everything = Text(en="every figure", zh="所有指標")
    listed = Text(en=", ".join(t.en for t in watched), zh="、".join(t.zh for t in watched)) if watched else everything
    detail = filled(SAID["detail"], type=TYPES[event.type], source=event.source or event.reviewer, metrics=listed)
    return Finding(
        as_of=night,
        day=night,
        first_day=event.first_day,
        subject=f"{EVENT}:{event.id}",
        segment="",
        channel=_DETECTOR,
        category=Category.MARKET,
        kind=Kind.EXTERNAL_EVENT,
        department=_department(book, event),
        evidence={
            "detail": {"en": detail.en, "zh": detail.zh},
            "type": event.type,
            "source": event.source,
            "reviewer": event.reviewer,
            "metrics": list(event.metrics),
            "last_day": event.last_day.isoformat(),
        },
    )


def _department(book: Book, event: KnownEvent) -> str:
    """Return the reviewer's department; else that of the first figure watched; else the monitoring department."""
    theirs = (d.id for d in book.company.departments if event.reviewer and event.reviewer in (d.head, *d.members))
    watched = (book.metrics[metric].department for metric in event.metrics if metric in book.metrics)
    return next(theirs, None) or next(watched, None) or book.company.monitoring_department
