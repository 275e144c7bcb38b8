"""Event logs (case, activity, timestamp) of a process with named steps: what is read from them, and the log as a night knew it.

`faults` judges the order of steps, `waiting` time, and `flow` how many cases come, all on the same `EventLog`. Nothing loops over cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from detect.errors import InputError
from detect.model import Frozen, Kind, Text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WHOLE", "EventLog", "ProcessSettings", "ProcessSign", "as_known", "night_of", "read_log"]

Times = NDArray[np.datetime64]
WHOLE = ""  # the step of a sign that is about the whole process
_NEVER = np.datetime64("NaT", "s")
_DAY = np.timedelta64(1, "D")


class ProcessSettings(Frozen):
    """A process as the rows of `source` show it: its steps in their order, those that may be left out, and what ends a case.

    `case`, `activity` and `timestamp` name columns of the source, derived ones included; `where` says which of its rows belong to this
    process. A case has ended when its last activity is one of `ends` (by default the last step). Days of the past that judge a day are
    the `memory_days` before it.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    name: Text
    department: str
    source: str
    case: str = "case_id"
    activity: str = "activity"
    timestamp: str = "timestamp"
    where: str | None = None
    steps: tuple[str, ...] = Field(min_length=2)
    optional: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()  # activities that may occur anywhere and are no step
    memory_days: int = Field(default=180, ge=30, le=800)
    minimum_days: int = Field(default=20, ge=5)
    minimum_cases: int = Field(default=30, ge=10)
    quantile: float | None = Field(
        default=None, gt=0.5, lt=1
    )  # of waits, beyond which a case is stuck; by default see `chance`
    chance: float = Field(
        default=0.005, gt=0, lt=0.5
    )  # of a day on which a step tells a wait that is long by chance alone
    fault_probability: float = Field(
        default=0.002, gt=0, lt=0.1
    )  # of so many faults of one kind at one step on an ordinary day

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := sorted(set(self.optional) - set(self.steps)):
            raise ValueError(f"optional names {unknown[0]!r}, which is no step; steps are {', '.join(self.steps)}")
        if len(self.required) < 2:  # noqa: PLR2004 - a stage leads from one step to another
            raise ValueError("fewer than two steps are required; a process has a beginning and an end")
        return self

    @property
    def required(self) -> tuple[str, ...]:
        """The steps that no case may leave out."""
        return tuple(step for step in self.steps if step not in self.optional)

    @property
    def stages(self) -> tuple[str, ...]:
        """The ways from one required step to the next, by name."""
        return tuple(f"{a} → {b}" for a, b in pairwise(self.required))

    @property
    def judged(self) -> tuple[str, ...]:
        """What is judged of it whatever the log holds: the whole, each step, each stage."""
        return (WHOLE, *self.steps, *self.stages)

    @property
    def ending(self) -> tuple[str, ...]:
        """The activities that end a case."""
        return self.ends or self.steps[-1:]

    @property
    def lookback(self) -> int:
        """How many days of events a night needs: old cases are those older than cases ended before the memory ever got."""
        return 2 * self.memory_days

    def subject(self, step: str) -> str:
        """Return the subject of what is found at `step`."""
        return f"{self.id}:{step}" if step else self.id


@dataclass(frozen=True)
class ProcessSign:
    """One departure of a process on a day; `step` is a step, `from → to`, or '' for the whole. Times are in hours."""

    kind: Kind
    step: str
    day: date
    actual: float
    expected: float
    upper: float | None
    unit: str
    statistic: float | None = None
    cases: tuple[str, ...] = ()
    first_day: date | None = None
    p: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class EventLog:
    """A log up to `now`. Events, sorted by case and time: `case` and `activity` index `cases` and `activities`, `time` is datetime64[s].

    `first` and `last` (cases, steps) are the first and last time of each step, NaT where it did not happen; `times` how often it did.
    `ended` (cases,) is when a case ended, NaT while it is open.
    """

    cases: NDArray[Any]
    activities: tuple[str, ...]
    case: NDArray[np.intp]
    activity: NDArray[np.intp]
    time: Times
    first: Times
    last: Times
    times: NDArray[np.int64]
    ended: Times
    now: np.datetime64


def night_of(day: date) -> np.datetime64:
    """Return the last second of `day`: what the night that judges the day knows."""
    return np.datetime64(day, "s") + _DAY - np.timedelta64(1, "s")


