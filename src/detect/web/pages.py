"""From what a person may see to a page, and the kind words where there is none."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from detect.config.book import Book
from detect.model import Case, Event, Text
from detect.notices.catalogue import filled
from detect.notices.links import Refusal, TicketRefused
from detect.notices.page_words import DONE, REFUSED, WORDS
from detect.notices.translated import in_language
from detect.pipeline.answering import Sight
from detect.render.page import Choice, Happened, PageView, case_page, message_page
from detect.render.view import view
from detect.web.protection import nonce_of

__all__ = ["Charts", "Pages"]

_KEPT = 64
_STATUS = {Refusal.CHANGED: 404, Refusal.EXPIRED: 410, Refusal.FOREIGN: 403}


class Charts:
    """The pictures of the cases looked at last: drawing one judges a night once more, so one is drawn at a time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._drawn: OrderedDict[tuple[object, ...], bytes | None] = OrderedDict()
        self._one_at_a_time = Lock()

    def of(self, case: Case, draw: Callable[[], bytes | None]) -> bytes | None:
        """Return the picture of a case as it stands, drawing it where it was not drawn yet."""
        key = (case.id, case.first_day, case.last_day)
        with self._one_at_a_time:
            if key not in self._drawn:
                self._drawn[key] = draw()
            self._drawn.move_to_end(key)
            if len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
            return self._drawn[key]


class Pages:
    """Makes the pages of one company."""

    def __init__(self, book: Book) -> None:
        """Remember whose page it is, and whom to ask."""
        self.book = book
        self.zone = ZoneInfo(book.company.timezone)
        self.department = book.departments[book.company.monitoring_department].name

    def case(
        self, sight: Sight, ticket: str, asked: str | None, nonce: str, *, done: str, problem: str, overtaken: bool
    ) -> str:
        """Show a case to a person, in their language or the one asked for."""
        language = asked if asked in {"en", "zh"} else sight.person.language
        book = self.book
        if overtaken:
            problem = WORDS["meanwhile"][language]
        elif problem:
            problem = filled(WORDS["refused"], why=in_language(problem, language))[language]
        page = PageView(
            language=language,
            company=book.company.name[language],
            person=sight.person.name[language],
            case=view(sight.item, language, currency=book.company.currency),
            steps=tuple(step.value for step in sight.steps),
            form=sight.form,
            chart=f"{ticket}/chart.png" if sight.has_chart else "",
            people=tuple(Choice(p.id, p.name[language]) for p in book.company.people if p.id != sight.case.owner),
            history=[self._happened(event, language) for event in sight.events],
            done=DONE[done][language] if done in DONE else "",
            problem=problem,
        )
        return case_page(page, nonce)

    def _happened(self, event: Event, language: str) -> Happened:
        actor = self.book.people.get(event.actor)
        return Happened(event.at.astimezone(self.zone), event.type, actor.name[language] if actor else "", event.note)

    def refusal(self, request: Request, error: Exception) -> HTMLResponse:
        """Say kindly that a link does not open, and what to do."""
        reason = error.reason if isinstance(error, TicketRefused) else Refusal.CHANGED
        return self._message(request, _STATUS[reason], REFUSED[reason])

    def nothing_here(self, request: Request, error: Exception) -> HTMLResponse:
        """Say that an address leads nowhere, or that a request is none that a page of ours makes."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        return self._message(request, status)

    def busy(self, request: Request, _: Exception) -> HTMLResponse:
        """Say that somebody else holds the store just now."""
        return HTMLResponse(message_page(WORDS["title_refused"], [WORDS["busy"]], nonce_of(request)), status_code=503)

    def _message(self, request: Request, status: int, *said: Text) -> HTMLResponse:
        sentences = [*said, WORDS["untouched"], filled(WORDS["ask"], department=self.department)]
        page = message_page(WORDS["title_refused"], sentences, nonce_of(request))
        return HTMLResponse(page, status_code=status)
