"""The notebook `replay`: a change of a metric's settings tried over past nights, beside the settings of today, before it is switched on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

import numpy as np

from detect.errors import UsageError
from detect.model import History, SeriesKey
from detect.notices.catalogue import label
from detect.notices.replay_words import KNOWN
from detect.notices.wording import segment_label
from detect.pipeline.matching import Missed, Told
from detect.pipeline.replaying import Replayed, replay
from detect.pipeline.workspace import Workspace
from detect.render.drawing import Choice
from detect.render.notebook import Fragment, Page, page, picture
from detect.render.tables import Table

__all__ = ["ReplayReview"]

_YEAR: Final = 365


class ReplayReview(Workspace):
    """One metric replayed with and without a change. Each method returns something that a notebook shows."""

    def __init__(
        self,
        folder: str,
        metric: str,
        as_of: str,
        language: str,
        now: datetime,
        *,
        settings: Sequence[str] = (),
        days: int = _YEAR,
        interactive: bool = False,
    ) -> None:
        """Open the company; `settings` are `key=value` as for `detect replay --set`, `days` how many nights up to `as_of`."""
        super().__init__(folder, as_of, language, now, interactive=interactive)
        self.metric = self.metric_named(metric)
        if days < 1:
            raise UsageError(f"days is {days}", "Give a number of nights from 1 on.")
        self.settings = tuple(settings)
        self.first: date = self.as_of - timedelta(days=days - 1)

    @cached_property
    def today(self) -> Replayed:
        """What the settings of today would have told."""
        return replay(self.session, self.metric.id, self.first, self.as_of)

    @cached_property
    def changed(self) -> Replayed:
        """What the changed settings would have told; the same as today's where nothing is changed."""
        if not self.settings:
            return self.today
        return replay(self.session, self.metric.id, self.first, self.as_of, self.settings)

    def summary(self) -> Fragment:
        """Say in words what would have been told, with the settings of today and with the changed ones."""
        title = self.say("replay", name=self.metric.name[self.language])
        lines = [self.say("replay_span", first=self.first.isoformat(), last=self.as_of.isoformat())]
        for name, found in self._both():
            lines += [f"{name}{sentence[self.language]}" for sentence in found.sentences()]
        return page(Page(title, tuple(lines)))

    def chart(self) -> Fragment:
        """Show the figures, the days of what would have been told marked; a slider moves between the two where the notebook is open."""
        history = self._history()
        if history is None:
            return page(Page(self.say("chart"), (self.say("no_parts"),)))
        marked = [(name, self._marked(history, found)) for name, found in self._both()]
        last = marked[-1][1]
        shown = History(
            history.days,
            history.actual,
            history.expected,
            history.lower,
            history.upper,
            last,
            history.holidays,
            history.unit,
        )
        key = self.say("chart_key")
        still = page(
            Page(self.say("chart"), (key,), picture=picture(shown, days=len(shown.days)), alt=self.say("chart"))
        )
        choices = [Choice(name.rstrip(" :：") or self.say("as_today"), np.flatnonzero(days)) for name, days in marked]
        return still + self.drawing.history(shown, self.metric.name[self.language], choices)

    def told(self) -> Fragment:
        """List what the changed settings would have told, each with what people know of it."""
        rows = tuple(self._row(one) for one in self.changed.told)
        return self.drawing.table(
            Table(self.say("would_tell"), self._columns(), rows, empty=self.say("would_tell_none"))
        )

    def missed(self) -> Fragment:
        """List known cases that the changed settings would not have told."""
        rows = tuple(self._row(one) for one in self.changed.missed)
        return self.drawing.table(
            Table(self.say("would_miss"), self._columns(), rows, empty=self.say("would_miss_none"))
        )

    # -- parts

    def _both(self) -> list[tuple[str, Replayed]]:
        if not self.settings:
            return [("", self.today)]
        changed = self.say("as_changed", settings=", ".join(self.settings))
        return [(f"{self.say('as_today')}: ", self.today), (f"{changed}: ", self.changed)]

    def _history(self) -> History | None:
        found = self.examiner.history(SeriesKey(self.metric.id, ""))
        if found is None:
            return None
        cut = found.days >= np.datetime64(self.first, "D")
        names = {day: name for day, name in found.holidays.items() if day >= self.first}
        return History(
            found.days[cut], found.actual[cut], found.expected[cut], found.lower[cut], found.upper[cut], found.flagged[cut],
            names, found.unit,
        )  # fmt: skip

    def _marked(self, history: History, found: Replayed) -> np.ndarray:
        marked = np.zeros(len(history.days), bool)
        for one in found.told:
            first, last = np.datetime64(one.case.first_day, "D"), np.datetime64(one.case.last_day, "D")
            marked |= (history.days >= first) & (history.days <= last)
        return marked

    def _columns(self) -> tuple[str, ...]:
        return (
            self.say("day"), label("segment", self.language), label("level", self.language), self.say("kind"),
            label("description", self.language), self.say("known"),
        )  # fmt: skip

    def _row(self, one: Told | Missed) -> tuple[str, ...]:
        case = one.case
        return (
            case.first_day.isoformat(), segment_label(case.segment), str(int(case.level)), case.kind.value,
            case.description[self.language], KNOWN[one.known][self.language],
        )  # fmt: skip
