"""Seasonal-trend decomposition as one Gaussian covariance, shared by all series with the same pattern of days.

K = 1e4 11' + 100 DD' + F diag(tau^2) F' + q min(i, j) + q_s min(week_i, week_j) DD' + (phi^|i-j| / (1 - phi^2) or I), in units of the
irregular's variance: a level, a weekday pattern, calendar effects, a wandering level, a wandering pattern, and noise that may remember.
With L = chol(K), row t of L^-1 x is the error of the best forecast of day t from the days before it, so one forward substitution
is the walk-forward replay of every series at once (the innovations form of the Kalman filter; Durbin and Koopman 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from detect.detectors._base import Bools, Floats
from detect.series.regressors import Regressors

__all__ = ["BANK", "CENTRAL", "Design", "design"]

BANK: Final = (  # (q, phi, q_s): from a steady level to one that is nearly all of the noise, as in prices
    (0.0004, 0.0, 0.002),
    (0.006, 0.0, 0.002),
    (0.05, 0.0, 0.005),
    (0.001, 0.4, 0.002),
    (0.001, 0.7, 0.002),
    (0.01, 0.5, 0.02),
    (1.0, 0.0, 0.002),
)
CENTRAL: Final = 1  # the member whose calendar effect is shown and removed for the second opinions
RESPONSE: Final = 35  # rows of the response to a step
_LEVEL, _WEEKDAY, _REFERENCE = 1e4, 100.0, 420
_BLOCK: Final = 128  # rows factored at once
_MOVABLE: Final = 9.0  # prior variance of a day's calendar effect, in units of the irregular's


@dataclass(frozen=True, eq=False)
class Design:
    """The Cholesky factors of the bank for some rows (days), and what is derived from them.

    `factor` is (M, R, R) lower triangular; `width` (M, R) the one-step standard deviation relative to an ordinary late day;
    `ordinary` (M,) that ordinary day's in units of the irregular; `calendar` (R, R): column t holds what the innovations before t say of
    the calendar effect of t; `response` (M, RESPONSE) the innovations after a unit step of the level; `movable` (R,) the days that
    the calendar may move by three ordinary spreads or more.
    """

    factor: Floats
    width: Floats
    ordinary: Floats
    calendar: Floats
    response: Floats
    movable: Bools


def design(regressors: Regressors, rows: Bools, needed: int) -> Design:
    """Return the factors for the first `needed` days, at least, of those that `rows` selects; the latest few are remembered.

    What is returned of a day does not depend on how many days follow it.
    """
    index = np.flatnonzero(rows)[: -(-needed // _BLOCK) * _BLOCK]
    facts = (regressors.weekday[index], regressors.plain[index], regressors.matrix[index], regressors.prior)
    return _design(_Days(index, *facts))


@dataclass(frozen=True)
class _Days:
    """What factors depend on; alike where all of it is."""

    index: np.ndarray
    weekday: Floats
    plain: Floats
    matrix: Floats
    prior: Floats

    def _bytes(self) -> bytes:
        return b"".join(part.tobytes() for part in vars(self).values())

    def __hash__(self) -> int:
        return hash(self._bytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Days) and self._bytes() == other._bytes()


@lru_cache(maxsize=3)  # what is learnt and what is judged walk the same days, one after the other
def _design(days: _Days) -> Design:
    from scipy.linalg import solve_triangular

    index, weekday = days.index, days.weekday
    calendar = (days.matrix * days.prior**2) @ days.matrix.T
    covariances = _Covariances(index, weekday, calendar)
    factor = np.stack([_cholesky(covariances.of(*member)) for member in BANK])
    diagonal = np.diagonal(factor, axis1=1, axis2=2)
    active = tuple(np.flatnonzero(weekday.any(axis=0)).tolist())
    response, ordinary = zip(*(_stationary(active, *member) for member in BANK), strict=True)
    late = np.array(ordinary)
    effect = solve_triangular(
        factor[CENTRAL], _moved(index, weekday, days.plain, calendar), lower=True, check_finite=False
    )
    return Design(
        factor,
        diagonal / late[:, None],
        late,
        np.triu(effect, 1),
        np.array(response),
        np.diagonal(calendar) >= _MOVABLE,
    )


class _Covariances:
    """K of every member for the same days: what they share is made once."""

    def __init__(self, index: np.ndarray, weekday: Floats, calendar: Floats | float) -> None:
        steps = np.arange(len(index), dtype=float)
        week = (index - index[0]) // 7 + 1.0
        same = weekday @ weekday.T
        self._constant = _LEVEL + _WEEKDAY * same + calendar
        self._level = np.minimum(steps[:, None], steps)
        self._pattern = np.minimum(week[:, None], week) * same

    def of(self, q: float, phi: float, q_s: float) -> Floats:
        """Return the covariance (R, R) of one member."""
        total: Floats = self._constant + q * self._level
        total += q_s * self._pattern
        if phi:
            total += _toeplitz(phi ** np.arange(len(total), dtype=float) / (1 - phi**2))
        else:
            total[np.diag_indices_from(total)] += 1.0
        return total


def _toeplitz(row: Floats) -> Floats:
    """Return the symmetric matrix (R, R) with row[|i - j|] at i, j, as a view."""
    both = np.concatenate([row[:0:-1], row])
    rows: Floats = np.lib.stride_tricks.sliding_window_view(both, len(row))[::-1]
    return rows


def _cholesky(matrix: Floats) -> Floats:
    """Return the lower factor, made a block of rows at a time from the rows above, so that no row minds those below (left-looking)."""
    from scipy.linalg import solve_triangular

    factor = np.zeros_like(matrix)
    for begin in range(0, len(matrix), _BLOCK):
        here = slice(begin, begin + _BLOCK)
        if begin:
            left = solve_triangular(factor[:begin, :begin], matrix[:begin, here], lower=True, check_finite=False).T
            factor[here, :begin] = left
            factor[here, here] = np.linalg.cholesky(matrix[here, here] - left @ left.T)
        else:
            factor[here, here] = np.linalg.cholesky(matrix[here, here])
    return factor


def _moved(index: np.ndarray, weekday: Floats, plain: Floats, calendar: Floats) -> Floats:
    """Return cov(x_i, what the calendar does to day j): its columns, and a make-up day's step from its own weekday to a working one."""
    week = (index - index[0]) // 7 + 1.0
    wander = _WEEKDAY + BANK[CENTRAL][2] * np.minimum(week[:, None], week)
    return np.asarray(calendar + wander * (weekday @ (weekday - plain).T))


@lru_cache(maxsize=1024)  # companies work on few patterns of weekdays, and every stretch asks for one of them
def _stationary(active: tuple[int, ...], q: float, phi: float, q_s: float) -> tuple[Floats, float]:
    """Return the response to a step and the one-step deviation after a fixed, long stretch of plain days.

    The stretch has one length for all, so that neither depends on how many days a series has.
    """
    from scipy.linalg import solve_triangular

    weekdays = active or tuple(range(7))
    index = np.array([7 * w + d for w in range(_REFERENCE // len(weekdays) + 1) for d in weekdays])[:_REFERENCE]
    weekday = np.eye(7)[index % 7]
    factor = _cholesky(_Covariances(index, weekday, 0.0).of(q, phi, q_s))
    step = (np.arange(_REFERENCE) >= _REFERENCE - RESPONSE).astype(float)
    answer = solve_triangular(factor, step, lower=True, check_finite=False)
    return answer[-RESPONSE:] / answer[-RESPONSE], float(np.median(np.diagonal(factor)[-28:]))
