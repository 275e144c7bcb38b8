"""What every notebook works with: an open company, one business day, one language."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from detect.config import find, load
from detect.config.environment import current
from detect.errors import UsageError
from detect.notices.review_words import word
from detect.pipeline.inquiring import Examiner
from detect.pipeline.session import Session, open_session
from detect.render.drawing import drawing
from detect.render.notebook import Fragment
from detect.series.metric import Metric

__all__ = ["Workspace", "company_folder"]


class Workspace:
    """An open company, one business day, one language: what every notebook works with."""

    def __init__(self, folder: str, as_of: str, language: str, now: datetime, *, interactive: bool = False) -> None:
        """Open the company in `folder`, or the nearest one; `as_of` '' is the last night in its store, `language` '' the company's."""
        self._open = ExitStack()
        self.session: Session = self._open.enter_context(open_session(load(company_folder(folder), current())))
        book = self.session.book
        self.now = now.astimezone(ZoneInfo(book.company.timezone))
        self.language = language or book.company.language
        self.drawing = drawing(interactive=interactive)
        self.as_of = date.fromisoformat(as_of) if as_of else _last_night(self.session)

    def close(self) -> None:
        """Close store and warehouse."""
        self._open.close()

    def start(self) -> Fragment:
        """Give the style, and for an open notebook the scripts; the first cell shows it."""
        return self.drawing.start()

    @cached_property
    def examiner(self) -> Examiner:
        """The night judged once more."""
        return Examiner(self.session, self.as_of)

    def metric_named(self, name: str) -> Metric:
        """Return the metric named; of '' the first key metric. Raises UsageError for one that is not there."""
        book = self.session.book
        key = next((m.id for m in book.metrics.values() if m.importance == "key"), next(iter(book.metrics)))
        return book.metric(name or key)

    def say(self, key: str, **values: str) -> str:
        """Give one sentence in the reader's language."""
        return word(key, self.language, **values)


def company_folder(given: str) -> Path:
    """Return the folder named; else, going up from here, the first that is a company or holds the played demo."""
    if given:
        return Path(given).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "demo" / "retail" / "config").is_dir():
            return folder / "demo" / "retail"
        if (folder / "config" / "company.yaml").is_file():
            return folder
    return find(here)


def _last_night(session: Session) -> date:
    nights = [run.as_of for run in session.store.runs(50) if run.scope == ""]
    if not nights:
        raise UsageError(
            f"The store of {session.book.directory} holds no night", "Run `detect demo`, or `detect run --as-of D`."
        )
    return max(nights)
