"""What nights leave in the store: alone, in a range, run again, of one metric, tried without writing, after corrections."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.company import BEFORE, BREACH, FIRST, SPIKE, TWICE, Company, CopyCompany, Rows

from detect.model import Kind, Outcome, Status
from detect.pipeline.order import night_after

NIGHT = timedelta(days=1)
PostgresTea = Callable[[str], Company]


@pytest.fixture(params=["sqlite", "postgresql"])
def two_copies(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Company, Company]:
    """Give the same company twice, each with a store judged up to `BEFORE`, in either kind of database."""
    if request.param == "sqlite":
        copy: CopyCompany = request.getfixturevalue("company_copy")
        return copy("one"), copy("two")
    make: PostgresTea = request.getfixturevalue("postgres_tea")
    made = make("one"), make("two")
    for company in made:
        company.judge(BEFORE, mode="backfill", notify=False)
    return made


def told(company: Company) -> set[str]:
    """Return the keys of the messages in the outbox."""
    return {row[0] for row in company.stored()["outbox"]}


def dated(rows: Rows, as_of: date) -> Rows:
    """Return the findings of one night without their case, which a lone metric's findings may have to themselves."""
    return [(*row[1:6], *row[8:]) for row in rows if row[1] == as_of]


def test_a_backfill_leaves_what_its_nights_one_by_one_leave(two_copies: tuple[Company, Company]):
    """Findings with their versions, exceptions, events and the ledger are equal to the last character.

    Both in mode backfill: the mode stands in the ledger, and decides whether deadlines run, by intent. Only what is learnt across
    series (models) may differ, in the last bits, by the order of summation.
    """
    one, two = two_copies
    nights = [BEFORE + k * NIGHT for k in range(1, (BREACH - BEFORE).days + 2)]
    one.judge(nights[0], nights[-1], mode="backfill", notify=False)
    for night in nights:
        two.judge(night, mode="backfill", notify=False)
    left, right = one.stored(), two.stored()
    for table in ("findings", "finding_versions", "exceptions", "case_events", "checks", "check_series", "runs"):
        assert left[table] == right[table], table
    days = {row[2] for row in left["findings"]}
    assert {SPIKE, TWICE, BREACH} <= days


def test_three_reruns_change_no_row_and_send_nothing(two_copies: tuple[Company, Company]):
    """After a night has been judged and told, the same run changes nothing in any table, however often."""
    company, _ = two_copies
    company.judge(BREACH)
    assert company.send(BREACH).delivered > 0
    before, mails = company.stored(), sorted((company.folder / "var" / "mails").iterdir())
    assert before["findings"]
    assert mails
    for _ in range(3):
        (again,) = company.judge(BREACH)
        assert again.written is not None
        assert again.written.total == 0
        assert company.send(BREACH).delivered == 0
    assert company.stored() == before
    assert sorted((company.folder / "var" / "mails").iterdir()) == mails


def test_a_rerun_of_the_same_night_by_another_clock_changes_no_row(tea: Company):
    """A night judged again later in the day differs by no row: times alone are no change."""
    tea.judge(TWICE)
    before = tea.stored()
    tea.judge(TWICE, now=night_after(tea.book, TWICE) + timedelta(hours=5))
    assert tea.stored() == before


def test_one_metric_alone_gives_its_findings_of_the_whole_night(company_copy: CopyCompany):
    """A run of one metric finds what the whole night finds for it, and no more."""
    whole, alone = company_copy("whole"), company_copy("alone")
    whole.judge(BREACH)
    (night,) = alone.judge(BREACH, metrics=("revenue",))
    expected = [row for row in dated(whole.stored()["findings"], BREACH) if row[2] == "revenue"]
    assert expected
    assert dated(alone.stored()["findings"], BREACH) == expected
    assert {check.subject for check in night.checks} == {"revenue"}


def test_a_run_of_one_metric_withdraws_nothing_else_and_completes_no_date(company_copy: CopyCompany):
    """Findings of other metrics and of suites stay active, and `verify` still asks for a whole run."""
    judged, fresh = company_copy("judged"), company_copy("fresh")
    judged.judge(TWICE)
    before = judged.stored()
    judged.judge(TWICE, metrics=("deliveries",))
    after = judged.stored()
    for table in ("findings", "finding_versions", "exceptions", "case_events"):
        assert after[table] == before[table], table
    fresh.judge(TWICE, metrics=("deliveries",))
    with fresh.store() as store:
        assert store.known_run(TWICE) is None
        assert store.known_run(TWICE, "deliveries") is not None


