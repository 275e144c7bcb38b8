"""Time in a process: stages slower than they were, cases stuck before they finish, nothing happening, old cases piling up."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.checks.process import WHOLE, EventLog, ProcessSettings, ProcessSign
from detect.model import Kind

__all__ = ["backlog", "interruption", "slow_stages", "stuck"]

Floats = NDArray[np.float64]

_HOUR = np.timedelta64(3600, "s")
_DAY = np.timedelta64(86400, "s")
_LEAST_QUANTILE, _MOST_QUANTILE = 0.95, 0.9999
_SLOW = 3.5  # spreads above the usual daily median
_PILED = 4.0
_LEAST_CASES = 3  # of a day, to speak of its median
_SPREAD_FLOOR = 0.1  # of the logarithm
_MAD_TO_SIGMA = 1.4826
_MEDIAN_VARIANCE = np.pi / 2  # of a median, beside that of a mean
_SELDOM = 0.03  # a weekday without events so seldom before is an interruption now
_CASES_SHOWN = 10


def slow_stages(log: EventLog, settings: ProcessSettings, day: date) -> list[ProcessSign]:
    """Compare the median duration of the cases that passed each stage on `day` with the days before (logarithms, one-sided).

    A stage leads from one required step to the next. Spread within and between days is robust; few cases need a larger gap.
    """
    signs = []
    required = [settings.steps.index(step) for step in settings.required]
    for start, end in pairwise(required):
        passed = ~np.isnat(log.first[:, start]) & ~np.isnat(log.first[:, end])
        hours = (log.first[passed, end] - log.first[passed, start]) / _HOUR
        on = log.first[passed, end].astype("datetime64[D]")
        name = f"{settings.steps[start]} → {settings.steps[end]}"
        sign = _slow(np.log(np.maximum(hours, 0.01)), on, day, settings, name)
        signs += [] if sign is None else [sign]
    return signs


def stuck(log: EventLog, settings: ProcessSettings, since: np.datetime64 | None = None) -> list[ProcessSign]:
    """Find open cases that have waited after an activity longer than all but a few do, by the Kaplan-Meier estimate.

    Cases still waiting count as censored, so a slow month does not look fast because only quick cases have finished. How few follows
    from the promise: of n waits that end a day, each long by chance with probability 1 - q, one is told on n (1 - q) of the days, which is
    to be `chance`. With `since` only cases that passed the limit after it.
    """
    following = np.append(log.case[1:] == log.case[:-1], values=False)
    until = np.where(following, np.append(log.time[1:], log.now), log.now)
    hours = (until - log.time) / _HOUR
    open_case = np.isnat(log.ended[log.case])
    recent = log.time >= log.now - np.timedelta64(settings.memory_days, "D")
    signs = []
    for activity in range(len(log.activities)):
        mine = recent & (log.activity == activity) & (following | open_case)
        days = (log.now - log.time[mine].min()) / _DAY if mine.any() else 1.0
        limit = _limit(hours[mine], following[mine], settings, _quantile(int(following[mine].sum()) / days, settings))
        waiting = mine & ~following & (hours > limit)
        if since is not None:
            waiting &= hours - (log.now - since) / _HOUR <= limit
        if waiting.any():
            signs.append(
                _stuck(log, activity, waiting, hours, usual=float(np.median(hours[mine & following])), limit=limit)
            )
    return signs


def interruption(
    log: EventLog, settings: ProcessSettings, day: date, open_days: NDArray[np.bool_] | None = None
) -> list[ProcessSign]:
    """Find steps that did not happen on `day` although they do on nearly every such weekday.

    `open_days` (memory_days + 1,) ends with `day`: closed days are neither judged nor compared with.
    """
    last = np.datetime64(day, "D")
    days = np.arange(last - settings.memory_days, last + 1)
    is_open = np.ones(len(days), dtype=bool) if open_days is None else open_days
    alike = is_open & ((days - last).astype(np.int64) % 7 == 0)
    if not is_open[-1] or alike.sum() - 1 < settings.minimum_days // 2:
        return []
    signs: list[ProcessSign] = []
    for name in (WHOLE, *settings.steps):
        if signs and signs[0].step == WHOLE:
            break  # where nothing happened at all, no step did
        chosen = (
            slice(None) if not name else np.isin(log.activity, [n for n, a in enumerate(log.activities) if a == name])
        )
        index = (log.time[chosen].astype("datetime64[D]") - days[0]).astype(np.int64)
        counts = np.bincount(index[(index >= 0) & (index < len(days))], minlength=len(days))
        past = counts[alike][:-1]
        if counts[-1] == 0 and (float((past == 0).sum()) + 0.5) / (len(past) + 1) < _SELDOM:
            signs.append(
                ProcessSign(
                    Kind.INTERRUPTION,
                    name,
                    day,
                    0.0,
                    float(np.median(past)),
                    None,
                    "events",
                    evidence={"compared_days": len(past)},
                )
            )
    return signs


def backlog(log: EventLog, settings: ProcessSettings, day: date) -> ProcessSign | None:
    """Compare how many cases are open and older than nine in ten ever get with the days before."""
    begun = np.fmin.reduce(log.first, axis=1)
    last = np.datetime64(day, "D")
    days = np.arange(last - settings.memory_days, last + 1)
    known = ~np.isnat(begun)
    begun, ended = begun[known], log.ended[known]
    before = ended < days[0] + np.timedelta64(1, "D")
    if before.sum() < settings.minimum_cases:
        return None
    old = np.quantile((ended[before] - begun[before]) / np.timedelta64(86400, "s"), 0.9)
    night = days.astype("datetime64[s]") + np.timedelta64(86400, "s")
    aged = begun + np.timedelta64(int(old * 86400), "s")
    gone = np.where(np.isnat(ended), np.datetime64("2262-01-01", "s"), ended)
    late = gone > aged  # cases that ever grow old are old from `aged` until they are gone
    counts = np.searchsorted(np.sort(aged[late]), night) - np.searchsorted(np.sort(gone[late]), night)
    return _piled(counts.astype(float), day, float(old))


def _slow(
    logs: Floats, on: NDArray[np.datetime64], day: date, settings: ProcessSettings, name: str
) -> ProcessSign | None:
    today = np.datetime64(day, "D")
    now = logs[on == today]
    past_days = np.unique(on[(on < today) & (on >= today - settings.memory_days)])
    if len(now) < _LEAST_CASES or len(past_days) < settings.minimum_days:
        return None
    past = [logs[on == d] for d in past_days]
    medians = np.array([np.median(p) for p in past])
    sizes = np.array([len(p) for p in past])
    centre = float(np.median(np.concatenate(past)))
    within = (_MAD_TO_SIGMA * float(np.median(np.abs(np.concatenate(past) - centre)))) ** 2 * _MEDIAN_VARIANCE
    between = max(
        (_MAD_TO_SIGMA * float(np.median(np.abs(medians - np.median(medians))))) ** 2
        - within * float(np.mean(1 / sizes)),
        0.0,
    )
    spread = max(np.sqrt(between + within / len(now)), _SPREAD_FLOOR)
    usual = float(np.median(medians))
    score = (float(np.median(now)) - usual) / spread
    if score < _SLOW:
        return None
    hours = [float(np.exp(v)) for v in (np.median(now), usual, usual + _SLOW * spread)]
    return ProcessSign(
        Kind.DELAY, name, day, hours[0], hours[1], hours[2], "hours", float(score), evidence={"cases": len(now)}
    )


def _quantile(a_day: float, settings: ProcessSettings) -> float:
    """Give the share of waits that are not told: where `a_day` of them end, so many that chance tells on no more days than promised."""
    if settings.quantile is not None:
        return settings.quantile
    return float(np.clip(1 - settings.chance / max(a_day, settings.chance), _LEAST_QUANTILE, _MOST_QUANTILE))


def _limit(hours: Floats, finished: NDArray[np.bool_], settings: ProcessSettings, quantile: float) -> float:
    """Give the wait that all but a share 1 - quantile end sooner (Kaplan-Meier); beyond all known waits where so many never end.

    Fewer waits than it takes to see that share: then the limit is also that of logarithms as wide as those seen.
    """
    if finished.sum() < settings.minimum_cases:
        return np.inf
    order = np.lexsort((~finished, hours))
    at_risk = len(hours) - np.arange(len(hours))
    survival = np.cumprod(1 - finished[order] / at_risk)
    reached = np.flatnonzero(survival <= 1 - quantile)
    longest = float(hours[finished].max())
    limit = min(float(hours[order][reached[0]]), longest) if len(reached) else longest
    if finished.sum() * (1 - quantile) < 1:
        logs = np.log(np.maximum(hours[finished], 0.01))
        centre = float(np.median(logs))
        spread = _MAD_TO_SIGMA * float(np.median(np.abs(logs - centre)))
        limit = max(longest, float(np.exp(centre + NormalDist().inv_cdf(quantile) * spread)))
    return limit


def _stuck(
    log: EventLog, activity: int, waiting: NDArray[np.bool_], hours: Floats, *, usual: float, limit: float
) -> ProcessSign:
    rows = np.flatnonzero(waiting)
    rows = rows[np.argsort(-hours[rows], kind="stable")]
    return ProcessSign(
        kind=Kind.DELAY,
        step=log.activities[activity],
        day=log.now.astype("datetime64[D]").astype(object),
        actual=float(hours[rows[0]]),
        expected=usual,
        upper=limit,
        unit="hours",
        cases=tuple(str(log.cases[log.case[n]]) for n in rows[:_CASES_SHOWN]),
        evidence={"stuck_cases": len(rows)},
    )


def _piled(counts: Floats, day: date, old: float) -> ProcessSign | None:
    past, now = np.sqrt(counts[:-1]), float(np.sqrt(counts[-1]))
    usual = float(np.median(past))
    spread = max(
        _MAD_TO_SIGMA * float(np.median(np.abs(past - usual))), 0.5
    )  # 0.5: that of the root of a Poisson count
    if now - usual < _PILED * spread:
        return None
    limit: Any = (usual + _PILED * spread) ** 2
    return ProcessSign(
        Kind.BACKLOG,
        WHOLE,
        day,
        float(counts[-1]),
        usual**2,
        float(limit),
        "cases",
        (now - usual) / spread,
        evidence={"older_than_days": round(old, 1)},
    )
