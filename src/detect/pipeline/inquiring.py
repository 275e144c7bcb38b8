"""One series on one day, looked at closely: what every channel said, and which rule kept it quiet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np

from detect.detectors._base import Baseline, Context, Feedback, Floats
from detect.detectors.baseline import Replay
from detect.detectors.threshold import limits
from detect.model import Departure, Direction, History, Panel, SeriesKey
from detect.pipeline.alarms import departures, line
from detect.pipeline.detecting import models_at
from detect.pipeline.evidence import Evidence, facts_of, gather
from detect.pipeline.feedback import feedback_of
from detect.pipeline.judged import panel_of
from detect.pipeline.judging import Models, learn
from detect.pipeline.kept_baseline import night_baseline
from detect.pipeline.periods import fitted_through
from detect.pipeline.promise import budgets
from detect.pipeline.session import Session
from detect.series import panel as panels
from detect.series.calendars import Calendar
from detect.series.metric import Metric

__all__ = ["Examined", "Examiner", "Quiet", "Reading", "asked", "examine"]

_SAME_WEEKDAYS = 6
_WEEK = timedelta(days=7)


class Quiet(StrEnum):
    """Why a day was not told; TOLD when it was."""

    TOLD = "told"
    NO_SERIES = "no_series"
    NO_DATA = "no_data"
    NOT_DUE = "not_due"
    NON_FINITE = "non_finite"
    TOO_YOUNG = "too_little_history"
    INSIDE = "inside_the_band"
    VERDICT = "people_said_so"
    MINIMUM = "below_the_minimum"
    SIDE = "not_the_harmful_side"
    KIND = "kind_not_wanted"
    REFRACTORY = "told_already"
    LIMITS_ONLY = "within_the_limits"
    OTHER_CHECK = "judged_by_a_check"


_WISHES: Final[Mapping[Quiet, Mapping[str, object]]] = {
    Quiet.MINIMUM: {"minimum": 0.0},
    Quiet.SIDE: {"direction": Direction.BOTH},
    Quiet.KIND: {"kinds": None},
}


@dataclass(frozen=True)
class Reading:
    """What one channel said of the day: `p`, and `line`, the p below which it tells; `days` are those behind its tail (0: no tail)."""

    channel: str
    statistic: float
    p: float
    line: float
    days: int = 0

    @property
    def beyond(self) -> bool:
        """Whether the channel took the day for no normal one."""
        return self.p < self.line

    @property
    def extrapolated(self) -> bool:
        """Whether p is below one in as many days as were seen, and so read off the pooled tail that was fitted to them."""
        return self.days > 0 and self.p * self.days < 1


@dataclass(frozen=True, eq=False)
class Examined:
    """One series-day; `compared` are the same weekdays before it, `history` counts the values before it."""

    key: SeriesKey
    day: date
    quiet: Quiet
    readings: tuple[Reading, ...] = ()
    departures: tuple[Departure, ...] = ()
    actual: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    history: int = 0
    settled: int = 0
    least: int = 0
    first: date | None = None
    compared: tuple[tuple[date, float | None], ...] = ()
    check: str = ""  # the name of the check that judges this metric instead of the detectors
    models: str = ""
    budget: float | None = None  # what was promised of this series, per 1,000 of its days


def examine(session: Session, key: SeriesKey, day: date) -> Examined:
    """Judge the night of `day` once more, writing nothing, and keep everything that was said of one series."""
    return Examiner(session, day).at(key)


class Examiner:
    """The night of one day judged once more, from which any series can be looked at."""

    def __init__(self, session: Session, day: date, *, keep: bool = False) -> None:
        """Read the figures; the detectors are asked when a series of theirs is looked at first. `keep` is for the night itself."""
        policy = session.book.policy
        self.session, self.day, self._keep = session, day, keep
        self.whole = panel_of(session, day, day)
        self._checks = {m: rate.id for rate in policy.rates for m in rate.metrics}
        self._accounts = {account.metric: account.id for account in policy.accounts}
        own = [i for i, key in enumerate(self.whole.keys) if key.metric not in self._accounts]
        self.panel = panels.select(self.whole, own)
        self.feedback = [said for said in feedback_of(session.store) if said.recorded_on < day]

    @cached_property
    def evidence(self) -> tuple[Evidence, Models]:
        """What every channel says of every series, and the models that were asked."""
        return _gathered(self.session, self.panel, self.day, self.feedback, keep=self._keep)

    def at(self, key: SeriesKey) -> Examined:
        """Return everything that was said of one series; raises UsageError for an unknown metric."""
        metric = self.session.book.metric(key.metric)
        if key not in self.whole.keys:
            return Examined(key, self.day, Quiet.NO_SERIES)
        if key.metric in self._accounts:
            return _by_check(self.whole, key, self.day, self._accounts[key.metric])
        evidence, models = self.evidence
        look = _Look(self.session, self.panel, metric, self.feedback, evidence, models)
        return look.at(key, self.day, self._checks.get(key.metric, ""))

    def history(self, key: SeriesKey) -> History | None:
        """Return a series as a chart shows it, every day with what the days before it led to expect; None without figures."""
        if key not in self.whole.keys:
            return None
        i, days = self.whole.keys.index(key), self.whole.days
        nothing = np.full(len(days), np.nan)
        expected, lower, upper = nothing, nothing, nothing
        if key in self.panel.keys:
            row, base = self.panel.keys.index(key), self.evidence[0].baseline
            expected, lower, upper = base.expected[row], base.lower[row], base.upper[row]
        names = self.session.calendar(self.day).holiday_names(days.astype(object))
        unit = self.session.book.metric(key.metric).unit
        return History(days, self.whole.values[i], expected, lower, upper, np.zeros(len(days), bool), names, unit)


def _gathered(
    session: Session, panel: Panel, day: date, feedback: Sequence[Feedback], *, keep: bool
) -> tuple[Evidence, Models]:
    through = fitted_through(day, session.book.policy.detection.refit_days)
    models = models_at(session, through)
    if models is not None:
        return asked(session, panel, night_baseline(session, panel, day, feedback, keep=keep), day, models), models
    metrics, detection, last = session.book.metrics, session.book.policy.detection, len(panel.days) - 1
    calendar = session.calendar(day)
    replay = Replay(panel, metrics, calendar, detection.structural, last, feedback)
    ends = max(0, last - (day - through).days + 1)
    past = panels.until(panel, ends)
    models = learn(past, metrics, calendar, detection, replay.baseline(last, ends), through)
    return asked(session, panel, replay.baseline(last, last + 1), day, models), models


def asked(session: Session, panel: Panel, base: Baseline, day: date, models: Models, days: int = 1) -> Evidence:
    """Ask every channel and second opinion about the Panel's last `days` days, the last of them `day`, given its baseline."""
    metrics, detection = session.book.metrics, session.book.policy.detection
    first = max(0, len(panel.days) - days)
    calendar = session.calendar(day)
    names = calendar.holiday_names(panel.days.astype(object))
    off = np.array([d in names for d in panel.days.astype(object)], bool)
    budget = budgets(panel.keys, metrics, detection, models.keys)
    context = Context(panel, metrics, calendar, base, first, budget)
    return gather(context, models, detection, facts_of(panel, metrics, off, first))


