"""`init`, `doctor`: a company's folder, and whether all it needs is there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detect.cli.opening import book_of, clock
from detect.cli.options import AsJson, ConfigDir, Now
from detect.cli.output import Output
from detect.errors import UsageError

__all__ = ["register"]

FAULTY, UNDELIVERED = 3, 4


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (init, doctor):
        app.command()(command)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    packs: Annotated[
        str,
        typer.Option(
            "--with", metavar="PACKS", help="Ready metrics and suites: procurement,production,inventory,finance."
        ),
    ] = "",
    json: AsJson = False,
) -> int:
    """Write a new company's folder, every key commented, and say what to fill in."""
    from detect.config import start

    folder = directory.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", "Choose another one; nothing was written.")
    wanted = tuple(name.strip() for name in packs.split(",") if name.strip())
    files = start(folder, wanted)
    out = Output(json=json)
    if json:
        out.document({"directory": str(folder), "files": [str(path) for path in files]})
    for path in files:
        out.say(str(path.relative_to(folder)))
    out.say(
        "\nFill in, in this order: config/company.yaml (people, calendar, warehouse), config/tables.yaml, config/metrics/,"
    )
    if wanted:
        out.say(
            "The tables that the packs read are described in docs/packs.md; `detect doctor` says which are not there yet."
        )
    out.say(f"then: detect validate --config {folder}; detect doctor --config {folder}")
    return 0


def doctor(
    send_test: Annotated[bool, typer.Option("--send-test", help="Send a test message over each channel.")] = False,
    now: Now = None,
    config: ConfigDir = None,
    json: AsJson = False,
) -> int:
    """Look at databases, rights, fonts, disk, versions and channels; each fault says what to do. Exit 3 when something is wrong."""
    from detect.pipeline.examining import examine
    from detect.pipeline.examining import send_test as tested
    from detect.render import terminal

    book = book_of(config)
    instant = clock(book, now)
    found = examine(book, instant)
    if send_test:
        found += tested(book, instant)
    out = Output(json=json)
    if json:
        out.document([{"what": e.what, "state": e.state, "found": e.found, "remedy": e.remedy} for e in found])
    else:
        rows = [(e.what, e.state, f"{e.found}. {e.remedy}" if e.remedy else e.found) for e in found]
        terminal.console().print(terminal.listing(("what", "state", "found"), rows, wide=2))
    states = {e.state for e in found}
    if "fault" in states:
        return FAULTY
    return UNDELIVERED if "undelivered" in states else 0
