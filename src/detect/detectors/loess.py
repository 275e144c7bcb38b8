"""Local regression as matrices: the neighbourhood weights of loess, and the banded products that apply them to many series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Banded", "LocalFit", "neighbour_weights", "slope_matters"]

_ROWS = 48  # rows of one dense block of a banded matrix: small enough to skip the zeros, large enough for BLAS
_FLAT = 1e-3  # spread of the neighbourhood, as a share of the series, below which a slope means nothing (as in netlib's STL)


def neighbour_weights(n: int, window: int, at: np.ndarray | None = None) -> np.ndarray:
    """Tricube weights of the `window` points nearest to each place of `at`, shape (len(at), n), not normalised.

    Places count from 0 and may lie one step outside the data. Neighbourhoods are those of netlib's STL (Cleveland et al. 1990) as
    statsmodels carries it, including the widened radius when the window is longer than the series.
    """
    places = np.arange(n) if at is None else np.asarray(at)
    left = np.clip(places - (window + 2) // 2 + 1, 0, max(0, n - window))
    right = left + min(window, n) - 1
    radius = np.maximum(places - left, right - places).astype(float)
    radius += max(0, window - n) // 2
    points = np.arange(n)
    distance = np.abs(points[None, :] - places[:, None])
    weights = (1.0 - np.minimum(distance / np.maximum(radius, 1e-300)[:, None], 1.0) ** 3) ** 3
    weights[distance <= 0.001 * radius[:, None]] = 1.0
    outside = (points < left[:, None]) | (points > right[:, None]) | (distance > 0.999 * radius[:, None])
    return np.where(outside, 0.0, weights)


def slope_matters(spread: np.ndarray, n: int) -> np.ndarray:
    """Whether a neighbourhood of the given variance of places is wide enough, in a series of `n` points, to carry a slope."""
    return spread > (_FLAT * (n - 1)) ** 2


class Banded:
    """A matrix whose rows touch few neighbouring columns, applied as a row of dense blocks."""

    def __init__(self, matrix: np.ndarray) -> None:
        """Cut `matrix` (m, n) into blocks of rows, each with the columns it touches."""
        self.shape = matrix.shape
        self.blocks: list[tuple[slice, slice, np.ndarray]] = []
        for start in range(0, matrix.shape[0], _ROWS):
            rows = slice(start, min(start + _ROWS, matrix.shape[0]))
            touched = np.flatnonzero(matrix[rows].any(axis=0))
            columns = slice(int(touched[0]), int(touched[-1]) + 1) if len(touched) else slice(0, 1)
            self.blocks.append((rows, columns, np.ascontiguousarray(matrix[rows, columns])))

    def __matmul__(self, values: np.ndarray) -> np.ndarray:
        """Product with `values` (n, lanes), shape (m, lanes)."""
        out = np.empty((self.shape[0], values.shape[1]))
        for rows, columns, block in self.blocks:
            np.matmul(block, values[columns], out=out[rows])
        return out

    def along_rows(self, values: np.ndarray) -> np.ndarray:
        """Product with series laid out in rows, (lanes, n), shape (lanes, m)."""
        out = np.empty((values.shape[0], self.shape[0]))
        for rows, columns, block in self.blocks:
            np.matmul(values[:, columns], block.T, out=out[:, rows])
        return out


@dataclass(frozen=True, eq=False)
class LocalFit:
    """Loess of one window and degree at fixed places: `weights` (places, n) and each point's `offset` from its place."""

    weights: np.ndarray
    offset: np.ndarray
    degree: int

    @classmethod
    def build(cls, n: int, window: int, degree: int, at: np.ndarray | None = None) -> LocalFit:
        """Weights for a series of `n` points, at its own points or at the places given."""
        places = np.arange(n) if at is None else np.asarray(at)
        return cls(
            weights=neighbour_weights(n, window, at),
            offset=np.arange(n)[None, :] - places[:, None] + 0.0,
            degree=degree,
        )

    def matrix(self) -> np.ndarray:
        """Give the smoother as one matrix (places, n), for observations of equal weight; its rows add up to 1."""
        share: np.ndarray = self.weights / self.weights.sum(axis=1, keepdims=True)
        if self.degree == 0:
            return share
        mean = (share * self.offset).sum(axis=1, keepdims=True)
        centred = self.offset - mean
        spread = (share * centred**2).sum(axis=1, keepdims=True)
        usable = slope_matters(spread, self.weights.shape[1])
        slope = np.where(usable, -mean / np.where(usable, spread, 1.0), 0.0)
        tilted: np.ndarray = share * (1.0 + slope * centred)
        return tilted
