"""What followed a registered event, figure by figure (policy P2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from detect.checks.effects import COMPARED, Effect, TooLittle, effect_of
from detect.errors import UsageError
from detect.model import KnownEvent, Panel, SeriesKey, Text
from detect.notices.catalogue import filled
from detect.notices.market_words import SAID, TYPES
from detect.notices.numbers import band, figure, number
from detect.notices.wording import segment_label
from detect.pipeline.session import Session
from detect.series import panel as panels

__all__ = ["Followed", "effects_of", "followed_by", "method_of", "touching"]

_STANDARD_DAYS, _LEAST_DAYS = 28, 7
_SHORTER = (14, 7)


@dataclass(frozen=True)
class Followed:
    """What followed in one series."""

    key: SeriesKey
    unit: str
    found: Effect | TooLittle

    @property
    def said(self) -> Text:
        """What that means, in a sentence."""
        if isinstance(self.found, TooLittle):
            key = "too_soon" if self.found.reason == "after" else "too_little"
            return filled(SAID[key], seen=f"{self.found.seen:,}", needed=f"{self.found.needed:,}")
        key = "beyond" if self.found.beyond_chance else "within"
        return filled(SAID[key], tried=str(self.found.tried), as_large=str(self.found.as_large))

    def told(self, event: KnownEvent, name: Text) -> Text:
        """Say the whole in one sentence: the event, the figure, and what it came to."""
        part = segment_label(self.key.segment)
        where = filled(SAID["where"], name=name, part=part) if part else name
        head: dict[str, str | Text] = {"event": event.name, "type": TYPES[event.type], "where": where}
        head["first"] = event.first_day.isoformat()
        found = self.found
        if isinstance(found, TooLittle):
            return filled(SAID["not_known"], **head, said=self.said)
        return filled(
            SAID["followed"],
            **head,
            expected=figure(found.before, self.unit),
            actual=figure(found.after, self.unit),
            change=figure(found.change, self.unit),
            interval=band(found.lower, found.upper, self.unit),
            said=self.said,
        )

    def row(self, name: Text, language: str) -> tuple[str, ...]:
        """Return a line of a table: figure, part, expected, actual, change, interval, what that means."""
        found = self.found
        head = (name[language], segment_label(self.key.segment))
        if isinstance(found, TooLittle):
            return (*head, "", "", "", "", self.said[language])
        share = f" ({found.change / abs(found.before):+.0%})" if found.before else ""
        change = f"{'+' if found.change > 0 else ''}{figure(found.change, self.unit)[language]}{share}"
        before, after = (figure(value, self.unit)[language] for value in (found.before, found.after))
        return (*head, before, after, change, band(found.lower, found.upper, self.unit), self.said[language])

    def for_machines(self) -> dict[str, Any]:
        """Return it as plain data."""
        head: dict[str, Any] = {"metric": self.key.metric, "segment": self.key.segment, "unit": self.unit}
        found = self.found
        if isinstance(found, TooLittle):
            return head | {"reason": found.reason, "seen": found.seen, "needed": found.needed}
        figures = {
            "days": found.days,
            "before": found.before,
            "after": found.after,
            "change": found.change,
            "lower": found.lower,
            "upper": found.upper,
            "tried": found.tried,
            "as_large": found.as_large,
            "beyond_chance": found.beyond_chance,
        }
        return head | {name: float(f"{v:.7g}") if isinstance(v, float) else v for name, v in figures.items()}


def effects_of(
    session: Session, event: KnownEvent, through: date, metrics: Sequence[str] = (), days: int | None = None
) -> list[Followed]:
    """Return what followed `event` up to `through` in each series of `metrics` (default: those linked, else the key ones).

    `days` is how far the time after the event reaches; by default as long as it lasts, and four weeks where it is shorter than one, or
    fewer where a series has too short a past to compare so many with.
    The greatest departures come first. Raises UsageError for an unknown metric or an event that is still to come.
    """
    if event.first_day > through:
        raise UsageError(f"{event.id} begins on {event.first_day}, after {through}", "Ask again when it has begun.")
    book = session.book
    named = list(metrics or event.metrics) or [m.id for m in book.metrics.values() if m.importance == "key"]
    watched = {name: book.metric(name) for name in named}
    start = event.first_day - timedelta(days=book.policy.history_days)
    seen = session.store.read_observations(sorted(watched), start, through)
    seen = seen[(seen["rows"] > 0) | seen["value"].notna()]
    panel = panels.build(seen, watched, start, through)
    horizons = (days,) if days else tuple(d for d in (_reach(event), *_SHORTER) if d <= _reach(event))
    usual = _usual(session, panel, through)
    found = [Followed(key, watched[key.metric].unit, one) for key, one in _each(panel, usual, event, horizons)]
    return sorted(found, key=_weight)


def touching(
    events: Sequence[KnownEvent], metric: str, first: date, last: date, through: date
) -> tuple[KnownEvent, ...]:
    """Return the external events that may lie behind what a metric did from `first` to `last`: those that began in the time before.

    How long an event reaches is as long as its effect is measured; one that names no figure concerns them all.
    """
    return tuple(
        event
        for event in events
        if event.effect == "external"
        and (not event.metrics or metric in event.metrics)
        and event.first_day <= min(last, through)
        and first <= event.first_day + timedelta(days=_reach(event))
    )


def followed_by(
    session: Session, events: Sequence[KnownEvent], metric: str, segment: str, through: date
) -> list[tuple[KnownEvent, Followed]]:
    """Return what followed each event up to `through` in one series; an event before which it had no figures is left out."""
    found = ((event, effects_of(session, event, through, (metric,))) for event in events)
    return [(event, one) for event, every in found for one in every if one.key.segment == segment]


def method_of(event: KnownEvent, found: Sequence[Followed]) -> tuple[Text, ...]:
    """Say over which days was compared, and how."""
    first = event.first_day.isoformat()
    days = max((f.found.days for f in found if isinstance(f.found, Effect)), default=0)
    return (
        *((filled(SAID["days"], days=number(days), first=first),) if days else ()),
        filled(SAID["method"], compared=str(COMPARED), first=first),
    )


def _reach(event: KnownEvent) -> int:
    """Return over how many days an event's effect is looked for."""
    lasts = (event.last_day - event.first_day).days + 1
    return lasts if lasts >= _LEAST_DAYS else _STANDARD_DAYS


