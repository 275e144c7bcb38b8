"""The report chain, each clause with what happens to the late, the absent and the wrong person; only through the commands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.company import Company

from detect.db import outbox
from detect.db.tables import outbox as table

Detect = Callable[..., Any]
MONDAY = datetime.fromisoformat("2025-05-19T09:00+01:00")  # 09:00 to 17:00 is worked
_numbers = count()


@pytest.fixture(scope="module")
def harbour(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Harbour Tea with people of audit, for all tests of this file; each raises a case of its own."""
    folder = tmp_path_factory.mktemp("chain") / "harbour"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.replace("config/company.yaml", "management_group: [olga]", "management_group: [olga], audit: [mina]")
    return company


@dataclass
class Trouble:
    """One case, and who does what to it when; `hours` pass from Monday 09:00."""

    company: Company
    detect: Detect
    id: str = ""

    def raised(
        self, category: str = "process", department: str = "supply", level: int = 2, hours: float = 0
    ) -> Trouble:
        words = ("--category", category, "--department", department, "--level", f"{level}", "--day", "2025-05-18")
        case = self.detect(
            "raise", "--text", f"trouble {next(_numbers)}", *words, "--as", "noor", "--now", self.at(hours)
        )
        return Trouble(self.company, self.detect, case["id"])

    def at(self, hours: float) -> str:
        return (MONDAY + timedelta(hours=hours)).isoformat()

    def does(self, who: str, hours: float, step: str, *words: str, note: str = "said", code: int = 0) -> Any:
        return self.detect(
            "cases", step, self.id, *words, "--note", note, "--as", who, "--now", self.at(hours), code=code
        )

    def follow_up(self, hours: float) -> list[str]:
        events = self.detect("follow-up", "--now", self.at(hours))["events"]
        return [what for what, cases in events.items() for case in cases if case == self.id]

    def shown(self, reader: str = "mina") -> Any:
        return self.detect("cases", "show", self.id, "--as", reader)

    def told(self) -> set[str]:
        """Return who has a message about the case."""
        with self.company.store() as store, store._engines.reader.connect() as connection:
            notices = [outbox.unpack(row.notice) for row in connection.execute(table.select())]
        return {notice.recipient for notice in notices if self.id in notice.case_ids}

    def in_measures(self, *measure: str, owner: str = "karl", level: int = 2) -> Trouble:
        """Lead it within the first hour to its first measure, due on Thursday unless `measure` says otherwise."""
        self.does("karl", 0.1, "ack")
        self.does("karl", 0.2, "assess", "--level", f"{level}")
        self.does("karl", 0.3, "refer")
        self.does("olga", 0.4, "meet")
        words = measure or ("--text", "Prop the shelf up", "--due", "2025-05-22")
        self.does("olga", 0.5, "measure", *words, "--owner", owner)
        return self


@pytest.fixture
def trouble(harbour: Company, command_line: Callable[[Company], Detect]) -> Trouble:
    """Give a way to raise a case and to follow it."""
    return Trouble(harbour, command_line(harbour))


@pytest.mark.clause("P4.2")
def test_only_the_head_may_answer_and_the_group_hears_of_the_report(trouble: Trouble) -> None:
    """Another department's head and steps out of turn are refused with who and what is allowed; the report reaches the group."""
    case = trouble.raised()
    assert "It is for the owner or the head" in case.does("ida", 0.1, "ack", code=2)
    assert "Possible now: ack," in case.does("karl", 0.1, "refer", code=2)
    case.does("karl", 0.1, "ack")
    assert "needs a note" in case.does("karl", 0.2, "assess", note="", code=2)
    case.does("karl", 0.2, "assess")
    assert case.told() == {"karl"}
    after = case.does("karl", 0.3, "refer")
    assert case.told() == {"karl", "olga"}
    assert (after["status"], after["next_step"]) == ("reported", "meet")
    assert after["next_commands"][0] == f"detect cases meet {case.id} --note WHAT --as PERSON"


@pytest.mark.clause("P4.3")
def test_the_group_alone_meets_and_decides(trouble: Trouble) -> None:
    """The head cannot hold the group's meeting nor decide the first measure; both wait for the group, which is reminded."""
    case = trouble.raised()
    for hours, step in ((0.1, "ack"), (0.2, "assess"), (0.3, "refer")):
        case.does("karl", hours, step)
    assert "It is for the management group" in case.does("karl", 0.4, "meet", code=2)
    case.does("olga", 0.4, "meet")
    decide = ("--text", "x", "--owner", "karl", "--due", "2025-05-22")
    assert "It is for the management group" in case.does("karl", 0.5, "measure", *decide, code=2)
    assert case.follow_up(24.5) == ["reminded"]  # eight working hours to decide: until Tuesday 10:24
    assert case.follow_up(26) == ["escalated"]
    assert case.follow_up(27) == []
    assert case.told() >= {"olga", "mina"}


