"""How large a one-step error is on a normal day: running scales, weights of the bank, effects of the day of the month."""

from __future__ import annotations

from typing import Final

import numpy as np

from detect.detectors._base import Bools, Floats
from detect.detectors.transforms import Transform

__all__ = ["BankWeights", "DayOfMonth", "Scale", "Shifts"]

_FROM_MEAN: Final = 1.2533  # standard deviation of a normal variable over its mean absolute value
_BANK_MEMORY, _WEEK = 120.0, 7
_WEEKDAY_PRIOR, _WEEKDAY_MEMORY = 6.0, 26.0
_BOUND: Final = 2.5  # spreads: no single error counts for more in a scale
_EFFECT_BOUND: Final = 6.0  # nor in the effect of a day of the month
_FIRST: Final = 28


class BankWeights:
    """Weights (M, N) of the bank's members by the Laplace likelihood of their latest one-step errors."""

    def __init__(self, members: int, series: int) -> None:
        self.current = np.full((members, series), 1.0 / members)
        self._error = np.zeros((members, series))
        self._width = np.zeros((members, series))
        self._number = np.zeros(series)

    def _spread(self) -> Floats:
        return np.asarray(_FROM_MEAN * self._error / np.maximum(self._number, 1e-9) + 1e-300)

    def clipped(self, standard: Floats, clip: float, usable: Bools) -> Floats:
        """Return what the members may learn from their errors: clipped to `clip` spreads, nothing where not usable."""
        bound = np.where(self._number < _FIRST / 2, np.inf, clip * self._spread())
        ordinary_units = np.clip(standard, -bound, bound)
        return np.asarray(np.where(usable, ordinary_units, 0.0))

    def learn(self, standard: Floats, width: Floats, seen: Bools, row: int) -> None:
        """Take in one row's errors, which are divided by their width (in units of the irregular) already."""
        spread = self._spread()
        size = np.abs(standard)
        size = np.where(self._number >= _FIRST / 2, np.minimum(size, _BOUND * spread), size)
        keep = np.where(seen, 1 - 1 / _BANK_MEMORY, 1.0)
        self._error = self._error * keep + np.where(seen, size, 0.0)
        self._width = self._width * keep + np.where(seen, np.log(width)[:, None], 0.0)
        self._number = self._number * keep + seen
        if row % _WEEK == 0 and row >= _FIRST:
            self._weigh()

    def _weigh(self) -> None:
        number = np.maximum(self._number, 1.0)
        likelihood = -number * np.log(self._error / number + 1e-300) - self._width
        weight = np.exp(likelihood - likelihood.max(axis=0))
        self.current = weight / weight.sum(axis=0)


class Scale:
    """Spread (N,) of one-step errors in transformed units: exponentially weighted, by weekday, with a floor."""

    def __init__(self, x: Floats, transform: Transform, memory: float) -> None:
        series = x.shape[1]
        self._transform, self._memory = transform, memory
        self._mean, self._number = _first_guess(x) / _FROM_MEAN, np.full(series, 4.0)
        self._by_day, self._days = np.ones((7, series)), np.zeros((7, series))
        self._floor, self._age = transform.floor(transform.typical), _WEEK
        self.spread = np.maximum(self._mean * _FROM_MEAN, self._floor)

    def expected(self, weekday: int, x: Floats, *, plain: bool) -> Floats:
        """Return the spread expected on a weekday, near the level x."""
        self._age += 1
        if self._age >= _WEEK:
            self._floor, self._age = self._transform.floor(self._transform.inverse(np.nan_to_num(x))), 0
        factor = (_WEEKDAY_PRIOR + self._days[weekday] * self._by_day[weekday]) / (_WEEKDAY_PRIOR + self._days[weekday])
        self._factor = factor if plain else np.maximum(factor, 1.0)
        self.spread = np.maximum(_FROM_MEAN * self._mean, self._floor)
        return np.asarray(np.maximum(self.spread * self._factor * np.sqrt(1 + 4.0 / (self._number + 4.0)), self._floor))

    def learn(self, error: Floats, weekday: int, seen: Bools, *, plain: bool) -> None:
        """Take in one row's error, relative to its width."""
        if not plain:
            return
        bound = _BOUND * _FROM_MEAN * self._mean * np.maximum(self._factor, 0.3)
        size = np.minimum(np.abs(error), bound)
        rate = np.where(seen, 1 / np.minimum(self._number + 1, self._memory), 0.0)
        ratio = size / np.maximum(self._mean, 1e-300)
        day_rate = np.where(seen, 1 / np.minimum(self._days[weekday] + 1, _WEEKDAY_MEMORY), 0.0)
        self._by_day[weekday] += day_rate * (np.minimum(ratio, _BOUND) - self._by_day[weekday])
        self._days[weekday] = np.minimum(self._days[weekday] + seen, _WEEKDAY_MEMORY)
        self._mean = self._mean + rate * (np.maximum(size, self._floor / _BOUND) - self._mean)
        self._number = np.minimum(self._number + seen, self._memory)

    def widen(self, series: int, z: float) -> None:
        """Take in fully an error that was cut short when it came: a person said that such days are normal."""
        rate = 1 / self._number[series]
        self._mean[series] *= 1 + rate * max(0.0, min(z, 20.0) - _BOUND) * 4


