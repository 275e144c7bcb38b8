"""`feedback`: what customers say over hotline, online service and surveys (P3.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detect.cli.opening import clock, session_of
from detect.cli.options import AsJson, ConfigDir, Now, parse_day
from detect.cli.output import Output
from detect.errors import InputError, UsageError

__all__ = ["register"]

feedback = typer.Typer(
    help="What customers say over hotline, online service and surveys (P3.3).",
    no_args_is_help=True,
    rich_markup_mode=None,
)
INCOMPLETE = 3
NAMED = 50  # bad rows


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(feedback, name="feedback")


@feedback.command("import")
def take_in(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV, Parquet or JSON lines: channel, time, text; maybe score, customer, id."
        ),
    ],
    channel: Annotated[str | None, typer.Option("--channel", help="The channel of rows that name none.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="OURS=THEIRS", help="What the file calls a column: text=comment."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Take in the other rows where some cannot be read; exit code 3.")
    ] = False,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Take in what customers said: personal numbers masked, sorted by topic. The same file again changes nothing."""
    from zoneinfo import ZoneInfo

    from detect.pipeline.customer_feedback import take_in_feedback
    from detect.pipeline.feedback_rows import read_feedback

    out = Output(json=json)
    with session_of(config) as session, out.progress() as progress:
        instant = clock(session.book, now)
        progress(f"reading {file.name}")
        zone = ZoneInfo(session.book.company.timezone)
        heard = read_feedback(file, zone, instant, channel=channel, names=_names(column or ()))
        if heard.bad and not skip_bad:
            listed = "; ".join(heard.bad[:NAMED]) + (
                f"; and {len(heard.bad) - NAMED} more" if len(heard.bad) > NAMED else ""
            )
            remedy = "Nothing was taken in. Correct them, or leave them out with --skip-bad."
            raise InputError(f"{file}: {len(heard.bad)} rows cannot be read: {listed}", remedy)
        progress(f"sorting {len(heard.said):,} texts")
        done = take_in_feedback(session, heard.said, instant)
    if json:
        out.document(
            {
                "rows": done.rows,
                "new": done.new,
                "changed": done.changed,
                "topics": done.topics,
                "forgotten": done.forgotten,
                "bad": heard.bad,
            }
        )
    for line in heard.bad[:NAMED]:
        out.say(f"left out: {line}")
    out.say(f"{done.rows:,} rows: {done.new:,} new, {done.changed:,} changed, {len(heard.bad):,} left out")
    out.say(f"topics: {', '.join(f'{topic} {count:,}' for topic, count in done.topics.items()) or 'none'}")
    return INCOMPLETE if heard.bad else 0


def _names(given: list[str] | tuple[str, ...]) -> dict[str, str]:
    from detect.pipeline.feedback_rows import COLUMNS, OPTIONAL

    names = dict(pair.partition("=")[::2] for pair in given)
    for ours, theirs in names.items():
        if ours not in (*COLUMNS, *OPTIONAL) or not theirs:
            remedy = f"Say OURS=THEIRS, OURS being one of {', '.join((*COLUMNS, *OPTIONAL))}."
            raise UsageError(f"--column {ours}={theirs} names no column", remedy)
    return names


@feedback.command("count")
def count(
    first: Annotated[str, typer.Option("--from", metavar="D", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="The last day.")],
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Count what was said by day, channel and topic, with the mean score."""
    from detect.render import terminal

    out = Output(json=json)
    columns = ("day", "channel", "topic", "texts", "mean_score")
    with session_of(config) as session:
        rows = session.store.feedback_counts(parse_day(first, "--from"), parse_day(last, "--to"))
    if json:
        out.document([dict(zip(columns, (str(row[0]), *row[1:]), strict=True)) for row in rows])
        return 0
    shown = [(str(day), *rest, "" if score is None else f"{score:.2f}") for day, *rest, score in rows]
    terminal.console().print(terminal.listing(columns, shown, wide=2))
    return 0


@feedback.command("classify")
def classify(config: ConfigDir = None, json: AsJson = False) -> int:
    """Sort the texts that are kept anew, after config/feedback.yaml was edited."""
    from detect.pipeline.customer_feedback import sort_anew

    out = Output(json=json)
    with session_of(config) as session:
        texts, moved = sort_anew(session)
    if json:
        out.document({"texts": texts, "moved": moved})
    out.say(f"{texts:,} texts, {moved:,} have another topic now")
    return 0
