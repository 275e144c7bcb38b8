"""Time, reports by hand, and what is told of them: only through the commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.company import BEFORE, Company

from detect.db import outbox
from detect.db.tables import outbox as table

Detect = Callable[..., Any]
ACCIDENT = ("--category", "process", "--department", "supply", "--level", "2", "--day", "2025-05-17")


@pytest.fixture
def detect(tea: Company, command_line: Callable[[Company], Detect]) -> Detect:
    """Give the command line of Harbour Tea."""
    return command_line(tea)


def recipients(tea: Company, case: str) -> set[str]:
    """Return who has a message about the case in the outbox."""
    return {row.recipient for row in _notices(tea) if case in row.case_ids}


def _notices(tea: Company) -> list[Any]:
    with tea.store() as store, store._engines.reader.connect() as connection:
        return [outbox.unpack(row.notice) for row in connection.execute(table.select())]


@pytest.fixture
def accident(tea: Company, detect: Detect) -> str:
    """Give a case of level 2 that noor reported on a Saturday morning."""
    text = "A shelf fell in the store room"
    case = detect("raise", *ACCIDENT, "--text", text, "--as", "noor", "--now", "2025-05-19T09:00+01:00")
    return str(case["id"])


@pytest.mark.clause("P4.1")
def test_whoever_finds_it_reports_it_and_the_head_is_told(tea: Company, detect: Detect, accident: str) -> None:
    """A report by hand, in either language, is a case of the head's with a running clock; strangers and empty words are refused."""
    case = detect("cases", "show", accident)
    assert (case["owner"], case["status"], case["level"]) == ("karl", "open", 2)
    assert case["subject"].startswith("manual:")
    assert case["due"] is not None
    assert case["measures"]
    assert recipients(tea, accident) == {"karl"}
    chinese = detect("raise", *ACCIDENT, "--text", "貨架倒塌", "--as", "noor", "--now", "2025-05-19T09:00+01:00")
    assert chinese["description"] == "貨架倒塌"
    again = ("--text", "貨架倒塌", "--as", "noor", "--now", "2025-05-19T10:00+01:00")
    assert "reported already" in detect("raise", *ACCIDENT, *again, code=2)
    assert "nobody is known" in detect("raise", *ACCIDENT, "--text", "x", "--as", "eve", code=2)
    assert "says nothing" in detect("raise", *ACCIDENT, "--text", " ", "--as", "noor", code=2)


def test_a_restricted_report_needs_somebody_who_may_see_it(tea: Company, detect: Detect) -> None:
    """Without people of audit a restricted report is refused; with them they own it, and the department hears nothing."""
    words = (
        "raise",
        *ACCIDENT,
        "--text",
        "Doubtful invoices",
        "--restricted",
        "--as",
        "noor",
        "--now",
        "2025-05-19T09:00Z",
    )
    assert "audit" in detect(*words, code=2)
    tea.replace("config/company.yaml", "management_group: [olga]", "management_group: [olga], audit: [mina]")
    case = detect(*words)
    assert case["owner"] == "mina"
    assert recipients(tea, case["id"]) == {"mina"}


@pytest.mark.clause("P4.2")
def test_a_late_head_is_reminded_once_and_escalated_once(tea: Company, detect: Detect, accident: str) -> None:
    """Four working hours to acknowledge: nothing before, a reminder at three, one escalation to the group after; never a second."""

    def at(time: str) -> Any:
        return detect("follow-up", "--now", f"2025-05-19T{time}+01:00")["events"]

    assert at("11:30") == {}
    assert at("13:30") == {"reminded": [accident]}
    assert recipients(tea, accident) == {"karl"}
    assert at("13:30") == {}
    assert at("14:30") == {"escalated": [accident]}
    assert recipients(tea, accident) == {"karl", "olga"}
    for time in ("14:31", "13:00", "16:00"):
        assert at(time) == {}
    told = [e["type"] for e in detect("cases", "show", accident)["events"]]
    assert told == ["opened", "reminded", "escalated"]


@pytest.mark.clause("P4.2")
def test_who_acts_in_time_is_not_reminded(detect: Detect, accident: str) -> None:
    """Acknowledged within the hour, the deadline of acknowledging is over; that of the report still runs."""
    detect("cases", "ack", accident, "--as", "karl", "--now", "2025-05-19T09:40+01:00")
    assert detect("follow-up", "--now", "2025-05-19T14:30+01:00")["events"] == {}
    late = detect("follow-up", "--now", "2025-05-20T17:00+01:00")["events"]
    assert late == {"escalated": [accident]}


@pytest.mark.clause("P4.3")
def test_a_meeting_that_is_not_held_is_told_to_the_group_and_the_monitors(
    tea: Company, detect: Detect, accident: str
) -> None:
    """Whose step it is hears of it: the group is reminded to meet, the monitoring department hears when it did not."""
    steps = [("ack", "09:10"), ("assess", "09:20"), ("refer", "09:30")]
    for step, time in steps:
        detect("cases", step, accident, "--as", "karl", "--note", "the shelf", "--now", f"2025-05-19T{time}+01:00")
    assert "mina" not in recipients(tea, accident)
    assert detect("follow-up", "--now", "2025-05-22T17:00+01:00")["events"] == {"escalated": [accident]}
    assert {"olga", "mina", "karl"} <= recipients(tea, accident)


def test_a_muted_case_is_not_reminded_but_escalated(tea: Company, detect: Detect, accident: str) -> None:
    """Muting silences the reminder; the missed deadline is told all the same."""
    until, at = "2025-06-30T09:00+01:00", "2025-05-19T09:30+01:00"
    detect("cases", "mute", accident, "--until", until, "--note", "known", "--as", "karl", "--now", at)
    before = len(_notices(tea))
    assert detect("follow-up", "--now", "2025-05-19T13:30+01:00")["events"] == {"reminded": [accident]}
    assert len(_notices(tea)) == before
    detect("follow-up", "--now", "2025-05-19T14:30+01:00")
    assert len(_notices(tea)) > before


def test_what_a_backfill_opened_is_never_reminded(detect: Detect) -> None:
    """Imported past starts no deadline."""
    assert detect("follow-up", "--now", f"{BEFORE + timedelta(days=60)}T09:00+01:00")["events"] == {}
