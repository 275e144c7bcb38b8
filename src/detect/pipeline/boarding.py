"""The board over time: what was found, how fast it was answered, what is watched, and whether the detectors are awake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from detect.cases.board import Pace, Week, counted, of_departments, pace, weeks
from detect.db.records import Run
from detect.model import Case, Category, Level
from detect.notices.board_words import STAGES, said
from detect.notices.catalogue import CATEGORIES, LEVELS, label
from detect.notices.numbers import number
from detect.pipeline.canaries import Canary, kept_canaries
from detect.pipeline.ledger import NOT_MADE
from detect.pipeline.session import Session
from detect.render.bars import week_bars
from detect.render.board import BoardPage, Part, build
from detect.render.view import instant
from detect.series.metric import Stage

__all__ = ["Board", "board_of", "write_board"]

_STAGES = tuple(stage for stage in Stage if stage is not Stage.OPERATIONS)  # those that the policy names (P3.1)
_RUNS = 2000  # more nights than any board is asked for
_LISTED = 20


@dataclass(frozen=True, eq=False)
class Board:
    """What a stretch of business days came to; nothing in it is in a language yet."""

    session: Session
    first: date
    last: date
    now: datetime
    cases: Sequence[Case]
    runs: Sequence[Run]
    canaries: Sequence[Canary]

    @cached_property
    def weeks(self) -> list[Week]:
        """The cases by week and level."""
        return weeks(self.cases, self.first, self.last)

    @cached_property
    def departments(self) -> dict[str, list[Case]]:
        """The cases by department."""
        return of_departments(self.cases)

    def pace(self, cases: Sequence[Case]) -> Pace:
        """How long the steps of some cases took, in the company's working hours."""
        hours = self.session.book.company.working_hours
        return pace(cases, partial(hours.between, calendar=self.session.calendar(self.last)))

    @cached_property
    def watched(self) -> Counter[tuple[Stage, Category]]:
        """How many metrics and expectations stand in each stage and category."""
        book = self.session.book
        found: Counter[tuple[Stage, Category]] = Counter((m.stage, m.category) for m in book.metrics.values())
        for name, suite in book.suites.items():
            stages = {m.stage for m in book.metrics.values() if m.source == name} or {Stage.OPERATIONS}
            for stage in stages:
                found[stage, Category.DATA] += len(suite.expectations)
        return found

    @property
    def gaps(self) -> list[Stage]:
        """The stages named by the policy in which nothing is watched."""
        return [stage for stage in _STAGES if not any(count for (s, _), count in self.watched.items() if s is stage)]

    @cached_property
    def incomplete(self) -> list[Run]:
        """The nights that did not come to the end of every planned check."""
        return [run for run in self.runs if run.state != "complete"]

    @property
    def days(self) -> int:
        """How many business days the board is about."""
        return (self.last - self.first).days + 1

    def for_machines(self) -> dict[str, Any]:
        """Return the board as plain data."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "cases": len(self.cases),
            "open": sum(case.status.is_open for case in self.cases),
            "weeks": [
                {"monday": w.monday.isoformat(), **{f"level_{int(k)}": w.levels.get(k, 0) for k in Level}}
                for w in self.weeks
            ],
            "departments": {
                name: {f"level_{int(k)}": sum(c.level is k for c in theirs) for k in Level} | vars(self.pace(theirs))
                for name, theirs in self.departments.items()
            },
            "watched": [
                {"stage": s.value, "category": c.value, "checks": n} for (s, c), n in sorted(self.watched.items())
            ],
            "gaps": [stage.value for stage in self.gaps],
            "nights": {
                "runs": len(self.runs),
                "missing": self.days - len(self.runs),
                "incomplete": [run.as_of.isoformat() for run in self.incomplete],
            },
            "canaries": [vars(bird) | {"name": bird.name.en} for bird in self.canaries],
        }


def board_of(session: Session, first: date, last: date, now: datetime) -> Board:
    """Read the board of the business days `first..last` from the store, with the canaries of the last night."""
    runs = [run for run in session.store.runs(_RUNS) if run.scope == "" and first <= run.as_of <= last]
    latest = {run.as_of: run for run in reversed(runs)}  # runs come newest first: the newest of a date stays
    cases = counted(session.store.cases(), first, last)
    birds = kept_canaries(session, max(latest)) if latest else []
    return Board(session, first, last, now, cases, [latest[day] for day in sorted(latest)], birds)


def write_board(board: Board, language: str) -> Path:
    """Write the board as one HTML file below the company's output folder; return its path."""
    folder = board.session.book.output / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"board-{board.last.isoformat()}.{language}.html"
    part = target.with_name(f".{target.name}.part")
    part.write_text(build(_page(board, language)), encoding="utf-8")
    return part.replace(target)


