"""The figure of the tested day against those of the days before it, never with it."""

from __future__ import annotations

from datetime import date

import numpy as np

from detect.model import Outcome
from detect.quality.history import FromHistory
from detect.quality.outcome import ExpectationResult

__all__ = ["judge_learnt"]

_LEAST_DAYS = 4
_SAME_WEEKDAYS = 4  # from so many on, only the same weekday is compared with
_RECENT = 32  # days compared with where the same weekdays are too few
_STEADY = 0.05  # of the usual figure: no amount is taken to be steadier
_MAD_TO_SIGMA = 1.4826


def judge_learnt(
    identity: str,
    as_of: date,
    settings: FromHistory,
    *,
    figures: tuple[np.ndarray, np.ndarray],
    at: int,
    usable: np.ndarray,
    share: bool,
    broken: bool,
) -> ExpectationResult:
    """Judge day `at` of `figures` (values and rows behind them, both (T,)) by the `usable` (T,) days before it.

    `share` says that the figure is a share of the rows behind it, `broken` that it is of those that break a rule, of which more is
    worse and less is not.
    """
    values, weights = figures
    value = float(values[at])
    if not np.isfinite(value):
        return ExpectationResult(identity, as_of, Outcome.NO_DATA, detail="the day has no rows")
    past = _comparable(values, at, usable & np.isfinite(values), settings.weeks)
    if len(past) < _LEAST_DAYS:
        return ExpectationResult(identity, as_of, Outcome.INSUFFICIENT_HISTORY, detail=f"{len(past)} comparable days")
    usual, reach = _band(past, settings, max(float(weights[at]), 1.0) if share else None)
    lower = None if broken else usual - reach
    kept = value <= usual + reach and (lower is None or value >= lower)
    return ExpectationResult(
        expectation=identity,
        day=as_of,
        outcome=Outcome.OK if kept else Outcome.FINDING,
        unexpected=round(value * float(weights[at])) if broken else None,
        checked=round(float(weights[at])) if broken else None,
        observed=value,
        expected=usual,
        lower=lower,
        upper=usual + reach,
        detail="" if kept else f"{value:.6g}; {usual:.6g} ± {reach:.3g} is usual",
        evidence={"compared_days": len(past)},
    )


def _comparable(values: np.ndarray, at: int, usable: np.ndarray, weeks: int) -> np.ndarray:
    same = np.arange(at - 7, max(at - 7 * weeks, 0) - 1, -7)
    same = same[usable[same]]
    chosen = same if len(same) >= _SAME_WEEKDAYS else np.flatnonzero(usable[:at])[-_RECENT:]
    return np.asarray(values[chosen], dtype=float)


def _band(past: np.ndarray, settings: FromHistory, rows: float | None) -> tuple[float, float]:
    """Return the usual figure and how far from it is still usual; `rows` behind a share bound what chance does to it."""
    usual = float(np.median(past))
    spread = _MAD_TO_SIGMA * float(np.median(np.abs(past - usual)))
    if rows is not None:
        likely = (usual * rows + 0.5) / (rows + 1)
        floor = float(np.sqrt(max(likely * (1 - likely), 0.0) / rows)) + 0.5 / rows
    else:
        floor = _STEADY * abs(usual)
    return usual, max(settings.sigmas * max(spread, floor), settings.least)
