"""`report`, `notebook`: a night for the eyes."""

from __future__ import annotations

from typing import Annotated

import typer

from detect.cli.opening import clock, session_of, yesterday
from detect.cli.options import AsJson, ConfigDir, Now, parse_day
from detect.cli.output import Output

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(report)


def report(
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="The business day; default: yesterday.")
    ] = None,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="The list of cases as a spreadsheet too.")] = False,
    language: Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")] = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Write the night's report, one HTML file that needs nothing beside it, and print its path."""
    from detect.pipeline.order import night_after
    from detect.pipeline.reporting import histories_at, night_at, write_report

    out = Output(json=json)
    with session_of(config) as session:
        day = parse_day(as_of, "--as-of") if as_of else yesterday(session.book)
        instant = clock(session.book, now) if now else night_after(session.book, day)
        with out.progress() as progress:
            progress(f"reading the night of {day}")
            night = night_at(session, day, instant)
            histories = histories_at(session, day)
        paths = write_report(session, night, histories, instant, language=language, spreadsheet=xlsx)
    if json:
        out.document({"files": [str(path) for path in paths]})
    for path in paths:
        out.say(str(path))
    return 0
