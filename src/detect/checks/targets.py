"""Figures of periods at their close: against what was planned, against the year before, against what their own past foretells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from detect.model import Direction, Frozen, Level, Outcome, Text
from detect.series.periods import Grain, Period, named, period_of

__all__ = ["Against", "IdentitySettings", "Measured", "PlanTable", "TargetSettings", "due", "measure"]

_FORECAST_SPREADS = 3.0
_SPREAD_FLOOR = 0.02  # of the level
_MAD_TO_SIGMA = 1.4826
_SEASONS, _GROWTH, _LEAST_GROWTH = (
    24,
    6,
    4,
)  # periods: how far back errors are looked for, and what the growth is taken from
_LEAST = 6


class Against(StrEnum):
    """What a figure is compared with."""

    TARGET = "target"
    LAST_YEAR = "last_year"
    FORECAST = "forecast"
    PACE = "pace"  # a period still under way, see `pace`


class PlanTable(Frozen):
    """A table of the warehouse that holds what was planned: columns of the period (its name, or a day in it) and of the value.

    Several rows of one period are added up.
    """

    source: str
    period: str
    value: str
    where: str | None = None


class TargetSettings(Frozen):
    """What a metric is to come to, period by period: `values` by name (2025-04, 2025-Q2, 2025, 2025-04-30) or a `table`.

    The period is judged `close_days` after its end, once, by the figures known then; and once before, when the share `early` of it is over,
    whether it will miss its target at this pace. `tolerance` and `year_tolerance` are shares of what
    it is compared with; `direction` says which side is told (by default the metric's).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    name: Text
    metric: str
    segment: str = ""
    grain: Grain = Grain.MONTH
    values: dict[str, float] = Field(default_factory=dict)
    table: PlanTable | None = None
    against: tuple[Against, ...] = (Against.TARGET,)
    tolerance: float = Field(default=0.05, ge=0)
    year_tolerance: float = Field(default=0.25, ge=0)
    direction: Direction | None = None
    close_days: int = Field(default=0, ge=0, le=90)
    level: Level | None = None
    early: float | None = Field(default=0.5, gt=0, lt=1)

    @model_validator(mode="after")
    def _has_a_plan(self) -> Self:
        if Against.PACE in self.against:
            raise ValueError(
                "`pace` is not compared at the close; `early: 0.5` asks for it when half of a period is over"
            )
        if Against.TARGET in self.against and not self.values and self.table is None:
            raise ValueError(
                "nothing says what was planned; give `values` or a `table`, or leave `target` out of `against`"
            )
        if wrong := [name for name in self.values if named(name, self.grain) is None]:
            raise ValueError(f"{wrong[0]!r} names no {self.grain.value}; write 2025-04-30, 2025-04, 2025-Q2 or 2025")
        return self


class IdentitySettings(Frozen):
    """Metrics that must come to the same every day, as assets = liabilities + equity: the sums of `left` and `right`, in total.

    `tolerance` is in the metrics' unit.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    name: Text
    department: str
    left: tuple[str, ...] = Field(min_length=1)
    right: tuple[str, ...] = Field(min_length=1)
    tolerance: float = Field(default=0.01, ge=0)
    level: Level = Level.LARGER


@dataclass(frozen=True)
class Measured:
    """How one comparison ended; figures are None where it could not be made."""

    against: Against
    outcome: Outcome
    cause: str = ""
    actual: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    so_far: float | None = None  # of a period under way


def due(settings: TargetSettings, night: date) -> Period | None:
    """Return the period that is judged on `night`, the day on which it is closed."""
    period = period_of(night - timedelta(days=settings.close_days), settings.grain)
    return period if period.last + timedelta(days=settings.close_days) == night else None


def measure(
    settings: TargetSettings,
    period: Period,
    figure: Callable[[Period], float | None],
    planned: float | None,
    side: Direction,
) -> list[Measured]:
    """Compare the figure of a period; `figure` gives that of any period, None where its days were not all seen."""
    actual = figure(period)
    if actual is None:
        return [Measured(a, Outcome.NO_DATA, f"{period.name} has no figures") for a in settings.against]
    found = []
    for against in settings.against:
        if against is Against.TARGET:
            found.append(
                _within(against, actual, planned, settings.tolerance, side, f"nothing is planned for {period.name}")
            )
        elif against is Against.LAST_YEAR:
            before = period.year_before
            cause = f"{before.name} was not seen whole"
            found.append(_within(against, actual, figure(before), settings.year_tolerance, side, cause))
        else:
            found.append(_forecast(actual, period, figure, side))
    return found


def _within(
    against: Against, actual: float, expected: float | None, tolerance: float, side: Direction, cause: str
) -> Measured:
    if expected is None:
        lacking = Outcome.NOT_CHECKED if against is Against.TARGET else Outcome.INSUFFICIENT_HISTORY
        return Measured(against, lacking, cause)
    room = abs(expected) * tolerance
    return _judged(against, actual, expected, room, side)


def _judged(against: Against, actual: float, expected: float, room: float, side: Direction) -> Measured:
    above, below = actual > expected + room, actual < expected - room
    told = (above and side is not Direction.DOWN) or (below and side is not Direction.UP)
    outcome = Outcome.FINDING if told else Outcome.OK
    return Measured(against, outcome, "", actual, expected, expected - room, expected + room)


def _forecast(actual: float, period: Period, figure: Callable[[Period], float | None], side: Direction) -> Measured:
    """Foretell by the year before and the growth since, or by the last periods where no year is known; the band by their own errors."""
    past = [figure(period.before(k)) for k in range(1, _SEASONS + 1)]
    growth: list[float] = []
    for k, value in enumerate(past):
        base = figure(period.before(k + 1).year_before)
        if value is not None and base:
            growth.append(value / base - 1)
    base = figure(period.year_before)
    if base and len(growth) >= _LEAST_GROWTH:
        rate = float(np.median(growth[:_GROWTH]))
        expected, errors = base * (1 + rate), np.array(growth) - rate
        spread = abs(base) * _spread(errors)
    else:
        known = np.array([value for value in past if value is not None][:12])
        if len(known) < _LEAST:
            return Measured(
                Against.FORECAST, Outcome.INSUFFICIENT_HISTORY, f"only {len(known)} periods before it were seen whole"
            )
        expected = float(np.median(known))
        spread = float(_MAD_TO_SIGMA * np.median(np.abs(known - expected)))
    room = _FORECAST_SPREADS * max(spread, _SPREAD_FLOOR * abs(expected))
    return _judged(Against.FORECAST, actual, expected, room, side)


def _spread(errors: np.ndarray) -> float:
    """Give the spread of few errors: the robust one, and not less than their mean size says."""
    return float(max(_MAD_TO_SIGMA * np.median(np.abs(errors)), 1.2533 * np.mean(np.abs(errors)) * 0.5))
