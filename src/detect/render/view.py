"""A case as the words that a page shows, in one language: shared by mail, report, terminal and spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
from markupsafe import Markup

from detect.model import Case, History, Level, Text
from detect.notices.catalogue import CATEGORIES, CHANGES, LEVELS, STATUSES, label
from detect.notices.draft import Item
from detect.notices.numbers import band, figure, money
from detect.notices.wording import segment_label
from detect.render.chart import sparkline
from detect.render.escape import link

__all__ = ["CaseView", "Group", "alt_text", "grouped", "instant", "view"]


_PARTS_NAMED = 3


@dataclass(frozen=True)
class CaseView:
    """Everything is text that has not been escaped yet; `picture` is the address of the chart, '' where there is none."""

    id: str
    level: int
    level_name: str
    change: str
    category: str
    status: str
    description: str
    facts: tuple[tuple[str, str], ...]
    impact: tuple[str, ...]
    measures: tuple[str, ...]
    next_step: str
    due: str
    overdue: bool
    rule: str
    higher: str
    url: Markup
    picture: str = ""
    alt: str = ""
    spark: str = ""
    parts: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Cases of one level, category, kind and department, which share impact and measures."""

    title: str
    shared: CaseView
    cases: tuple[CaseView, ...]


def view(
    item: Item, language: str, *, currency: str, address: str = "", history: History | None = None, picture: str = ""
) -> CaseView:
    """Put a case into words; `address` is that of the case's page, `picture` that of the chart in this message."""
    case = item.case
    return CaseView(
        id=case.id,
        level=int(case.level),
        level_name=LEVELS[case.level][language],
        change=CHANGES.get(item.what, CHANGES[""])[language],
        category=CATEGORIES[case.category][language],
        status=STATUSES[case.status][language],
        description=case.description[language],
        facts=tuple(_facts(item, language, currency)),
        impact=_said(case.impact, language),
        measures=_said(case.measures, language),
        next_step=item.next_step[language],
        due=_due(item, language),
        overdue=item.overdue,
        rule=case.rule,
        higher="" if case.level is Level.MAJOR else case.one_level_higher[language],
        url=link(address),
        picture=picture,
        alt=alt_text(history, language) if history else "",
        spark=sparkline(history) if history else "",
        parts=tuple(f"{part.description[language]} ({part.id})" for part in item.parts),
        earlier=tuple(text[language] for text in item.earlier),
    )


def grouped(
    items: Iterable[Item], language: str, *, currency: str, address: Callable[[Case], str] = lambda _: ""
) -> list[Group]:
    """Fold many cases into groups that share level, category, kind and department; every case stays listed."""

    def key(item: Item) -> tuple[int, str, str, str]:
        return (int(item.case.level), item.case.category, item.case.kind, item.department.en)

    groups = []
    for _, members in groupby(sorted(items, key=key), key=key):
        same = list(members)
        views = tuple(view(item, language, currency=currency, address=address(item.case)) for item in same)
        title = f"{label('grouped', language, count=str(len(same)))} · {same[0].department[language]}"
        groups.append(Group(title, views[0], views))
    return groups


def instant(moment: datetime) -> str:
    """Give an instant to the minute, in the zone it came in."""
    return moment.strftime("%Y-%m-%d %H:%M")


def alt_text(history: History, language: str) -> str:
    """Say in words what the chart shows, for whoever cannot see it."""
    if not history.days.size:
        return ""
    last = float(history.actual[-1])
    return label(
        "chart_alt",
        language,
        days=str(history.days.size),
        last=str(history.days[-1]),
        marked=str(int(np.count_nonzero(history.flagged))),
        value=figure(last, history.unit)[language],
    )


def _facts(item: Item, language: str, currency: str) -> Iterable[tuple[str, str]]:
    case = item.case
    if case.actual is not None:
        yield label("actual", language), figure(case.actual, case.unit)[language]
    if case.expected is not None:
        usual = band(case.lower, case.upper, case.unit)
        expected = figure(case.expected, case.unit)[language]
        yield label("expected", language), f"{expected} ({usual})" if usual else expected
    yield label("since", language), _stretch(case, language)
    if case.segment:
        yield label("segment", language), segment_label(case.segment)
    if made_of := _made_of(case):
        yield label("made_of", language), made_of
    if case.stake:
        yield label("stake", language), money(case.stake, currency)
    yield label("department", language), item.department[language]
    yield label("owner", language), item.owner[language]
    yield label("status", language), STATUSES[case.status][language]


def _made_of(case: Case) -> str:
    """Name the segments that make up the gap: `evidence["contributions"]`, each with its `segment` and its `share` of the gap."""
    given = case.evidence.get("contributions", ())
    parts = [p for p in given if isinstance(p, Mapping) and isinstance(p.get("share"), int | float)]
    return ", ".join(f"{segment_label(str(p['segment']))} {p['share']:.0%}" for p in parts[:_PARTS_NAMED])


def _stretch(case: Case, language: str) -> str:
    if case.first_day == case.last_day:
        return case.first_day.isoformat()
    return f"{case.first_day.isoformat()} {label('through', language)} {case.last_day.isoformat()}"


def _due(item: Item, language: str) -> str:
    if item.due is None:
        return label("overdue", language) if item.overdue else ""
    return label("overdue_since" if item.overdue else "due", language, due=instant(item.due))


def _said(texts: tuple[Text, ...], language: str) -> tuple[str, ...]:
    """Give every text; a field that the policy asks for is never silently empty."""
    return tuple(text[language] for text in texts) or (label("none_said", language),)
