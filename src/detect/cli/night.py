"""`run`, `backfill`, `verify`: the nights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detect.cli.opening import clock, holder, session_of, yesterday
from detect.cli.options import AsJson, ConfigDir, Now, Verbose, parse_day
from detect.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.pipeline.order import NightResult
    from detect.pipeline.telling import Sent

__all__ = ["register"]

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="D", help="The business day judged; default: yesterday.")]
Metrics = Annotated[list[str] | None, typer.Option("--metric", metavar="M", help="Only this metric; repeatable.")]
FailOn = Annotated[
    int | None, typer.Option("--fail-on", min=1, max=3, help="Exit 1 on new cases of this level or graver.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Judge and show; write nothing.")]
INCOMPLETE, UNDELIVERED = 3, 4


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (run, backfill, verify):
        app.command()(command)


def run(
    as_of: AsOf = None,
    metric: Metrics = None,
    dry_run: DryRun = False,
    notify: Annotated[
        bool | None, typer.Option("--notify/--no-notify", help="Tell people; a past date tells nobody unless asked.")
    ] = None,
    fail_on: FailOn = None,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
    verbose: Verbose = 0,
) -> int:
    """Judge one business day: pull, check, judge, grade, record, tell."""
    from detect.pipeline.afterwards import leave
    from detect.pipeline.nightly import run_nights
    from detect.pipeline.order import Order
    from detect.pipeline.telling import Sent, deliver

    out = Output(json=json, verbose=verbose)
    with session_of(config) as session:
        last = yesterday(session.book)
        day = parse_day(as_of, "--as-of") if as_of else last
        instant = clock(session.book, now) if now or day >= last else None
        tell = notify if notify is not None else day >= last
        order = Order(day, day, instant, tuple(metric or ()), dry_run=dry_run, notify=tell, holder=holder())
        with out.progress() as progress:
            (night,) = run_nights(session, order, progress=progress)
        sent = deliver(session, clock(session.book, now)) if tell and not dry_run else Sent()
        reports = [] if dry_run or metric else leave(session, night, order.instant(session.book, day))
        out.night(session.book, night, sent, reports)
    return _exit_code([night], sent, fail_on)


def backfill(
    first: Annotated[str, typer.Option("--from", metavar="D", help="The first business day.")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="The last business day.")],
    notify: Annotated[
        bool, typer.Option("--notify/--no-notify", help="Tell people of each night; nobody unless asked.")
    ] = False,
    fail_on: FailOn = None,
    config: ConfigDir = None,
    json: AsJson = False,
    verbose: Verbose = 0,
) -> int:
    """Judge many nights in one pass; it leaves what the nights one by one would have left."""
    from detect.pipeline.nightly import run_nights
    from detect.pipeline.order import Order
    from detect.pipeline.telling import Sent, deliver

    out = Output(json=json, verbose=verbose)
    days = parse_day(first, "--from"), parse_day(last, "--to")
    with session_of(config) as session:
        order = Order(*days, mode="backfill", notify=notify, holder=holder())
        with out.progress() as progress:
            nights = list(run_nights(session, order, progress=progress))
        sent = deliver(session, clock(session.book, None)) if notify else Sent()
        out.nights(nights, sent)
    return _exit_code(nights, sent, fail_on)


def verify(
    as_of: Annotated[str, typer.Option("--as-of", metavar="D", help="The business day in question.")],
    config: ConfigDir = None,
    json: AsJson = False,
    verbose: Verbose = 0,
) -> int:
    """Leave with 0 only when a complete run of that date exists."""
    out = Output(json=json, verbose=verbose)
    day = parse_day(as_of, "--as-of")
    with session_of(config) as session:
        found = session.store.known_run(day)
        out.verified(day, found)
    return 0 if found is not None and found.state == "complete" else INCOMPLETE


def _exit_code(nights: Sequence[NightResult], sent: Sent, fail_on: int | None) -> int:
    if any(night.run.state != "complete" for night in nights):
        return INCOMPLETE
    if sent.waiting or sent.given_up:
        return UNDELIVERED
    opened = [c.case.level for night in nights for c in night.changes if c.what in {"opened", "worsened", "reopened"}]
    return int(fail_on is not None and any(level <= fail_on for level in opened))
