"""What travels with a digest by mail: the list of its cases as .xlsx and .csv, and for who may see the whole company its report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from detect.config.book import Book
from detect.model import Case, Notice
from detect.pipeline.order import NightResult
from detect.pipeline.reporting import RECENT, Night, night_report
from detect.pipeline.session import Session
from detect.render.spreadsheet import as_csv, as_xlsx

__all__ = ["enclosed"]

_MAIL = frozenset({"smtp", "folder"})  # kinds of channel that carry files


def enclosed(
    session: Session, result: NightResult, known: Sequence[Case], notices: Iterable[Notice], now: datetime
) -> list[Notice]:
    """Return the notices of a night with their files; a list holds the cases of its own digest and no others.

    The report shows every department's cases, so it goes to the management group and the monitoring department alone.
    """
    book, as_of = session.book, result.summary.as_of.isoformat()
    case_of = {case.id: case for case in known}
    whole = _see_everything(book)

    @cache
    def report(language: str) -> bytes:
        return night_report(session, _night(result, known), result.histories, now, language).encode()

    def files(notice: Notice) -> dict[str, bytes]:
        told = [case_of[one] for one in notice.case_ids if one in case_of]
        found = {}
        if told:
            found[f"{as_of}.xlsx"] = as_xlsx(told, now, notice.language)
            found[f"{as_of}.csv"] = as_csv(told, notice.language)
        if notice.recipient in whole:
            found[f"{as_of}.html"] = report(notice.language)
        return found

    def carries(notice: Notice) -> bool:
        return notice.kind == "digest" and book.company.channels[notice.channel].kind in _MAIL

    return [replace(notice, attachments=files(notice)) if carries(notice) else notice for notice in notices]


def _see_everything(book: Book) -> frozenset[str]:
    settings = book.company.notices
    monitoring = book.departments[settings.monitoring_department]
    return frozenset({*settings.management_group, monitoring.head, *monitoring.members})


def _night(result: NightResult, known: Sequence[Case]) -> Night:
    """Return the night as its report will read it from the store."""
    touched = {case.id for case in result.cases}
    as_of = result.summary.as_of
    shown = [case for case in known if case.id in touched]
    shown += [c for c in known if c.id not in touched and c.status.is_open and c.last_day >= as_of - RECENT]
    return Night(result.summary, tuple(result.checks), tuple(shown), frozenset(touched))
