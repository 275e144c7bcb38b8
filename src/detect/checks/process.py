"""Event logs (case, activity, timestamp) of a process with named steps: what is read from them, and steps missing, out of order or redone.

`waiting` judges time on the same `EventLog`. Nothing loops over cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from detect.errors import InputError
from detect.model import Frozen, Kind, Panel, SeriesKey, Text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CaseFault", "EventLog", "ProcessSettings", "ProcessSign", "fault_rates", "order_faults", "read_log"]

Times = NDArray[np.datetime64]
_NEVER = np.datetime64("NaT", "s")
_FAULTS = (Kind.MISSING_STEP, Kind.WRONG_ORDER, Kind.REWORK)


class ProcessSettings(Frozen):
    """A process: its steps in their order, those that may be left out, and what ends a case (by default the last step)."""

    id: str
    name: Text
    department: str = ""
    source: str = ""
    case: str = "case_id"
    activity: str = "activity"
    timestamp: str = "timestamp"
    steps: tuple[str, ...] = Field(min_length=2)
    optional: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()  # activities that may occur anywhere and are no step
    memory_days: int = Field(default=180, ge=30)
    minimum_days: int = Field(default=20, ge=5)
    minimum_cases: int = Field(default=30, ge=10)
    quantile: float = Field(default=0.998, gt=0.5, lt=1)  # of waits, beyond which a case is stuck

    @model_validator(mode="after")
    def _known(self) -> ProcessSettings:
        if unknown := sorted(set(self.optional) - set(self.steps)):
            raise ValueError(f"optional names {unknown[0]!r}, which is no step; steps are {', '.join(self.steps)}")
        return self

    @property
    def required(self) -> tuple[str, ...]:
        """The steps that no case may leave out."""
        return tuple(step for step in self.steps if step not in self.optional)


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
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseFault:
    """One case that did not go the way of the process, and when that showed."""

    kind: Kind
    step: str
    case: str
    at: datetime


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


def read_log(frame: pd.DataFrame, settings: ProcessSettings, now: datetime) -> EventLog:
    """Read the events up to `now` (aware), in wall time of its zone; times without a zone are taken as that already.

    Raises InputError for a missing column, or times that cannot be read.
    """
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only when a log is read

    for column in (settings.case, settings.activity, settings.timestamp):
        if column not in frame:
            raise InputError(
                f"The event log of {settings.id} has no column {column!r}", "Name the column in its settings."
            )
    try:
        seen = pd.to_datetime(frame[settings.timestamp])
    except ValueError as error:
        what = f"Column {settings.timestamp!r} of the event log of {settings.id} has times that cannot be read"
        raise InputError(what, "Write all of them alike, all with a zone or all without.") from error
    local = seen if seen.dt.tz is None else seen.dt.tz_convert(now.tzinfo).dt.tz_localize(None)
    at = local.to_numpy().astype("datetime64[s]")
    until = np.datetime64(now.replace(tzinfo=None), "s")
    kept = (at <= until) & frame[settings.case].notna().to_numpy()
    cases, case = np.unique(frame.loc[kept, settings.case].astype(str).to_numpy(dtype=object), return_inverse=True)
    names, activity = np.unique(
        frame.loc[kept, settings.activity].astype(str).to_numpy(dtype=object), return_inverse=True
    )
    order = np.lexsort((activity, at[kept], case))
    case, activity, at = case[order], activity[order], at[kept][order]
    first, last, times = _steps(settings.steps, len(cases), names, case, activity, at)
    ends = np.isin(names, settings.ends or settings.steps[-1:])
    ended = np.full(len(cases), _NEVER)
    closing = np.flatnonzero(ends[activity])
    ended[case[closing]] = at[closing]  # the last one wins, for events are in order
    return EventLog(cases, tuple(names), case, activity, at, first, last, times, ended, until)


def order_faults(log: EventLog, settings: ProcessSettings) -> list[CaseFault]:
    """Find required steps left out, steps before an earlier one, activities that are no step, and steps done more than once.

    A step is missing once a later required one has happened: a case on its way lacks nothing.
    """
    required = [settings.steps.index(step) for step in settings.required]
    found: list[CaseFault] = []
    for n, step in enumerate(required[:-1]):
        later = log.first[:, required[n + 1 :]]
        shown = np.fmin.reduce(later, axis=1)
        found += _faults(log, Kind.MISSING_STEP, settings.steps[step], np.isnat(log.first[:, step]), shown)
    for step in range(1, len(settings.steps)):
        before = np.fmax.reduce(log.first[:, :step], axis=1)
        early = log.first[:, step] < before
        found += _faults(log, Kind.WRONG_ORDER, settings.steps[step], early, before)
    for step, name in enumerate(settings.steps):
        found += _faults(log, Kind.REWORK, name, log.times[:, step] > 1, log.last[:, step])
    return sorted(found + _strange(log, settings), key=lambda f: (f.at, f.case, f.kind, f.step))


def fault_rates(log: EventLog, faults: list[CaseFault], first: date, last: date) -> Panel:
    """Give each kind of fault as a rate of the cases with an event that day, a Panel that `rates.judge_rates` takes."""
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    day = log.time.astype("datetime64[D]")
    _, one = np.unique(np.stack([log.case, day.astype(np.int64)]), axis=1, return_index=True)
    active = _per_day(day[one], days)
    at = [(f.kind, np.datetime64(f.at.replace(tzinfo=None), "D"), f.case) for f in faults]
    counts = np.stack(
        [
            _per_day(
                np.array([d for _, d in sorted({(c, d) for k, d, c in at if k is kind})], dtype="datetime64[D]"), days
            )
            for kind in _FAULTS
        ]
    )
    weight = np.broadcast_to(active, counts.shape).copy()
    rate = np.divide(counts, weight, out=np.full(counts.shape, np.nan), where=weight > 0)
    keys = tuple(SeriesKey(kind.value, "") for kind in _FAULTS)
    return Panel(keys, days, np.minimum(rate, 1.0), weight > 0, weights=weight)


def _steps(
    steps: tuple[str, ...],
    cases: int,
    names: NDArray[Any],
    case: NDArray[np.intp],
    activity: NDArray[np.intp],
    at: Times,
) -> tuple[Times, Times, NDArray[np.int64]]:
    step_of = np.array([steps.index(name) if name in steps else -1 for name in names], dtype=np.intp)
    step = step_of[activity] if len(names) else np.zeros(0, dtype=np.intp)
    known = step >= 0
    first, last = np.full((cases, len(steps)), _NEVER), np.full((cases, len(steps)), _NEVER)
    last[case[known], step[known]] = at[
        known
    ]  # in order of time: the last event wins, and the first when read backwards
    first[case[known][::-1], step[known][::-1]] = at[known][::-1]
    times = np.zeros((cases, len(steps)), dtype=np.int64)
    np.add.at(times, (case[known], step[known]), 1)
    return first, last, times


def _strange(log: EventLog, settings: ProcessSettings) -> list[CaseFault]:
    known = {*settings.steps, *settings.ends, *settings.allowed}
    strange = np.array([name not in known for name in log.activities], dtype=bool)
    rows = np.flatnonzero(strange[log.activity])
    return [
        CaseFault(
            Kind.WRONG_ORDER, log.activities[log.activity[n]], str(log.cases[log.case[n]]), log.time[n].astype(datetime)
        )
        for n in rows
    ]


def _faults(log: EventLog, kind: Kind, step: str, mask: NDArray[np.bool_], at: Times) -> list[CaseFault]:
    who = np.flatnonzero(mask & ~np.isnat(at))
    return [CaseFault(kind, step, str(log.cases[n]), at[n].astype(datetime)) for n in who]


def _per_day(found: Times, days: Times) -> NDArray[np.float64]:
    index = (found - days[0]).astype(np.int64)
    return np.bincount(index[(index >= 0) & (index < len(days))], minlength=len(days)).astype(float)
