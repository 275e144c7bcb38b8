"""The notebook `metric`: everything about one metric, in plain words and pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from detect.detectors.portrait import Portrait, portrait
from detect.errors import UsageError
from detect.model import Case, History, Outcome, SeriesKey, Text
from detect.notices.catalogue import OUTCOMES, STATUSES, label
from detect.notices.explanations import WEEKDAYS
from detect.notices.numbers import figure, number
from detect.notices.wording import segment_label
from detect.pipeline.alarms import departures
from detect.pipeline.inquiring import asked
from detect.pipeline.workspace import Workspace
from detect.render.drawing import Choice
from detect.render.notebook import Fragment, Page, page, picture, strips
from detect.render.parts_chart import part_picture
from detect.render.tables import Table

__all__ = ["MetricReview"]

_YEAR: Final = 365  # days in a chart
_CALENDAR: Final = 730  # days over which calendar effects are averaged
_NIGHTS: Final = 30
_PROMISES: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # false episodes per 1,000 series-days
_NAMED: Final = 8  # first days in a row of the table
_FELT: Final = 0.5  # of an ordinary day's distance: what the calendar moves less is not said


class _Effect(NamedTuple):
    """What one sort of calendar day does: mean effect in the metric's unit, how many such days were seen, and the last."""

    name: Text
    mean: float
    days: int
    last: date


