"""The structural baseline of a whole Panel: series grouped by their pattern of days, walked in stretches of absolute dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from detect.detectors._base import Baseline, Bools, Feedback, Floats, Ints
from detect.detectors.covariance import design
from detect.detectors.innovations import Days, Pass, Said, Walk, walk
from detect.detectors.structural import StructuralSettings
from detect.detectors.transforms import IDENTITY, Transform, choose
from detect.model import Panel
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Metric
from detect.series.regressors import Regressors

__all__ = ["LOOKBACK", "Replay"]

_STRETCH: Final = 364  # days judged with one choice of transform and pattern; stretches begin on fixed dates
_WARM_UP: Final = 728
LOOKBACK: Final = _STRETCH + _WARM_UP  # days: what lies further back changes nothing
_YOUNG: Final = (63, 126, 252)  # days after which a young series' transform is chosen anew
_GRID: Final = 28
_AFTER: Final = 60  # days for which a series that has ended is still expected
_FIRST: Final = 28
_CHUNK: Final = 2500  # series walked at once: their state stays in the processor's cache
_ACTIVE: Final = 0.1  # share of a weekday's dates with a value, for it to be a working one
_BAND: Final = 3.09  # spreads: 2 in 1,000 normal days lie outside


@dataclass(frozen=True)
class _Group:
    """Series (rows of the Panel) that share a calendar and begin on the same column."""

    series: Ints
    start: int
    calendar: Calendar
    metric: str


@dataclass(frozen=True)
class _Stretch:
    """Columns [start, end) are walked, of which [begin, end) are judged."""

    start: int
    begin: int
    end: int


@dataclass(frozen=True, eq=False)
class _Walked:
    job: _Job
    columns: Ints
    found: Walk
    x: Floats
    transform: Transform


class Replay:
    """The walk-forward pass over a Panel, from which the baseline of any judged stretch is read.

    Each series is walked once a stretch, from up to two years before it. `parts` are the ranges of judged columns within which no
    series changes its stretch; the baseline of a part shows the days before it as that part's walks saw them, so that a night
    gives the same whether it is judged alone or among others.
    """

    def __init__(
        self,
        panel: Panel,
        metrics: Mapping[str, Metric],
        calendar: Calendar,
        settings: StructuralSettings,
        first: int,
        feedback: Sequence[Feedback] = (),
    ) -> None:
        self.panel, self.first, self._settings = panel, first, settings
        self._walked: list[_Walked] = []
        self._edges = {first, len(panel.days)}
        said = _verdicts(panel, feedback)
        for group in _groups(panel, metrics, calendar):
            last = int(np.flatnonzero(np.isfinite(panel.values[group.series]).any(axis=0))[-1]) + _AFTER
            facts = group.calendar.regressors(panel.days[group.start :], group.metric or None)
            for stretch in _stretches(panel.days, group.start, first, last):
                self._edges.add(max(stretch.begin, first))
                for series, active in _patterns(panel, group.series, stretch):
                    self._walked += _walk(panel, _Job(series, stretch, active), facts, group.start, settings, said)

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Return the ranges of judged columns, in order."""
        edges = sorted(self._edges)
        return list(zip(edges, edges[1:], strict=False))

    def baseline(self, begin: int, end: int) -> Baseline:
        """Return the baseline of the columns before `end`, as the part that holds [begin, end) sees it."""
        out = _Out((len(self.panel.keys), end))
        for walked in self._walked:
            if walked.job.stretch.begin <= begin < walked.job.stretch.end:
                out.put(walked, end, self._settings.clip)
        return out.result()


@dataclass(frozen=True)
class _Job:
    series: Ints
    stretch: _Stretch
    active: Bools  # (7,) weekdays


