"""`demo`, `validate`: getting started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detect.cli.opening import book_of
from detect.cli.options import AsJson, ConfigDir, parse_day
from detect.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from detect.config import Book

__all__ = ["register"]

REPOSITORY = Path(__file__).parents[3]
FLOW_SECONDS = 900


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (demo, validate):
        app.command()(command)


def demo(
    company: Annotated[
        str,
        typer.Option("--company", help="retail (a gift shop), flights (an airport) or erp (a generated manufacturer)."),
    ] = "retail",
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Where; default: demo/COMPANY.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="The last night; default: the data's last.")
    ] = None,
    json: AsJson = False,
) -> int:
    """Play a company through on real public data, or on generated data: a warehouse, many nights, the last one as a scheduler runs it."""
    from detect.config.environment import current
    from detect.demo.playing import play

    out = Output(json=json)
    folder = (directory or Path("demo") / company).resolve()
    environ = current()
    with out.progress() as progress:
        played = play(company, folder, parse_day(as_of, "--as-of") if as_of else None, environ, progress)
        progress(f"the night of {played.last}")
        through = _last_night(played.book, played.last, environ)
    if played.nights:
        out.say(
            f"{played.nights} nights judged, {played.cases} exceptions opened, {played.incomplete} incomplete nights."
        )
    out.say(f"Last night, {played.last}, {through}:\n")
    return _show(out, played.book, played.last)


def _last_night(book: Book, as_of: date, environ: Mapping[str, str]) -> str:
    """Run the last night through the Prefect flow where this is a working copy, else in this process; say which."""
    if not (REPOSITORY / "flows" / "nightly.py").is_file():
        from detect.pipeline.afterwards import leave
        from detect.pipeline.nightly import run_nights
        from detect.pipeline.order import Order
        from detect.pipeline.session import open_session
        from detect.pipeline.telling import deliver

        order = Order(as_of, as_of, holder="demo")
        with open_session(book) as session:
            (night,) = run_nights(session, order)
            deliver(session, order.instant(book, as_of))
            leave(session, night, order.instant(book, as_of))
        return "in this process (the flows are not part of an installed package)"
    command = [
        sys.executable,
        "-m",
        "flows.nightly",
        "--as-of",
        as_of.isoformat(),
        "--config",
        str(book.directory),
        "--notify",
    ]
    settings = {
        "PREFECT_HOME": str(book.output / "prefect"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    }
    done = subprocess.run(  # noqa: S603 - our own flow, with arguments that were parsed
        command,
        cwd=REPOSITORY,
        env={**settings, **environ},
        capture_output=True,
        text=True,
        timeout=FLOW_SECONDS,
        check=False,
    )
    if done.returncode:
        from detect.errors import DetectError

        log = book.output / "flow.log"
        log.write_text(done.stdout + done.stderr)
        raise DetectError(f"The flow of the night of {as_of} failed", f"Its log is {log}.")
    return "through flows/nightly.py"


def _show(out: Output, book: Book, as_of: date) -> int:
    """Show the exceptions of the last night, and where everything is."""
    from detect.pipeline.order import night_after
    from detect.pipeline.reporting import night_at
    from detect.pipeline.session import open_session
    from detect.render import terminal

    with open_session(book) as session:
        night = night_at(session, as_of, night_after(book, as_of))
        stored = len(session.store.cases())
    reports = book.output / "reports"
    places = {
        "report": reports / f"{as_of}.en.html",
        "報告": reports / f"{as_of}.zh.html",
        "spreadsheet": reports / f"{as_of}.en.xlsx",
        "mails": book.output / "mails",
        "store": book.output / "store.db",
        "notebook": REPOSITORY / "notebooks" / "review.ipynb",
    }
    if out.json:
        out.document(
            {"as_of": as_of.isoformat(), "cases": stored, **{name: str(path) for name, path in places.items()}}
        )
        return 0
    tonight = [case for case in night.cases if case.last_day == as_of and case.parent is None]
    terminal.night(terminal.console(), night.summary, tonight, book.company.language)
    out.say(
        f"\n{stored} exceptions in the store since {book.directory.name} began; `detect cases list --all --config {book.directory}`\n"
    )
    terminal.console().print(terminal.pairs({name: str(path) for name, path in places.items() if path.exists()}))
    return 0


def validate(config: ConfigDir = None, json: AsJson = False) -> int:
    """Check configuration and suites: every fault at once, each with file, line, key and what is allowed."""
    out = Output(json=json)
    book = book_of(config)
    counts = {"departments": len(book.departments), "metrics": len(book.metrics), "suites": len(book.suites)}
    if json:
        out.document({"valid": True, "digest": book.digest, **counts})
    out.say(f"{book.directory}: no faults; {', '.join(f'{count} {name}' for name, count in counts.items())}")
    return 0
