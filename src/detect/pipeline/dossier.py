"""Everything about one case on one page: description, containment, cause, measures, effectiveness, lessons (policy P4.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from detect.cases.events import EventType
from detect.cases.times import response_times
from detect.config.book import Book
from detect.model import Case, Cause, Change, Event, Text, Verdict
from detect.notices.case_words import CAUSES, DOSSIER, EVENTS, MILESTONES, VERDICTS
from detect.notices.catalogue import filled
from detect.notices.items import Itemiser
from detect.notices.recipients import Directory
from detect.pipeline.clocks import Clocks
from detect.pipeline.drawing import chart_of
from detect.pipeline.precedents import earlier_of
from detect.pipeline.reporting import rule_names
from detect.pipeline.session import Session
from detect.pipeline.showing import first_sent
from detect.render import dossier as page
from detect.render.pdf import print_pdf

__all__ = ["dossier", "write_dossier"]

_CONTAINMENT = {
    EventType.ACKNOWLEDGED,
    EventType.ASSESSED,
    EventType.REFERRED,
    EventType.MET,
    EventType.PROGRESS_REPORTED,
}


def write_dossier(
    session: Session, case: Case, now: datetime, *, language: str | None = None, pdf: bool = False
) -> list[Path]:
    """Write the dossier below the company's output folder, as HTML and where asked as PDF; return the paths.

    Raises UsageError where a PDF is asked and no Chromium is there.
    """
    folder = session.book.output / "dossiers"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # restricted cases lie here too
    said = language or session.book.company.language
    path = folder / f"{case.id}.{said}.html"
    path.write_text(dossier(session, case, now, said), encoding="utf-8")
    return [path, print_pdf(path)] if pdf else [path]


def dossier(session: Session, case: Case, now: datetime, language: str) -> str:
    """Return the dossier as one HTML page that needs nothing beside it."""
    book, events = session.book, session.store.events(case.id)
    local = now.astimezone(ZoneInfo(book.company.timezone))
    directory = Directory(book.company.notices, book.people, book.departments)
    deadlines = Clocks(book, session.calendar(local.date())).due([case])
    earlier = earlier_of(session, [case])
    (item,) = Itemiser(directory, local, deadlines, earlier).items([Change(case, "opened", case.seq)])
    told = _Told(book, case, events, language, local)
    return page.build(
        item,
        language,
        company=book.company.name,
        currency=book.company.currency,
        now=local,
        chart=chart_of(session, case),
        rule=rule_names(book).get(case.rule, Text(en=case.rule, zh=case.rule))[language],
        restricted=told.say("restricted") if case.restricted else "",
        sections=[
            (told.say("containment"), list(told.containment()) or [told.say("not_yet")]),
            (told.say("cause"), list(told.cause()) or [told.say("no_cause")]),
            (told.say("effectiveness"), list(told.effectiveness()) or [told.say("unverified")]),
            (told.say("lessons"), list(told.lessons()) or [told.say("not_yet")]),
        ],
        measures=told.measures(),
        times=told.times(first_sent(session.store.told_of(case.id))),
        history=[(told.moment(e.at), told.what(e), told.who(e.actor), e.note) for e in events],
        parts=[
            f"{part.description[language]} ({part.id})"
            for part in session.store.cases(parent=case.id)
            if case.restricted or not part.restricted
        ],
    )


class _Told:
    """What the events of a case say, in one language."""

    def __init__(self, book: Book, case: Case, events: Sequence[Event], language: str, now: datetime) -> None:
        self.book, self.case, self.events, self.language, self.now = book, case, events, language, now
        self.handling: Mapping[str, Any] = case.evidence.get("handling", {})

    def say(self, key: str, **values: str) -> str:
        return filled(DOSSIER[key], **values)[self.language]

    def who(self, person: str) -> str:
        known = self.book.people.get(person)
        return known.name[self.language] if known else person

    def moment(self, at: datetime) -> str:
        return at.astimezone(self.now.tzinfo).strftime("%Y-%m-%d %H:%M")

    def what(self, event: Event) -> str:
        given: dict[str, str | Text] = {name: str(value) for name, value in event.data.items()}
        given |= {name: self.who(str(event.data[name])) for name in ("to", "owner") if name in event.data}
        if "cause" in event.data:
            given["cause"] = CAUSES[Cause(event.data["cause"])]
        if "verdict" in event.data:
            given["verdict"] = VERDICTS[Verdict(event.data["verdict"])]
        return filled(EVENTS[event.type], **given)[self.language] if event.type in EVENTS else event.type

    def containment(self) -> Iterator[str]:
        """Say what was done first: every step up to the measures that came with a word."""
        for event in self.events:
            if EventType(event.type) in _CONTAINMENT:
                note = f": {event.note}" if event.note else ""
                yield f"{self.moment(event.at)} · {self.who(event.actor)} · {self.what(event)}{note}"

    def cause(self) -> Iterator[str]:
        if self.case.cause:
            yield CAUSES[self.case.cause][self.language]
        if self.case.verdict:
            yield VERDICTS[self.case.verdict][self.language]
        for event in self.events:
            if event.type in {EventType.CAUSE_GIVEN, EventType.VERDICT_GIVEN} and event.note:
                yield f"{self.who(event.actor)}: {event.note}"

    def measures(self) -> list[tuple[str, str, str, str]]:
        """Return each measure decided: what, who, by when, when done."""
        decided = self.handling.get("decided", ())
        return [(m["text"], self.who(m["owner"]), m["due"], str(m.get("done", ""))[:10]) for m in decided]

    def effectiveness(self) -> Iterator[str]:
        for event in self.events:
            seen = {name: str(event.data[name]) for name in ("through", "days", "outside") if name in event.data}
            if event.type == EventType.RECOVERED and len(seen) == 3:  # noqa: PLR2004 - all of them
                yield self.say("recovered", **seen)
            elif event.type == EventType.REOPENED and len(seen) == 3:  # noqa: PLR2004 - all of them
                yield self.say("not_back", **seen)
            elif event.type == EventType.VERIFIED:
                note = f" {event.note}" if event.note else ""
                yield self.say("signed", who=self.who(event.actor), when=self.moment(event.at)) + note
        if self.handling.get("relapses"):
            yield self.say("relapses", count=str(self.handling["relapses"]))
        if self.handling.get("worked") is not None:
            yield f"{self.say('worked' if self.handling['worked'] else 'failed')} {self.say('as_imported')}"

    def lessons(self) -> Iterator[str]:
        if self.handling.get("lessons"):
            yield str(self.handling["lessons"])

    def times(self, notified: datetime | None) -> list[tuple[str, str]]:
        if "imported" in self.handling:
            return []  # its days are known, not its hours
        took = response_times(self.case, self.events, self.book.company.timezone, notified)
        return [(MILESTONES[step][self.language], self._long(took[step])) for step in MILESTONES if step in took]

    def _long(self, took: timedelta) -> str:
        hours = took / timedelta(hours=1)
        if hours >= 48:  # noqa: PLR2004 - two days and more are said in days
            return self.say("duration_days", count=f"{hours / 24:.1f}")
        if hours >= 1:
            return self.say("duration_hours", count=f"{hours:.1f}")
        return self.say("duration_minutes", count=f"{hours * 60:.0f}")
