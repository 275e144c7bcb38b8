"""The company's calendar: public holidays, make-up workdays, own closures, known events, as facts and as regressors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.errors import UsageError
from detect.model import Frozen, KnownEvent, Text
from detect.series.regressors import Regressors, columns

__all__ = ["Calendar", "CalendarSettings", "Closure"]


class Closure(Frozen):
    """Days on which the company itself is closed (or works otherwise), beside public holidays."""

    name: Text
    first_day: date
    last_day: date


class CalendarSettings(Frozen):
    """Whose public holidays count, and what the company adds to them; weekdays count from Monday = 0.

    `country` is an ISO 3166 code, or that of an exchange, such as NYSE, whose trading days count.
    """

    country: str | None = "CN"
    subdivision: str | None = None
    closed_weekdays: tuple[int, ...] | None = None  # Monday is 0; None: the country's weekend; (): open every day
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """Answers about days; `known_events` act on business days after they were recorded."""

    settings: CalendarSettings = field(default_factory=CalendarSettings)
    known_events: tuple[KnownEvent, ...] = ()

    def holiday_names(self, days: Iterable[date]) -> dict[date, str]:
        """Return the name of every public holiday or own closure among the days."""
        wanted = sorted(set(days))
        table = self._public(wanted)
        found = {day: str(table[day]) for day in wanted if table is not None and day in table}
        own = {day: c.name.en for c in self.settings.closures for day in wanted if c.first_day <= day <= c.last_day}
        return found | own

    def make_up_workdays(self, days: Iterable[date]) -> set[date]:
        """Return the weekend days among `days` that are worked in exchange for a holiday."""
        wanted = set(days)
        table = self._public(wanted)
        return wanted & set(getattr(table, "weekend_workdays", ()) or ())

    def is_working_day(self, day: date) -> bool:
        """Say whether the company works: no closed weekday, no holiday, no own closure; make-up workdays count."""
        return _works(self.settings, day)

    def working_days(self, days: Iterable[date]) -> NDArray[np.bool_]:
        """Say (days,) on which of them the company works."""
        return np.array([_works(self.settings, day) for day in days], bool)

    def regressors(self, days: NDArray[np.datetime64], metric: str | None = None) -> Regressors:
        """Return calendar columns for consecutive days, with prior standard deviations in units of the irregular's."""
        span = [day.item() for day in days.astype("datetime64[D]")]
        margin = [span[0] + timedelta(days=k) for k in range(-20, 0)] + [
            span[-1] + timedelta(days=k) for k in range(1, 21)
        ]
        names = self.holiday_names([*span, *margin])
        events = [e for e in self.known_events if metric is None or not e.metrics or metric in e.metrics]
        return columns(span, names, self.make_up_workdays(span), events, lunar=self.settings.country in _LUNAR)

    def _public(self, days: Iterable[date]) -> Any:
        years = sorted({day.year for day in days})
        return public_holidays(self.settings.country, self.settings.subdivision, tuple(years))


@lru_cache(maxsize=65536)  # every night asks about the same days, and every deadline about some of them
def _works(settings: CalendarSettings, day: date) -> bool:
    calendar = Calendar(settings)
    if day in calendar.holiday_names([day]):
        return False
    if day in calendar.make_up_workdays([day]):
        return True
    table = public_holidays(settings.country, settings.subdivision, (day.year,))
    weekend = (5, 6) if table is None else getattr(table, "weekend", (5, 6))
    return day.weekday() not in (weekend if settings.closed_weekdays is None else settings.closed_weekdays)


_LUNAR = frozenset({"CN", "HK", "MO", "TW", "SG", "MY", "VN", "KR"})


@lru_cache(maxsize=256)  # a table takes a millisecond to make, and every day of every case asks for one
def public_holidays(country: str | None, subdivision: str | None, years: tuple[int, ...]) -> Any:
    """Return the `holidays` table of a country (or of an exchange, by its code) for these years, or None without a country.

    Raises UsageError where it is unknown.
    """
    if country is None or not years:
        return None
    import holidays

    try:
        # Takes the code of a market as well; to ask first which of the two it is loads every country of the world.
        return holidays.country_holidays(country, subdiv=subdivision, years=years)
    except (NotImplementedError, KeyError) as error:
        raise UsageError(
            f"No public holidays are known for country {country!r}, subdivision {subdivision!r}",
            "Give an ISO 3166 code such as CN, GB, US, a market such as NYSE, XSHG, or none.",
        ) from error
