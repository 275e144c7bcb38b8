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
    app.command()(board)


def report(
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="The business day; default: yesterday.")
    ] = None,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="The list of cases as a spreadsheet too.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="The list of cases as CSV too.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="The report as PDF too; needs a Chromium.")] = False,
    language: Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")] = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Write the night's report, one HTML file that needs nothing beside it, and print its path."""
    from detect.pipeline.kept_histories import histories_of_night
    from detect.pipeline.order import night_after
    from detect.pipeline.reporting import night_at, write_report
    from detect.render.pdf import print_pdf

    out = Output(json=json)
    with session_of(config) as session:
        day = parse_day(as_of, "--as-of") if as_of else yesterday(session.book)
        instant = clock(session.book, now) if now else night_after(session.book, day)
        with out.progress() as progress:
            progress(f"reading the night of {day}")
            night = night_at(session, day, instant)
            histories = histories_of_night(session, night.cases, day)
        lists = [form for form, asked in ((".xlsx", xlsx), (".csv", csv)) if asked]
        paths = write_report(session, night, histories, instant, language=language, lists=lists)
        paths += [print_pdf(paths[0])] if pdf else []
    if json:
        out.document({"files": [str(path) for path in paths]})
    for path in paths:
        out.say(str(path))
    return 0


def board(
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="D", help="The first business day; default: 13 weeks before the last."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="D", help="The last business day; default: the last night's.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")] = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Write the board over time: exceptions, how fast they were answered, what is watched, whether the detectors are awake."""
    from detect.cli.notebooks import language_of
    from detect.errors import UsageError
    from detect.pipeline.boarding import board_of, quarter, write_board

    out = Output(json=json)
    with session_of(config) as session:
        said = language_of(language or session.book.company.language)
        newest = next((run.as_of for run in session.store.runs(50) if run.scope == ""), None)
        end = parse_day(last, "--to") if last else newest or yesterday(session.book)
        begin = parse_day(first, "--from") if first else quarter(end)
        if begin > end:
            raise UsageError(f"--from {begin} is later than --to {end}", "Give the earlier day first.")
        with out.progress() as progress:
            progress(f"reading the nights {begin} to {end}")
            found = board_of(session, begin, end, clock(session.book, now))
        path = write_board(found, said)
    if json:
        out.document(found.for_machines() | {"files": [str(path)]})
    out.say(str(path))
    return 0
