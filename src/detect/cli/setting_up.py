"""`demo`, `init`, `validate`, `doctor`: getting started."""

from __future__ import annotations

import typer

from detect.cli.opening import book_of
from detect.cli.options import AsJson, ConfigDir
from detect.cli.output import Output

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(validate)


def validate(config: ConfigDir = None, json: AsJson = False) -> int:
    """Check configuration and suites: every fault at once, each with file, line, key and what is allowed."""
    out = Output(json=json)
    book = book_of(config)
    counts = {"departments": len(book.departments), "metrics": len(book.metrics), "suites": len(book.suites)}
    if json:
        out.document({"valid": True, "digest": book.digest, **counts})
    out.say(f"{book.directory}: no faults; {', '.join(f'{count} {name}' for name, count in counts.items())}")
    return 0
