"""First digits against Benford's law, only where there are enough amounts over enough orders of magnitude to say anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detect.checks.audit_settings import AuditSettings

__all__ = ["FirstDigits", "first_digits"]

_EXPECTED = np.log10(1 + 1 / np.arange(1, 10))
_MAGNITUDES = 2.0  # amounts must span so many powers of ten


@dataclass(frozen=True)
class FirstDigits:
    """Shares of the digits 1 to 9 and their mean absolute deviation from Benford's; `conforms` None when `declined` says why not asked."""

    rows: int
    shares: tuple[float, ...] = ()
    deviation: float | None = None
    conforms: bool | None = None
    declined: str = ""


def first_digits(amounts: NDArray[np.float64], settings: AuditSettings) -> FirstDigits:
    """Compare first digits with Benford's law by the mean absolute deviation (Nigrini: above 0.015 does not conform)."""
    sizes = np.abs(amounts[np.isfinite(amounts) & (amounts != 0)])
    if len(sizes) < settings.benford_rows:
        return FirstDigits(len(sizes), declined=f"{len(sizes)} amounts, at least {settings.benford_rows} needed")
    low, high = np.percentile(np.log10(sizes), [1, 99])
    if high - low < _MAGNITUDES:
        return FirstDigits(
            len(sizes), declined=f"amounts span {high - low:.1f} powers of ten, {_MAGNITUDES:.0f} needed"
        )
    exponent = np.floor(np.log10(sizes) + 1e-12)
    digit = np.clip((sizes / 10.0**exponent + 1e-9).astype(int), 1, 9)
    shares = np.bincount(digit, minlength=10)[1:] / len(sizes)
    deviation = float(np.abs(shares - _EXPECTED).mean())
    return FirstDigits(len(sizes), tuple(shares.tolist()), deviation, deviation <= settings.benford_deviation)
