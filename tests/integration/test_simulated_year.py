"""A stretch of a company's life through the program's own functions: nights, reports, prompt, late and absent heads, a clock set back."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from benchmarks.simulated_year import Year, count, live
from tests.company import BEFORE, SPIKE, Company, CopyCompany

from detect.cases.events import SYSTEM, EventType, happened
from detect.cases.life import fold
from detect.model import Category, Level
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


def planted(session: Session, text: str, what: Iterable[Told], opened: datetime) -> None:
    """Put events into the history of a new case that no command and no follow-up of the program would write."""
    report = Report(text, Category.PROCESS, min(session.book.departments), Level.LARGER, opened.date())
    events = session.store.events(take_in(session, report, session.book.company.people[0].id, opened).id)
    for number, (type_, data) in enumerate(what, start=len(events) + 1):
        at = opened + timedelta(minutes=number)
        events.append(happened(events[0].case_id, number, type_, at=at, actor=SYSTEM, data=data))
        session.store.record([events[-1]], fold(events), now=at)


def test_a_planted_violation_of_each_promise_is_counted(company_copy: CopyCompany) -> None:
    """A case closed unverified, one of nobody, one escalated twice, and one late that nobody was told of: each is named."""
    with open_session(company_copy("harbour").book) as session:
        opened = datetime(SPIKE.year, SPIKE.month, SPIKE.day, 10, tzinfo=ZoneInfo(session.book.company.timezone))
        late = {"deadline": "ack", "since": opened.isoformat(), "step": "acknowledge", "due": opened, "to": "group"}
        planted(session, "closed at once", [(EventType.CLOSED, {})], opened)
        planted(session, "nobody is left", [(EventType.ADOPTED, {"owner": "ghost"})], opened)
        planted(session, "told again", [(EventType.ESCALATED, late)] * 2, opened)
        planted(session, "left alone", [], opened)
        broken = count(session, Year(), opened + timedelta(days=30), session.calendar(SPIKE)).broken
    for said in ("closed without verification", "nobody's after adopted", "ack escalated 2 times"):
        assert [line for line in broken if line.endswith(said)], said
    assert [line for line in broken if line.endswith("is late and was not escalated")]