@pytest.mark.clause("P4.4a")
def test_a_measure_has_an_owner_and_a_day_and_is_missed_when_that_is_past(trouble: Trouble) -> None:
    """Strangers and past days are refused; its owner is told and reminded, a missed one is escalated once; undone, nothing closes."""
    case = trouble.raised().in_measures(owner="noor")
    assert "noor" in case.told()
    assert "whom nobody knows" in case.does(
        "olga", 1, "measure", "--text", "x", "--owner", "eve", "--due", "2025-05-22", code=2
    )
    assert "which is past" in case.does(
        "olga", 1, "measure", "--text", "x", "--owner", "karl", "--due", "2025-05-18", code=2
    )
    for day in range(3):
        case.does("karl", 24 * day + 7, "progress")
    assert case.follow_up(79.5) == ["reminded"]  # Thursday 16:30
    assert case.follow_up(81) == ["escalated"]
    assert case.follow_up(82) == []
    assert "olga" in case.told()
    case.does("karl", 96, "resolve")
    assert "is not for ida" in case.does("ida", 97, "measure", "--done", "1", code=2)
    case.does("olga", 97, "verify")
    assert "measure 1 is not done" in case.does("olga", 98, "close", code=2)
    case.does("noor", 98, "measure", "--done", "1")
    assert case.does("olga", 99, "close")["status"] == "closed"


@pytest.mark.clause("P4.4a")
@pytest.mark.clause("P4.4b")
@pytest.mark.clause("P4.4c")
@pytest.mark.clause("P4.4d")
@pytest.mark.parametrize(
    ("category", "cause", "measure"),
    [
        ("process", "process_design", "Redesign the step."),
        ("process", "operator_error", "Train and supervise those concerned."),
        ("data", "system_fault", "Repair the system."),
        ("data", "business_change", "Adjust the strategy to the change."),
        ("customer", "service", "Train the team and follow up with each customer."),
        ("market", "regulation", "Have the rule's effect worked out."),
    ],
)
def test_the_cause_leads_to_the_measure_that_the_policy_names(
    trouble: Trouble, category: str, cause: str, measure: str
) -> None:
    """Before anybody took note a cause is refused; coded, its measure stands first and can be decided by its number."""
    case = trouble.raised(category, level=3)
    assert measure not in case.shown()["measures"]
    assert "not possible now" in case.does("karl", 0.1, "cause", cause, code=2)
    case.does("karl", 0.1, "ack")
    assert "is not for ida" in case.does("ida", 0.2, "cause", cause, code=2)
    assert case.does("karl", 0.2, "cause", cause)["measures"][0] == measure
    case.does("karl", 0.3, "assess")
    suggested = ("--suggested", "1", "--owner", "karl", "--due", "2025-05-22")
    assert case.does("karl", 0.4, "measure", *suggested)["decided"][0]["text"] == measure
    assert "There is no suggested measure 9" in case.does(
        "karl", 0.4, "measure", "--suggested", "9", *suggested[2:], code=2
    )


@pytest.mark.clause("P4.4c")
@pytest.mark.clause("P1.3d")
def test_causes_are_classified_and_counted_and_none_is_passed_over(trouble: Trouble) -> None:
    """Of three customers' cases two are counted by their cause, the third as not coded; another category is not among them."""
    before = {row["cause"]: row["cases"] for row in trouble.detect("cases", "causes", "--category", "customer")}
    for cause in ("supplier", "supplier", None):
        case = trouble.raised("customer", level=3)
        if cause:
            case.does("karl", 0.1, "ack")
            case.does("karl", 0.2, "cause", cause)
    trouble.raised("market", level=3)
    counted = {row["cause"]: row["cases"] for row in trouble.detect("cases", "causes", "--category", "customer")}
    assert {cause: n - before.get(cause, 0) for cause, n in counted.items() if n != before.get(cause, 0)} == {
        "supplier": 2,
        None: 1,
    }


@pytest.mark.clause("P4.4e")
def test_a_sign_of_fraud_goes_to_audit_and_leaves_the_department(trouble: Trouble) -> None:
    """The department that coded it sees, lists and changes it no more; audit is told, owns it and goes on; its measure is the audit."""
    case = trouble.raised("financial")
    case.does("karl", 0.1, "ack")
    before = case.told()
    assert case.does("karl", 0.2, "cause", "fraud_sign") == {
        "id": case.id, "status": "acknowledged", "restricted": True, "owner": "mina",
    }  # fmt: skip
    assert case.told() == before | {"mina"}
    for who in ("karl", "noor", "ida"):
        assert "is restricted" in case.does(who, 0.3, "assess", code=2)
        assert case.id not in {c["id"] for c in case.detect("cases", "list", "--as", who)}
        assert "is restricted" in case.detect("cases", "show", case.id, "--as", who, code=2)
    assert case.id not in {c["id"] for c in case.detect("cases", "list")}
    assert case.id in {c["id"] for c in case.detect("cases", "list", "--as", "mina")}
    assert case.shown("mina")["measures"][0] == "Hand over to audit."
    assert case.does("mina", 0.4, "assess")["status"] == "assessed"


