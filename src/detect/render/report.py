"""The night's report: one HTML file that needs nothing beside it, for the screen, the telephone and paper."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from detect.model import Case, Change, Check, History, Level, NightSummary, Text
from detect.notices.catalogue import LEVELS, label, labels
from detect.notices.draft import Item, Watched, first_line, nothing_found
from detect.notices.items import Itemiser
from detect.notices.links import Links
from detect.notices.numbers import money
from detect.notices.recipients import Directory
from detect.render.chart import svg
from detect.render.coverage import Coverage, Promise, Quality, coverage, promises, quality
from detect.render.escape import environment
from detect.render.view import CaseView, instant, view

__all__ = ["Promise", "build"]

_PICTURES_BYTES = 2_000_000  # so that the whole stays below 3 MB
_LINE_BYTES = 300  # what a case in the list weighs
_IN_FULL_AT_MOST = 150


@dataclass(frozen=True)
class _ByLevel:
    """The cases of one level: in full, and those beyond the cap, which the list at the top names too."""

    level: int
    name: str
    cases: tuple[CaseView, ...]


@dataclass(frozen=True)
class _Report:
    """Everything the page says, in one language."""

    language: str
    company: str
    title: str
    headline: str
    nothing: str  # what is said where there is no case
    tiles: tuple[tuple[str, str], ...]
    listed: tuple[CaseView, ...]
    levels: tuple[_ByLevel, ...]
    quality: Quality
    coverage: Coverage
    promised: tuple[tuple[str, str, str, str], ...]
    footer: tuple[str, ...]


def build(
    summary: NightSummary,
    cases: Sequence[Case],
    histories: Mapping[str, History],
    *,
    directory: Directory,
    now: datetime,
    company: Text,
    language: str = "en",
    checks: Sequence[Check] = (),
    changes: Iterable[Change] = (),
    deadlines: Mapping[str, datetime] | None = None,
    watched: Mapping[str, Watched] | None = None,
    promised: Sequence[Promise] = (),
    rules: Mapping[str, Text] | None = None,
    earlier: Mapping[str, tuple[Text, ...]] | None = None,
) -> str:
    """Return the page of one night.

    `cases` are those to show (the night's and what is still open), `histories` their series by case id, `checks` the run's ledger,
    `watched` the names of subjects, `rules` those of the rules that set levels, `earlier` what the
    archive knows of the like of a case. Restricted cases must be left out by the caller where
    the reader may not see them.
    """
    itemiser = Itemiser(directory, now, deadlines or {}, earlier or {})
    what = {case.id: "opened" for case in cases if case.detected_on == summary.as_of}
    what |= {change.case.id: change.what for change in changes}
    items = itemiser.items([Change(case, what.get(case.id, ""), case.seq) for case in cases])
    views = _views(items, histories, language, summary.currency, Links(directory.settings.link), now)
    named = {rule: name[language] for rule, name in (rules or {}).items()}
    views = [replace(shown, rule=named.get(shown.rule, shown.rule)) for shown in views]
    report = _Report(
        language="zh-Hant" if language == "zh" else "en",
        company=company[language],
        title=label("title_report", language, day=summary.as_of.isoformat()),
        headline=first_line(summary, language),
        nothing=nothing_found(summary, language),
        tiles=_tiles(summary, language),
        listed=tuple(views),
        levels=tuple(_by_level(views[:_IN_FULL_AT_MOST], language)),
        quality=quality(checks, watched or {}, language),
        coverage=coverage(summary, checks, watched or {}, language),
        promised=promises(promised, language),
        footer=_footer(summary, directory, now, language),
    )
    return environment().get_template("report.html.j2").render(report=report, say=labels(language))


def _views(
    items: Sequence[Item],
    histories: Mapping[str, History],
    language: str,
    currency: str,
    links: Links,
    now: datetime,
) -> list[CaseView]:
    """Put the cases into words, with a picture each until the file would grow too large; then a line of blocks stands in.

    A report has many readers: its links name the case and are nobody's.
    """
    left = _PICTURES_BYTES - _LINE_BYTES * len(items)
    views: list[CaseView] = []
    for item in items:
        history = histories.get(item.case.id)
        picture = _picture(history) if history and left > 0 and len(views) < _IN_FULL_AT_MOST else ""
        left -= len(picture)
        address = links.case(item.case.id, "", now)
        views.append(view(item, language, currency=currency, address=address, history=history, picture=picture))
    return views


def _picture(history: History) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg(history)).decode("ascii")


def _tiles(summary: NightSummary, language: str) -> tuple[tuple[str, str], ...]:
    return (
        (f"{summary.made:,} / {summary.planned:,}", label("made", language)),
        (f"{summary.new:,}", label("new", language)),
        (f"{summary.overdue:,}", label("overdue", language)),
        (money(round(summary.at_stake), summary.currency), label("stake", language)),
    )


def _by_level(views: Sequence[CaseView], language: str) -> Iterable[_ByLevel]:
    for level in Level:
        same = tuple(case for case in views if case.level == level)
        if same:
            yield _ByLevel(int(level), LEVELS[level][language], same)


def _footer(summary: NightSummary, directory: Directory, now: datetime, language: str) -> tuple[str, ...]:
    until = summary.data_until
    moment = instant(now)
    age = (
        label("data_age", language, day=until.isoformat(), now=moment)
        if until
        else label("no_data_age", language, now=moment)
    )
    publisher = directory.departments[directory.settings.monitoring_department].name[language]
    return age, label("publisher", language, department=publisher), f"{summary.run_id} · {summary.mode}"
