"""Opening a company for a command: its folder, its configuration, its two databases."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from detect.cli.options import parse_instant

if TYPE_CHECKING:
    from detect.config import Book
    from detect.pipeline.session import Session

__all__ = ["book_of", "clock", "holder", "session_of", "yesterday"]


def book_of(config: Path | None) -> Book:
    """Read the configuration of the company in `config`, or of the nearest folder that holds one."""
    from detect.config import find, load
    from detect.config.environment import current

    return load(config.resolve() if config else find(Path.cwd()), current())


@contextmanager
def session_of(config: Path | None) -> Iterator[Session]:
    """Open the company's store and warehouse for the time of a command."""
    from detect.pipeline.session import open_session

    with open_session(book_of(config)) as session:
        yield session


def clock(book: Book, now: str | None) -> datetime:
    """Return the instant of the act: the one named, or the present in the company's zone."""
    return parse_instant(now, "--now") if now else datetime.now(ZoneInfo(book.company.timezone))


def yesterday(book: Book) -> date:
    """Return the business day that a run of today judges."""
    return clock(book, None).date() - timedelta(days=1)


def holder() -> str:
    """Name this process, as others are told who holds the store."""
    return f"{socket.gethostname()}:{os.getpid()}"