class MetricReview(Workspace):
    """One metric (or one of its segments) up to a business day. Each method returns something that a notebook shows."""

    def __init__(
        self,
        folder: str,
        metric: str,
        as_of: str,
        language: str,
        now: datetime,
        *,
        segment: str = "",
        interactive: bool = False,
    ) -> None:
        """Open the company; `metric` '' is its first key metric. Raises UsageError for a metric or segment that is not there."""
        super().__init__(folder, as_of, language, now, interactive=interactive)
        self.metric = self.metric_named(metric)
        self.key = SeriesKey(self.metric.id, segment)
        if self.key not in self.examiner.whole.keys:
            known = [segment_label(k.segment) or "''" for k in self.examiner.whole.keys if k.metric == self.metric.id]
            raise UsageError(
                f"{self.metric.id} has no segment {segment!r} up to {self.as_of}",
                f"Known: {', '.join(known[:12]) or 'none; it has no figures yet'}.",
            )

    @cached_property
    def history(self) -> History:
        """The last year, the days of its cases marked."""
        found = self.examiner.history(self.key)
        assert found is not None  # noqa: S101 - the key was looked up when this was made
        cut = slice(-_YEAR, None)
        flagged = np.zeros(len(found.days), bool)
        for case in self._cases():
            flagged |= (found.days >= np.datetime64(case.first_day)) & (found.days <= np.datetime64(case.last_day))
        names = {day: name for day, name in found.holidays.items() if day >= found.days[cut][0].item()}
        return History(
            found.days[cut], found.actual[cut], found.expected[cut], found.lower[cut], found.upper[cut], flagged[cut],
            names, found.unit,
        )  # fmt: skip

    @cached_property
    def portrait(self) -> Portrait | None:
        """What the detectors' baseline knows of it; None for a metric that a check of its own judges."""
        panel = self.examiner.panel
        if self.key not in panel.keys:
            return None
        row = panel.keys.index(self.key)
        return portrait(panel.days, panel.values[row], self.examiner.evidence[0].baseline, row)

    def summary(self) -> Fragment:
        """Show where the metric stands, against a month and a year ago, and its last year."""
        part = segment_label(self.key.segment)
        name = self.metric.name[self.language] + (f" ({part})" if part else "")
        lines = tuple(self._standing()) if self.portrait else ()
        return page(
            Page(
                self.say("metric", name=name),
                (*lines, self.say("chart_key")),
                picture=picture(self.history, days=_YEAR),
                alt=self.say("chart"),
                lead=bool(lines),
            )
        )

    def chart(self) -> Fragment:
        """Show the last year as a chart that answers to the mouse, where the notebook is open; nothing in the archive."""
        return self.drawing.history(self.history, self.say("chart"))

    def parts(self) -> Fragment:
        """Show trend, weekday pattern and calendar effects, each as a picture."""
        seen = self.portrait
        if seen is None or not np.isfinite(seen.trend).any():
            return page(Page(self.say("parts"), (self.say("no_parts"),)))
        days, unit, cut = self.examiner.panel.days[-_YEAR:], self.metric.unit, slice(-_YEAR, None)
        named = (("trend", seen.trend), ("weekday_part", seen.seasonal), ("calendar_part", seen.calendar))
        pictures = [(self.say(name), part_picture(days, values[cut], unit)) for name, values in named]
        return strips(self.say("parts"), pictures)

    def weekdays(self) -> Fragment:
        """Say what each weekday adds to or takes from the level."""
        seen = self.portrait
        rows = () if seen is None else tuple(self._weekday_rows(seen))
        columns = (self.say("weekday"), self.say("against_level"))
        lines = () if rows else (self.say("no_parts"),)
        return page(Page(self.say("weekdays"), lines, columns, rows, numeric=(1,)))

    def calendar(self) -> Fragment:
        """Say what holidays and month-ends do, in words."""
        lines = tuple(
            self.say(
                "calendar_on",
                name=effect.name[self.language],
                change=self._change(effect.mean),
                days=str(effect.days),
                last=effect.last.isoformat(),
            )
            for effect in self._effects()
        )
        return page(Page(self.say("calendar"), lines or (self.say("calendar_none"),)))

    def cases(self) -> Fragment:
        """List its cases, the latest first."""
        rows = tuple(
            (c.first_day.isoformat(), str(int(c.level)), c.kind.value, c.description[self.language],
             STATUSES[c.status][self.language], c.verdict.value if c.verdict else "", c.cause.value if c.cause else "", c.id)
            for c in sorted(self._cases(), key=lambda c: (c.first_day, c.id), reverse=True)
        )  # fmt: skip
        columns = (
            self.say("day"), label("level", self.language), self.say("kind"), label("description", self.language),
            label("status", self.language), self.say("verdict"), self.say("cause"), label("case", self.language),
        )  # fmt: skip
        return self.drawing.table(Table(self.say("history"), columns, rows, empty=self.say("no_cases")))

    def thresholds(self) -> Fragment:
        """Show what the last year would have told at other promises; a slider moves between them where the notebook is open."""
        told = self._told_at() if self.portrait is not None and self.metric.detectors != () else {}
        if not told:
            return page(Page(self.say("thresholds"), (self.say("no_parts"),)))
        rows = tuple(
            (
                self.say("promise_of", budget=number(budget)),
                f"{len(first):,}",
                ", ".join(str(d) for d in first[-_NAMED:]),
            )
            for budget, (first, _) in told.items()
        )
        columns = (self.say("promise"), self.say("episodes"), self.say("which_days"))
        still = page(Page(self.say("thresholds"), (self.say("thresholds_note"),), columns, rows, numeric=(1,)))
        choices = [Choice(row[0], marked) for row, (_, marked) in zip(rows, told.values(), strict=True)]
        return still + self.drawing.history(self.history, self.say("thresholds"), choices)

    def _told_at(self) -> dict[float, tuple[list[date], np.ndarray]]:
        """Return, by promise, the first days of the episodes of the last year and the places of their days in the chart."""
        examiner, book = self.examiner, self.session.book
        evidence, models = examiner.evidence
        panel, row = examiner.panel, examiner.panel.keys.index(self.key)
        year = asked(self.session, panel, evidence.baseline, self.as_of, models, min(_YEAR, len(panel.days) - 1))
        shift = len(panel.days) - len(self.history.days)
        found = {}
        for budget in _PROMISES:
            given = np.full(len(panel.keys), budget)
            said = departures(year, panel, book.metrics, book.policy.detection, given, examiner.feedback)
            own = [d for d in said if d.series == row]
            first = sorted({panel.days[d.first].item() for d in own})
            found[budget] = (first, np.array(sorted({d.day - shift for d in own if d.day >= shift}), int))
        return found

    def outcomes(self) -> Fragment:
        """Count how its checks ended in the last nights."""
        runs = [run for run in self.session.store.runs(_NIGHTS) if run.scope == "" and run.as_of <= self.as_of]
        counts: Counter[tuple[str, Outcome]] = Counter()
        last: dict[tuple[str, Outcome], date] = {}
        for run in runs:
            for check in self.session.store.checks(run.run_id):
                if check.subject != self.metric.id:
                    continue
                for outcome, count in check.outcomes.items():
                    if count:
                        counts[check.detector, outcome] += count
                        last.setdefault((check.detector, outcome), run.as_of)
        rows = tuple(
            (detector, OUTCOMES[outcome][self.language], f"{count:,}", last[detector, outcome].isoformat())
            for (detector, outcome), count in sorted(counts.items())
        )
        columns = (
            label("method", self.language), self.say("outcome"), self.say("checks"), self.say("last_night"),
        )  # fmt: skip
        return page(Page(self.say("outcomes", count=str(len(runs))), (), columns, rows, numeric=(2,)))

    def definition(self) -> Fragment:
        """Show the metric as the configuration defines it."""
        given = self.metric.model_dump(mode="json", exclude_defaults=True)
        rows = tuple((name, _written(value)) for name, value in given.items())
        return page(Page(self.say("definition"), (), ("", ""), rows))

    # -- words

    def _standing(self) -> Iterator[str]:
        seen, unit, say = self.portrait, self.metric.unit, self.language
        assert seen is not None  # noqa: S101 - asked by `summary`
        if np.isfinite(seen.level):
            yield self.say("level_now", level=figure(seen.level, unit)[say])
        for key, before in (("month_ago", seen.month_ago), ("year_ago", seen.year_ago)):
            if np.isfinite(before) and np.isfinite(seen.level):
                change = self._share(seen.level, before)
                yield self.say(key, change=change, value=figure(before, unit)[say])
        if np.isfinite(seen.spread):
            yield self.say("spread", spread=figure(seen.spread, unit)[say])

    def _share(self, now: float, before: float) -> str:
        if not before or abs(now / before - 1) < 0.005:  # noqa: PLR2004 - less is not seen in whole percents
            return self.say("same")
        return self.say("more" if now > before else "less", share=f"{abs(now / before - 1):.0%}")

    def _change(self, mean: float) -> str:
        return self.say(
            "higher_by" if mean > 0 else "lower_by", value=figure(abs(mean), self.metric.unit)[self.language]
        )

    def _weekday_rows(self, seen: Portrait) -> Iterator[tuple[str, str]]:
        for day, value in enumerate(seen.weekdays):
            if np.isfinite(value):
                said = figure(abs(float(value)), self.metric.unit)[self.language]
                yield WEEKDAYS[day][self.language], f"{'+' if value >= 0 else '−'}{said}"

    def _effects(self) -> list[_Effect]:
        """Return what each sort of calendar day does, the strongest first; effects too small to notice are left out."""
        seen = self.portrait
        if seen is None:
            return []
        days = self.examiner.panel.days[-_CALENDAR:].astype(object)
        effect = seen.calendar[-_CALENDAR:]
        names = self.session.calendar(self.as_of).holiday_names(list(days))
        groups: dict[Text, list[tuple[date, float]]] = {}
        for day, value in zip(days, effect, strict=True):
            name = self._sort_of(day, names)
            if name is not None and np.isfinite(value):
                groups.setdefault(name, []).append((day, float(value)))
        least = _FELT * seen.spread if np.isfinite(seen.spread) else 0.0
        found = [
            _Effect(name, float(np.mean([v for _, v in seen])), len(seen), max(d for d, _ in seen))
            for name, seen in groups.items()
        ]
        return sorted((e for e in found if abs(e.mean) > least), key=lambda e: -abs(e.mean))

    def _sort_of(self, day: date, names: Mapping[date, str]) -> Text | None:
        """Name what the calendar sees in a day: a holiday, its eve or morrow, the end or beginning of a month."""
        one = timedelta(days=1)
        found = None
        if day in names:
            found = Text(en=names[day], zh=names[day])
        elif day + one in names:
            found = self._around("calendar_before", names[day + one])
        elif day - one in names:
            found = self._around("calendar_after", names[day - one])
        elif (day + one).day == 1:
            found = self._around("month_end", "")
        elif day.day == 1:
            found = self._around("month_start", "")
        return found

    def _around(self, key: str, name: str) -> Text:
        said = self.say(key, name=name) if name else self.say(key)
        return Text(en=said, zh=said)

    def _cases(self) -> list[Case]:
        known = self.session.store.cases()
        return [
            c
            for c in known
            if c.metric == self.metric.id
            and c.segment == self.key.segment
            and not c.restricted
            and c.detected_on <= self.as_of
        ]


def _written(value: object) -> str:
    """Write a setting on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_written(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(_written(one) for one in value)
    return number(value) if isinstance(value, float) else str(value)