@pytest.mark.clause("P4.5")
def test_a_missed_progress_report_is_seen_and_each_report_starts_the_next(trouble: Trouble) -> None:
    """24 working hours apart at level 2: silence is reminded, then escalated once; strangers and empty words are no report."""
    case = trouble.raised().in_measures("--text", "x", "--due", "2025-06-30")
    assert case.follow_up(30) == []
    assert "is not for ida" in case.does("ida", 31, "progress", code=2)
    assert "needs a note" in case.does("karl", 31, "progress", note=" ", code=2)
    case.does("karl", 31, "progress")  # Tuesday 16:00: the next is due on Saturday 11:00, a working day of this company
    assert case.follow_up(24 * 4 + 7) == []
    assert case.follow_up(24 * 5 + 1.5) == ["reminded"]
    assert case.follow_up(24 * 5 + 2.5) == ["escalated"]
    assert case.follow_up(24 * 5 + 3) == []
    assert case.told() >= {"karl", "olga"}
    case.does("karl", 24 * 5 + 3, "progress")
    assert case.follow_up(24 * 6 + 7) == []


@pytest.mark.clause("P1.3b")
def test_the_times_of_a_case_are_measured_and_a_step_not_taken_has_none(trouble: Trouble) -> None:
    """Found nine hours after its day ended, told at once, acknowledged in half an hour; what is not done has no time but is late."""
    case = trouble.raised()
    assert case.shown()["hours"] == {"detected": 9.0, "notified": 0.0}
    case.does("karl", 0.5, "ack")
    assert case.shown()["hours"] == {"detected": 9.0, "notified": 0.0, "acknowledged": 0.5}
    case.does("karl", 1, "assess")
    case.does("karl", 2, "refer")
    assert case.shown()["hours"] == {"detected": 9.0, "notified": 0.0, "acknowledged": 0.5, "reported": 2.0}
    late = ("cases", "list", "--overdue", "--now")
    assert case.id not in {c["id"] for c in case.detect(*late, case.at(3))}
    assert case.id in {c["id"] for c in case.detect(*late, case.at(24 * 7))}


@pytest.mark.clause("P1.3c")
def test_a_case_changes_hands_only_by_acceptance_and_is_never_nobodys(trouble: Trouble) -> None:
    """It stays with its owner until the other, who is told, accepts; nobody else can; of who left the company the head takes over."""
    case = trouble.raised("process", "sales")
    assert case.shown()["owner"] == "ida"
    assert "whom nobody knows" in case.does("ida", 0.1, "assign", "--to", "eve", code=2)
    assert "not possible now" in case.does("noor", 0.1, "accept", code=2)
    assert case.does("ida", 0.2, "assign", "--to", "karl")["owner"] == "ida"
    assert "karl" in case.told()
    assert "is not for noor" in case.does("noor", 0.3, "accept", code=2)
    assert case.does("noor", 0.3, "ack")["owner"] == "ida"  # her deputy acts in her place
    assert case.does("karl", 0.4, "accept")["owner"] == "karl"
    leaver = "  - {id: karl, name: {en: Karl Wood, zh: 卡爾}, email: karl@example.com, language: zh}\n"
    new = "  - {id: kim, name: {en: Kim Roe, zh: 金}, email: kim@example.com}\n"
    try:
        case.company.replace("config/company.yaml", leaver, new)
        case.company.replace("config/company.yaml", "zh: 採購部}, head: karl", "zh: 採購部}, head: kim")
        assert case.follow_up(0.5) == ["adopted"]
        assert case.follow_up(0.5) == []
        assert case.shown()["owner"] == "ida"
        owners = {c["owner"] for c in case.detect("cases", "list", "--as", "mina")}
        assert owners <= {"ida", "kim", "mina"}
    finally:
        case.company.replace("config/company.yaml", new, leaver)
        case.company.replace("config/company.yaml", "zh: 採購部}, head: kim", "zh: 採購部}, head: karl")


@pytest.mark.clause("P3.4")
def test_a_person_overrides_the_level_with_a_reason_and_the_clock_starts_again(trouble: Trouble) -> None:
    """Without a reason, or by somebody else, it is refused; made level 1 the group is told at once and one hour is left."""
    case = trouble.raised(level=3)
    assert "needs a note" in case.does("karl", 1, "level", "--level", "1", note="", code=2)
    assert "is not for ida" in case.does("ida", 1, "level", "--level", "1", code=2)
    assert "olga" not in case.told()
    after = case.does("karl", 2, "level", "--level", "1")
    assert (after["level"], after["due"]) == (1, "2025-05-19T11:00:00+00:00")
    assert "olga" in case.told()
    assert case.follow_up(3.5) == ["escalated"]
