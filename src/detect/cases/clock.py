"""Working time: when a deadline of so many working hours falls, as an instant (policy P4.2, P4.3).

Hours are counted as they pass: on a day when the clocks change inside working time, the day is an hour shorter or longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Protocol, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import field_validator, model_validator

from detect.errors import UsageError
from detect.model import Frozen

__all__ = ["WorkingDays", "WorkingHours"]

_HORIZON_DAYS = 1_000  # a calendar without a working day in so long is a mistake, not a holiday


class WorkingDays(Protocol):
    """What the clock asks of a calendar."""

    def is_working_day(self, day: date, /) -> bool:
        """Whether the company works on `day`."""
        ...


class WorkingHours(Frozen):
    """The company's working time. `weekdays` (Monday 0 … Sunday 6) count only where no calendar decides."""

    timezone: str = "UTC"
    start: time = time(9)
    end: time = time(18)
    breaks: tuple[tuple[time, time], ...] = ((time(12), time(13)),)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"{name!r} is no time zone; give an IANA name such as Europe/London or Asia/Shanghai"
            ) from error
        return name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        edges = [self.start, *(t for pair in self.breaks for t in pair), self.end]
        if any(a >= b for a, b in pairwise(edges)):
            raise ValueError("start, breaks and end must follow each other in the order of the day")
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise ValueError("weekdays are numbers from 0 (Monday) to 6 (Sunday), at least one")
        return self

    def is_working_day(self, day: date, /) -> bool:
        """Whether `day` is a working weekday; a company with holidays asks its calendar instead."""
        return day.weekday() in self.weekdays

    def after(self, instant: datetime, hours: float, calendar: WorkingDays | None = None) -> datetime:
        """Return the instant (UTC) when `hours` working hours have passed since `instant`."""
        left = timedelta(hours=hours)
        for start, end in self._stretches(instant, calendar, forward=True):
            begin = max(start, instant)
            if end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
        raise _no_working_day(instant)

    def before(self, instant: datetime, hours: float, calendar: WorkingDays | None = None) -> datetime:
        """Return the instant (UTC) from which `hours` working hours remain until `instant`."""
        left = timedelta(hours=hours)
        for start, end in self._stretches(instant, calendar, forward=False):
            finish = min(end, instant)
            if finish - start >= left:
                return finish - left
            left -= max(finish - start, timedelta())
        raise _no_working_day(instant)

    def between(self, first: datetime, last: datetime, calendar: WorkingDays | None = None) -> float:
        """Return the working hours from `first` to `last`; 0 when `last` is not later."""
        passed = timedelta()
        for start, end in self._stretches(first, calendar, forward=True):
            if start >= last:
                break
            passed += max(min(end, last) - max(start, first), timedelta())
        return passed / timedelta(hours=1)

    def _stretches(
        self, instant: datetime, calendar: WorkingDays | None, *, forward: bool
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the uninterrupted stretches of work (UTC) from the local day of `instant` on, or backwards from it."""
        day = instant.astimezone(ZoneInfo(self.timezone)).date()
        step = timedelta(days=1 if forward else -1)
        for _ in range(_HORIZON_DAYS):
            if (calendar or self).is_working_day(day):
                stretches = _stretches_of_day(self, day)
                yield from stretches if forward else reversed(stretches)
            day += step


@lru_cache(maxsize=4096)  # every pass asks of every open case about the same days
def _stretches_of_day(hours: WorkingHours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    zone = ZoneInfo(hours.timezone)
    edges = [hours.start, *(t for pair in hours.breaks for t in pair), hours.end]
    instants = [datetime.combine(day, t, zone).astimezone(UTC) for t in edges]
    return tuple(zip(instants[::2], instants[1::2], strict=True))


def _no_working_day(instant: datetime) -> UsageError:
    return UsageError(
        f"no working time within {_HORIZON_DAYS} days of {instant.isoformat()}",
        "Correct the calendar or the working hours in `config/company.yaml`.",
    )
