"""Past days in the units of the day judged: a replay of years changes a series' transform on fixed dates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detect.detectors._base import Baseline, Floats
from detect.detectors.transforms import Transform

__all__ = ["in_units_of", "stretches", "transform_on"]


def stretches(baseline: Baseline, first: int) -> Iterator[tuple[int, int]]:
    """Yield (begin, end) of the runs of columns from `first` on within which no series' transform changes."""
    days = baseline.cleaned.shape[1]
    edges = [first]
    if baseline.family is not None and baseline.offset is not None:
        changed = np.diff(baseline.family[:, first:], axis=1) != 0
        step = np.diff(baseline.offset[:, first:], axis=1)
        changed |= np.isfinite(step) & (step != 0)
        edges += [first + 1 + int(c) for c in np.flatnonzero(changed.any(axis=0))]
    yield from zip(edges, [*edges[1:], days], strict=True)


def transform_on(baseline: Baseline, column: int) -> Transform | None:
    """Return the transform of one column, or None where the baseline names none."""
    if baseline.family is None or baseline.offset is None:
        return None
    family, offset = baseline.family[:, column], baseline.offset[:, column]
    return Transform(family, offset, np.zeros_like(offset), np.ones_like(offset))


def in_units_of(baseline: Baseline, values: Floats, column: int) -> Floats:
    """Re-express transformed values (series, days) of the days up to and including `column` in that column's transform.

    `values` begins with the Panel's first column; NaN stays NaN.
    """
    now = transform_on(baseline, column)
    past = values[:, : column + 1]
    if now is None or baseline.family is None or baseline.offset is None:
        return past
    family, offset = baseline.family[:, : column + 1], baseline.offset[:, : column + 1]
    other = (family != now.family[:, None]) | (offset != now.offset[:, None])
    rows, columns = np.nonzero(other & np.isfinite(past))
    if not len(rows):
        return past
    then = Transform(family[rows, columns], offset[rows, columns], np.zeros(len(rows)), np.ones(len(rows)))
    here = Transform(now.family[rows], now.offset[rows], np.zeros(len(rows)), np.ones(len(rows)))
    out = past.copy()
    out[rows, columns] = here.forward(then.inverse(past[rows, columns]))
    return out
