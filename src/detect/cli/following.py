"""`follow-up`, `raise`: what time does to cases, and what a person reports by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from detect.cli.casework import shown
from detect.cli.opening import clock, session_of
from detect.cli.options import Actor, AsJson, ConfigDir, Now, parse_day
from detect.cli.output import Output
from detect.errors import UsageError
from detect.model import Category, Level

__all__ = ["register"]

UNDELIVERED = 4


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("follow-up")(following)
    app.command("raise")(raised)


def following(now: Now = None, config: ConfigDir = None, json: AsJson = False) -> int:
    """Remind, escalate, judge the end of observations, archive; then send what is due. Run it every 15 minutes."""
    from detect.pipeline.follow_up import follow_up
    from detect.pipeline.telling import deliver

    out = Output(json=json)
    with session_of(config) as session, out.progress() as progress:
        instant = clock(session.book, now)
        progress("looking after the open cases")
        done = follow_up(session, instant)
        progress("sending what is due")
        sent = deliver(session, instant)
    if json:
        counts = {"delivered": sent.delivered, "waiting": sent.waiting, "given_up": sent.given_up}
        out.document({"now": instant.isoformat(), "events": done.by_type(), "messages": done.messages, **counts})
    for what, cases in done.by_type().items():
        out.say(f"{what}: {', '.join(cases)}")
    if not done.events:
        out.say("Nothing was due.")
    out.say(f"messages: {sent.delivered} delivered, {sent.waiting} to be tried again, {sent.given_up} given up")
    return UNDELIVERED if sent.waiting or sent.given_up else 0


def raised(
    text: Annotated[str, typer.Option("--text", help="What happened, in your own words, English or Chinese.")],
    category: Annotated[Category, typer.Option("--category", help="What kind of matter it is (P2).")],
    department: Annotated[str, typer.Option("--department", metavar="DEPARTMENT", help="Whose matter it is.")],
    level: Annotated[int, typer.Option("--level", min=1, max=3, help="How grave it seems; 1 is the gravest.")] = 3,
    day: Annotated[str | None, typer.Option("--day", metavar="D", help="When it happened; default: today.")] = None,
    stake: Annotated[float | None, typer.Option("--stake", min=0, help="Money at stake, where it is known.")] = None,
    restricted: Annotated[bool, typer.Option("--restricted", help="Only audit may see it.")] = False,
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Report an anomaly that no table shows (P4.1): an accident, an unreasonable demand, a competitor's move, a regulation."""
    from detect.pipeline.intake import Report, take_in
    from detect.pipeline.telling import deliver

    if not actor:
        raise UsageError("It is not said who reports", "Give --as PERSON (an id of company.yaml), or set DETECT_ACTOR.")
    with session_of(config) as session:
        instant = clock(session.book, now)
        happened_on = parse_day(day, "--day") if day else instant.date()
        report = Report(text, category, department, Level(level), happened_on, stake, restricted)
        case = take_in(session, report, actor, instant)
        sent = deliver(session, instant)
        shown(session, case, actor, instant, Output(json=json))
    return UNDELIVERED if sent.waiting or sent.given_up else 0
