"""The nouns: few, and used everywhere with this meaning.

Configured nouns (`Person`, `Department`) are checked when they are built; computed nouns are plain frozen dataclasses.
Two times run through everything: `as_of` is the business day judged, `now` (always with a time zone) the instant of an act.
"""

from __future__ import annotations

from detect.model.computed import (
    Case,
    Change,
    Check,
    Departure,
    Event,
    Finding,
    Grade,
    History,
    Judgement,
    NightSummary,
    Notice,
    Panel,
    Scores,
    SeriesKey,
)
from detect.model.configured import (
    Absence,
    Department,
    Frozen,
    KnownEvent,
    Person,
    QuietHours,
    Text,
)
from detect.model.enums import (
    Category,
    Cause,
    Direction,
    Kind,
    Level,
    Outcome,
    SeriesType,
    Status,
    Verdict,
)

__all__ = [
    "Absence",
    "Case",
    "Category",
    "Cause",
    "Change",
    "Check",
    "Department",
    "Departure",
    "Direction",
    "Event",
    "Finding",
    "Frozen",
    "Grade",
    "History",
    "Judgement",
    "Kind",
    "KnownEvent",
    "Level",
    "NightSummary",
    "Notice",
    "Outcome",
    "Panel",
    "Person",
    "QuietHours",
    "Scores",
    "SeriesKey",
    "SeriesType",
    "Status",
    "Text",
    "Verdict",
]
