"""The structural baseline of a whole Panel: series grouped by their pattern of days, walked in stretches of absolute dates."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from detect.detectors._base import Baseline, Bools, Feedback, Floats, Ints, shortened
from detect.detectors.covariance import design
from detect.detectors.innovations import Days, Pass, Walk, walk
from detect.detectors.stretches import FIRST, LOOKBACK, STRETCH, Stretch, monday, patterns, stretches, weekday_of
from detect.detectors.structural import StructuralSettings
from detect.detectors.transforms import IDENTITY, Transform, choose
from detect.detectors.verdicts import Placed, on_rows, placed
from detect.model import Panel
from detect.series.calendars import Calendar, CalendarSettings
from detect.series.metric import Metric
from detect.series.regressors import Regressors

__all__ = ["LOOKBACK", "Replay"]

_AFTER: Final = 60  # days for which a series that has ended is still expected
_CHUNK: Final = 2500  # series walked at once: their state stays in the processor's cache
_AT_ONCE: Final = 2  # chunks walked side by side; more would hold more in memory
_BAND: Final = 3.09  # spreads: 2 in 1,000 normal days lie outside


@dataclass(frozen=True)
class _CalendarOf:
    """A calendar, and the metric whose own events it minds ('' for all others)."""

    calendar: Calendar
    metric: str


@dataclass(frozen=True, eq=False)
class _Walked:
    job: _Job
    columns: Ints
    found: Walk
    x: Floats
    transform: Transform


@dataclass(frozen=True, eq=False)
class _Setting:
    """What the jobs of one calendar share: its facts, for `days` that reach a year beyond the Panel's."""

    facts: Regressors
    days: np.ndarray
    said: Sequence[Placed]


class Replay:
    """The walk-forward pass over a Panel, from which the baseline of any judged stretch is read.

    Each series is walked once a stretch, from up to two years before it. `parts` are the ranges of judged columns within which no
    series changes its stretch; the baseline of a part shows the days before it as that part's walks saw them, so that a night
    gives the same whether it is judged alone or among others. A part is walked when it is first asked for, some series at a time, and
    of a walk only what the baseline shows is kept, unless other parts need it too.
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
        self._planned: list[tuple[_Job, _Setting]] = []
        self._kept: dict[int, list[_Walked]] = {}
        self._baselines: dict[int, Baseline] = {}
        edges = {first, len(panel.days)}
        said = placed(panel, feedback)
        days = _beyond(panel.days)
        for calendar_of, groups in _by_calendar(panel, metrics, calendar):
            facts = calendar_of.calendar.regressors(days, calendar_of.metric or None)
            for job in self._jobs(groups):
                edges.add(max(job.stretch.begin, first))
                self._planned.append((job, _Setting(facts, days, said)))
        self._edges = sorted(edges)

    def _jobs(self, groups: Mapping[int, Ints]) -> list[_Job]:
        """Return what is to be walked together: series of one calendar with the same stretch and the same working weekdays."""
        found: dict[tuple[Stretch, tuple[bool, ...]], list[Ints]] = {}
        for start, series in groups.items():
            last = int(np.flatnonzero(np.isfinite(self.panel.values[series]).any(axis=0))[-1]) + _AFTER
            for stretch in stretches(self.panel.days, start, self.first, last):
                for some, active in patterns(self.panel, series, stretch):
                    found.setdefault((stretch, tuple(active.tolist())), []).append(some)
        return [
            _Job(np.sort(np.concatenate(some)), stretch, np.array(active)) for (stretch, active), some in found.items()
        ]

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Return the ranges of judged columns, in order."""
        return list(pairwise(self._edges))

    def baseline(self, begin: int, end: int) -> Baseline:
        """Return the baseline of the columns before `end`, as the part that holds [begin, end) sees it."""
        part = max(bisect_right(self._edges, begin) - 1, 0)
        if part not in self._baselines:
            self._baselines[part] = self._of_part(part)
        return shortened(self._baselines[part], end)

    def _of_part(self, part: int) -> Baseline:
        begin = self._edges[part]
        last = self._edges[min(part + 1, len(self._edges) - 1)]
        out = _Out((len(self.panel.keys), last))
        for number, (job, setting) in enumerate(self._planned):
            if job.stretch.begin <= begin < job.stretch.end:
                for walked in self._walks(number, job, setting, lasts=job.stretch.end > last):
                    out.put(walked, last, self._settings.clip)
        return out.result()

    def _walks(self, number: int, job: _Job, setting: _Setting, *, lasts: bool) -> Iterable[_Walked]:
        """Walk a job, or give what was kept of it; kept while it `lasts` beyond the part that asks."""
        kept = self._kept.pop(number, None)
        walks = kept if kept is not None else _walk(self.panel, job, setting, self._settings)
        if lasts:
            walks = self._kept[number] = list(walks)
        return walks


