"""The nouns that come from the company's configuration, checked when they are built."""

from __future__ import annotations

from datetime import date, time

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Absence",
    "Department",
    "Frozen",
    "KnownEvent",
    "Person",
    "QuietHours",
    "Text",
]


class Frozen(BaseModel):
    """Base of everything read from configuration: unknown keys are refused, values cannot be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(Frozen):
    """One sentence in both languages."""

    en: str
    zh: str

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Absence(Frozen):
    """Days, both included, on which somebody is not there and the deputy is told and acts."""

    first_day: date
    last_day: date


class QuietHours(Frozen):
    """The hours of the night, in the company's zone, in which only level 1 may ring; they may pass midnight."""

    start: time
    end: time


class Person(Frozen):
    """Somebody who is told and who acts; `id` is what `--as` takes."""

    id: str
    name: Text
    email: str
    language: str = "en"
    channels: tuple[str, ...] = ("mail",)
    deputy: str | None = None
    away: tuple[Absence, ...] = ()
    quiet_hours: QuietHours | None = None


class Department(Frozen):
    """A part of the company with one accountable head (policy P1.2, P1.3c).

    `materiality` is money in the company's currency: a case known to be about less is kept and counted, but not sent.
    """

    id: str
    name: Text
    head: str
    members: tuple[str, ...] = ()
    false_alarms_per_week: float | None = Field(default=None, gt=0.0)  # a promise that its detectors keep
    materiality: float = Field(default=0.0, ge=0)


class KnownEvent(Frozen):
    """A day or stretch that the company knows about: its effect is expected, or its start is worth watching.

    `recorded_on` decides which nights may know it: an event recorded later does not change what an earlier night said.
    `metrics` empty means all. `type` says what an external event is: a competitor's move, a regulation, the economy, other.
    """

    id: str
    name: Text
    first_day: date
    last_day: date
    recorded_on: date
    metrics: tuple[str, ...] = ()
    effect: str = "expected"  # expected | external
    type: str = ""  # competitor | regulation | economy | other
    source: str = ""
    reviewer: str = ""
