"""The addresses of the web page. Whatever a reader or a mail scanner opens changes nothing; only a form that a page made does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import FastAPI, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from detect.errors import CaseError, DetectError, StoreError
from detect.notices.links import Refusal, TicketRefused
from detect.pipeline.addressing import links_of
from detect.pipeline.answering import Overtaken, answer, chart, look
from detect.pipeline.delivery import deliver
from detect.pipeline.session import Session
from detect.render.feed import Entry, atom, json_feed
from detect.web.pages import Charts, Pages
from detect.web.protection import Protection, nonce_of, read_form

__all__ = ["create_app"]

Ticket = Annotated[str, Path(max_length=600)]
_READ = ["GET", "HEAD"]
_LATEST = 50


def create_app(session: Session, now: Callable[[], datetime]) -> FastAPI:
    """Make the web page of a company; `now` is asked at each request."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    site = _Site(session, now)
    app.add_middleware(Protection)
    hosts = {"127.0.0.1", "localhost", "[::1]", urlsplit(site.links.base).hostname or "localhost"}
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts), www_redirect=False)
    app.add_api_route("/c/{ticket}", site.case, methods=_READ, response_class=HTMLResponse)
    app.add_api_route("/c/{ticket}/chart.png", site.picture, methods=_READ)
    app.add_api_route("/c/{ticket}", site.answered, methods=["POST"])
    app.add_api_route("/inbox/{ticket}/feed.{kind}", site.feed, methods=_READ)
    app.add_exception_handler(TicketRefused, site.pages.refusal)
    app.add_exception_handler(StoreError, site.pages.busy)
    app.add_exception_handler(HTTPException, site.pages.nothing_here)
    return app


class _Site:
    """What the addresses answer. Work on the store runs beside the loop, so that a slow page holds up no other."""

    def __init__(self, session: Session, now: Callable[[], datetime]) -> None:
        self.session, self.now = session, now
        self.links = links_of(session.book)
        self.pages = Pages(session.book)
        self.charts = Charts()

    async def case(self, request: Request, ticket: Ticket) -> HTMLResponse:
        """Show the case that a ticket opens."""
        return await self._page(request, ticket, done=request.query_params.get("done", ""))

    async def picture(self, ticket: Ticket) -> Response:
        """Show its chart; drawing it judges the night once more, so the page does not wait for it."""
        sight = await run_in_threadpool(look, self.session, self.links, ticket, self.now())
        draw = partial(chart, self.session, self.links, ticket, self.now())
        drawn = await run_in_threadpool(self.charts.of, sight.case, draw)
        if drawn is None:
            raise HTTPException(404)
        return Response(drawn, media_type="image/png")

    async def answered(self, request: Request, ticket: Ticket) -> Response:
        """Carry out what a form asks for, then show the page again; a second press of the same button finds the case changed."""
        fields = dict(parse_qsl(await read_form(request), keep_blank_values=True))
        try:
            step = await run_in_threadpool(answer, self.session, self.links, ticket, fields, self.now())
        except Overtaken:
            return await self._page(request, ticket, overtaken=True, status=409)
        except StoreError:
            raise
        except DetectError as error:
            status = 409 if isinstance(error, CaseError) else 422
            return await self._page(request, ticket, problem=str(error), status=status)
        later = BackgroundTask(deliver, self.session, self.now(), "web")
        return RedirectResponse(f"?done={step.value}", status_code=303, background=later)

    async def feed(self, ticket: Ticket, kind: str) -> Response:
        """Give a person's office inbox to the program that reads it for them."""
        person = self.session.book.people.get(self.links.opened(ticket, "inbox", self.now()).person)
        if person is None or kind not in {"atom", "json"}:
            raise TicketRefused(Refusal.FOREIGN)
        rows = await run_in_threadpool(self.session.store.inbox, person.id)
        entries = [Entry(row.notice, row.received_at) for row in rows[:_LATEST]]
        title = f"{self.session.book.company.name[person.language]} · {person.name[person.language]}"
        if kind == "atom":
            return Response(atom(title, person.id, entries), media_type="application/atom+xml")
        return Response(json_feed(title, entries), media_type="application/feed+json")

    async def _page(
        self,
        request: Request,
        ticket: str,
        *,
        done: str = "",
        problem: str = "",
        overtaken: bool = False,
        status: int = 200,
    ) -> HTMLResponse:
        sight = await run_in_threadpool(look, self.session, self.links, ticket, self.now())
        asked, nonce = request.query_params.get("lang"), nonce_of(request)
        page = self.pages.case(sight, ticket, asked, nonce, done=done, problem=problem, overtaken=overtaken)
        return HTMLResponse(page, status_code=status)