def test_corrected_data_withdraw_findings_by_a_version_and_delete_nothing(tea: Company):
    """When the second load is taken out and the night judged again, its findings and cases are withdrawn, history and all kept."""
    tea.judge(TWICE)
    before = tea.stored()
    doubled = {row[0] for row in before["findings"] if row[12] == "double_load" and row[2] == TWICE}
    assert doubled
    tea.warehouse(
        f"DELETE FROM sales WHERE sold_at LIKE '{TWICE}%' AND rowid NOT IN "
        f"(SELECT min(rowid) FROM sales WHERE sold_at LIKE '{TWICE}%' GROUP BY sale, product)"
    )
    tea.judge(TWICE)
    after = {row[0]: row for row in tea.stored()["findings"]}
    assert set(after) >= {row[0] for row in before["findings"]}
    assert {after[key][8] for key in doubled} == {"withdrawn"}
    assert {after[key][7] for key in doubled} == {2}
    versions = tea.stored()["finding_versions"]
    assert all(row in versions for row in before["finding_versions"])
    events = tea.stored()["case_events"]
    assert all(row in events for row in before["case_events"])
    with tea.store() as store:
        gone = [case for case in store.cases(detected_on=TWICE) if case.kind.value == "double_load"]
        assert gone
        assert {case.status for case in gone} == {Status.WITHDRAWN}


def test_late_rows_revise_a_finding_and_a_rerun_settles(tea: Company):
    """A line that arrives late changes the night's finding by one version; the next rerun changes nothing."""
    tea.judge(BREACH)
    tea.warehouse(f"INSERT INTO sales VALUES ('late1', '{BREACH} 18:00:00', 'Quay', NULL, 'Assam', 700, 15.0)")
    (night,) = tea.judge(BREACH)
    assert night.written is not None
    assert night.written.findings > 0
    (revised,) = [row for row in tea.stored()["findings"] if row[1] == BREACH and row[3] == "largest_sale"]
    assert (revised[7], revised[15]) == (2, 10500.0)
    before = tea.stored()
    tea.judge(BREACH)
    assert tea.stored() == before


def test_a_day_of_which_all_rows_are_taken_back_is_known_no_more(tea: Company):
    """When the source takes a whole day back, the rerun judges none of the figures it once gave: the day is missing."""
    tea.judge(BREACH)
    tea.warehouse(f"DELETE FROM sales WHERE sold_at LIKE '{BREACH}%'")
    (again,) = tea.judge(BREACH)
    assert again.run.state == "incomplete"
    assert {f.kind for f in again.findings if f.subject in {"revenue", "orders", "largest_sale"}} <= {Kind.MISSING}


def test_a_dry_run_judges_and_writes_nothing(company_copy: CopyCompany):
    """Its findings are those of the real run; store, outbox and folder stay as they were."""
    dry, real = company_copy("dry"), company_copy("real")
    before = dry.stored()
    files = {
        path: path.stat().st_mtime_ns for path in dry.folder.rglob("*") if path.suffix not in {".db-wal", ".db-shm"}
    }
    (tried,) = dry.judge(BREACH, dry_run=True)
    (done,) = real.judge(BREACH)
    assert tried.written is None
    assert tried.findings == done.findings
    assert tried.checks == done.checks
    assert dry.stored() == before
    assert {p for p in dry.folder.rglob("*") if p.suffix not in {".db-wal", ".db-shm"}} == set(files)


def test_a_young_company_hears_that_there_is_too_little_history(fresh_company: Path, tmp_path: Path):
    """Its first nights are complete and tell no departure, instead of guessing or failing."""
    shutil.copytree(fresh_company, tmp_path / "young")
    (night,) = Company(tmp_path / "young").judge(FIRST + 20 * NIGHT)
    assert night.run.state == "complete"
    assert night.run.outcomes[Outcome.INSUFFICIENT_HISTORY] > 0
    assert not night.findings
