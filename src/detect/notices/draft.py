"""What is to be said to whom, before it becomes HTML or text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from detect.model import Case, Change, Level, NightSummary, Outcome, Person, Text
from detect.notices.catalogue import label
from detect.notices.links import Links
from detect.notices.numbers import money

__all__ = ["Alarm", "Draft", "Item", "NotJudged", "Undelivered", "Watched", "first_line", "key_of", "nothing_found"]


class Watched(NamedTuple):
    """A subject as people know it, and the department that answers for it."""

    name: Text
    department: str


class NotJudged(NamedTuple):
    """One series that came to no judgement: silence is not health."""

    name: Text
    segment: str
    outcome: Outcome
    cause: str


class Undelivered(NamedTuple):
    """A message that was given up, for the publisher's digest."""

    recipient: Text
    channel: str
    answer: str


@dataclass(frozen=True)
class Item:
    """One case as a recipient sees it. `what` is the change that is told, '' for a case that is merely still open."""

    case: Case
    what: str
    department: Text
    owner: Text
    next_step: Text
    due: datetime | None = None
    overdue: bool = False
    parts: tuple[Case, ...] = ()  # cases that are the same trouble seen elsewhere
    earlier: tuple[Text, ...] = ()  # the nearest cases that are over, or that there is none; of new cases


@dataclass(frozen=True)
class Alarm:
    """An alarm of the system about itself, in the same four fields as every warning (policy P3.5)."""

    description: Text
    level: Level
    impact: Text
    measures: tuple[Text, ...]


@dataclass(frozen=True)
class Draft:
    """One message to one person over one channel. `key` is the same whenever the same is to be told again."""

    key: str
    recipient: Person
    channel: str
    kind: str  # digest | case | operations
    now: datetime
    summary: NightSummary
    publisher: Text
    news: tuple[Item, ...] = ()
    overdue: tuple[Item, ...] = ()
    still_open: tuple[Item, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    alarm: Alarm | None = None
    undelivered: tuple[Undelivered, ...] = ()
    incomplete: tuple[tuple[str, str], ...] = ()  # (case id, label of what its warning does not say)
    below: int = 0  # cases that are kept and not told: less money than the department's materiality
    links: Links = field(default_factory=Links)
    detailed_at_most: int = 20
    not_before: datetime | None = None

    @property
    def as_of(self) -> date:
        """The business day that the message is about."""
        return self.summary.as_of

    @property
    def language(self) -> str:
        """The recipient's language, zh or en."""
        return self.recipient.language

    def address(self, case: Case) -> str:
        """Return the address at which the recipient can answer for a case; '' where the company has no page."""
        return self.links.case(case.id, self.recipient.id, self.now)


def key_of(as_of: date, recipient: str, channel: str, kind: str, changes: Iterable[Change]) -> str:
    """Make the identity of a message: the same changes told to the same person over the same channel are the same message."""
    told = sorted([change.case.id, change.what, change.event_seq] for change in changes)
    return sha256(json.dumps([as_of.isoformat(), recipient, channel, kind, told]).encode()).hexdigest()


def first_line(summary: NightSummary, language: str) -> str:
    """Say what was checked, what is new, what is overdue and how much is at stake: the top of every digest and report."""
    counts = {"made": summary.made, "planned": summary.planned, "new": summary.new, "overdue": summary.overdue}
    stake = money(round(summary.at_stake), summary.currency)
    return label("first_line", language, stake=stake, **{name: f"{count:,}" for name, count in counts.items()})


def nothing_found(summary: NightSummary, language: str) -> str:
    """Say that there are no cases, and only of a complete run that there was nothing to find."""
    if summary.state == "complete":
        return label("no_cases", language)
    return label("no_cases_incomplete" if summary.made else "no_cases_unchecked", language)
