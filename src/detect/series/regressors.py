"""Calendar columns of the structural baseline: what a day may do to a figure because of where it stands in the year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detect.model import KnownEvent

__all__ = ["Regressors", "columns"]

# Prior standard deviations in units of the irregular's, worked out on daily business series; see docs/decisions.
HOLIDAY, NAMED, ON_WEEKEND, MAKE_UP, NEAR, BRIDGE, LUNAR, YEAR_END = 5.0, 8.0, 3.0, 6.0, 2.0, 2.0, 2.0, 5.0
LEAD_LAG: Final = {-2: 1.0, -1: 1.5, 1: 1.5, 2: 1.0}
MONTH: Final = {
    "last_day": 3.0,
    "first_day": 1.5,
    "last_business": 2.0,
    "last_but_one_business": 1.0,
    "first_business": 1.5,
}
QUARTER_END, EVENT = 2.0, 4.0
LUNAR_BANDS: Final = ((-14, -8), (-7, -3), (8, 10), (11, 15))  # days from the first day of the lunar year
SATURDAY = 5
_DAY = timedelta(days=1)
_LUNAR_NAMES: Final = (
    "Spring Festival",
    "Chinese New Year",
    "Lunar New Year",
    "春节",
    "春節",
    "農曆",
    "农历",
    "Seollal",
    "Tết",
)


@dataclass(frozen=True, eq=False)
class Regressors:
    """Columns (days, K) with prior standard deviations (K,), the weekday design (days, 7), and masks (days,).

    In `weekday` a make-up workday counts as the mean of Monday to Friday. `off` is a public holiday or closure; `near` within two days
    of one, or a make-up day; `special` any day whose value the calendar may move.
    """

    names: tuple[str, ...]
    matrix: NDArray[np.float64]
    prior: NDArray[np.float64]
    weekday: NDArray[np.float64]
    plain: NDArray[np.float64]  # the weekday design without make-up days
    off: NDArray[np.bool_]
    near: NDArray[np.bool_]
    make_up: NDArray[np.bool_]
    expected: NDArray[np.bool_]  # within a registered event that was known by then


def columns(
    span: Sequence[date], names: Mapping[date, str], make_up: set[date], events: Sequence[KnownEvent], *, lunar: bool
) -> Regressors:
    """Build the columns for consecutive days; `names` covers 20 days more on either side, for lead and lag."""
    build = _Builder(span)
    off = np.array([d in names for d in span])
    swapped = np.array([d in make_up for d in span])
    work = [d not in names and (d.weekday() < SATURDAY or d in make_up) for d in span]
    _holidays(build, names, work)
    build.add("make_up_saturday", MAKE_UP, lambda d: d in make_up and d.weekday() == SATURDAY)
    build.add("make_up_sunday", MAKE_UP, lambda d: d in make_up and d.weekday() > SATURDAY)
    if lunar:
        _lunar(build, names)
    else:
        _year_end(build)
    _months(build, names, make_up)
    expected = np.zeros(len(span), bool)
    for event in events:
        known = [event.first_day <= d <= event.last_day and d > event.recorded_on for d in span]
        build.add_values(f"event_{event.id}", EVENT, np.array(known, float))
        expected |= np.array(known, bool)
    near = np.array([any(d + k * _DAY in names for k in range(-2, 3)) for d in span]) | swapped
    matrix, prior = build.result()
    return Regressors(
        tuple(build.names),
        matrix,
        prior,
        _weekdays(span, make_up),
        _weekdays(span, set()),
        off,
        near,
        swapped,
        expected,
    )


class _Builder:
    """Collects columns that are not empty."""

    def __init__(self, span: Sequence[date]) -> None:
        self.span, self.names = span, list[str]()
        self._values, self._prior = list[NDArray[np.float64]](), list[float]()

    def add(self, name: str, prior: float, test: Callable[[date], bool]) -> None:
        """Add an indicator column."""
        self.add_values(name, prior, np.array([float(test(d)) for d in self.span]))

    def add_values(self, name: str, prior: float, values: NDArray[np.float64]) -> None:
        """Add a column unless it is zero throughout."""
        if values.any():
            self.names.append(name)
            self._values.append(values)
            self._prior.append(prior)

    def result(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the matrix (days, K) and the priors (K,)."""
        if not self._values:
            return np.zeros((len(self.span), 0)), np.zeros(0)
        return np.stack(self._values, axis=1), np.array(self._prior)


