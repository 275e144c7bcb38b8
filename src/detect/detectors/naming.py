"""What a departure looks like: double load, unit error, sign flip, zero for missing, a weekday off its pattern, or a spike or dip."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from detect.detectors._base import Floats
from detect.model import Kind

__all__ = ["broken_week", "shape_of"]

_POWERS: Final = (-4, -3, -2, -1, 1, 2, 3, 4)
_NEAR_POWER: Final = 0.12  # of a decimal logarithm
_DOUBLE: Final = (1.8, 2.2)
_OFF, _CALM, _WEEK = (
    3.0,
    2.0,
    7,
)  # spreads beyond which a weekday is off its pattern, and within which the days between are not; days


def shape_of(
    actual: float, expected: float, relative_spread: float, *, never_negative: bool, never_zero: bool
) -> tuple[Kind, dict[str, Any]]:
    """Return the kind of a one-day departure, with what speaks for it; `relative_spread` is the usual error's share of the expected."""
    plain = Kind.SPIKE if actual > expected else Kind.DIP
    if never_negative and actual < 0:
        return Kind.UNIT_ERROR, {"shape": "sign_flip"}
    if actual == 0 and never_zero:
        return Kind.MISSING, {"shape": "zero_for_missing"}
    if expected <= 0 or actual <= 0:
        return plain, {}
    ratio = actual / expected
    power = float(np.log10(ratio))
    nearest = min(_POWERS, key=lambda k: abs(power - k))
    if abs(power - nearest) < _NEAR_POWER + min(relative_spread, 0.3) and (abs(nearest) > 1 or relative_spread < 0.2):  # noqa: PLR2004
        return Kind.UNIT_ERROR, {"shape": "power_of_ten", "factor": 10.0**nearest}
    if _DOUBLE[0] < ratio < _DOUBLE[1] and relative_spread < 0.15:  # noqa: PLR2004
        return Kind.DOUBLE_LOAD, {"shape": "doubled"}
    return plain, {}


def broken_week(z: Floats) -> bool:
    """Say whether the last day of z (days,) repeats the departure of a week ago while the days between were calm.

    A weekday that departs twice running to the same side, alone in its week, is a change of the weekly pattern, not two accidents.
    """
    if len(z) <= _WEEK:
        return False
    before, between, last = z[-_WEEK - 1], z[-_WEEK:-1], z[-1]
    again = min(abs(before), abs(last)) > _OFF and np.sign(before) == np.sign(last)
    return bool(again and np.isfinite(between).any() and float(np.nanmax(np.abs(between))) < _CALM)
