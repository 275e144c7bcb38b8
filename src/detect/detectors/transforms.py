"""The scale on which a series is judged: logarithm, signed root, or as it is; chosen by likelihood from earlier days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

__all__ = ["IDENTITY", "LOG", "ROOT", "Transform", "choose"]

LOG, ROOT, IDENTITY = 0, 1, 2
_PREFER_LOG: Final = 0.06  # nats a value
_HUGE: Final = 1e150  # beyond this a float's square is no number
_STILL, _JUMPS = 0.4, 3  # share of days that move, and how many must have
_FAMILIES: Final = (LOG, ROOT, IDENTITY)


@dataclass(frozen=True, eq=False)
class Transform:
    """A transform for each series: `family` (N,), `offset` (N,) of the logarithm, `quantum` (N,) the unit its values come in.

    `step` (N,), in transformed units, is the usual jump of a series that mostly stands still (a price list, a timetable), else 0.

    The logarithm is asinh(y / 2c): log(y / c) for y well above c, and a number still at zero and below.
    """

    family: Ints
    offset: Floats
    quantum: Floats
    typical: Floats
    step: Floats | None = None

    def forward(self, y: Floats) -> Floats:
        """Return x = f(y) for values of shape (..., N)."""
        y = np.clip(y, -_HUGE, _HUGE)
        log = np.arcsinh(y / (2 * self.offset))
        root = np.sign(y) * np.sqrt(np.abs(y))
        return np.where(self.family == LOG, log, np.where(self.family == ROOT, root, y))

    def inverse(self, x: Floats) -> Floats:
        """Return y for x of shape (..., N); finite for every finite x."""
        log = 2 * self.offset * np.sinh(np.clip(x, -350.0, 350.0))
        return np.where(self.family == LOG, log, np.where(self.family == ROOT, np.sign(x) * x**2, x))

    def slope(self, y: Floats) -> Floats:
        """Return f'(y), for values of shape (..., N)."""
        return _slope(np.clip(y, -_HUGE, _HUGE), self.family, self.offset)

    def floor(self, y: Floats) -> Floats:
        """Return the smallest one-step spread that is believed, near the value y: 0.4 % of the level or a third of the quantum."""
        level = np.maximum(np.abs(y), 0.1 * self.typical)
        least = self.slope(np.maximum(level, self.quantum)) * np.maximum(0.004 * level, 0.35 * self.quantum)
        return np.asarray(np.maximum(least, 0.0 if self.step is None else self.step) + 1e-12)


def choose(y: Floats, lag: int, fixed: Ints | None = None) -> Transform:
    """Choose for each column of y (R, N; NaN where missing) by the Laplace likelihood of differences `lag` rows apart.

    `fixed` gives the family where it is known beforehand (-1 where it is not).
    """
    y = np.clip(y, -_HUGE, _HUGE)
    seen = ~np.isnan(y)
    count = np.maximum(seen.sum(axis=0), 1)
    typical = _median(np.abs(y), seen)
    quantum = _quantum(y, seen, typical)
    zeros = ((y == 0) & seen).sum(axis=0) / count
    offset = np.where(zeros > 0, np.maximum(0.05 * typical, 0.5 * quantum), np.maximum(1e-3 * typical, 0.5 * quantum))
    offset = np.where(offset > 0, offset, 1.0)
    gain = np.stack([_likelihood(y, seen, np.full(y.shape[1], f), offset, lag) for f in _FAMILIES])
    gain[LOG] += _PREFER_LOG * np.maximum(0.0, 1 - 4 * zeros)
    negative = (np.where(seen, y, 0.0) < 0).sum(axis=0) / count
    gain[:2, negative > 0.02] = -np.inf  # noqa: PLR2004 - one flipped sign in fifty days does not make a series signed
    family = np.argmax(gain, axis=0)
    if fixed is not None:
        family = np.where(fixed >= 0, fixed, family)
    found = Transform(family.astype(np.int64), offset, quantum, np.maximum(typical, 1e-12))
    return replace(found, step=_jump(found.forward(y), lag))


def _jump(x: Floats, lag: int) -> Floats:
    """Return half the median jump (N,) of series that repeat their value of the row before, or of the week before, on most days; else 0."""
    best = np.zeros(x.shape[1])
    for rows in {1, lag}:
        if len(x) <= rows:
            continue
        difference = np.abs(x[rows:] - x[:-rows])
        moved = difference > 0  # NaN compares as False
        pairs = np.maximum((~np.isnan(difference)).sum(axis=0), 1)
        still = (moved.sum(axis=0) / pairs < _STILL) & (moved.sum(axis=0) >= _JUMPS)
        best = np.maximum(best, np.where(still, 0.5 * _median(np.where(moved, difference, 0.0), moved), 0.0))
    return best


def _likelihood(y: Floats, seen: Bools, family: Ints, offset: Floats, lag: int) -> Floats:
    """Return the mean Laplace log-likelihood per value, less a constant; the largest twentieth of the differences is left out."""
    x = Transform(family, offset, offset, offset).forward(y)
    difference = np.abs(x[lag:] - x[:-lag]) if len(x) > lag else np.abs(x)
    pairs = ~np.isnan(difference)
    number = np.maximum(pairs.sum(axis=0), 1)
    ordered = np.sort(np.where(pairs, difference, np.inf), axis=0)
    kept = np.arange(len(ordered))[:, None] < np.ceil(0.95 * number)
    mean = np.where(kept & np.isfinite(ordered), ordered, 0.0).sum(axis=0) / np.maximum(kept.sum(axis=0), 1)
    jacobian = np.log(_slope(np.where(seen, y, 1.0), family, offset))
    jacobian = np.where(seen, jacobian, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return np.asarray(
        -np.log(np.maximum(mean, 1e-9 * _slope(_median(np.abs(y), seen), family, offset) + 1e-300)) + jacobian
    )


def _slope(y: Floats, family: Ints, offset: Floats) -> Floats:
    log = 1 / np.sqrt(y**2 + 4 * offset**2)
    root = 0.5 / np.sqrt(np.abs(y) + 0.25)
    return np.where(family == LOG, log, np.where(family == ROOT, root, 1.0))


def _median(y: Floats, seen: Bools) -> Floats:
    filled = np.sort(np.where(seen, y, np.inf), axis=0)
    count = seen.sum(axis=0)
    middle = np.take_along_axis(filled, np.maximum((count - 1) // 2, 0)[None, :], axis=0)[0]
    return np.where(count > 0, middle, 1.0)


def _quantum(y: Floats, seen: Bools, typical: Floats) -> Floats:
    """Return the unit that the values are multiples of: 1 for counts, 0.01 for money; 0 for measured values."""
    unit = np.zeros(y.shape[1])
    for size in (0.01, 0.1, 1.0):
        scaled = np.where(seen, y, 0.0) / size
        whole = np.abs(scaled - np.round(scaled)) <= 1e-6 * np.maximum(1.0, np.abs(scaled))
        unit = np.where(whole.mean(axis=0) > 0.95, size, unit)  # noqa: PLR2004 - a unit error is no new unit
    return np.where(typical < 1e12, unit, 0.0)  # noqa: PLR2004 - a float of that size has no cents
