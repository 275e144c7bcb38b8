"""The channels of the structural baseline that look at one series alone: point, burst, run, stuck, missing, repeated."""

from __future__ import annotations

from typing import Final

import numpy as np

from detect.detectors._base import Baseline, Bools, Floats, Ints
from detect.model import Panel

__all__ = ["burst", "lagged", "missing", "point", "repeated", "stuck"]

_WINSOR: Final = 8.0
_EACH: Final = 0.6  # spreads: what each day of a burst must depart
_YEAR, _HISTORY = 365, 28
_PRESENCE_MEMORY: Final = 25.0  # dates of one weekday
_EXPECTED: Final = 0.93  # presence above which a day without a value is a departure
_ABSENT: Final = 8  # days without a value for which an absence is told
_COMPANY: Final = 3
_RARE: Final = 0.012  # gaps a day expected, beyond which another gap is no news
_GAP_MEMORY: Final = 400.0  # days expected
_SEEN: Final = 5  # dates of the weekday (or holidays) that must have been seen first


def point(baseline: Baseline) -> Floats:
    """Return the one-step error of the day itself, in spreads."""
    return baseline.z


def lagged(z: Floats, active: Bools, lag: int) -> Floats:
    """Return z of `lag` values earlier (inactive and missing days are passed over), of shape (series, days)."""
    out = np.full(z.shape, np.nan)
    seen = active & ~np.isnan(z)
    order = np.argsort(~seen, axis=1, kind="stable")
    packed = np.take_along_axis(z, order, axis=1)
    count = seen.sum(axis=1)
    rank = np.cumsum(seen, axis=1) - 1
    source = np.clip(rank - lag, 0, None)
    values = np.take_along_axis(packed, source, axis=1)
    valid = seen & (rank >= lag) & (rank < count[:, None])
    out[valid] = values[valid]
    return out


def burst(baseline: Baseline) -> Floats:
    """Return the largest root-sum of the last two or three errors, where all are of one sign."""
    parts = [np.clip(baseline.z, -_WINSOR, _WINSOR)]
    best = np.where(np.isnan(baseline.z), np.nan, 0.0)
    for lag in (1, 2):
        parts.append(np.clip(lagged(baseline.z, baseline.active, lag), -_WINSOR, _WINSOR))
        stack = np.stack(parts)
        one_sign = np.abs(np.sign(stack).sum(axis=0)) == len(parts)
        joint = stack.sum(axis=0) / np.sqrt(len(parts))
        best = np.where(one_sign & (np.abs(joint) > np.abs(best)) & (np.abs(stack).min(axis=0) > _EACH), joint, best)
    return best


def stuck(panel: Panel, begin: int = 0) -> tuple[Floats, Ints]:
    """Return the probability of a run of equal values as long as the one that ends on each day from `begin` on, and its first column.

    The probability of one repeat is the larger of the series' own share of repeats and of the value's own share among earlier
    values, with half a case added; both over the values before the run, which must be four weeks' worth.
    """
    series, days = panel.values.shape
    p, first = np.ones((series, days - begin)), np.tile(np.arange(begin, days), (series, 1))
    last, run, began = np.full(series, np.nan), np.zeros(series), np.zeros(series, np.int64)
    repeats, steps, before, alike = np.zeros(series), np.zeros(series), np.zeros(series), np.zeros(series)
    for t, value in enumerate(panel.values.T):
        seen = np.isfinite(value)
        same = seen & (value == last)
        fresh = seen & ~same
        repeats += np.where(fresh, run, 0)
        run, began = np.where(same, run + 1, np.where(fresh, 0, run)), np.where(fresh, t, began)
        before = np.where(fresh, steps, before)
        for i in np.flatnonzero(same & (run == 1)):
            alike[i] = _commonness(panel.values[i, max(0, began[i] - _YEAR) : began[i]], value[i])
        chance = np.minimum(np.maximum((repeats + 0.5) / (before + 1.0), alike), 1.0)
        if t >= begin:
            p[:, t - begin] = np.where(same & (before >= _HISTORY), chance**run, 1.0)
            first[:, t - begin] = began
        steps += seen
        last = np.where(seen, value, last)
    return p, first


def _commonness(before: Floats, value: float) -> float:
    """Return the share of a value among earlier ones."""
    return float((before == value).sum() / max(int(np.isfinite(before).sum()), 20))


def repeated(panel: Panel) -> Bools:
    """Return the days that arrived more than once, in series for which that is rare (fewer than one earlier day in twenty)."""
    if panel.repeated is None:
        return np.zeros(panel.values.shape, bool)
    before = np.cumsum(panel.repeated, axis=1) - panel.repeated
    seen = np.maximum(np.cumsum(panel.present, axis=1) - panel.present, 1)
    return np.asarray(panel.repeated & (before / seen < 0.05))  # noqa: PLR2004


def missing(panel: Panel, off: Bools, source: Ints, begin: int = 0) -> tuple[Floats, Ints]:
    """Return the presence that earlier dates of the weekday lead to expect of a day without a value, and that day's column.

    Both (series, days from `begin` on). NaN where nothing is to be told. `off` (days,) are holidays, which have a presence of their own;
    `source` (series,) numbers the tables the series come from. Where most series of a table lack a day, the table lacks it (closed, or
    late), which is not told of every series; if there are fewer than three to compare, the gap is told when values come back. An absence
    is told for a week.
    """
    series, days = panel.values.shape
    kind = np.where(off, 7, (panel.days.astype("datetime64[D]").astype(np.int64) + 3) % 7)
    share, number = np.zeros((8, series)), np.zeros((8, series))
    gaps, asked_days = np.full(series, 0.5), np.ones(series)
    last, owed, absent = np.full(series, -1), np.full(series, -1), np.zeros(series, bool)
    out, since = np.full((series, days - begin), np.nan), np.tile(np.arange(begin, days), (series, 1))
    for t in range(days):
        k, here = kind[t], panel.present[:, t]
        begun = last >= 0
        due = begun & (number[k] >= _SEEN) & (share[k] >= _EXPECTED) & (t - last <= _ABSENT)
        company = np.bincount(source, due, minlength=series)[source]
        others = np.bincount(source, due & here, minlength=series)[source]
        rare = gaps / asked_days < _RARE
        asked = due & ~here
        told = asked & rare & (others >= 0.5 * company) & (others > 0)
        back = here & (owed >= 0)
        if t >= begin:
            out[told, t - begin] = 1 - (gaps / asked_days)[told]
            out[back, t - begin], since[back, t - begin] = _EXPECTED, owed[back]
        owed = np.where(asked & rare & ~told & (company < _COMPANY) & (owed < 0), t, owed)
        owed = np.where(here, -1, owed)
        counts = begun & (
            here | (company < _COMPANY) | (others >= 0.5 * company)
        )  # a day that the table lacks says nothing
        keep = np.where(due & counts, 1 - 1 / _GAP_MEMORY, 1.0)
        gaps = gaps * keep + (asked & counts & ~absent)
        absent = ~here & (absent | asked)
        asked_days = asked_days * keep + (due & counts)
        rate = np.where(counts, 1 / np.minimum(number[k] + 1, _PRESENCE_MEMORY), 0.0)
        share[k] += rate * (here - share[k])
        number[k] += counts
        last = np.where(here, t, last)
    return out, since
