"""What detectors share: what they are given, what the structural baseline says, and what they give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detect.detectors.transforms import Transform
from detect.model import Departure, Kind, Outcome, Panel, Scores, SeriesKey, Verdict
from detect.series.calendars import Calendar
from detect.series.metric import Metric

__all__ = ["CODE", "Baseline", "Bools", "Context", "Feedback", "Floats", "Ints", "Opinion", "codes", "shortened"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CODE: Final[Mapping[Outcome, int]] = {outcome: position for position, outcome in enumerate(Outcome)}


@dataclass(frozen=True)
class Feedback:
    """What a person said of earlier findings; it acts on business days after `recorded_on` alone.

    false, expected: the days stay out of what is learnt, and a departure of the same kind that is no larger is not told again for a year.
    new_normal: the level of `first_day` onwards becomes the expected one. true: nothing but the record.
    """

    key: SeriesKey
    kind: Kind
    first_day: date
    last_day: date
    verdict: Verdict
    recorded_on: date
    statistic: float = float("nan")


@dataclass(frozen=True, eq=False)
class Baseline:
    """What the structural baseline says of a Panel; all arrays have shape (series, days of the Panel).

    Everything in a column comes from the columns before it, except what was observed on that day itself; NaN where nothing can be
    said. `z` is the one-step-ahead error in units of its expected spread; `expected`, `lower`, `upper` (about 2 in 1,000 normal days
    lie outside) are in the metric's unit. `adjusted` is the series in transformed units less the calendar
    effect that earlier days lead to expect; weekday pattern, level and trend stay in it. `cleaned` is the same with departures
    clipped and missing days filled with what was expected. `spread` is the one-step standard deviation in transformed units.
    `history` counts the values before each day. `transform` is the one that all days are in; None where the units are the metric's.
    """

    z: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    adjusted: Floats
    cleaned: Floats
    spread: Floats
    history: NDArray[np.int32]
    active: Bools  # a value is expected on this day: the weekday is a working one of this series and it has begun
    statistics: Mapping[str, Floats] = field(default_factory=dict)  # channel -> signed statistic, not yet calibrated
    onset: Mapping[str, NDArray[np.int32]] = field(
        default_factory=dict
    )  # channel -> column on which the departure began
    transform: Transform | None = None


def shortened(baseline: Baseline, end: int) -> Baseline:
    """Return the baseline of the columns before `end`, as views."""
    names = ("z", "expected", "lower", "upper", "adjusted", "cleaned", "spread", "history", "active")
    return replace(
        baseline,
        **{name: getattr(baseline, name)[:, :end] for name in names},
        statistics={k: v[:, :end] for k, v in baseline.statistics.items()},
        onset={k: v[:, :end] for k, v in baseline.onset.items()},
    )


@dataclass(frozen=True, eq=False)
class Context:
    """What a second opinion is given.

    `first` is the first judged column; `budget` (series,) the promise of each series in false episodes per 1,000 series-days.
    """

    panel: Panel
    metrics: Mapping[str, Metric]
    calendar: Calendar
    baseline: Baseline
    first: int
    budget: Floats | float


@dataclass(frozen=True, eq=False)
class Opinion:
    """What a detector says: channels still to be calibrated or told as they are, and an outcome (series, judged days) for each day.

    A `Scores` whose `p` is all NaN is calibrated by the pooled tail of its statistic and told when p is within the channel's share of
    the budget; one with p is told by that p. `departures` are told as they are (limits, forecasts).
    """

    scores: tuple[Scores, ...]
    outcomes: NDArray[np.int8]
    departures: tuple[Departure, ...] = ()


def codes(outcome: Outcome, shape: tuple[int, int]) -> NDArray[np.int8]:
    """Return an array of one outcome, of shape (series, judged days)."""
    return np.full(shape, CODE[outcome], np.int8)
