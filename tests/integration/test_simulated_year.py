"""A stretch of a company's life through the program's own functions: nights, reports, prompt, late and absent heads, a clock set back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from benchmarks.simulated_year import Year, count, live
from tests.company import BEFORE, SPIKE, Company, CopyCompany

from detect.cases.events import SYSTEM, EventType, happened
from detect.cases.life import fold
from detect.model import Case, Category, Event, Level
from detect.pipeline.intake import Report, take_in
from detect.pipeline.session import Session, open_session


@pytest.fixture(scope="module")
def lived(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Live through the nights up to the fourfold day and six weeks more, on a store of its own."""
    folder = tmp_path_factory.mktemp("year") / "harbour"
    shutil.copytree(judged_company, folder)
    with open_session(Company(folder).book) as session:
        return live(session, BEFORE + timedelta(days=1), SPIKE, SPIKE + timedelta(days=42))


@pytest.mark.clause("P4.2")
@pytest.mark.clause("P4.3")
def test_every_deadline_is_kept_or_escalated_once_and_nothing_ends_unverified(lived: Year) -> None:
    """No promise is broken: rows are folds, deadlines are kept or escalated exactly once, every open case is somebody's."""
    assert lived.broken == []
    assert lived.cases > 15
    assert lived.closed > 0
    assert lived.escalated > 10
    assert lived.kept > 30


Told = tuple[EventType, dict[str, Any]]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Planting:
    """Puts into the store what no command and no follow-up of the program would write."""

    session: Session
    opened: datetime

    def case(
        self, text: str, *what: Told, apart: timedelta = MINUTE, row: Callable[[Iterable[Event]], Case] = fold
    ) -> None:
        """Open a case and write further events of it, so far `apart`, each with the row that `row` makes of them all."""
        store, monitoring = self.session.store, self.session.book.company.people[0].id
        department = min(self.session.book.departments)
        report = Report(text, Category.PROCESS, department, Level.LARGER, self.opened.date())
        events = store.events(take_in(self.session, report, monitoring, self.opened).id)
        for number, (type_, data) in enumerate(what, start=1):
            at = self.opened + number * apart
            events.append(happened(events[0].case_id, len(events) + 1, type_, at=at, actor=SYSTEM, data=data))
            store.record([events[-1]], row(events), now=at)


def test_a_planted_violation_of_each_promise_is_counted(company_copy: CopyCompany) -> None:
    """Each is named: closed unverified, nobody's, escalated twice, late and never told of, answered late without it, a row of its own."""
    with open_session(company_copy("harbour").book) as session:
        opened = datetime(SPIKE.year, SPIKE.month, SPIKE.day, 10, tzinfo=ZoneInfo(session.book.company.timezone))
        late = {"deadline": "ack", "since": opened.isoformat(), "step": "acknowledge", "due": opened, "to": "group"}
        plant = Planting(session, opened)
        plant.case("closed at once", (EventType.CLOSED, {}))
        plant.case("nobody is left", (EventType.ADOPTED, {"owner": "ghost"}))
        plant.case("told again", *[(EventType.ESCALATED, late)] * 2)
        plant.case("left alone")
        plant.case("answered in a week", (EventType.ACKNOWLEDGED, {}), apart=timedelta(days=7))
        plant.case("cheaper than told", (EventType.COMMENTED, {}), row=lambda events: replace(fold(events), stake=1.0))
        broken = count(session, Year(), opened + timedelta(days=30), session.calendar(SPIKE)).broken
    for said in (
        "closed without verification",
        "nobody's after adopted",
        "ack escalated 2 times",
        "was neither kept nor escalated",
        "its row is not the fold of its events",
    ):
        assert len([line for line in broken if line.endswith(said)]) == 1, (said, broken)
    assert [line for line in broken if line.endswith("is late and was not escalated")]
