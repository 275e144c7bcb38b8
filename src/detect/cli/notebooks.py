"""`explain`, `notebook`: why and why not, and a notebook rendered for the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detect.cli.opening import book_of, session_of
from detect.cli.options import Actor, AsJson, ConfigDir, parse_day
from detect.cli.output import Output
from detect.errors import UsageError

if TYPE_CHECKING:
    from detect.pipeline.explaining import Explanation
    from detect.pipeline.session import Session

__all__ = ["register"]

Language = Annotated[str | None, typer.Option("--language", help="en or zh; default: the company's.")]
REPOSITORY = Path(__file__).parents[3]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(explain)
    app.command()(notebook)


def explain(
    subject: Annotated[str, typer.Argument(metavar="CASE|METRIC", help="A case's id, or with --date a metric.")],
    day: Annotated[str | None, typer.Option("--date", metavar="D", help="The business day asked about.")] = None,
    segment: Annotated[str, typer.Option("--segment", metavar="S", help="A part of the metric; default: all.")] = "",
    language: Language = None,
    reader: Actor = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Say why a case was opened, or why a metric was told of on a day, or why not."""
    out = Output(json=json)
    with session_of(config) as session, out.progress() as progress:
        progress(f"judging {subject} once more")
        found = _explained(session, subject, day, segment, reader)
        said = language_of(language or session.book.company.language)
    if json:
        out.document(found.for_machines(said))
        return 0
    out.say(found.answer[said])
    for section in found.sections:
        out.say(f"\n{section.title[said]}")
        for line in section.lines:
            out.say(f"  {line[said]}")
    return 0


def _explained(session: Session, subject: str, day: str | None, segment: str, reader: str | None) -> Explanation:
    from detect.pipeline.explaining import explain_case, explain_day
    from detect.pipeline.record import seen_by

    if day is not None:
        return explain_day(session, subject, parse_day(day, "--date"), segment, reader)
    if subject in session.book.metrics:
        raise UsageError(f"{subject!r} is a metric; which day is not said", "Give --date D.")
    return explain_case(session, seen_by(session, subject, reader).id)


def language_of(name: str) -> str:
    """Return a language that there is, or raise UsageError."""
    if name not in {"en", "zh"}:
        raise UsageError(f"--language: {name!r} is not known", "Choose en or zh.")
    return name


def notebook(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="review: the cases of a night, for a verdict. metric: all about one metric. quality: tables and suites over time. "
            "replay: a change of settings tried over a year.",
        ),
    ],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="The business day; default: the last night.")
    ] = None,
    metric: Annotated[
        str, typer.Option("--metric", metavar="M", help="The metric, where the notebook is about one.")
    ] = "",
    segment: Annotated[str, typer.Option("--segment", metavar="S", help="A part of the metric; default: all.")] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="replay: a setting to change; repeatable.")
    ] = None,
    language: Language = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Run a notebook and write what it shows as one HTML file that needs nothing beside it; print its path."""
    from detect.pipeline.notebooks import render_notebook

    out, book = Output(json=json), book_of(config)
    said = language_of(language or book.company.language)
    day = parse_day(as_of, "--as-of").isoformat() if as_of else ""
    asked = {
        "folder": str(book.directory),
        "as_of": day,
        "language": said,
        "metric": metric,
        "segment": segment,
        "settings": list(settings or ()),
    }
    with out.progress() as progress:
        progress(f"running the notebook {name}")
        path = render_notebook(name, asked, book, REPOSITORY / "notebooks")
    if json:
        out.document({"files": [str(path)]})
    out.say(str(path))
    return 0