class _Out:
    """The arrays of the result, (series, days)."""

    def __init__(self, shape: tuple[int, int]) -> None:
        names = ("z", "expected", "lower", "upper", "adjusted", "cleaned", "spread", "run")
        self.float = {name: np.full(shape, np.nan) for name in names}
        self.history = np.zeros(shape, np.int64)
        self.onset = np.zeros(shape, np.int64)
        self.active = np.zeros(shape, bool)
        number = shape[0]
        self.transform = Transform(np.full(number, IDENTITY), np.ones(number), np.zeros(number), np.ones(number))

    def put(self, walked: _Walked, end: int, clip: float) -> None:
        """Write the columns before `end` of one walk."""
        rows = int(np.searchsorted(walked.columns, end))
        place = np.ix_(walked.job.series, walked.columns[:rows])
        found, inverse = walked.found, walked.transform.inverse
        expected, spread, effect = found.expected[:rows], found.spread[:rows], found.effect[:rows]
        arrays = {
            "z": found.z[:rows],
            "expected": inverse(expected),
            "lower": inverse(expected - _BAND * spread),
            "upper": inverse(expected + _BAND * spread),
            "adjusted": walked.x[:rows] - effect,
            "cleaned": expected - effect + np.clip(found.error[:rows], -clip * spread, clip * spread),
            "spread": spread,
            "run": found.run[:rows],
        }
        for name, values in arrays.items():
            self.float[name][place] = values.T
        self.history[place] = found.history[:rows].T
        self.onset[place] = walked.columns[np.maximum(found.onset[:rows], 0)].T
        self.active[place] = True
        for own, all_series in zip(vars(walked.transform).values(), vars(self.transform).values(), strict=True):
            all_series[walked.job.series] = own

    def result(self) -> Baseline:
        run, rest = self.float["run"], {k: v for k, v in self.float.items() if k != "run"}
        return Baseline(
            **rest,
            history=self.history,
            active=self.active,
            statistics={"run": run},
            onset={"run": self.onset},
            transform=self.transform,
        )


