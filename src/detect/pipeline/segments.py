"""Which values of a column are watched by themselves: those chosen, and choosing anew.

The choice is made once, from the days before the first night, and then kept: a series goes on with its past, its cases and its share of
the promised false alarms, whether it grew or shrank since; what is not watched alone is watched in the whole (and, with `rest: true`,
among the rest), and a value never seen before is told. To choose anew is a decision of a person, as a change of the configuration is, and
acts from the next night on: values that enter bring their whole past, values that leave are taken out of the figures, and the rest is
reckoned anew for all days, so that no night compares one definition with another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from detect.db.records import Lease
from detect.errors import UsageError
from detect.pipeline import pulling
from detect.pipeline.new_values import entities
from detect.pipeline.session import Session
from detect.series.metric import Metric, Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOOKED_AT", "Choice", "choices", "last_judged", "renew"]

LOOKED_AT = timedelta(days=182)  # before a day: rows that say which values are the greatest


@dataclass(frozen=True)
class Choice:
    """The values of one metric's column: those watched, and those with the most rows in the last months."""

    source: str
    metric: str
    column: str
    watched: tuple[str, ...]
    greatest: tuple[str, ...]
    entities: bool = False  # customers or suppliers, whose names are not for everybody

    @property
    def enter(self) -> tuple[str, ...]:
        """The values that a new choice would add."""
        return tuple(name for name in self.greatest if name not in self.watched)

    @property
    def leave(self) -> tuple[str, ...]:
        """The values that a new choice would drop."""
        return tuple(name for name in self.watched if name not in self.greatest)


def last_judged(session: Session) -> date:
    """Return the last night that was judged; raises UsageError where there is none, for the first night chooses."""
    runs = session.store.runs(1)
    if not runs:
        raise UsageError("No night was judged yet, so nothing is chosen", "`detect run` chooses with its first night.")
    return runs[0].as_of


def choices(session: Session, as_of: date, sources: Collection[str] = ()) -> list[Choice]:
    """Return what is watched and what the days up to `as_of` would choose.

    Raises UsageError for an unknown source, SourceError where the warehouse does not answer or is not as configured.
    """
    found = []
    for source in _chosen(session, sources):
        metrics = _split(session, source)
        known = pulling.watched_of(session, source.id, as_of)
        pull = session.reader(source).aggregate(source, metrics, as_of - LOOKED_AT, as_of)
        for error in (error for _, error in pull.failures):
            raise error
        for metric in metrics:
            for column in metric.segments:
                key = (metric.id, column)
                names = (tuple(sorted(known.get(key, ()))), tuple(sorted(pull.segments.get(key, ()))))
                found.append(Choice(source.id, metric.id, column, *names, column in entities(session.book, source.id)))
    return found


def renew(session: Session, wanted: Iterable[Choice], as_of: date, lease: Lease) -> int:
    """Watch the greatest of `wanted` from the night after `as_of` on; returns how many figures were written.

    As of that night, which is judged already, values that enter bring their past and those that leave are known no more.
    """
    import pandas as pd

    written = 0
    by_source: dict[str, list[Choice]] = {}
    for one in wanted:
        if one.enter or one.leave:
            by_source.setdefault(one.source, []).append(one)
    for name, theirs in sorted(by_source.items()):
        source = session.book.sources[name]
        metrics = [session.book.metrics[m] for m in sorted({one.metric for one in theirs})]
        known = pulling.watched_of(session, name, as_of)
        chosen = {**known, **{(one.metric, one.column): list(one.greatest) for one in theirs}}
        first = as_of - timedelta(days=session.book.policy.history_days)
        pull = session.reader(source).aggregate(source, metrics, first, as_of, pulling.plain_names(metrics, chosen))
        for error in (error for _, error in pull.failures):
            raise error
        for names, frame in pull.batches():
            gone = _gone(session, frame, names, first, as_of)
            written += session.store.write_observations(pd.concat([frame, gone], ignore_index=True), as_of, lease)
        pulling.keep_watched(session, name, chosen, as_of, lease)
    return written


def _gone(session: Session, frame: pd.DataFrame, metrics: Sequence[str], first: date, last: date) -> pd.DataFrame:
    """Return empty rows for every figure of a segment that `frame` has not."""
    import pandas as pd

    known = session.store.read_observations(metrics, first, last)
    fresh = pd.MultiIndex.from_frame(frame[["metric", "segment"]])
    gone = known[(known["segment"] != "") & ~pd.MultiIndex.from_frame(known[["metric", "segment"]]).isin(fresh)]
    return gone.assign(value=np.nan, weight=np.nan, rows=0, repeated=0)


def _chosen(session: Session, names: Collection[str]) -> list[Source]:
    split = {m.source: session.book.sources[m.source] for m in session.book.metrics.values() if _is_chosen(m)}
    for name in names:
        if name not in split:
            listed = ", ".join(sorted(split)) or "none"
            raise UsageError(f"No figures of {name!r} are split by chosen values", f"Sources with such: {listed}.")
    return [source for name, source in sorted(split.items()) if not names or name in names]


def _split(session: Session, source: Source) -> list[Metric]:
    return [m for m in session.book.metrics.values() if m.source == source.id and _is_chosen(m)]


def _is_chosen(metric: Metric) -> bool:
    """Whether the greatest values are chosen; a metric that names its values has no choice."""
    return bool(metric.segments) and not metric.segment_names
