"""What a departure looks like: double load, unit error, sign flip, zero standing for missing, or plainly a spike or dip."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from detect.model import Kind

__all__ = ["shape_of"]

_POWERS: Final = (-4, -3, -2, -1, 1, 2, 3, 4)
_NEAR_POWER: Final = 0.12  # of a decimal logarithm
_DOUBLE: Final = (1.8, 2.2)


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
