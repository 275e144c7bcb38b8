"""`segments`: which values of the columns that split figures are watched by themselves, and choosing them anew."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from detect.cli.opening import holder, session_of
from detect.cli.options import AsJson, ConfigDir
from detect.cli.output import Output

if TYPE_CHECKING:
    from detect.pipeline.segments import Choice

__all__ = ["register"]

LEASE = timedelta(hours=1)
COLUMNS = ("figure", "column", "watched", "would enter", "would leave")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(segments)


def segments(
    source: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Sources of config/tables.yaml; default: all.")
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="Choose anew, by the rows of the last half year; from the next night on.")
    ] = False,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Show which values of a column are watched by themselves, and which the last half year's rows would choose; --renew takes those."""
    from detect.pipeline.segments import choices, last_judged
    from detect.pipeline.segments import renew as renewed
    from detect.render import terminal

    out = Output(json=json)
    with session_of(config) as session, out.progress() as progress:
        as_of = last_judged(session)
        progress("looking at the last half year")
        found = choices(session, as_of, source or ())
        written = 0
        if renew and any(one.enter or one.leave for one in found):
            progress("pulling the past of what enters")
            with session.store.lease(holder(), LEASE) as lease:
                written = renewed(session, found, as_of, lease)
    if json:
        out.document(
            {"as_of": as_of.isoformat(), "renewed": renew, "figures": written, "choices": [*map(_data, found)]}
        )
        return 0
    rows = [(c.metric, c.column, len(c.watched), _named(c, c.enter), _named(c, c.leave)) for c in found]
    terminal.console().print(terminal.listing(COLUMNS, rows, wide=3))
    changed = sum(bool(one.enter or one.leave) for one in found)
    if renew:
        out.say(f"{changed} chosen anew, {written:,} figures written; from the night after {as_of} on.")
    elif changed:
        out.say(f"{changed} would be chosen otherwise; `detect segments --renew` does it.")
    return 0


def _named(one: Choice, values: tuple[str, ...]) -> str:
    """Name values, or only count them where they are customers or suppliers."""
    if one.entities:
        return f"{len(values)} of them" if values else ""
    return ", ".join(values)


def _data(one: Choice) -> dict[str, object]:
    parts = {"watched": one.watched, "enter": one.enter, "leave": one.leave}
    shown = {name: len(values) if one.entities else list(values) for name, values in parts.items()}
    return {"source": one.source, "metric": one.metric, "column": one.column, **shown}
