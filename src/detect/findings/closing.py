"""Expectations of parts brought into line with that of the whole, so that what the parts add to a gap closes without a remainder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["covers", "in_line"]

Floats = NDArray[np.float64]
_EXACT = 1e-8  # of the whole: less is the order of a summation and the rounding of figures told


def covers(parts: Floats, whole: float) -> bool:
    """Whether the parts (segments,) are all of the whole, so that nothing lies outside of them."""
    scale = max(float(np.abs(parts).sum()), abs(whole), 1e-300)
    return bool(np.isfinite(parts).all() and np.isfinite(whole) and abs(float(parts.sum()) - whole) <= _EXACT * scale)


def in_line(expected: Floats, whole: float) -> Floats:
    """Return the expectations (segments,) scaled to add up to that of the whole; as they are where no scale can do that.

    Each series has its own expectation, and the sum of the parts' is not quite the whole's. The top-down (proportional) way of hierarchical
    forecasting (Gross and Sohl 1990) keeps their proportions.
    """
    total = float(expected.sum())
    if not (np.isfinite(expected).all() and (expected >= 0).all() and total > 0 and whole > 0):
        return expected
    return np.asarray(expected * (whole / total), float)
