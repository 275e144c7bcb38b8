"""Playing a demo company through: its warehouse, its nights up to the day before the last, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from detect.config import Book, load
from detect.demo.companies import DemoCompany, prepare
from detect.errors import UsageError
from detect.pipeline.nightly import run_nights
from detect.pipeline.order import Order
from detect.pipeline.session import open_session

__all__ = ["Played", "play"]

HISTORY = timedelta(days=28)  # from here on a judgement can be made, provisional at first


@dataclass(frozen=True)
class Played:
    """What is there now: the company's configuration, the nights that were judged, and the last one, still to come."""

    book: Book
    nights: int
    cases: int
    incomplete: int
    last: date


def play(
    name: str, directory: Path, as_of: date | None, environ: Mapping[str, str], progress: Callable[[str], None]
) -> Played:
    """Prepare the company in `directory` and judge its nights up to the day before `as_of` (default: the data's last day).

    Nights that the store holds already are not judged again.
    """
    company = prepare(name, directory, environ, lambda done, all_: progress(f"loading lines {done:,} of {all_:,}"))
    last = _last(company, as_of)
    book = load(directory, environ)
    nights = cases = incomplete = 0
    with open_session(book) as session:
        done = {run.as_of for run in session.store.runs(10_000) if run.scope == ""}
        first = max([_first(company), *(day + timedelta(days=1) for day in done if day < last)])
        if first < last:
            order = Order(first, last - timedelta(days=1), mode="backfill", notify=False, holder="demo")
            for night in run_nights(session, order, progress=progress):
                nights += 1
                cases += night.summary.new
                incomplete += night.run.state != "complete"
    return Played(book, nights, cases, incomplete, last)


def _last(company: DemoCompany, as_of: date | None) -> date:
    first = _first(company)
    last = as_of or company.last_day
    if not first <= last <= company.last_day:
        raise UsageError(
            f"--as-of {last} is outside the demo's nights", f"Choose a day from {first} to {company.last_day}."
        )
    return last


def _first(company: DemoCompany) -> date:
    return company.played_from or company.first_day + HISTORY
