"""Series that usually move together: what the others say of one series' error, and which one of them is the odd one out.

The error of a series is predicted from its peers' errors of the same day (the conditional mean of a Gaussian, by ridge regression on
correlations of clipped errors). A departure of one series makes its peers look odd too; so the oddest of a neighbourhood is taken
first, its error is replaced by what its peers expect, and the others are asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detect.detectors._base import Floats, Ints

__all__ = ["Peers", "fit_peers", "surprise", "together"]

_CLIP: Final = 2.5
_DAYS: Final = 365  # of history from which relations are learnt
_SHARED: Final = 60  # days that two series must share
_RIDGE: Final = 0.02
_OWN: Final = 1.2  # spreads: what a series must depart by itself
_FLOOR: Final = 0.12  # of the own spread: no relation is believed to be closer
_ROUNDS: Final = 3
_CHUNK: Final = 1000


@dataclass(frozen=True, eq=False)
class Peers:
    """For each series: `index` (N, k) rows of its peers (-1: none), `weight` (N, k), and the `spread` (N,) of what they leave."""

    index: Ints
    weight: Floats
    spread: Floats


def fit_peers(z: Floats, count: int, least: float) -> Peers:
    """Learn relations from standardised errors z (N, days), of which the last 365 days are used."""
    recent = np.clip(z[:, -_DAYS:], -_CLIP, _CLIP)
    number = len(recent)
    index, weight = np.full((number, count), -1, np.int64), np.zeros((number, count))
    spread = np.ones(number)
    if number < 2 or count == 0:  # noqa: PLR2004
        return Peers(index, weight, spread)
    seen = ~np.isnan(recent)
    filled = np.where(seen, recent, 0.0)
    power = (filled**2).astype(np.float32)
    for begin in range(0, number, _CHUNK):
        rows = np.arange(begin, min(begin + _CHUNK, number))
        r = _correlation(filled, seen, power, rows)
        near = np.argpartition(-np.abs(r), min(count, number - 1), axis=1)[:, :count]
        order = np.argsort(-np.abs(np.take_along_axis(r, near, axis=1)), axis=1, kind="stable")
        chosen = np.take_along_axis(near, order, axis=1)
        strength = np.take_along_axis(r, chosen, axis=1)
        k = chosen.shape[1]
        index[rows, :k] = np.where(np.abs(strength) >= least, chosen, -1)
    _regress(filled, seen, index, weight, spread)
    return Peers(index, weight, spread)


def surprise(z: Floats, peers: Peers) -> tuple[Floats, Floats]:
    """Return what each error (N, days) leaves beyond its peers' expectation, in its own spreads.

    First for the odd ones out alone, zero for all others; second for every series as it stands.
    """
    linked = np.asarray((peers.index >= 0).any(axis=1))
    out = np.where(np.isnan(z) | ~linked[:, None], np.nan, 0.0)
    current, told = z.copy(), np.zeros(z.shape, bool)
    every = np.where(np.isnan(out), np.nan, _residual(z, current, peers))
    for _ in range(_ROUNDS):
        left = _residual(z, current, peers)
        size = np.where(told, 0.0, np.abs(np.nan_to_num(left)))
        oddest = (
            (size >= _largest_of_peers(size, peers)) & (size > 0) & (np.abs(z) > _OWN) & (np.sign(left) == np.sign(z))
        )
        if not oddest.any():
            break
        out[oddest] = left[oddest]
        expected = z - left * peers.spread[:, None]
        strong = oddest & (size > 3)  # noqa: PLR2004 - weaker ones do not mislead their peers
        current[strong] = expected[strong]
        told |= oddest
    return out, every


def together(odd: Floats, windows: tuple[int, ...] = (3, 5, 8, 13)) -> tuple[Floats, Ints]:
    """Return the largest root-sum of the latest surprises (N, days) over some windows, and the column on which that window begins."""
    total = np.cumsum(np.clip(np.nan_to_num(odd), -3, 3), axis=1)
    best, onset = np.where(np.isnan(odd), np.nan, 0.0), np.tile(np.arange(odd.shape[1]), (len(odd), 1))
    for window in windows:
        joint = total.copy()
        joint[:, window:] -= total[:, :-window]
        joint /= np.sqrt(window)
        better = np.abs(joint) > np.abs(best)
        best = np.where(better, joint, best)
        onset = np.where(better, np.maximum(np.arange(odd.shape[1]) - window + 1, 0), onset)
    return best, onset


def _residual(z: Floats, current: Floats, peers: Peers) -> Floats:
    expected, unknown = np.zeros(z.shape), np.zeros(z.shape)
    for k in range(peers.index.shape[1]):
        other = np.where(peers.index[:, k, None] >= 0, current[peers.index[:, k]], np.nan)
        gone = np.isnan(other)
        expected += peers.weight[:, k, None] * np.where(gone, 0.0, np.clip(other, -8, 8))
        unknown += np.where(gone, peers.weight[:, k, None] ** 2, 0.0)
    spread: Floats = np.sqrt(peers.spread[:, None] ** 2 + unknown)
    return np.asarray((z - expected) / spread)


def _largest_of_peers(size: Floats, peers: Peers) -> Floats:
    largest = np.zeros(size.shape)
    for k in range(peers.index.shape[1]):
        other = np.where(peers.index[:, k, None] >= 0, size[peers.index[:, k]], 0.0)
        largest = np.maximum(largest, other)
    return largest


def _correlation(filled: Floats, seen: np.ndarray, power: NDArray[np.float32], rows: Ints) -> Floats:
    """Return pairwise correlations (about zero) of some rows with all, 0 where too few days are shared."""
    single, mask = filled.astype(np.float32), seen.astype(np.float32)
    shared = mask[rows] @ mask.T
    cross = single[rows] @ single.T
    scale = np.sqrt(np.maximum((power[rows] @ mask.T) * (mask[rows] @ power.T), 1e-12))
    r = np.where(shared >= _SHARED, cross / scale * np.sqrt(shared / (shared + 10)), 0.0)
    r[np.arange(len(rows)), rows] = 0.0
    return np.asarray(r, float)


def _regress(filled: Floats, seen: np.ndarray, index: Ints, weight: Floats, spread: Floats) -> None:
    """Fill in weights and spreads, by ridge regression over the days on which the series and all its peers have values."""
    for i in np.flatnonzero((index >= 0).any(axis=1)):
        own = index[i][index[i] >= 0]
        rows = seen[i] & seen[own].all(axis=0)
        if rows.sum() < _SHARED:
            own, rows = own[:1], seen[i] & seen[own[0]]
        x, y = filled[np.ix_(own, np.flatnonzero(rows))], filled[i, rows]
        days = int(rows.sum())
        beta = np.linalg.solve(x @ x.T / days + (_RIDGE + 3.0 / days) * np.eye(len(own)), x @ y / days)
        left = np.abs(y - beta @ x)
        bound = 3 * 1.4826 * np.median(left)
        index[i] = -1
        index[i, : len(own)], weight[i, : len(own)] = own, beta
        spread[i] = max(1.2533 * float(np.minimum(left, bound).mean()) * np.sqrt(1 + 2 * len(own) / days), _FLOOR)
