"""`serve`, `inbox`: the web page on which a person answers, and a person's office inbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from detect.cli.opening import clock, session_of
from detect.cli.options import AsJson, ConfigDir, Now
from detect.cli.output import Output
from detect.errors import UsageError

__all__ = ["register"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
FEED_DAYS = 90


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(serve)
    app.command()(inbox)


def serve(
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="On which port.")] = 8765,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="T", help="Begin at another instant, for a demonstration of the past."),
    ] = None,
    config: ConfigDir = None,
) -> int:
    """Answer the links in notices: a page for one person and one case, to acknowledge, assess, correct and hand over."""
    from detect.web.server import serve as answer

    out = Output()
    with session_of(config) as session:
        link = session.book.company.notices.link
        if not link:
            raise UsageError(
                "The company has no page", "Name its address under `notices: link:` in `config/company.yaml`."
            )
        if host not in LOOPBACK:
            out.say(f"{host} is reached from other machines: put a proxy with TLS before it.")
        out.say(f"answering {link} on {host}:{port}; Ctrl-C ends it")
        answer(session, _running(clock(session.book, now), given=now is not None), host, port)
    return 0


def _running(begin: datetime, *, given: bool) -> Callable[[], datetime]:
    """Return a clock: the present one, or one that begins at the instant given and goes on from there."""
    if not given:
        return lambda: datetime.now(begin.tzinfo)
    started = time.monotonic()
    return lambda: begin + timedelta(seconds=time.monotonic() - started)


def inbox(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose inbox, by the id in company.yaml.")],
    feed: Annotated[
        bool, typer.Option("--feed", help="Print the addresses of the inbox as Atom and JSON feed.")
    ] = False,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Show what lies in a person's office inbox, the newest first."""
    from detect.pipeline.addressing import links_of

    out = Output(json=json)
    with session_of(config) as session:
        if person not in session.book.people:
            raise UsageError(
                f"There is nobody called {person!r}", f"Known are: {', '.join(sorted(session.book.people))}."
            )
        if feed:
            links, instant = links_of(session.book), clock(session.book, now)
            if not links.base:
                raise UsageError("The company has no page", "Name its address under `notices: link:`.")
            found = {kind: links.feed(person, instant, kind, FEED_DAYS) for kind in ("atom", "json")}
            if json:
                out.document({"days": FEED_DAYS, **found})
            for address in found.values():
                out.say(address)
            return 0
        zone = ZoneInfo(session.book.company.timezone)
        rows = session.store.inbox(person)
        if json:
            out.document(
                [
                    {"received_at": r.received_at.isoformat(), "subject": r.notice.subject, "text": r.notice.text}
                    for r in rows
                ]
            )
        for row in rows:
            out.say(f"{row.received_at.astimezone(zone):%Y-%m-%d %H:%M} {row.notice.subject}")
    return 0
