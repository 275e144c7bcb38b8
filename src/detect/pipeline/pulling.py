"""Pulling: one source's recent figures into the store's observations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detect import quality
from detect.config.book import Book
from detect.db import long
from detect.db.long import Mix
from detect.db.records import Lease
from detect.db.warehouse import Pull
from detect.errors import DetectError
from detect.model import Category, Text
from detect.pipeline.session import Session
from detect.series.metric import Metric, Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "KEPT",
    "Pulled",
    "data_until",
    "first_day_to_pull",
    "keep_watched",
    "learnt_of",
    "plain_names",
    "pull",
    "row_count",
    "watched_of",
]


KEPT = "kept"  # one version a night of what a rerun of it may add to
Watched = Mapping[tuple[str, str], list[str]]  # (metric, column) -> the segments that are watched


@dataclass(frozen=True, eq=False)
class Pulled:
    """What came of pulling one source: its figures (None where it gave nothing), and which metrics could not be had, with the reason."""

    source: str
    figures: Pull | None = None
    watched: Watched = field(default_factory=dict)
    complete: tuple[tuple[str, ...], date, date] | None = None  # metrics and days that the frame holds all there is of
    failures: Mapping[str, DetectError] = field(default_factory=dict)
    mixes: Mapping[str, Mix] = field(default_factory=dict)  # of each column by which figures are split

    @property
    def frame(self) -> pd.DataFrame | None:
        """All figures in one frame, as a run that writes none needs them."""
        return None if self.figures is None else self.figures.frame

    @cached_property
    def counted(self) -> pd.DataFrame | None:
        """The rows of the source by day."""
        return None if self.figures is None else self.figures.of(f"{self.source}:rows")

    @cached_property
    def last_day(self) -> date | None:
        """The last day that has rows; None without any."""
        import pandas as pd

        if self.counted is None or self.counted.empty:
            return None
        last: date = pd.to_datetime(self.counted["day"]).max().date()
        return last


def row_count(source: Source) -> Metric:
    """Return the metric that counts the source's rows a day; expectations on volume and freshness read it."""
    return Metric(
        id=f"{source.id}:rows",
        name=Text(en=f"Rows of {source.table}", zh=f"{source.table} 資料筆數"),
        department=source.owner,
        category=Category.DATA,
        source=source.id,
        value="count()",
        detectors=(),
    )


def learnt_of(book: Book, source: str) -> tuple[Metric, ...]:
    """Return the figures that the source's suite learns its bounds from; they are pulled and kept, and judged by the suite alone."""
    suite = book.suites.get(source)
    return quality.learnt_metrics(suite, book.sources[source].owner) if suite else ()


def pull(session: Session, source: Source, metrics: Sequence[Metric], first: date, last: date, judged: date) -> Pulled:
    """Aggregate `source` over the days first..last; raises SourceUnavailable when it does not answer.

    Which segments are watched is decided once, from the days before the first `judged` one, and kept; a value that comes later is taken up
    while there is room.
    """
    wanted = [row_count(source), *metrics]
    known = watched_of(session, source.id, last)
    figures = session.reader(source).aggregate(
        source, wanted, first, last, known=plain_names(wanted, known), before=judged
    )
    failures = dict(figures.failures)
    had = tuple(metric.id for metric in wanted if metric.id not in failures)
    watched = {
        key: sorted({*known.get(key, ()), *figures.segments.get(key, ())}) for key in {*known, *figures.segments}
    }
    return Pulled(source.id, figures, watched, (had, first, last), failures, figures.mixes)


def watched_of(session: Session, source: str, as_of: date) -> Watched:
    """Return the segments that were watched so far: which ones are the greatest must not change with the window of a night."""
    stored = session.store.get_model(f"segments {source}", as_of)
    return {(metric, column): names for metric, column, names in json.loads(stored.payload)} if stored else {}


def plain_names(metrics: Sequence[Metric], watched: Watched) -> dict[tuple[str, str], list[str]]:
    """Name the values watched as the column holds them."""
    several = {metric.id for metric in metrics if len(metric.segments) > 1}
    return {
        (metric, column): [name.removeprefix(f"{column}=" if metric in several else "") for name in names]
        for (metric, column), names in watched.items()
    }


def keep(
    session: Session, pulled: Iterable[Pulled], as_of: date, lease: Lease, *, night_by_night: date | None = None
) -> None:
    """Write what is new, changed or gone into the store's observations.

    With `night_by_night`, as in a backfill from that day on, a figure counts as first seen on the night of its own day.
    """
    for one in pulled:
        if one.figures is None:
            continue
        if one.watched != watched_of(session, one.source, as_of):
            keep_watched(session, one.source, one.watched, as_of, lease)
        had, first, last = one.complete or ((), as_of, as_of)
        unseen = set(had)
        for metrics, frame in one.figures.batches():
            unseen -= {*metrics}
            if night_by_night is None:
                session.store.write_observations(frame, as_of, lease, complete_for=(metrics, first, last))
            else:
                session.store.write_observations(_by_night(frame, night_by_night), as_of, lease)
        if unseen and night_by_night is None:
            session.store.write_observations(long.empty(), as_of, lease, complete_for=(sorted(unseen), first, last))


def _by_night(frame: pd.DataFrame, since: date) -> pd.DataFrame:
    days = frame["day"].to_numpy("datetime64[s]")
    return frame.assign(as_of=np.maximum(days, np.datetime64(since, "s")))


def keep_watched(session: Session, source: str, watched: Watched, as_of: date, lease: Lease) -> None:
    """Keep which values are watched from `as_of` on."""
    chosen = json.dumps(sorted([*key, names] for key, names in watched.items()), ensure_ascii=False).encode()
    session.store.put_model(f"segments {source}", as_of, KEPT, chosen, lease)


def first_day_to_pull(session: Session, metrics: Sequence[Metric], as_of: date, start: date) -> date:
    """Return the first day of the window: the recent days, or all from `start` on where a metric has no figures yet."""
    observed = session.store.observed_until([m.id for m in metrics])
    if any(m.id not in observed for m in metrics):
        return start
    return max(start, min(as_of, *observed.values()) - timedelta(days=session.book.policy.recheck_days))


def data_until(pulled: Iterable[Pulled], as_of: date) -> date | None:
    """Return the last business day up to `as_of` for which every source that answered has rows."""
    last = [one.last_day for one in pulled if one.figures is not None]
    known = [day for day in last if day is not None]
    return min(as_of, *known) if known and len(known) == len(last) else None
