"""The deadlines of cases in the company's working hours and calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from detect.cases.due import due, overdue
from detect.config.book import Book
from detect.model import Case
from detect.series.calendars import Calendar

__all__ = ["Clocks"]


@dataclass(frozen=True, eq=False)
class Clocks:
    """Answers what is due when, and what is late, for one company."""

    book: Book
    calendar: Calendar

    def due(self, cases: Iterable[Case]) -> dict[str, datetime]:
        """Return the next deadline of each case that has one, by case id."""
        company, policy = self.book.company, self.book.policy
        waiting = ((case.id, due(case, policy.deadlines, company.working_hours, self.calendar)) for case in cases)
        return {case: found.at for case, found in waiting if found is not None}

    def overdue(self, cases: Iterable[Case], now: datetime) -> set[str]:
        """Return the ids of the cases with something late at `now`."""
        company, policy = self.book.company, self.book.policy
        return {late.case.id for late in overdue(cases, now, policy.deadlines, company.working_hours, self.calendar)}
