"""How many cases begin: a lasting change is told once, by weeks, so that a process that runs on some weekdays alone is no riddle.

Weeks end with the day judged. What counts is cases begun an open day, in logarithms; a week with hardly an open day says nothing.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.checks.process import WHOLE, EventLog, ProcessSettings, ProcessSign
from detect.model import Kind

__all__ = ["shift"]

Floats = NDArray[np.float64]

_WEEK = 7
_RECENT, _PAST, _LEAST_PAST = 3, 26, 12  # weeks
_LEAST_OPEN = 3  # days of a week
_LEAST_RATIO = float(np.log(1.5))
_SPREADS = 4.0
_SPREAD_FLOOR = 0.15
_QUIET = 42  # days for which a change is not told again: the weeks after it are part of it
_MAD_TO_SIGMA = 1.4826


class _Level(NamedTuple):
    """The level of the recent weeks against those before, both as cases an open day, and how far apart they lie in spreads."""

    recent: float
    usual: float
    spread: float
    score: float


def shift(
    log: EventLog, settings: ProcessSettings, day: date, open_days: NDArray[np.bool_] | None = None
) -> ProcessSign | None:
    """Tell that the last three weeks brought half as many cases again as the half year before, or as many fewer; on the first day only.

    `open_days` (settings.lookback + 1,) ends with `day`; without it every day is open.
    """
    last = np.datetime64(day, "D")
    days = np.arange(last - settings.lookback, last + 1)
    is_open = np.ones(len(days), dtype=bool) if open_days is None else open_days
    begun = np.fmin.reduce(log.first, axis=1)
    begun = begun[~np.isnat(begun)].astype("datetime64[D]")
    if not len(begun) or not is_open[-1]:
        return None
    index = (begun - days[0]).astype(np.int64)
    counts = np.bincount(index[index >= 0], minlength=len(days)).astype(float)
    known = max(int(index.min()), 0)  # before the first case ever seen there was no log
    now = _level(counts, is_open, known, len(days))
    if now is None or not _departs(now):
        return None
    for back in range(1, _QUIET + 1):
        before = _level(counts, is_open, known, len(days) - back)
        if before is not None and _departs(before) and np.sign(before.score) == np.sign(now.score):
            return None
    return ProcessSign(
        Kind.LEVEL_SHIFT,
        WHOLE,
        day,
        actual=float(np.exp(now.recent)),
        expected=float(np.exp(now.usual)),
        upper=float(np.exp(now.usual + max(_LEAST_RATIO, _SPREADS * now.spread))) if now.score > 0 else None,
        unit="cases",
        statistic=float(now.score),
        first_day=(last - _WEEK * _RECENT + 1).astype(object),
        evidence={"weeks": _RECENT, "begun_an_open_day": True},
    )


def _level(counts: Floats, is_open: NDArray[np.bool_], known: int, end: int) -> _Level | None:
    """Compare the weeks that end before column `end`; None where too few weeks can be compared."""
    weeks = min((end - known) // _WEEK, _RECENT + _PAST)
    if weeks < _RECENT + _LEAST_PAST:
        return None
    span = slice(end - weeks * _WEEK, end)
    number = counts[span].reshape(weeks, _WEEK).sum(axis=1)
    opened = is_open[span].reshape(weeks, _WEEK).sum(axis=1)
    said = opened >= _LEAST_OPEN
    logs = np.log((number + 0.5) / np.maximum(opened, 1))
    recent, past = logs[-_RECENT:][said[-_RECENT:]], logs[:-_RECENT][said[:-_RECENT]]
    if len(recent) < _RECENT or len(past) < _LEAST_PAST:
        return None
    usual = float(np.median(past))
    typical = max(float(np.median(number[:-_RECENT][said[:-_RECENT]])), 1.0)
    robust = _MAD_TO_SIGMA * float(np.median(np.abs(past - usual)))
    spread = float(np.hypot(max(robust, _SPREAD_FLOOR), typical**-0.5)) / np.sqrt(_RECENT)
    # The week nearest to the usual speaks for all: each of them must have changed.
    gaps = recent - usual
    nearest = float(gaps[np.argmin(np.abs(gaps))]) if len({*np.sign(gaps)}) == 1 else 0.0
    mean = float(recent.mean())
    score = (mean - usual) / spread if abs(nearest) >= _LEAST_RATIO / 2 else 0.0
    return _Level(mean, usual, spread, score)


def _departs(level: _Level) -> bool:
    return abs(level.score) >= _SPREADS and abs(level.recent - level.usual) >= _LEAST_RATIO
