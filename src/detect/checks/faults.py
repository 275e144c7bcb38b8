"""The order of steps in a process: steps left out, before their turn, unknown, or done more than once.

What a process does now and then is told when it happens more often than chance explains, given the cases of the day; what it all but
never does is told the first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from detect.checks.process import EventLog, ProcessSettings, ProcessSign, Times
from detect.checks.rates import Past
from detect.model import Kind

__all__ = ["FAULTS", "CaseFault", "fault_signs", "order_faults"]

FAULTS = (Kind.MISSING_STEP, Kind.WRONG_ORDER, Kind.REWORK)
_CASES_SHOWN = 10


@dataclass(frozen=True)
class CaseFault:
    """One case that did not go the way of the process, and when that showed."""

    kind: Kind
    step: str
    case: str
    at: datetime


def order_faults(log: EventLog, settings: ProcessSettings) -> list[CaseFault]:
    """Find required steps left out, steps before an earlier one, activities that are no step, and steps done more than once.

    A step is missing once a later required one has happened: a case on its way lacks nothing.
    """
    found = [
        CaseFault(kind, step, str(log.cases[case]), at.astype(datetime))
        for (kind, step), (cases, times) in _faults(log, settings)
        for case, at in zip(cases, times, strict=True)
    ]
    return sorted(found, key=lambda f: (f.at, f.case, f.kind, f.step))


def fault_signs(log: EventLog, settings: ProcessSettings, day: date) -> list[ProcessSign]:
    """Tell what went wrong on `day` more often than chance explains, by kind and step, given how many cases were handled.

    The days before say how often it happens and how unevenly (beta-binomial, as for rates).
    """
    days = np.arange(np.datetime64(day, "D") - settings.memory_days, np.datetime64(day, "D") + 1)
    handled = _handled(log, days)
    if handled[-1] == 0 or handled[:-1].sum() < settings.minimum_cases:
        return []
    signs = (_sign(log, place, faults, handled, days, settings) for place, faults in _faults(log, settings))
    return sorted((sign for sign in signs if sign is not None), key=lambda sign: (sign.kind, sign.step))


_Faults = tuple[NDArray[np.intp], Times]  # the cases at fault, and when it showed


def _faults(log: EventLog, settings: ProcessSettings) -> Iterator[tuple[tuple[Kind, str], _Faults]]:
    required = [settings.steps.index(step) for step in settings.required]
    for n, step in enumerate(required[:-1]):
        shown = np.fmin.reduce(log.first[:, required[n + 1 :]], axis=1)
        yield (Kind.MISSING_STEP, settings.steps[step]), _where(np.isnat(log.first[:, step]), shown)
    for step in range(1, len(settings.steps)):
        before = np.fmax.reduce(log.first[:, :step], axis=1)
        yield (Kind.WRONG_ORDER, settings.steps[step]), _where(log.first[:, step] < before, before)
    for step, name in enumerate(settings.steps):
        yield (Kind.REWORK, name), _where(log.times[:, step] > 1, log.last[:, step])
    known = {*settings.steps, *settings.ends, *settings.allowed}
    for activity, name in enumerate(log.activities):
        if name not in known:
            rows = np.flatnonzero(log.activity == activity)
            yield (Kind.WRONG_ORDER, name), (log.case[rows], log.time[rows])


def _where(mask: NDArray[np.bool_], at: Times) -> _Faults:
    who = np.flatnonzero(mask & ~np.isnat(at))
    return who, at[who]


def _sign(
    log: EventLog,
    place: tuple[Kind, str],
    faults: _Faults,
    handled: NDArray[np.float64],
    days: Times,
    settings: ProcessSettings,
) -> ProcessSign | None:
    cases, times = faults
    on = times.astype("datetime64[D]")
    today = np.unique(cases[on == days[-1]])
    if not len(today):
        return None
    from scipy.special import betainc, ndtri

    counts = np.minimum(_per_day(on, days), handled)
    past = Past.of(counts[None, :-1], handled[None, :-1])
    a, b = past.beta(handled[None, -1:])
    p = float(1.0 - betainc(a, b, np.clip((len(today) - 0.5) / handled[-1], 0.0, 1.0))[0])
    if p >= settings.fault_probability:
        return None
    kind, step = place
    return ProcessSign(
        kind,
        step,
        days[-1].astype(object),
        actual=float(len(today)),
        expected=float(past.rate[0] * handled[-1]),
        upper=None,
        unit="cases",
        statistic=float(-ndtri(max(p, 1e-15))),
        p=p,
        cases=tuple(str(log.cases[case]) for case in today[:_CASES_SHOWN]),
        evidence={"faulty_cases": len(today), "handled_cases": int(handled[-1])},
    )


def _handled(log: EventLog, days: Times) -> NDArray[np.float64]:
    """Count the cases with an event on each day."""
    day = log.time.astype("datetime64[D]")
    new = np.ones(len(day), dtype=bool)
    new[1:] = (log.case[1:] != log.case[:-1]) | (day[1:] != day[:-1])
    return _per_day(day[new], days)


def _per_day(found: Times, days: Times) -> NDArray[np.float64]:
    index = (found - days[0]).astype(np.int64)
    return np.bincount(index[(index >= 0) & (index < len(days))], minlength=len(days)).astype(float)
