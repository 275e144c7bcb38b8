"""`calendar`: the register of known and external events, and what followed them."""

from __future__ import annotations

from typing import Annotated

import typer

from detect.cli.opening import clock, session_of
from detect.cli.options import Actor, AsJson, ConfigDir, Now, parse_day
from detect.cli.output import Output
from detect.errors import UsageError
from detect.model import KnownEvent, Text

__all__ = ["register"]

events = typer.Typer(
    help="Events that the company knows of: own ones, which explain a departure, and external ones, which are watched.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Language = Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(events, name="calendar")


@events.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="ID", help="A short name: letters, digits and _.")],
    title: Annotated[str, typer.Option("--name", help="What it is, as people say it.")],
    first: Annotated[str, typer.Option("--from", metavar="D", help="Its first day.")],
    title_zh: Annotated[str | None, typer.Option("--name-zh", help="The same in Chinese; default: as --name.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="D", help="Its last day; default: the first.")] = None,
    effect: Annotated[
        str, typer.Option("--effect", help="expected: departures of these days are no news; external: it is watched.")
    ] = "expected",
    kind: Annotated[
        str, typer.Option("--type", help="Of an external event: competitor, regulation, economy or other.")
    ] = "",
    metric: Annotated[
        list[str] | None, typer.Option("--metric", metavar="M", help="A figure that it may move; may be repeated.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Who announced it, where and when.")] = "",
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Register an event. Nights of the day of recording and later know it; what earlier nights said stays as it was."""
    from detect.pipeline import register as registering

    if not actor:
        raise UsageError(
            "It is not said who registers", "Give --as PERSON (an id of company.yaml), or set DETECT_ACTOR."
        )
    if not name.isascii() or not name.isidentifier():
        raise UsageError(f"{name!r} is no id", "Use letters, digits and _, beginning with a letter.")
    day = parse_day(first, "--from")
    with session_of(config) as session:
        event = KnownEvent(
            id=name,
            name=Text(en=title, zh=title_zh or title),
            first_day=day,
            last_day=parse_day(last, "--to") if last else day,
            recorded_on=clock(session.book, now).date(),
            metrics=tuple(metric or ()),
            effect=effect,
            type=kind,
            source=source,
            reviewer=actor,
        )
        new = registering.register(session, event)
    out = Output(json=json)
    if json:
        out.document(event.model_dump(mode="json") | {"new": new})
    out.say(
        f"{event.id}: {'registered' if new else 'was registered already, unchanged'}; known from {event.recorded_on} on."
    )
    return 0


@events.command("list")
def listed(
    effect: Annotated[str | None, typer.Option("--effect", help="Only expected, or only external ones.")] = None,
    language: Language = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """List the events of config/events.yaml and of the register, by their first day."""
    from detect.pipeline.register import events_of
    from detect.render import terminal

    out = Output(json=json)
    with session_of(config) as session:
        shown = [e for e in events_of(session) if effect in (None, e.effect)]
        told = language or session.book.company.language
    if json:
        out.document([event.model_dump(mode="json") for event in shown])
        return 0
    rows = [
        (
            f"{e.first_day}..{e.last_day}",
            e.id,
            e.name[told],
            e.type or e.effect,
            ", ".join(e.metrics),
            e.recorded_on,
            e.reviewer,
        )
        for e in shown
    ]
    columns = ("days", "id", "name", "kind", "figures", "recorded", "reviewer")
    terminal.console().print(terminal.listing(columns, rows, wide=2))
    return 0


@events.command("effect")
def effect(
    name: Annotated[str, typer.Argument(metavar="ID", help="The event.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="The last day looked at; default: the last one judged.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            "--days",
            min=1,
            max=366,
            help="Days after its start; default: its own, or 28 if it is shorter than a week, fewer where the past is short.",
        ),
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", metavar="M", help="A figure; default: those linked to the event.")
    ] = None,
    language: Language = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Show what followed an event: each figure's change against its own past, with an interval."""
    from detect.notices.market_words import COLUMNS
    from detect.pipeline.effects import effects_of, method_of
    from detect.pipeline.register import event_of
    from detect.render import terminal

    out = Output(json=json)
    with session_of(config) as session:
        event = event_of(session, name)
        through = (
            parse_day(as_of, "--as-of")
            if as_of
            else max((r.as_of for r in session.store.runs(1)), default=event.last_day)
        )
        found = effects_of(session, event, through, metric or (), days)
        said = language or session.book.company.language
        rows = [one.row(session.book.metrics[one.key.metric].name, said) for one in found]
    if json:
        out.document(
            {
                "event": event.id,
                "first_day": str(event.first_day),
                "through": str(through),
                "effects": [f.for_machines() for f in found],
            }
        )
        return 0
    out.say(event.name[said])
    terminal.console(width=None).print(terminal.listing([c[said] for c in COLUMNS.values()], rows, wide=6))
    for line in method_of(event, found):
        out.say(line[said])
    return 0
