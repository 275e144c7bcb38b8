"""`cases similar`, `dossier`, `import`, `causes`: what the archive knows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detect.cli.casework import Case, Reader, cases
from detect.cli.opening import clock, session_of
from detect.cli.options import Actor, AsJson, ConfigDir, Now, parse_day
from detect.cli.output import Output
from detect.errors import UsageError
from detect.model import Category

__all__ = ["register"]


def register(_: typer.Typer) -> None:
    """Add the commands of this file; they stand in the group `cases`."""


@cases.command("similar")
def similar(
    case: Case,
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="How many at most.")] = 5,
    reader: Reader = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Show the nearest earlier cases with what was done and whether it worked (P4.7), or that there is none."""
    from detect.pipeline.precedents import archive_of, said
    from detect.pipeline.record import seen_by, visible
    from detect.pipeline.showing import similar_data

    out = Output(json=json)
    with session_of(config) as session:
        found = seen_by(session, case, reader)
        archive = archive_of(session, session.store.cases())
        alike = archive.like(found, limit=limit, may_see=lambda one: visible(session.book, one, reader))
        language = session.book.company.language
    if json:
        out.document({"id": found.id} | similar_data(alike, language))
    for text in said(alike):
        out.say(text[language])
    return 0


@cases.command("dossier")
def dossier(
    case: Case,
    language: Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="As PDF too; needs Chromium.")] = False,
    reader: Reader = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Write everything about a case on one page: description, containment, cause, measures, effect, lessons; print its path."""
    from detect.pipeline.dossier import write_dossier
    from detect.pipeline.record import seen_by

    if language not in {None, "en", "zh"}:
        raise UsageError(f"--language: {language!r} is not spoken", "Give en or zh.")
    out = Output(json=json)
    with session_of(config) as session, out.progress() as progress:
        found = seen_by(session, case, reader)
        progress(f"writing the dossier of {found.id}")
        paths = write_dossier(session, found, clock(session.book, now), language=language, pdf=pdf)
    if json:
        out.document({"id": found.id, "files": [str(path) for path in paths]})
    for path in paths:
        out.say(str(path))
    return 0


@cases.command("import")
def imported(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV (UTF-8) or XLSX, one past case a row.")],
    actor: Actor = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Take the company's own incident history into the archive, so that it answers from day one (P4.7).

    Needed columns: first_day, department, category, description. Others: id, description_zh, last_day, closed_on, level, kind, metric,
    segment, actual, expected, unit, stake, cause, verdict, measures (separated by ;), worked (yes or no), lessons, handled_by,
    restricted. All rows are taken or none; each bad one is named; a second import changes nothing; no deadline starts.
    """
    from detect.pipeline.old_cases import import_cases

    if not actor:
        raise UsageError("It is not said who imports", "Give --as PERSON (an id of company.yaml), or set DETECT_ACTOR.")
    out = Output(json=json)
    with session_of(config) as session, out.progress() as progress:
        progress(f"taking {file.name} into the archive")
        done = import_cases(session, file, actor, clock(session.book, now))
    if json:
        out.document({"imported": list(done.new), "known": done.known})
    out.say(f"{len(done.new)} cases imported, {done.known} were there already")
    return 0


@cases.command("causes")
def causes(
    category: Annotated[Category | None, typer.Option("--category", help="Only this category's (P2).")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="D", help="Detected on or after this day.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="D", help="Detected on or before this day.")] = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Count the causes that were coded (P4.4c, P1.3d): how many cases each, how much money, and how often the measures worked."""
    from detect.pipeline.causes import count_causes
    from detect.render import terminal

    span = (parse_day(first, "--from") if first else None, parse_day(last, "--to") if last else None)
    out = Output(json=json)
    with session_of(config) as session:
        counted = count_causes(session, category, *span)
        language = session.book.company.language
    if json:
        out.document([one.for_machines() for one in counted])
        return 0
    rows = [(one.name[language], one.cases, one.stake, one.worked, one.failed) for one in counted]
    terminal.console().print(terminal.listing(("cause", "cases", "at stake", "worked", "did not"), rows, wide=0))
    return 0