def _walk(
    panel: Panel, job: _Job, facts: Regressors, origin: int, settings: StructuralSettings, said: Sequence[_Verdict]
) -> Iterator[_Walked]:
    begin, end = job.stretch.start - origin, job.stretch.end - origin
    rows = np.zeros(len(facts.weekday), bool)
    rows[begin:end] = job.active[_weekday(panel.days[job.stretch.start : job.stretch.end])]
    columns = np.flatnonzero(rows) + origin
    if not len(columns):
        return
    factors = design(facts, rows)
    days = _days(panel.days[columns], facts, rows)
    for chunk in np.array_split(job.series, -(-len(job.series) // _CHUNK)):
        y = panel.values[np.ix_(chunk, columns)].T
        y = np.where(np.isfinite(y), y, np.nan)
        before = max(int((columns < job.stretch.begin).sum()), min(_FIRST, len(y)))
        transform = choose(y[:before], int(job.active.sum()))
        x = transform.forward(y)
        given = Pass(x, _noise(panel, chunk, columns), _on_rows(said, chunk, columns), settings.memory, settings.clip)
        found = walk(given, factors, days, transform, _centre(x))
        yield _Walked(_Job(chunk, job.stretch, job.active), columns, found, x, transform)


def _weekday(days: np.ndarray) -> Ints:
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % 7)


def _groups(panel: Panel, metrics: Mapping[str, Metric], calendar: Calendar) -> Iterator[_Group]:
    """Group the series by calendar and by the (rounded) column of their first value; series without values are in none."""
    seen = np.isfinite(panel.values)
    begun = np.where(seen.any(axis=1), seen.argmax(axis=1), -1)
    own = {e.metrics for e in calendar.known_events if e.metrics}
    special = {name for names in own for name in names}
    groups: dict[tuple[int, str | None, str], list[int]] = {}
    for i in np.flatnonzero(begun >= 0):
        metric = metrics.get(panel.keys[i].metric)
        country = (metric.country if metric else None) or calendar.settings.country
        name = panel.keys[i].metric if panel.keys[i].metric in special else ""
        groups.setdefault((_rounded(panel.days, int(begun[i])), country, name), []).append(int(i))
    for (start, country, name), series in sorted(groups.items(), key=str):
        yield _Group(np.array(series), start, _of_country(calendar, country), name)


def _of_country(calendar: Calendar, country: str | None) -> Calendar:
    if country == calendar.settings.country:
        return calendar
    own = CalendarSettings(
        country=country, closed_weekdays=calendar.settings.closed_weekdays, closures=calendar.settings.closures
    )
    return Calendar(own, calendar.known_events)


def _rounded(days: np.ndarray, column: int) -> int:
    """Return the column from which a series is walked: its first week's Monday, or, with half a year of history, its fourth's.

    Rounding keeps the number of groups small; it loses some of the oldest days and never a young series' own.
    """
    number = int(days[column].astype("datetime64[D]").astype(np.int64)) - 4  # days since a Monday
    if len(days) - column > _YOUNG[-1]:
        later = column + (-number) % 28
        return later
    return max(0, column - number % 7)


def _stretches(days: np.ndarray, start: int, first: int, last: int) -> list[_Stretch]:
    """Cut the columns into stretches that begin on fixed dates: yearly, and some while after a series began. `last` ends the last one."""
    zero = int(days[0].astype("datetime64[D]").astype(np.int64)) - 4
    stop = min(len(days), last)
    young = [c + (-(zero + c)) % _GRID for c in (start + age for age in _YOUNG)]
    anchors = [c for c in range((-zero) % _STRETCH, stop, _STRETCH) if c > young[-1]]
    edges = [start, *(c for c in young if c < stop), *anchors, stop]
    pairs = [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > first and b > a]
    return [_Stretch(max(start, a - _WARM_UP), a, b) for a, b in pairs]


def _patterns(panel: Panel, series: Ints, stretch: _Stretch) -> Iterator[tuple[Ints, Bools]]:
    """Split series by the weekdays on which they have values, as far as days before the judged ones (or the first four weeks) show."""
    end = min(max(stretch.begin, stretch.start + _FIRST), stretch.end)
    seen = np.isfinite(panel.values[series, stretch.start : end])
    weekday = _weekday(panel.days[stretch.start : end])
    share = np.stack(
        [seen[:, weekday == d].mean(axis=1) if (weekday == d).any() else np.ones(len(series)) for d in range(7)], axis=1
    )
    active = share >= _ACTIVE
    active[~active.any(axis=1)] = True
    code = active @ (1 << np.arange(7))
    for value in np.unique(code):
        yield series[code == value], active[np.argmax(code == value)]


def _days(days: np.ndarray, facts: Regressors, rows: Bools) -> Days:
    month_day = (days.astype("datetime64[D]") - days.astype("datetime64[M]").astype("datetime64[D]")).astype(
        np.int64
    ) + 1
    weekday = np.where(facts.make_up[rows], 0, _weekday(days))
    return Days(weekday, month_day, ~(facts.off | facts.near | facts.expected)[rows])


def _centre(x: Floats) -> Floats:
    """Return the median (N,) of the first 28 values."""
    rank = np.cumsum(~np.isnan(x), axis=0)
    head = np.sort(np.where((rank <= _FIRST) & ~np.isnan(x), x, np.inf), axis=0)
    count = np.minimum(rank[-1], _FIRST)
    middle = np.take_along_axis(head, np.maximum((count - 1) // 2, 0)[None, :], axis=0)[0]
    return np.where(count > 0, middle, 0.0)


def _noise(panel: Panel, series: Ints, columns: Ints) -> Floats | None:
    """Return the relative noise (R, N) that small denominators bring: sqrt(usual denominator of earlier rows / the day's)."""
    if panel.weights is None:
        return None
    weight = panel.weights[np.ix_(series, columns)].T
    known = np.isfinite(weight) & (weight > 0)
    total = np.cumsum(np.where(known, weight, 0.0), axis=0)
    count = np.cumsum(known, axis=0)
    usual = (total - np.where(known, weight, 0.0)) / np.maximum(count - known, 1)
    ratio = np.sqrt(usual / np.where(known, weight, 1.0))
    return np.where(known & (count > 1), np.clip(ratio, 0.7, 6.0), 1.0)


@dataclass(frozen=True)
class _Verdict:
    series: int
    column: int  # first column that may know it
    said: Feedback
    first: int
    last: int


def _verdicts(panel: Panel, feedback: Sequence[Feedback]) -> list[_Verdict]:
    rows = {key: i for i, key in enumerate(panel.keys)}

    def column(day: date) -> int:
        return int((np.datetime64(day, "D") - panel.days[0]).astype(int))

    return [
        _Verdict(rows[f.key], column(f.recorded_on) + 1, f, column(f.first_day), column(f.last_day))
        for f in feedback
        if f.key in rows
    ]


def _on_rows(verdicts: Sequence[_Verdict], series: Ints, columns: Ints) -> dict[int, list[Said]]:
    """Turn verdicts on Panel columns into verdicts on the rows and columns of one pass."""
    place = {int(s): i for i, s in enumerate(series)}
    out: dict[int, list[Said]] = {}
    for v in verdicts:
        row, first, last = (int(k) for k in np.searchsorted(columns, [v.column, v.first, v.last + 1]))
        if v.series in place and 0 < row < len(columns) and first < row and first < last:
            out.setdefault(row, []).append(Said(v.said.verdict, place[v.series], first, last - 1))
    return out
