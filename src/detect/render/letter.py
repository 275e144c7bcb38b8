"""What a mail says, in one language, before it takes the form of HTML or of plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from detect.model import History, Outcome
from detect.notices.catalogue import LEVELS, OUTCOMES, label
from detect.notices.draft import Draft, Item, NotJudged, first_line
from detect.notices.translated import in_language
from detect.notices.wording import segment_label
from detect.render.view import CaseView, Group, grouped, instant, view

__all__ = ["Letter", "Section", "compose", "subject"]

_LISTED_AT_MOST = 15
_UNJUDGED_AT_MOST = 30
_HARMLESS = {Outcome.OK, Outcome.FINDING, Outcome.INSUFFICIENT_HISTORY}


@dataclass(frozen=True)
class Section:
    """A part of the letter: cases in full, and groups of those beyond the cap."""

    title: str
    cases: tuple[CaseView, ...]
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Letter:
    """What both forms of a mail say; texts are not escaped yet."""

    language: str
    kind: str
    title: str
    headline: str
    sections: tuple[Section, ...]
    nothing: str
    still_open: tuple[CaseView, ...]
    still_more: int
    alarm: CaseView | None
    not_judged: tuple[tuple[str, str, str], ...]  # (what, outcome, cause)
    not_judged_more: int
    undelivered: tuple[str, ...]
    incomplete: tuple[str, ...]
    below: str
    footer: tuple[str, ...]


def compose(draft: Draft, histories: Mapping[str, History], content_ids: Mapping[str, str]) -> Letter:
    """Put a draft into words; `content_ids` names the picture of each case that has one in this mail."""
    language = draft.language
    room = max(draft.detailed_at_most - len(draft.news), 0)

    def show(item: Item) -> CaseView:
        case = item.case.id
        return _shown(draft, item, histories.get(case), content_ids.get(case, ""))

    sections = (
        _section(draft, "news", draft.news, draft.detailed_at_most, show),
        _section(draft, "overdue_title", draft.overdue, room, show),
    )
    return Letter(
        language="zh-Hant" if language == "zh" else "en",
        kind=draft.kind,
        title=label(f"title_{draft.kind}", language, day=draft.as_of.isoformat()),
        headline=first_line(draft.summary, language),
        sections=tuple(s for s in sections if s.cases or s.groups),
        nothing=_nothing(draft),
        still_open=tuple(_shown(draft, item, None, "") for item in draft.still_open[:_LISTED_AT_MOST]),
        still_more=max(len(draft.still_open) - _LISTED_AT_MOST, 0),
        alarm=_alarm(draft),
        not_judged=tuple(_unjudged(n, language) for n in draft.not_judged[:_UNJUDGED_AT_MOST]),
        not_judged_more=max(len(draft.not_judged) - _UNJUDGED_AT_MOST, 0),
        undelivered=tuple(
            f"{u.recipient[language]}, {u.channel}: {u.answer}" for u in draft.undelivered[:_LISTED_AT_MOST]
        ),
        incomplete=tuple(f"{case}: {label(name, language)}" for case, name in draft.incomplete[:_LISTED_AT_MOST]),
        below=label("below", language, count=str(draft.below)) if draft.below else "",
        footer=_footer(draft),
    )


def subject(draft: Draft) -> str:
    """Say in one line what the reader will find; not yet made safe for a header."""
    language, day = draft.language, draft.as_of.isoformat()
    if draft.kind == "case":
        case = draft.news[0].case
        return label(
            "subject_case", language, level=LEVELS[case.level][language], description=case.description[language]
        )
    if draft.kind == "fallback" and draft.undelivered:
        return label("subject_fallback", language, name=draft.undelivered[0].recipient[language])
    if draft.kind == "operations":
        missed = sum(n for outcome, n in draft.summary.outcomes.items() if outcome not in _HARMLESS)
        return label("subject_operations", language, day=day, missed=f"{missed:,}")
    headline = first_line(draft.summary, language)
    if draft.news or draft.overdue:
        count = str(len(draft.news) + len(draft.overdue))
        return label("subject_digest", language, day=day, news=count, first_line=headline)
    key = "subject_quiet" if draft.summary.state == "complete" else "subject_incomplete"
    return label(key, language, day=day, first_line=headline)


def _section(draft: Draft, title: str, items: tuple[Item, ...], room: int, show: Callable[[Item], CaseView]) -> Section:
    return Section(
        title=label(title, draft.language),
        cases=tuple(show(item) for item in items[:room]),
        groups=tuple(grouped(items[room:], draft.language, currency=draft.summary.currency, address=draft.address)),
    )


def _shown(draft: Draft, item: Item, history: History | None, content_id: str) -> CaseView:
    picture = f"cid:{content_id}" if content_id else ""
    return view(
        item,
        draft.language,
        currency=draft.summary.currency,
        address=draft.address(item.case),
        history=history,
        picture=picture,
    )


def _nothing(draft: Draft) -> str:
    if draft.news or draft.overdue or draft.alarm:
        return ""
    return label("nothing" if draft.summary.state == "complete" else "nothing_incomplete", draft.language)


def _alarm(draft: Draft) -> CaseView | None:
    """Show the alarm of the system about itself in the same form as a case."""
    if draft.alarm is None:
        return None
    language, alarm = draft.language, draft.alarm
    return CaseView(
        id="", level=int(alarm.level), level_name=LEVELS[alarm.level][language], change="", category="", status="",
        description=alarm.description[language], facts=(), impact=(alarm.impact[language],),
        measures=tuple(m[language] for m in alarm.measures), next_step="", due="", overdue=False, rule="", higher="",
        url=Markup(""),
    )  # fmt: skip


def _unjudged(missed: NotJudged, language: str) -> tuple[str, str, str]:
    segment = segment_label(missed.segment)
    what = f"{missed.name[language]} ({segment})" if segment else missed.name[language]
    return what, OUTCOMES[missed.outcome][language], in_language(missed.cause, language)


def _footer(draft: Draft) -> tuple[str, ...]:
    language, until = draft.language, draft.summary.data_until
    now = instant(draft.now)
    age = (
        label("data_age", language, day=until.isoformat(), now=now)
        if until
        else label("no_data_age", language, now=now)
    )
    return age, label("publisher", language, department=draft.publisher[language]), label("no_answer", language)