@dataclass(frozen=True, eq=False)
class _Look:
    """Everything needed to say of one series why its last day was told or not."""

    session: Session
    panel: Panel
    metric: Metric
    feedback: Sequence[Feedback]
    evidence: Evidence
    models: Models

    def at(self, key: SeriesKey, day: date, check: str) -> Examined:
        panel, detection, evidence = self.panel, self.session.book.policy.detection, self.evidence
        i, last = panel.keys.index(key), len(panel.days) - 1
        base = evidence.baseline
        told = self._told(evidence, i, {})
        seen = np.flatnonzero(np.isfinite(panel.values[i, :last]))
        return Examined(
            key,
            day,
            self._quiet(evidence, i, told, self.session.calendar(day)),
            tuple(self._readings(evidence, i)),
            tuple(told),
            _number(panel.values[i, last]),
            _number(base.expected[i, last]),
            _number(base.lower[i, last]),
            _number(base.upper[i, last]),
            int(base.history[i, last]) or int(seen.size),
            max(detection.min_history, self.metric.min_history),
            detection.min_history_provisional,
            panel.days[seen[0]].item() if seen.size else None,
            _compared(panel, i, day),
            check,
            self.models.version,
            float(self._budget()[i]),
        )

    def _budget(self) -> Floats:
        book = self.session.book
        return budgets(self.panel.keys, book.metrics, book.policy.detection, self.models.keys)

    def _readings(self, evidence: Evidence, i: int) -> list[Reading]:
        found = []
        for channel in evidence.channels:
            p, statistic = float(channel.p[i, -1]), float(channel.statistic[i, -1])
            least = float(line(channel, evidence, self._budget())[i, -1])
            if np.isfinite(p) and np.isfinite(statistic) and least > 0:  # a channel without a share is not asked
                found.append(Reading(channel.name, statistic, p, least, self.models.tail(channel.name).days))
        return sorted(found, key=lambda r: r.p / r.line)

    def _told(self, evidence: Evidence, i: int, change: Mapping[str, object], *, heed: bool = True) -> list[Departure]:
        """Return what is told of the day, with the metric's wishes changed so."""
        detection = self.session.book.policy.detection
        metrics = {self.metric.id: self.metric.model_copy(update=dict(change))}
        said = self.feedback if heed else ()
        own = [d for d in departures(evidence, self.panel, metrics, detection, self._budget(), said) if d.series == i]
        own += [d for opinion in evidence.opinions.values() for d in opinion.departures if d.series == i]
        if detection.threshold.enabled:
            own += [d for d in self._limits(evidence.baseline) if d.series == i]
        return own

    def _limits(self, base: Baseline) -> list[Departure]:
        span = slice(len(self.panel.days) - 1, None)
        metrics = {self.metric.id: self.metric}
        return limits(self.panel, metrics, base.expected[:, span], base.lower[:, span], base.upper[:, span], span.start)

    def _quiet(self, evidence: Evidence, i: int, told: Sequence[Departure], calendar: Calendar) -> Quiet:
        if told:
            return Quiet.TOLD
        unjudged = self._unjudged(evidence.baseline, i, calendar)
        if unjudged is not None:
            return unjudged
        return self._unwanted(evidence, i) or (
            Quiet.REFRACTORY if any(r.beyond for r in self._readings(evidence, i)) else Quiet.INSIDE
        )

    def _unjudged(self, base: Baseline, i: int, calendar: Calendar) -> Quiet | None:
        """Say why the detectors had no question about the day, None where they had."""
        panel, last = self.panel, len(self.panel.days) - 1
        found = None
        if not panel.present[i, last]:
            due = base.active[i, last] and calendar.is_working_day(panel.days[last].item())
            found = Quiet.NO_DATA if due else Quiet.NOT_DUE
        elif not np.isfinite(panel.values[i, last]):
            found = Quiet.NON_FINITE
        elif self.metric.detectors == ():
            found = Quiet.LIMITS_ONLY
        elif base.history[i, last] < self.session.book.policy.detection.min_history_provisional:
            found = Quiet.TOO_YOUNG
        return found

    def _unwanted(self, evidence: Evidence, i: int) -> Quiet | None:
        """Ask again with one wish less at a time: the first whose absence would have told is the reason."""
        if self._told(evidence, i, {}, heed=False):
            return Quiet.VERDICT
        for reason, change in _WISHES.items():
            if self._told(evidence, i, change):
                return reason
        every = {name: value for change in _WISHES.values() for name, value in change.items()}
        if not self._told(evidence, i, every, heed=False):
            return None
        up = bool(self.panel.values[i, -1] > evidence.baseline.expected[i, -1])
        return Quiet.SIDE if self.metric.direction is (Direction.DOWN if up else Direction.UP) else Quiet.MINIMUM


def _by_check(panel: Panel, key: SeriesKey, day: date, check: str) -> Examined:
    """Return what can be said of a series that a check of its own judges, by its own rhythm."""
    i, last = panel.keys.index(key), len(panel.days) - 1
    seen = np.flatnonzero(np.isfinite(panel.values[i, :last]))
    return Examined(
        key,
        day,
        Quiet.OTHER_CHECK,
        actual=_number(panel.values[i, last]),
        history=int(seen.size),
        first=panel.days[seen[0]].item() if seen.size else None,
        compared=_compared(panel, i, day),
        check=check,
    )


def _compared(panel: Panel, i: int, day: date) -> tuple[tuple[date, float | None], ...]:
    """Return the same weekdays before the day with their figures, the latest first."""
    last = len(panel.days) - 1
    weeks = range(1, min(_SAME_WEEKDAYS, last // 7) + 1)
    return tuple((day - back * _WEEK, _number(panel.values[i, last - 7 * back])) for back in weeks)


def _number(value: float) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None
