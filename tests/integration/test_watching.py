"""Processes and audits in a run: what was planted is found, by night and by range alike, and each fails alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from tests.company import Company, CopyCompany
from tests.office import ODD, SATURDAY, SKIPPED, TROUBLE, WAITING, equip

from detect.model import Kind, Outcome, Status

NIGHT = timedelta(days=1)
PostgresTea = Callable[[str], Company]
MINE = {"purchase", "payables", "revenue_plan", "balance_sheet"}
SIGNS = ("duplicate", "extreme_amount", "reversal", "shared_account", "splitting")


@pytest.fixture
def office(company_copy: CopyCompany) -> Company:
    """Give Harbour Tea with its back office, judged up to `BEFORE` without it."""
    return equip(company_copy("office"))


def watched(company: Company, first: date, last: date) -> list[tuple[date, str, Kind]]:
    """Judge nights and return what the processes and audits found: night, subject, kind."""
    nights = company.judge(first, last, mode="backfill", notify=False)
    return sorted(
        (finding.as_of, finding.subject, finding.kind)
        for night in nights
        for finding in night.findings
        if finding.subject.partition(":")[0] in MINE
    )


def test_what_was_planted_is_found_and_the_other_days_are_quiet(office: Company):
    """Each trouble of the back office is told once, on its day, and nothing else is in ten nights; the cases are named."""
    first, stuck = date(2025, 5, 18), date(2025, 5, 21)
    assert watched(office, first, TROUBLE) == [
        (stuck, "purchase:approve", Kind.DELAY),
        (SATURDAY, "payables:off_hours", Kind.AUDIT_SIGN),
        (TROUBLE, "balance_sheet", Kind.RECONCILIATION),
        *((TROUBLE, f"payables:{sign}", Kind.AUDIT_SIGN) for sign in SIGNS),
        (TROUBLE, "purchase:approve", Kind.MISSING_STEP),
        (TROUBLE, "purchase:gift", Kind.WRONG_ORDER),
        (TROUBLE, "purchase:order", Kind.INTERRUPTION),
        (TROUBLE, "revenue_plan", Kind.OFF_TARGET),
    ]
    with office.store() as store:
        found = {(row.finding.as_of, row.finding.subject): row.finding.evidence for row in store.findings(first=first)}
    assert found[stuck, "purchase:approve"]["cases"] == [WAITING]
    assert found[TROUBLE, "purchase:approve"]["cases"] == [SKIPPED]
    assert found[TROUBLE, "purchase:gift"]["cases"] == [ODD]
    assert found[TROUBLE, "payables:reversal"]["rows"] == ["wrong", "undone"]
    assert found[TROUBLE, "payables:shared_account"]["employees"] == ["noor"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_range_of_nights_leaves_what_its_nights_leave(kind: str, request: pytest.FixtureRequest):
    """Findings, cases, events and the ledger are equal to the last character, in either kind of database."""
    if kind == "sqlite":
        copy: CopyCompany = request.getfixturevalue("company_copy")
        one, two = equip(copy("one")), equip(copy("two"))
    else:
        make: PostgresTea = request.getfixturevalue("postgres_tea")
        one, two = equip(make("one")), make("two")
        for file in ("company", "tables", "processes", "audits", "targets", "identities", "metrics/books"):
            name = f"config/{file}.yaml"
            (two.folder / name).write_text((one.folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    nights = [TROUBLE - k * NIGHT for k in (1, 0)]
    one.judge(nights[0], nights[-1], mode="backfill", notify=False)
    for night in nights:
        two.judge(night, mode="backfill", notify=False)
    left, right = one.stored(), two.stored()
    mine = tuple(sorted(MINE))
    for table in ("findings", "checks", "exceptions"):
        rows = [[r for r in side[table] if any(str(v).startswith(mine) for v in r)] for side in (left, right)]
        assert rows[0] == rows[1], table
        assert len(rows[0]) >= 10, table


def test_a_run_of_some_metrics_leaves_them_out(office: Company):
    """A run of one metric neither finds nor plans anything of them, and withdraws nothing that the night found."""
    office.judge(TROUBLE)
    before = office.judgements()
    (night,) = office.judge(TROUBLE, metrics=("revenue",))
    assert {check.subject for check in night.checks} == {"revenue"}
    assert office.judgements() == before


def test_a_corrected_row_withdraws_its_sign(office: Company):
    """Once the second payment is taken out, the night judged again takes back the sign and its case, and keeps the others."""
    office.judge(TROUBLE)
    office.warehouse("DELETE FROM payments WHERE id = 'twice'")
    office.judge(TROUBLE)
    with office.store() as store:
        states = {row.finding.subject: row.state for row in store.findings(as_of=TROUBLE)}
        (case,) = [c for c in store.cases() if c.subject == "payables:duplicate"]
    assert states["payables:duplicate"] == "withdrawn"
    assert states["payables:splitting"] == "active"
    assert case.status is Status.WITHDRAWN


def test_a_column_that_is_gone_fails_its_check_alone(office: Company):
    """Without the payee the audit ends in errors that name table and column; process, suites and metrics go on."""
    office.warehouse("ALTER TABLE payments RENAME COLUMN payee TO creditor")
    (night,) = office.judge(TROUBLE)
    lost = {c.subject: c.notable for c in night.checks if c.outcomes.get(Outcome.ERROR)}
    assert set(lost) == {f"payables:{kind}" for kind in office.book.audits["payables"].planned}
    assert all("payments" in text and "'payee'" in text for rows in lost.values() for *_, text in rows)
    assert night.run.state == "incomplete"
    assert "purchase:order" in {finding.subject for finding in night.findings}
    assert any(check.subject == "revenue" and check.outcomes.get(Outcome.OK) for check in night.checks)


SUITES = {
    "purchases": """source: purchases
expectations:
  - {id: rows, type: row_count_against_history, name: {en: The usual number of events, zh: 事件數正常}, severity: warning, on: table,
     kwargs: {at_least: 0.7}}
""",
    "payments": """source: payments
expectations:
  - {id: stands_once, type: expect_column_values_to_be_unique, name: {en: A payment stands once, zh: 付款不重複}, severity: critical,
     kind: double_load, kwargs: {column: id}}
""",
}


def test_a_process_and_signs_for_review_stand_below_the_faults_of_their_tables(office: Company):
    """Where a day's events are not all loaded, and payments twice, the tables come first and what they explain is below them."""
    day = TROUBLE - 4 * NIGHT
    for name, text in SUITES.items():
        (office.folder / "expectations" / f"{name}.yaml").write_text(text, encoding="utf-8")
    office.warehouse(
        f"DELETE FROM purchases WHERE at LIKE '{day}%' AND activity <> 'order'",
        f"INSERT INTO payments SELECT * FROM payments WHERE paid_at LIKE '{day}%'",
    )
    (night,) = office.judge(day)
    heads = {case.subject: case for case in night.cases if case.subject in {"purchases:rows", "payments:stands_once"}}
    stops = [case for case in night.cases if case.kind is Kind.INTERRUPTION]
    assert {case.subject for case in stops} >= {"purchase:approve", "purchase:receive", "purchase:pay"}
    assert {case.parent for case in stops} == {heads["purchases:rows"].id}
    assert all("Data, not business: 2" in case.description.en and "屬數據問題" in case.description.zh for case in stops)
    doubled = [f for f in night.findings if f.subject == "payables:duplicate"]
    assert doubled
    assert all(f.evidence["data_fault"]["explains"] for f in doubled)
    (review,) = {case.parent for case in night.cases if case.subject == "payables:duplicate"}
    assert review is None  # what only audit may see hangs on nothing that all may see