def _usual(session: Session, panel: Panel, through: date) -> np.ndarray:
    """Say (days,) which days the calendar leaves alone: no holiday, no closure, no make-up day."""
    calendar, days = session.calendar(through), panel.days.astype(object)
    moved = calendar.holiday_names(days).keys() | calendar.make_up_workdays(days)
    return np.array([day not in moved for day in days], bool)


def _each(
    panel: Panel, usual: np.ndarray, event: KnownEvent, horizons: Sequence[int]
) -> Iterator[tuple[SeriesKey, Effect | TooLittle]]:
    column = int((np.datetime64(event.first_day, "D") - panel.days[0]).astype(int))
    for row, key in enumerate(panel.keys):
        weights = None if panel.weights is None else panel.weights[row]
        if weights is not None and not np.isfinite(weights).any():
            weights = None
        values = np.where(panel.present[row], panel.values[row], np.nan)
        begin = int(np.argmax(np.isfinite(values)))
        past = None if weights is None else weights[begin:]
        tried = [effect_of(values[begin:], past, usual[begin:], column - begin, days) for days in horizons]
        yield key, next((one for one in tried if isinstance(one, Effect)), tried[0])


def _weight(one: Followed) -> tuple[float, SeriesKey]:
    """Order by how far beyond chance; what could not be said comes last."""
    if isinstance(one.found, TooLittle):
        return 1.0, one.key
    half = (one.found.upper - one.found.lower) / 2
    return -abs(one.found.change) / half if half > 0 else 0.0, one.key