def _holidays(build: _Builder, names: Mapping[date, str], work: Sequence[bool]) -> None:
    build.add("holiday", HOLIDAY, lambda d: d in names and d.weekday() < SATURDAY)
    build.add("holiday_on_weekend", ON_WEEKEND, lambda d: d in names and d.weekday() >= SATURDAY)
    for name in sorted({_stem(n) for n in names.values()}):
        build.add(f"holiday_{name}", NAMED, lambda d, n=name: d in names and _stem(names[d]) == n)  # type: ignore[misc]
    build.add("near_holiday", NEAR, lambda d: d not in names and any(d + k * _DAY in names for k in (-2, -1, 1, 2)))
    for k, prior in LEAD_LAG.items():
        build.add(f"holiday_lag_{k}", prior, lambda d, k=k: d not in names and _first_at(d, k, names))  # type: ignore[misc]
    bridge = [work[i] and _gap(d, names, -1) and _gap(d, names, 1) for i, d in enumerate(build.span)]
    build.add_values("bridge_day", BRIDGE, np.array(bridge, float))


def _first_at(day: date, lag: int, names: Mapping[date, str]) -> bool:
    """Whether the nearest holiday lies exactly `lag` days back (ahead, if negative)."""
    step = 1 if lag > 0 else -1
    return day - lag * _DAY in names and all(day - k * step * _DAY not in names for k in range(1, abs(lag)))


def _gap(day: date, names: Mapping[date, str], step: int) -> bool:
    other = day + step * _DAY
    return other in names or other.weekday() >= SATURDAY


def _stem(name: str) -> str:
    """Return the holiday's own name, whether or not it is observed on another day."""
    return name.partition(" (")[0].partition(";")[0].strip().lower()


def _lunar(build: _Builder, names: Mapping[date, str]) -> None:
    """Distance bands around the first day of the lunar year, and each day of its holiday."""
    new_year = {d for d, name in names.items() if _is_lunar(name)}
    first = [d for d in new_year if d - _DAY not in new_year]
    distances = {d: min(((d - f).days for f in first), key=abs, default=999) for d in build.span}
    for low, high in LUNAR_BANDS:
        build.add(f"lunar_{low}_{high}", LUNAR, lambda d, a=low, b=high: a <= distances[d] <= b)  # type: ignore[misc]
    for k in range(8):
        build.add(f"lunar_day_{k}", LUNAR, lambda d, k=k: distances[d] == k)  # type: ignore[misc]


def _is_lunar(name: str) -> bool:
    """Whether the name is of a day of the lunar new year itself, not of its eve."""
    return any(word in name for word in _LUNAR_NAMES) and not any(word in name for word in ("Eve", "除夕"))


def _year_end(build: _Builder) -> None:
    for month, day in [(12, k) for k in range(23, 32)] + [(1, k) for k in range(1, 4)]:
        build.add(f"day_{month:02d}_{day:02d}", YEAR_END, lambda d, m=month, k=day: (d.month, d.day) == (m, k))  # type: ignore[misc]


def _months(build: _Builder, names: Mapping[date, str], make_up: set[date]) -> None:
    def business(day: date) -> bool:
        return day not in names and (day.weekday() < SATURDAY or day in make_up)

    def to_end(day: date, count: int) -> bool:
        """Whether `day` is the business day with `count` business days after it in its month."""
        ahead = [day + k * _DAY for k in range(1, 32) if (day + k * _DAY).month == day.month]
        return business(day) and sum(map(business, ahead)) == count

    build.add("month_end", MONTH["last_day"], lambda d: (d + _DAY).day == 1)
    build.add("month_start", MONTH["first_day"], lambda d: d.day == 1)
    build.add("last_business_day", MONTH["last_business"], lambda d: d.day > 20 and to_end(d, 0))  # noqa: PLR2004
    build.add("last_but_one_business_day", MONTH["last_but_one_business"], lambda d: d.day > 20 and to_end(d, 1))  # noqa: PLR2004
    build.add(
        "first_business_day",
        MONTH["first_business"],
        lambda d: business(d) and not any(business(d.replace(day=k)) for k in range(1, d.day)),
    )
    build.add("quarter_end", QUARTER_END, lambda d: (d + _DAY).day == 1 and d.month % 3 == 0)


def _weekdays(span: Sequence[date], make_up: set[date]) -> NDArray[np.float64]:
    design = np.zeros((len(span), 7))
    for row, day in enumerate(span):
        if day in make_up:
            design[row, :5] = 0.2
        else:
            design[row, day.weekday()] = 1.0
    return design
