"""Two follow-ups and a person at the same instant, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from tests.company import Company, CopyCompany

from detect.cases.commands import Acknowledge
from detect.cases.life import fold
from detect.errors import CaseError
from detect.model import Category, Level
from detect.pipeline.follow_up import follow_up
from detect.pipeline.intake import Report, take_in
from detect.pipeline.record import record
from detect.pipeline.session import open_session

AT = datetime(2025, 5, 19, 8, tzinfo=UTC)
LATE = datetime(2025, 5, 20, 14, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest) -> Company:
    """Give Harbour Tea on either kind of database."""
    if request.param == "sqlite":
        copy: CopyCompany = request.getfixturevalue("company_copy")
        return copy("raced")
    make: Callable[[str], Company] = request.getfixturevalue("postgres_tea")
    return make("raced")


def test_follow_ups_at_the_same_instant_escalate_once(company: Company) -> None:
    """Four passes and an acknowledging head race: each case has at most one escalation, every row is the fold of its events."""
    with open_session(company.book) as session:
        cases = [
            take_in(
                session, Report(f"trouble {n}", Category.PROCESS, "supply", Level.SOME, date(2025, 5, 18)), "noor", AT
            ).id
            for n in range(6)
        ]

    def one_pass(_: int) -> None:
        with open_session(company.book) as session:
            follow_up(session, LATE)

    def acknowledge(_: int) -> None:
        with open_session(company.book) as session:
            for case in cases[:3]:
                record(session, case, Acknowledge(), "karl", LATE)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda n: (acknowledge if n == 2 else one_pass)(n), range(5)))
    with company.store() as store:
        for case in store.cases(ids=cases):
            events = store.events(case.id)
            assert [e.type for e in events].count("escalated") <= 1
            assert (case.id in cases[:3]) or [e.type for e in events] == ["opened", "escalated"]
            assert fold(events) == case
        assert store.verify_history() == []


def test_the_same_report_at_the_same_instant_is_one_case(company: Company) -> None:
    """Two presses of the button: one case with one opening."""
    report = Report("a fire", Category.PROCESS, "supply", Level.MAJOR, date(2025, 5, 18))

    def press(_: int) -> str:
        with open_session(company.book) as session:
            try:
                return take_in(session, report, "noor", AT).status.value
            except CaseError as error:
                return str(error)

    with ThreadPoolExecutor(2) as pool:
        said = set(pool.map(press, range(2)))
    assert "open" in said
    with company.store() as store:
        manual = [case for case in store.cases() if case.subject.startswith("manual:")]
        assert len(manual) == 1
        assert [event.type for event in store.events(manual[0].id)] == ["opened"]
