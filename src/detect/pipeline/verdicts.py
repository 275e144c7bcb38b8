"""Verdicts on many cases at once, and the known event that explains them: first shown, then written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from detect.cases.commands import Command, GiveCause, GiveVerdict
from detect.cases.decide import decide
from detect.cases.steps import Step, allowed
from detect.errors import CaseError, UsageError
from detect.model import Case, Cause, Finding, KnownEvent, SeriesKey, Verdict
from detect.notices.review_words import word
from detect.notices.translated import in_language
from detect.pipeline.departures import findings_by_night
from detect.pipeline.detecting import detect_all
from detect.pipeline.feedback import feedback_of
from detect.pipeline.judged import panel_of
from detect.pipeline.record import case_of, record, roles_of
from detect.pipeline.session import Session
from detect.render.notebook import Block, Fragment, Page, page

__all__ = ["Given", "case_named", "coded", "give", "register", "silenced"]

Code = TypeVar("Code", bound=StrEnum)
case_named = case_of


@dataclass(frozen=True)
class Given:
    """What a person says of some cases."""

    ids: tuple[str, ...]
    verdict: Verdict
    cause: Cause | None
    note: str
    actor: str


def coded(codes: type[Code], said: str) -> Code:
    """Return the code that was said, or raise UsageError naming those there are."""
    try:
        return codes(said)
    except ValueError:
        raise UsageError(f"{said!r} is no {codes.__name__.lower()}", f"Choose one of {', '.join(codes)}.") from None


def give(session: Session, given: Given, now: datetime, language: str, *, write: bool) -> Fragment:
    """Show what the verdict would do to each case; with `write` do it. Refused as a whole where one case refuses it."""
    cases = [case_of(session, one) for one in given.ids]
    refused = [(case.id, fault) for case in cases if (fault := _fault(session, case, given, now, language))]
    if write and not refused:
        for case in cases:
            after = record(session, case.id, GiveVerdict(verdict=given.verdict, note=given.note), given.actor, now)
            if given.cause and allowed(after, Step.CAUSE):
                record(session, case.id, GiveCause(cause=given.cause, note=given.note), given.actor, now)
    done = write and not refused
    lines = _effect(cases, given, language)
    if not done and not refused:
        lines = (*lines, word("write", language))
    faults = (Block(word("refused", language), columns=("", ""), rows=tuple(refused)),) if refused else ()
    rows = tuple((case.id, case.description[language]) for case in cases)
    title = word("written" if done else "preview", language)
    return page(Page(title, lines, ("", ""), rows, blocks=faults))


def _effect(cases: Sequence[Case], given: Given, language: str) -> tuple[str, ...]:
    cause = word("would_cause", language, cause=given.cause.value) if given.cause else ""
    lines = [
        word("would", language, count=str(len(cases)), verdict=given.verdict.value, cause=cause),
        word(f"learns_{given.verdict.value}", language),
    ]
    if given.cause and not all(allowed(case, Step.CAUSE) for case in cases):
        lines.append(word("cause_later", language))
    return tuple(lines)


def _fault(session: Session, case: Case, given: Given, now: datetime, language: str) -> str:
    """Return why the case refuses the verdict, '' when it does not."""
    command: Command = GiveVerdict(verdict=given.verdict, note=given.note)
    try:
        decide(case, command, given.actor, max(now, case.updated_at), roles_of(session.book))
    except CaseError as error:
        return in_language(str(error), language)
    return ""


def register(
    session: Session, event: KnownEvent, given: Given, now: datetime, language: str, *, write: bool
) -> Fragment:
    """Show what the event would have silenced had it been known; with `write` register it and give the verdicts."""
    if not event.metrics:
        raise UsageError("None of the cases named is about a metric", "Name the cases that the event explains.")
    if given.actor not in session.book.people:
        raise UsageError(f"{given.actor!r} is nobody in company.yaml", f"Known: {', '.join(session.book.people)}.")
    told, gone = silenced(session, event)
    named = {(case.metric, case.segment) for case in (case_of(session, one) for one in given.ids)}
    others = [f for f in gone if (f.metric, f.segment) not in named]
    lines = [
        word("event", language, name=event.name[language], first=str(event.first_day), last=str(event.last_day)),
        word(
            "event_silences",
            language,
            gone=str(len(gone)),
            told=str(len(told)),
            metrics=", ".join(session.book.metrics[m].name[language] for m in event.metrics),
        ),
        *([word("event_other", language, count=str(len(others)))] if others else []),
        word("event_later", language, day=str(event.recorded_on)),
    ]
    if write:
        give(session, given, now, language, write=True)
        session.store.add_known_event(event)
    else:
        lines.append(word("write", language))
    rows = tuple(
        (
            str(f.day),
            session.book.metrics[f.subject].name[language],
            f.segment,
            word("silenced" if f in gone else "still_told", language),
        )
        for f in told
    )
    return page(Page(word("written" if write else "preview", language), tuple(lines), ("", "", "", ""), rows))


def silenced(session: Session, event: KnownEvent) -> tuple[list[Finding], list[Finding]]:
    """Return what is told of the event's metrics in its days, and what of that would not be, had it been known beforehand."""
    known = event.model_copy(update={"recorded_on": event.first_day - timedelta(days=1)})
    book = session.book
    without = _told(session, event)
    knowing = replace(session, book=replace(book, known_events=(*book.known_events, known)))
    left = {finding.key for finding in _told(knowing, event)}
    return without, [finding for finding in without if finding.key not in left]


def _told(session: Session, event: KnownEvent) -> list[Finding]:
    last: date = min(event.last_day, max((r.as_of for r in session.store.runs(50)), default=event.last_day))
    panel = panel_of(session, event.first_day, last)
    parts, _ = detect_all(
        session, panel, event.first_day, feedback_of(session.store, session.book.company.timezone), None
    )
    found = [
        finding
        for part in parts
        for findings in findings_by_night(part.judgement, part.panel, session.book.metrics).values()
        for finding in findings
    ]
    rows = set(panel.keys)
    return [f for f in found if f.metric in event.metrics and SeriesKey(f.metric or "", f.segment) in rows]
