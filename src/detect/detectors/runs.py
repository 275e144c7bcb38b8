"""Level shifts and drifts: a matched filter over the latest standardised errors, and moving the level once one is plain."""

from __future__ import annotations

from typing import Final

import numpy as np

from detect.detectors._base import Bools, Floats, Ints
from detect.detectors.covariance import RESPONSE

__all__ = ["ABSORB", "WINDOWS", "Runs"]

WINDOWS: Final = (4, 6, 9, 14, 21, 35)
_WINSOR: Final = 3.0
ABSORB: Final = 5.0  # the statistic beyond which the level is moved
_LENGTHS: Final = np.array(WINDOWS)[:, None]
_LASTS: Final = np.array(WINDOWS) - 1
_LATEST: Final = (np.arange(RESPONSE) >= RESPONSE - _LENGTHS).astype(np.float32)  # the rows of each window
_BELOW: Final = np.float32(64.0)  # marks a negative error, 1 a positive one: a window's sum holds the numbers of both
_PLAIN: Final = 3.5  # spreads: so many days in a row of one sign are a shift whatever the filter says
_FORCED: Final = 4
_QUIET: Final = 21  # days without a new shift after one was absorbed
_UNDO: Final = 15  # days in which a return undoes it
_SAME_SIGN: Final = 0.7
_WITHOUT_LARGEST: Final = 2.0  # times the rest: no run is one day's doing


class Runs:
    """The latest errors of every series, and the shifts found in them; rows are counted by the caller."""

    def __init__(self, response: Floats, series: int) -> None:
        self._response = response
        self._z = np.zeros((RESPONSE, series))
        self._side = np.zeros((RESPONSE, series), np.float32)
        self._error = np.zeros((RESPONSE, series))
        self._spread = np.ones(series)
        self._filter = np.ones((RESPONSE, series))
        self._norm = np.ones((len(WINDOWS), series))
        self._product = np.empty((RESPONSE, series))
        self._since = np.full(series, 10_000)
        self._moved = np.zeros(series)
        self._back = np.zeros(series, np.int64)
        self._streak = np.zeros(series, np.int64)

    def step(self, t: int, error: Floats, z: Floats, seen: Bools, weights: Floats) -> tuple[Floats, Floats, Ints]:
        """Take in row t; return how far the level moves (N,), the run statistic (N,) and the row on which the run began (N,)."""
        if t % 7 == 0:
            self._filter = np.maximum(np.einsum("mk,mn->kn", self._response, weights), 0.15)
            self._norm = np.sqrt(np.cumsum(self._filter**2, axis=0)[_LASTS])
        self._push(error, z, seen)
        statistic, window = self._best()
        self._since += 1
        quiet = self._since <= _QUIET
        told = np.where(quiet, np.nan, np.where(window > 0, statistic, 0.0))
        forced = self._streak >= _FORCED
        found = seen & (((np.abs(statistic) > ABSORB) & ~quiet) | forced)
        returned = self._returned(error, z, seen) & ~found
        moved = np.where(returned, -self._moved, 0.0)
        if found.any():
            moved = np.where(found, self._gap(np.where(forced, _FORCED, np.minimum(window, 7))), moved)
        if found.any() or returned.any():
            self._settle(found, returned, moved)
        return moved, told, t - np.maximum(window, 1) + 1

    def gap(self, series: int, rows: int) -> float:
        """Return the median of a series' latest errors, at most a week of them, and none from before its level was last moved."""
        known = min(rows, int(self._since[series]), 7)
        return float(np.median(self._error[-known:, series])) if known > 0 else 0.0

    def forget(self, series: Ints | Bools) -> None:
        """Drop the errors of some series: their level has just been moved."""
        self._z[:, series] = 0.0
        self._side[:, series] = 0.0
        self._streak[series] = 0
        self._since[series] = 0

    def _push(self, error: Floats, z: Floats, seen: Bools) -> None:
        """Append a row for the series seen; the others keep theirs, so that gaps do not dilute a run."""
        every = bool(seen.all())
        side = np.where(z > 0, np.float32(1.0), np.where(z < 0, _BELOW, np.float32(0.0)))
        for buffer, value in ((self._z, np.clip(z, -_WINSOR, _WINSOR)), (self._side, side), (self._error, error)):
            if every:
                buffer[:-1] = buffer[1:]
                buffer[-1] = value
            else:
                buffer[:-1, seen] = buffer[1:, seen]
                buffer[-1, seen] = value[seen]
        sign = np.sign(self._z[-1])
        same = (np.abs(z) > _PLAIN) & (sign == np.sign(self._z[-2])) & (np.abs(self._z[-2]) > 2)  # noqa: PLR2004
        fresh = np.where(np.abs(z) > _PLAIN, 1, 0)
        self._streak = np.where(seen, np.where(same, self._streak + 1, fresh), self._streak)

    def _best(self) -> tuple[Floats, Ints]:
        """Return the largest filtered sum over the windows, and that window's length (0 where none qualifies)."""
        total, largest = np.empty((2, len(WINDOWS), self._z.shape[1]))
        for k, window in enumerate(WINDOWS):
            product = np.multiply(self._filter[:window], self._z[-window:], out=self._product[:window])
            product.sum(axis=0, out=total[k])
            np.abs(product, out=product).max(axis=0, out=largest[k])
        rest = np.abs(total) - largest
        sign = np.sign(total)
        below, above = np.divmod(_LATEST @ self._side, _BELOW)
        agree = np.where(sign > 0, above, below) >= _SAME_SIGN * _LENGTHS
        statistic = np.minimum(np.abs(total), _WITHOUT_LARGEST * rest) / self._norm
        statistic = np.where(agree & (self._z[-1] * sign > 0), statistic, 0.0)
        best, every = statistic.argmax(axis=0), np.arange(statistic.shape[1])
        size = statistic[best, every]
        found = size > 0
        return np.where(found, sign[best, every] * size, 0.0), np.where(found, _LENGTHS[best, 0], 0)

    def _gap(self, window: Ints) -> Floats:
        """Return the median of the last `window` (N,) errors."""
        masked = np.where(np.arange(RESPONSE)[:, None] >= RESPONSE - np.maximum(window, 1), self._error, np.nan)
        return np.asarray(np.nanmedian(masked, axis=0))

    def _returned(self, error: Floats, z: Floats, seen: Bools) -> Bools:
        """Whether the second day running fits the old level and not the new one."""
        spread = np.where(z != 0, np.abs(error / np.where(z == 0, 1.0, z)), self._spread)
        old = np.abs(error + self._moved) < 2.5 * spread
        fits = seen & (self._since <= _UNDO) & (self._moved != 0) & old & (np.abs(z) > 2.5)  # noqa: PLR2004
        self._back = np.where(seen, np.where(fits, self._back + 1, 0), self._back)
        return np.asarray(self._back >= 2)  # noqa: PLR2004

    def _settle(self, found: Bools, returned: Bools, moved: Floats) -> None:
        self._moved = np.where(found, moved, np.where(returned, 0.0, self._moved))
        self._back[found | returned] = 0
        self.forget(found | returned)
