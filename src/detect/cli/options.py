"""The options that commands share, and what they mean."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from detect.errors import UsageError

__all__ = ["Actor", "AsJson", "ConfigDir", "Now", "Verbose", "parse_day", "parse_instant"]

ConfigDir = Annotated[
    Path | None,
    typer.Option("--config", metavar="DIR", help="Company folder; default: the nearest folder that holds config/."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document for machines.")]
Verbose = Annotated[int, typer.Option("-v", count=True, show_default=False, help="Say more; -vv shows tracebacks.")]
Actor = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSON", envvar="DETECT_ACTOR", help="Who acts, by the id in company.yaml."),
]
Now = Annotated[
    str | None, typer.Option("--now", metavar="T", help="The instant of the act, ISO 8601; default: the present.")
]


def parse_day(text: str, option: str) -> date:
    """Return the day that `text` names, or raise UsageError naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no day", "Write it as 2026-03-31.") from None


def parse_instant(text: str, option: str) -> datetime:
    """Return the instant that `text` names; it must carry a time zone."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no time", "Write it as 2026-03-31T06:00+08:00.") from None
    if instant.tzinfo is None:
        raise UsageError(f"{option}: {text!r} has no time zone", "Write it as 2026-03-31T06:00+08:00.")
    return instant