def read_log(frame: pd.DataFrame, settings: ProcessSettings, now: datetime) -> EventLog:
    """Read the events up to `now` (aware), in wall time of its zone; times without a zone are taken as that already.

    Raises InputError for a missing column, or times that cannot be read.
    """
    import pandas as pd

    for column in (settings.case, settings.activity, settings.timestamp):
        if column not in frame:
            raise InputError(
                f"The event log of {settings.id} has no column {column!r}", "Name the column in its settings."
            )
    try:
        seen = pd.to_datetime(frame[settings.timestamp], format=_format(frame[settings.timestamp]))
    except ValueError as error:
        what = f"Column {settings.timestamp!r} of the event log of {settings.id} has times that cannot be read"
        raise InputError(what, "Write all of them alike, all with a zone or all without.") from error
    local = seen if seen.dt.tz is None else seen.dt.tz_convert(now.tzinfo).dt.tz_localize(None)
    at = local.to_numpy().astype("datetime64[s]")
    until = np.datetime64(now.replace(tzinfo=None), "s")
    given = frame[settings.case].notna().to_numpy() & frame[settings.activity].notna().to_numpy()
    kept = (at <= until) & given
    case, cases = pd.factorize(frame.loc[kept, settings.case].astype(str).to_numpy(dtype=object), sort=True)
    activity, names = pd.factorize(frame.loc[kept, settings.activity].astype(str).to_numpy(dtype=object), sort=True)
    place = _places(settings, tuple(names))
    order = np.lexsort((activity, place[activity], at[kept], case))
    return _log(settings, cases, tuple(names), (case[order], activity[order], at[kept][order]), until)


def as_known(log: EventLog, settings: ProcessSettings, day: date) -> EventLog:
    """Return the log as the night of `day` knew it: cases with an event in the `lookback` days up to it, and those still open.

    So a night that reads no more than these and a night cut out of a longer log see the same.
    """
    now = night_of(day)
    seen = log.time <= now
    case, activity, time = log.case[seen], log.activity[seen], log.time[seen]
    last = np.full(len(log.cases), _NEVER)
    last[case] = time  # events are in order: the last one wins
    recent = last >= now - settings.lookback * _DAY
    kept = recent | (
        ~np.isnat(last) & np.isnat(_ended(settings, log.activities, len(log.cases), (case, activity, time)))
    )
    mine = kept[case]
    number = np.cumsum(kept) - 1
    names, code = np.unique(activity[mine], return_inverse=True)  # an activity first seen later is not known yet
    events = (number[case[mine]], code, time[mine])
    return _log(settings, log.cases[kept], tuple(log.activities[n] for n in names), events, now)


_Events = tuple[NDArray[np.intp], NDArray[np.intp], Times]


def _format(times: pd.Series[Any]) -> str | None:
    return "ISO8601" if times.dtype == object or str(times.dtype).startswith(("str", "string")) else None


def _places(settings: ProcessSettings, names: tuple[str, ...]) -> NDArray[np.intp]:
    """Give each activity its place in the process, so that what is stamped with one time stands in the order of the steps."""
    return np.array([settings.steps.index(name) if name in settings.steps else -1 for name in names], dtype=np.intp)


def _log(
    settings: ProcessSettings, cases: NDArray[Any], names: tuple[str, ...], events: _Events, now: np.datetime64
) -> EventLog:
    first, last, times = _steps(settings, len(cases), names, events)
    ended = _ended(settings, names, len(cases), events)
    return EventLog(cases, names, *events, first, last, times, ended, now)


def _ended(settings: ProcessSettings, names: tuple[str, ...], count: int, events: _Events) -> Times:
    """Say when each case ended: its last activity, comments and the like apart, is one that ends it."""
    case, activity, at = events
    ended = np.full(count, _NEVER)
    if not len(case):
        return ended
    counted = np.flatnonzero(~np.isin(names, [a for a in settings.allowed if a not in settings.ending])[activity])
    final = np.full(count, -1)
    final[case[counted]] = counted
    closed = np.flatnonzero(final >= 0)
    closed = closed[np.isin(names, settings.ending)[activity[final[closed]]]]
    ended[closed] = at[final[closed]]
    return ended


def _steps(
    settings: ProcessSettings, count: int, names: tuple[str, ...], events: _Events
) -> tuple[Times, Times, NDArray[np.int64]]:
    case, activity, at = events
    steps = len(settings.steps)
    step_of = _places(settings, names)
    step = step_of[activity] if len(names) else np.zeros(0, dtype=np.intp)
    known = step >= 0
    first, last = np.full((count, steps), _NEVER), np.full((count, steps), _NEVER)
    # In order of time the last event wins, and the first when read backwards.
    last[case[known], step[known]] = at[known]
    first[case[known][::-1], step[known][::-1]] = at[known][::-1]
    times = np.zeros((count, steps), dtype=np.int64)
    np.add.at(times, (case[known], step[known]), 1)
    return first, last, times