def _page(board: Board, language: str) -> BoardPage:
    complete = len(board.runs) - len(board.incomplete)
    return BoardPage(
        language="zh-Hant" if language == "zh" else "en",
        company=board.session.book.company.name[language],
        title=said("title", language, first=board.first.isoformat(), last=board.last.isoformat()),
        headline=said(
            "headline",
            language,
            cases=f"{len(board.cases):,}",
            open=f"{sum(case.status.is_open for case in board.cases):,}",
            nights=f"{complete:,}",
            days=f"{board.days:,}",
        ),
        parts=[_weeks(board, language), _departments(board, language), _paces(board, language),
               _matrix(board, language), _health(board, language), _nights(board, language)],
        footer=(said("hidden", language), instant(board.now)),
    )  # fmt: skip


def _weeks(board: Board, language: str) -> Part:
    busy = [week for week in board.weeks if any(week.levels.values())]
    columns = (said("week", language), *(LEVELS[level][language] for level in Level))
    rows = tuple((w.monday.isoformat(), *(f"{w.levels.get(level, 0):,}" for level in Level)) for w in busy)
    alt = said("weeks_alt", language, list=", ".join(f"{row[0]} {'/'.join(row[1:])}" for row in rows[-_LISTED:]) or "0")
    return Part(said("weeks", language), (), columns, rows[-_LISTED:], picture=week_bars(board.weeks), alt=alt)


def _departments(board: Board, language: str) -> Part:
    names = board.session.book.departments
    rows = tuple(
        (names[name].name[language] if name in names else name,
         *(f"{sum(case.level is level for case in theirs):,}" for level in Level), f"{len(theirs):,}")
        for name, theirs in board.departments.items()
    )  # fmt: skip
    columns = (label("department", language), *(LEVELS[level][language] for level in Level), said("all", language))
    return Part(said("departments", language), () if rows else (label("no_cases", language),), columns, rows)


def _paces(board: Board, language: str) -> Part:
    names = board.session.book.departments
    groups = [(names[n].name[language] if n in names else n, theirs) for n, theirs in board.departments.items()]
    groups += [(LEVELS[k][language], [c for c in board.cases if c.level is k]) for k in Level]
    groups.append((said("all", language), list(board.cases)))
    rows = tuple((name, *_pace_row(board.pace(theirs))) for name, theirs in groups if theirs)
    keys = ("cases", "open", "detect", "acknowledge", "resolve")
    columns = (label("department", language), *(said(key, language) for key in keys))
    return Part(said("pace", language), (said("pace_note", language),), columns, rows)


def _pace_row(found: Pace) -> tuple[str, ...]:
    def hours(value: float | None, count: int) -> str:
        return "–" if value is None else f"{number(round(value, 1))} ({count:,})"

    days = "–" if found.days_to_detect is None else number(found.days_to_detect)
    return (
        f"{found.cases:,}", f"{found.open:,}", days, hours(found.hours_to_acknowledge, found.acknowledged),
        hours(found.hours_to_resolve, found.resolved),
    )  # fmt: skip


def _matrix(board: Board, language: str) -> Part:
    shown = [*_STAGES, *({Stage.OPERATIONS} & {stage for stage, _ in board.watched})]
    rows = tuple(
        (STAGES[stage][language], *(f"{board.watched[stage, c]:,}" if board.watched[stage, c] else "–" for c in Category))
        for stage in shown
    )  # fmt: skip
    gaps = ", ".join(STAGES[stage][language] for stage in board.gaps)
    line = said("gaps", language, list=gaps) if gaps else said("no_gaps", language)
    columns = (said("stage", language), *(CATEGORIES[category][language] for category in Category))
    return Part(said("matrix", language), (said("matrix_note", language), line), columns, rows)


def _health(board: Board, language: str) -> Part:
    rows = tuple(
        (bird.name[language], *_rate(bird.planted, bird.told), *_rate(bird.planted_parts, bird.told_parts))
        for bird in board.canaries
    )
    columns = tuple(said(key, language) for key in ("trouble", "whole", "share", "parts", "share"))
    day = board.runs[-1].as_of.isoformat() if board.runs else board.last.isoformat()
    lines = (said("health_note", language, day=day),) if rows else (said("no_canaries", language),)
    return Part(said("health", language), lines, columns, rows)


def _rate(planted: int, told: int) -> tuple[str, str]:
    return (f"{told:,} / {planted:,}", f"{told / planted:.0%}") if planted else ("–", "–")


def _nights(board: Board, language: str) -> Part:
    rows = tuple(
        (run.as_of.isoformat(), f"{run.planned - sum(run.outcomes.get(o, 0) for o in NOT_MADE):,} / {run.planned:,}")
        for run in board.incomplete[-_LISTED:]
    )
    return Part(
        said("nights", language),
        tuple(_of_nights(board, language)),
        (said("night", language), said("made", language)),
        rows,
    )


def _of_nights(board: Board, language: str) -> Iterator[str]:
    missing = board.days - len(board.runs)
    if missing:
        yield said("nights_missing", language, count=f"{missing:,}")
    elif not board.incomplete:
        yield said("nights_none", language, count=f"{len(board.runs):,}")


def quarter(last: date) -> date:
    """Return the first day of the thirteen weeks that end on `last`."""
    return last - timedelta(days=7 * 13 - 1)
