"""Which segments make up the gap between what was and what was expected; the parts add up to the gap.

Sums: contribution and surprise after Bhagwan et al., "Adtributor: Revenue Debugging in Advertising Systems", NSDI 2014. Ratios: the
symmetric (midpoint) decomposition into rate, mix and volume effects, which leaves no residual (Marshall 1923, Edgeworth 1925).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["REST", "Part", "RatioPart", "of_ratio", "of_sum"]

REST = "…"  # what no segment covers: rows outside the segments watched, and segments without a value


@dataclass(frozen=True)
class Part:
    """One segment's part in the gap of a sum.

    `share` is the part of the whole gap (the shares add up to 1); `surprise` (0 to 1, in bits) how much the segment's share of the
    total moved, after Jensen and Shannon; None where shares mean nothing (negative values).
    """

    segment: str
    actual: float
    expected: float
    gap: float
    share: float
    surprise: float | None


@dataclass(frozen=True)
class RatioPart:
    """One segment's part in the gap of a ratio: its own rate changed, or its weight among the segments did.

    `rate` and `mix` are in the unit of the ratio and add up over segments to its gap. `rate_amount`, `mix_amount` and `volume_amount` are
    in the unit of the numerator and add up to the gap of the numerator.
    """

    segment: str
    rate: float
    mix: float
    rate_amount: float
    mix_amount: float
    volume_amount: float


def of_sum(
    segments: Sequence[str],
    actual: np.ndarray,
    expected: np.ndarray,
    total_actual: float | None = None,
    total_expected: float | None = None,
) -> tuple[Part, ...]:
    """Split the gap of a sum over its segments, largest first.

    `actual` and `expected` have shape (segments,), in the metric's unit; segments where either is not finite go into the rest. Where the
    totals are given, what the segments do not cover is a part of its own (`REST`), so that the gaps add up to the gap of the total.
    """
    known = np.isfinite(actual) & np.isfinite(expected)
    names = [name for name, has in zip(segments, known, strict=True) if has]
    was, should = actual[known].astype(float), expected[known].astype(float)
    if total_actual is not None and total_expected is not None:
        rest = (total_actual - float(was.sum()), total_expected - float(should.sum()))
        if not np.allclose(rest, 0.0, rtol=0.0, atol=1e-9 * max(abs(total_actual), abs(total_expected), 1.0)):
            names, was, should = [*names, REST], np.append(was, rest[0]), np.append(should, rest[1])
    gaps = was - should
    whole = float(gaps.sum())
    shares = gaps / whole if whole != 0 else np.zeros_like(gaps)
    surprise = _surprise(was, should)
    if not names:
        return ()
    order = np.lexsort((names, -np.abs(gaps)))
    return tuple(
        Part(
            names[i],
            float(was[i]),
            float(should[i]),
            float(gaps[i]),
            float(shares[i]),
            None if surprise is None else float(surprise[i]),
        )
        for i in order
    )


def _surprise(actual: np.ndarray, expected: np.ndarray) -> np.ndarray | None:
    """Return each segment's term of the Jensen-Shannon divergence (base 2) between the shares expected and seen; shape (segments,)."""
    if actual.size == 0 or (actual < 0).any() or (expected < 0).any() or not actual.sum() > 0 or not expected.sum() > 0:
        return None
    p, q = expected / expected.sum(), actual / actual.sum()
    middle = (p + q) / 2
    divergence: np.ndarray = 0.5 * (_entropy_term(p, middle) + _entropy_term(q, middle))
    return divergence


def _entropy_term(p: np.ndarray, middle: np.ndarray) -> np.ndarray:
    ratio = np.divide(p, middle, out=np.ones_like(p), where=p > 0)
    term: np.ndarray = p * np.log2(ratio)
    return term


def of_ratio(
    segments: Sequence[str],
    numerator: np.ndarray,
    denominator: np.ndarray,
    expected_numerator: np.ndarray,
    expected_denominator: np.ndarray,
) -> tuple[RatioPart, ...]:
    """Split the gap of a ratio (sum of numerators over sum of denominators) into rate and mix effects, largest first.

    All arrays have shape (segments,). Segments with a value that is not finite, or a denominator that is not positive in both states
    together, have no part; a numerator over no denominator has no rate and counts for nothing. With w a segment's share of the
    denominator, r its rate and bars for the mean of the two states: rate = w̄ (r1 - r0), mix = (w1 - w0)(r̄ - R̄); a segment absent from
    one state keeps the rate of the other, so that its coming or going is all mix.
    """
    arrays = [np.asarray(a, dtype=float) for a in (numerator, denominator, expected_numerator, expected_denominator)]
    known = np.logical_and.reduce([np.isfinite(a) for a in arrays]) & (arrays[1] >= 0) & (arrays[3] >= 0)
    known &= arrays[1] + arrays[3] > 0
    n1, d1, n0, d0 = (a[known] for a in arrays)
    if not (d1.sum() > 0 and d0.sum() > 0):
        return ()
    r1, r0 = _rates(n1, d1), _rates(n0, d0)
    r1, r0 = np.where(np.isnan(r1), r0, r1), np.where(np.isnan(r0), r1, r0)
    w1, w0 = d1 / d1.sum(), d0 / d0.sum()
    whole = (float(w1 @ r1) + float(w0 @ r0)) / 2
    rate = (w1 + w0) / 2 * (r1 - r0)
    mix = (w1 - w0) * ((r1 + r0) / 2 - whole)
    middle, growth = (d1.sum() + d0.sum()) / 2, d1.sum() - d0.sum()
    volume = growth * (w1 * r1 + w0 * r0) / 2
    names = [name for name, has in zip(segments, known, strict=True) if has]
    order = np.lexsort((names, -np.abs(rate + mix)))
    return tuple(
        RatioPart(
            names[i],
            float(rate[i]),
            float(mix[i]),
            float(middle * rate[i]),
            float(middle * mix[i]),
            float(volume[i]),
        )
        for i in order
    )


def _rates(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    rates: np.ndarray = np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
    return rates