@dataclass(frozen=True)
class _Job:
    series: Ints
    stretch: Stretch
    active: Bools  # (7,) weekdays


class _Out:
    """The arrays of the result, (series, days)."""

    def __init__(self, shape: tuple[int, int]) -> None:
        names = ("z", "expected", "lower", "upper", "adjusted", "cleaned", "spread", "run")
        self.float = {name: np.full(shape, np.nan) for name in names}
        self.history = np.zeros(shape, np.int32)
        self.onset = np.zeros(shape, np.int32)
        self.active = np.zeros(shape, bool)
        number = shape[0]
        self.transform = Transform(
            np.full(number, IDENTITY), np.ones(number), np.zeros(number), np.ones(number), np.zeros(number)
        )

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


def _walk(panel: Panel, job: _Job, setting: _Setting, settings: StructuralSettings) -> Iterator[_Walked]:
    facts, days = setting.facts, setting.days
    span = slice(job.stretch.start, job.stretch.until)
    rows = np.zeros(len(days), bool)
    rows[span] = job.active[weekday_of(days[span])]
    columns = np.flatnonzero(rows[: job.stretch.end])
    if not len(columns):
        return
    factors = design(facts, rows, len(columns))
    known = _days(days[rows], facts, rows)

    def walked(chunk: Ints) -> _Walked:
        y = panel.values[np.ix_(chunk, columns)].T
        y = np.where(np.isfinite(y), y, np.nan)
        before = max(int((columns < job.stretch.begin).sum()), min(FIRST, len(y)))
        transform = choose(y[:before], int(job.active.sum()))
        x = transform.forward(y)
        given = Pass(
            x, _noise(panel, chunk, columns), on_rows(setting.said, chunk, columns), settings.memory, settings.clip
        )
        found = walk(given, factors, known, transform, _centre(x))
        return _Walked(_Job(chunk, job.stretch, job.active), columns, found, x, transform)

    chunks = np.array_split(job.series, -(-len(job.series) // _CHUNK))
    if len(chunks) == 1:
        yield walked(job.series)
        return
    from threadpoolctl import threadpool_limits

    # numpy lets other threads run while it reckons; no chunk minds another.
    with threadpool_limits(1), ThreadPoolExecutor(_AT_ONCE) as pool:
        for begin in range(0, len(chunks), _AT_ONCE):
            yield from pool.map(walked, chunks[begin : begin + _AT_ONCE])


def _beyond(days: np.ndarray) -> np.ndarray:
    """Return the days and a year more, so that a stretch's factors are the same whichever day of it is the last one known."""
    return np.arange(days[0].astype("datetime64[D]"), days[-1].astype("datetime64[D]") + 1 + STRETCH)


def _by_calendar(
    panel: Panel, metrics: Mapping[str, Metric], calendar: Calendar
) -> Iterator[tuple[_CalendarOf, Mapping[int, Ints]]]:
    """Group the series by calendar, and within it by the column of their first week; series without values are in none."""
    seen = np.isfinite(panel.values)
    begun = np.where(seen.any(axis=1), seen.argmax(axis=1), -1)
    special = {name for event in calendar.known_events for name in event.metrics}
    groups: dict[tuple[str, str], dict[int, list[int]]] = {}
    for i in np.flatnonzero(begun >= 0):
        name = panel.keys[i].metric
        metric = metrics.get(name)
        country = (metric.country if metric else None) or calendar.settings.country or ""
        starts = groups.setdefault((country, name if name in special else ""), {})
        starts.setdefault(monday(panel.days, int(begun[i])), []).append(int(i))
    for (country, name), starts in sorted(groups.items()):
        yield _CalendarOf(_of_country(calendar, country or None), name), {k: np.array(v) for k, v in starts.items()}


def _of_country(calendar: Calendar, country: str | None) -> Calendar:
    if country == calendar.settings.country:
        return calendar
    own = CalendarSettings(
        country=country, closed_weekdays=calendar.settings.closed_weekdays, closures=calendar.settings.closures
    )
    return Calendar(own, calendar.known_events)


def _days(days: np.ndarray, facts: Regressors, rows: Bools) -> Days:
    month_day = (days.astype("datetime64[D]") - days.astype("datetime64[M]").astype("datetime64[D]")).astype(
        np.int64
    ) + 1
    weekday = np.where(facts.make_up[rows], 0, weekday_of(days))
    return Days(weekday, month_day, ~(facts.off | facts.near | facts.expected)[rows])


def _centre(x: Floats) -> Floats:
    """Return the median (N,) of the first 28 values."""
    rank = np.cumsum(~np.isnan(x), axis=0)
    head = np.sort(np.where((rank <= FIRST) & ~np.isnan(x), x, np.inf), axis=0)
    count = np.minimum(rank[-1], FIRST)
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