class Shifts:
    """Days of one kind (a weekday, a date) that change their level for good: two in a row far out on one side move it.

    `far` is in spreads.
    """

    def __init__(self, days: int, series: int, far: float) -> None:
        self._far = far
        self.moved = np.zeros((days, series))
        self._error, self._z = np.zeros((days, series)), np.zeros((days, series))

    def learn(self, day: int, error: Floats, z: Floats, seen: Bools) -> Bools:
        """Take in one row's error on a plain day; return the series (N,) whose level of such days was moved."""
        before = self._z[day]
        again = seen & (np.minimum(np.abs(z), np.abs(before)) > self._far) & (np.sign(z) == np.sign(before))
        step = np.where(np.abs(error) < np.abs(self._error[day]), error, self._error[day])
        self.moved[day] += np.where(again, step, 0.0)
        self._error[day] = np.where(again, error - step, np.where(seen, error, self._error[day]))
        self._z[day] = np.where(again, 0.0, np.where(seen, z, before))
        return np.asarray(again)


class DayOfMonth:
    """Pay-day and its like: the mean standardised error by day of the month, believed once it is three standard errors from zero.

    No single date counts for much in a mean; an effect far beyond that (a pay run) is believed once two dates in a row had it.
    """

    def __init__(self, series: int) -> None:
        self._sum, self._number = np.zeros((32, series)), np.zeros((32, series))
        self._large = Shifts(32, series, _EFFECT_BOUND)
        self._mean, self._effect = np.zeros(series), np.zeros(series)

    def expected(self, day: int, spread: Floats) -> Floats:
        """Return the effect expected on a day of the month, in transformed units; `spread` (N,) is the usual error's."""
        number = np.maximum(self._number[day], 1.0)
        mean = self._sum[day] / number
        self._mean = mean * np.maximum(0.0, 1 - 9 / np.maximum(number * mean**2, 1e-12))
        self._effect = self._mean * spread + self._large.moved[day]
        return self._effect

    def learn(self, day: int, error: Floats, z: Floats, seen: Bools) -> None:
        """Take in one row's error, from which the effect was removed."""
        self._sum[day] += np.where(seen, np.clip(z + self._mean, -_EFFECT_BOUND, _EFFECT_BOUND), 0.0)
        self._number[day] += seen
        known = self._large.moved[day].copy()
        moved = self._large.learn(day, error, z, seen)
        # What the mean had of the effect is part of the level now.
        self._large.moved[day] += np.where(moved, self._effect - known, 0.0)
        self._sum[day, moved] = 0.0
        self._number[day, moved] = 0.0


def _first_guess(x: Floats) -> Floats:
    """Return a spread (N,) from the first 28 values' differences between neighbours of one weekday."""
    head = x[:_FIRST]
    lag = 7 if len(head) > _WEEK else 1
    difference = np.abs(head[lag:] - head[:-lag]) if len(head) > lag else np.abs(head) * 0
    seen = ~np.isnan(difference)
    ordered = np.sort(np.where(seen, difference, np.inf), axis=0)
    count = seen.sum(axis=0)
    middle = (
        np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None, :], axis=0)[0]
        if len(ordered)
        else np.zeros(x.shape[1])
    )
    return np.where(count > 0, middle, 0.0) / 0.954 + 1e-12  # median |difference| of two normal variables
