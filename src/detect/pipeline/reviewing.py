"""The notebook `review`: the cases of a night, each with everything that helps to judge it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from detect.cases.archive import Archive
from detect.model import Case, Cause, Change, History, KnownEvent, SeriesKey, Text, Verdict
from detect.notices.case_words import CAUSES, VERDICTS
from detect.notices.catalogue import LEVELS, label
from detect.notices.contributions import contributions, part_label
from detect.notices.draft import first_line
from detect.notices.explanations import TITLES, WEEKDAYS
from detect.notices.items import Itemiser
from detect.notices.numbers import figure
from detect.notices.recipients import Directory
from detect.pipeline import verdicts
from detect.pipeline.behind import behind_case
from detect.pipeline.clocks import Clocks
from detect.pipeline.explaining import explain_case
from detect.pipeline.precedents import archive_of
from detect.pipeline.reporting import Night, night_at, rule_names
from detect.pipeline.workspace import Workspace
from detect.render.notebook import Block, CasePage, Fragment, Page, cases, page, picture
from detect.render.view import alt_text, view

__all__ = ["Review"]

SHOWN = 90  # days in a chart


class Review(Workspace):
    """The inbox of a night. Each method returns something that a notebook shows."""

    @cached_property
    def night(self) -> Night:
        """The night as its report reads it."""
        return night_at(self.session, self.as_of, self.now)

    @cached_property
    def archive(self) -> Archive:
        """The cases that are over, with what people wrote about them."""
        return archive_of(self.session, self.session.store.cases())

    def summary(self) -> Fragment:
        """Show the night's first line, and its cases as a list."""
        lines = [first_line(self.night.summary, self.language)]
        hidden = sum(case.restricted for case in self.night.cases)
        lines += [self.say("hidden", count=str(hidden))] if hidden else []
        columns = tuple(label(name, self.language) for name in ("level", "description", "case"))
        rows = tuple((str(int(c.level)), c.description[self.language], c.id) for c in self.shown())
        return page(
            Page(self.say("review", day=self.as_of.isoformat()), tuple(lines), columns, rows, numeric=(), lead=True)
        )

    def shown(self, last: int = 6) -> list[Case]:
        """Return the cases of the night, or the last ones before it where it was quiet; none that is restricted."""
        known = [c for c in self.session.store.cases() if c.detected_on <= self.as_of and not c.restricted]
        tonight = {row.case_id for row in self.session.store.findings(as_of=self.as_of) if row.state == "active"}
        found = [case for case in known if case.id in tonight and case.parent not in tonight]
        earlier = sorted(known, key=lambda c: (c.detected_on, c.id), reverse=True)[:last]
        return found or [case for case in earlier if case.parent is None]

    def cases(self, ids: Sequence[str] = (), limit: int = 20) -> Fragment:
        """Show the night's cases (or those named) in full, the gravest first."""
        chosen = [verdicts.case_named(self.session, one) for one in ids] or self.shown()[:limit]
        return cases([self._page(case) for case in chosen], self.language)

    def verdict(
        self, ids: Sequence[str], said: str, *, cause: str = "", note: str = "", actor: str = "", write: bool = False
    ) -> Fragment:
        """Say what cases were: true, expected, false or new_normal. Shows what that does; writes it with `write=True`."""
        given = verdicts.Given(
            tuple(ids), verdicts.coded(Verdict, said), verdicts.coded(Cause, cause) if cause else None, note, actor
        )
        return verdicts.give(self.session, given, self.now, self.language, write=write)

    def known_event(
        self,
        ids: Sequence[str],
        event: str,
        *,
        en: str,
        zh: str,
        actor: str,
        note: str = "",
        last_day: str = "",
        write: bool = False,
    ) -> Fragment:
        """Say that cases are one expected event. Shows what that would have silenced; `write=True` registers it."""
        chosen = [verdicts.case_named(self.session, one) for one in ids]
        last = date.fromisoformat(last_day) if last_day else max((c.last_day for c in chosen), default=self.as_of)
        known = KnownEvent(
            id=event,
            name=Text(en=en, zh=zh),
            first_day=min((c.first_day for c in chosen), default=last),
            last_day=last,
            recorded_on=self.now.date(),
            metrics=tuple(sorted({c.metric for c in chosen if c.metric})),
            source="notebook",
            reviewer=actor,
        )
        given = verdicts.Given(tuple(ids), Verdict.EXPECTED, None, note or en, actor)
        return verdicts.register(self.session, known, given, self.now, self.language, write=write)

    # -- one case

    def _page(self, case: Case) -> CasePage:
        book = self.session.book
        history = self._history(case)
        directory = Directory(book.company.notices, book.people, book.departments)
        due = Clocks(book, self.session.calendar(self.as_of)).due([case])
        item = Itemiser(directory, self.now, due).items([Change(case, "", case.seq)])[0]
        seen = view(
            item,
            self.language,
            currency=book.company.currency,
            history=history,
            picture=picture(history, days=SHOWN) if history else "",
        )
        if history:
            seen = replace(seen, alt=alt_text(history, self.language))
        return CasePage(seen, tuple(self._blocks(case, history)))

    def _history(self, case: Case) -> History | None:
        if case.metric not in self.session.book.metrics:
            return None
        history = self.examiner.history(SeriesKey(case.metric or "", case.segment))
        if history is None:
            return None
        days = slice(-SHOWN, None)
        first, last = np.datetime64(case.first_day, "D"), np.datetime64(case.last_day, "D")
        flagged = (history.days >= first) & (history.days <= last)
        since: date = history.days[days][0].item()
        return History(
            history.days[days],
            history.actual[days],
            history.expected[days],
            history.lower[days],
            history.upper[days],
            flagged[days],
            {day: name for day, name in history.holidays.items() if day >= since},
            history.unit,
        )

    def _blocks(self, case: Case, history: History | None) -> Iterator[Block]:
        if history is not None:
            yield from self._days(case, history)
        if case.detected_on == self.as_of:
            told = explain_case(self.session, case.id, self.examiner)
            tables = (TITLES["parts"], TITLES["rows"])  # shown as tables below
            for number, section in enumerate(s for s in told.sections if s.title not in tables):
                lines = tuple(line[self.language] for line in section.lines)
                yield Block(section.title[self.language], lines, open=number == 0 or len(lines) <= 3)  # noqa: PLR2004
        else:
            higher = (case.one_level_higher[self.language],) if case.one_level_higher.en else ()
            rule = rule_names(self.session.book).get(case.rule, Text(en=case.rule, zh=case.rule))
            yield Block(self.say("level"), (f"{LEVELS[case.level][self.language]}: {rule[self.language]}", *higher))
        yield self._similar(case)
        yield from self._contributions(case)
        yield from self._rows(case)

    def _days(self, case: Case, history: History) -> Iterator[Block]:
        if history.holidays:
            said = tuple(f"{day.isoformat()} {name}" for day, name in sorted(history.holidays.items()))
            yield Block(self.say("holidays"), (", ".join(said),), open=False)
        rows: list[tuple[str, ...]] = []
        for back in range(7):
            day = case.last_day - timedelta(days=7 * back)
            at = np.flatnonzero(history.days == np.datetime64(day, "D"))
            if at.size:
                values = (history.actual[at[0]], history.expected[at[0]])
                told = [figure(float(v) if np.isfinite(v) else None, case.unit)[self.language] for v in values]
                rows.append((f"{day.isoformat()} {WEEKDAYS[day.weekday()][self.language]}", *told))
        columns = (self.say("day"), self.say("value"), label("expected", self.language))
        yield Block(self.say("compared"), columns=columns, rows=tuple(rows), numeric=(1, 2))

    def _similar(self, case: Case) -> Block:
        found = self.archive.like(case)
        if found.nothing_like_it:
            return Block(self.say("similar"), (self.say("no_similar", count=str(found.searched)),))
        rows = tuple(
            (
                f"{one.score:.0%}",
                one.case.description[self.language],
                VERDICTS[one.verdict][self.language] if one.verdict else "",
                CAUSES[one.cause][self.language] if one.cause else "",
                "; ".join(one.measures),
            )
            for one in found.found
        )
        columns = (self.say("likeness"), label("description", self.language), self.say("verdict"), self.say("cause"))
        return Block(self.say("similar"), columns=(*columns, label("measures", self.language)), rows=rows)

    def _contributions(self, case: Case) -> Iterator[Block]:
        """Show the parts that make up the departure, as the night that found it kept them."""
        parts = contributions(case.evidence)
        if not parts:
            return

        def said(part: Mapping[str, Any], name: str) -> str:
            return figure(part[name], case.unit)[self.language] if name in part else ""

        rows = tuple(
            (part_label(part)[self.language], *(said(part, name) for name in ("actual", "expected", "gap")), f"{part['share']:.0%}")
            for part in parts
        )  # fmt: skip
        columns = (self.say("part"), self.say("value"), label("expected", self.language), self.say("gap"))
        yield Block(self.say("contributions"), columns=(*columns, self.say("share")), rows=rows, numeric=(1, 2, 3, 4))

    def _rows(self, case: Case) -> Iterator[Block]:
        found = behind_case(self.session, case)
        if found is None:
            return
        if found.fault:
            yield Block(self.say("rows"), (found.fault,))
            return
        columns = tuple(found.rows[0]) if found.rows else ()
        rows = tuple(tuple(_cell(value) for value in row.values()) for row in found.rows)
        if rows:
            yield Block(self.say("rows"), columns=columns, rows=rows)
        yield Block(self.say("query"), code=found.query, open=False)


def _cell(value: object) -> str:
    """Write a value of the warehouse without the noise of binary fractions."""
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)
