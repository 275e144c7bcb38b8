"""One night of one process: every check on its event log, each with how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from detect.checks.faults import fault_signs
from detect.checks.flow import shift
from detect.checks.process import WHOLE, EventLog, ProcessSettings, ProcessSign, as_known
from detect.checks.waiting import backlog, interruption, slow_stages, stuck
from detect.model import Outcome

__all__ = ["Traced", "trace"]

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Traced:
    """What a process showed on a day: its signs, and (detector, step) -> how that check ended."""

    signs: tuple[ProcessSign, ...]
    outcomes: dict[tuple[str, str], Outcome]
    handled: int  # events of the day


def trace(log: EventLog, settings: ProcessSettings, day: date, open_days: NDArray[np.bool_]) -> Traced:
    """Judge `day` by the log as the night of `day` knew it; `open_days` (settings.lookback + 1,) ends with `day`."""
    known = as_known(log, settings, day)
    found: list[ProcessSign] = []
    outcomes: dict[tuple[str, str], Outcome] = {}
    quiet = _quiet(known, settings, day)
    for detector, steps, judge in _checks(known, settings, day, open_days):
        signs = [] if quiet is not None else list(judge())
        found += signs
        told = {sign.step for sign in signs}
        for step in (*steps, *sorted(told - set(steps))):
            outcomes[detector, step] = Outcome.FINDING if step in told else quiet or Outcome.OK
    handled = int((known.time.astype("datetime64[D]") == np.datetime64(day, "D")).sum())
    return Traced(tuple(found), outcomes, handled)


_Judge = Callable[[], list[ProcessSign]]


def _checks(
    log: EventLog, settings: ProcessSettings, day: date, open_days: NDArray[np.bool_]
) -> Iterator[tuple[str, tuple[str, ...], _Judge]]:
    """Yield each detector with the steps it is planned for and what it says."""
    recent = open_days[-settings.memory_days - 1 :]
    yield "duration", settings.stages, lambda: slow_stages(log, settings, day)
    yield "waiting", tuple(sorted({*settings.steps, *log.activities})), lambda: _stuck(log, settings, day)
    yield "order", tuple(sorted({*settings.steps, *log.activities})), lambda: fault_signs(log, settings, day)
    yield "interruption", (WHOLE, *settings.steps), lambda: interruption(log, settings, day, recent)
    yield "backlog", (WHOLE,), lambda: [sign for sign in (backlog(log, settings, day),) if sign]
    yield "flow", (WHOLE,), lambda: [sign for sign in (shift(log, settings, day, open_days),) if sign]


def _stuck(log: EventLog, settings: ProcessSettings, day: date) -> list[ProcessSign]:
    """Tell each case on the night it passes the limit; the log's `now` is the end of the day."""
    return [replace(sign, day=day) for sign in stuck(log, settings, since=log.now - _DAY)]


def _quiet(log: EventLog, settings: ProcessSettings, day: date) -> Outcome | None:
    """Say why nothing can be judged: no event was ever seen, or the log is too young."""
    if not len(log.time):
        return Outcome.NO_DATA
    days = (np.datetime64(day, "D") - log.time.min().astype("datetime64[D]")).astype(int)
    enough = days >= settings.minimum_days and len(log.cases) >= settings.minimum_cases
    return None if enough else Outcome.INSUFFICIENT_HISTORY
