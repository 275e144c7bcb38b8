"""Nights on which something is broken: the rest goes on, and ledger, notice and holder say what is not known."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from tests.company import BREACH, SPIKE, Company, CopyCompany

from detect.detectors.stl import StlSettings
from detect.errors import StoreBusy
from detect.model import Kind, Outcome
from detect.pipeline.order import NightResult
from detect.pipeline.session import open_session

QUIET = SPIKE + timedelta(days=1)


def outcomes(night: NightResult, subject: str) -> Counter[Outcome]:
    """Return how the checks of one subject ended."""
    found: Counter[Outcome] = Counter()
    for check in night.checks:
        if check.subject == subject:
            found.update(check.outcomes)
    return found


def causes(night: NightResult, subject: str) -> str:
    """Return what the ledger says of the subject's checks that were not made."""
    return " ".join(cause for check in night.checks if check.subject == subject for _, _, cause in check.notable)


def judgements(night: NightResult, department: str) -> list[tuple[object, ...]]:
    """Return what a night found in the metrics of one department."""
    return [f.key for f in night.findings if f.metric and f.department == department]


def test_a_missing_column_stops_its_metrics_alone(company_copy: CopyCompany):
    """Metrics of the column are errors that name it, the schema rule is told, the other table's findings are those of a good night."""
    good, bad = company_copy("good"), company_copy("bad")
    bad.warehouse("ALTER TABLE sales RENAME COLUMN price TO amount_each")
    (expected,), (night,) = good.judge(BREACH), bad.judge(BREACH)
    assert night.run.state == "incomplete"
    for metric in ("revenue", "average_line", "largest_sale"):
        assert not set(outcomes(night, metric)) - {Outcome.ERROR, Outcome.NOT_CHECKED}
        assert "price" in causes(night, metric)
    for metric in ("deliveries", "late_share"):
        assert outcomes(night, metric) == outcomes(expected, metric)
    assert any(f.subject == "sales:columns" and f.kind is Kind.SCHEMA for f in night.findings)
    assert judgements(night, "supply") == judgements(expected, "supply")


def test_a_missing_table_stops_its_metrics_and_its_suite_alone(tea: Company):
    """Everything that stands on the table ends as not judged; the other table is judged as ever."""
    tea.warehouse("DROP TABLE deliveries")
    (night,) = tea.judge(BREACH)
    assert night.run.state == "incomplete"
    for subject in ("deliveries", "late_share", "deliveries:supplier_is_given"):
        assert not set(outcomes(night, subject)) - {Outcome.ERROR, Outcome.NOT_CHECKED}, subject
        assert "deliveries" in causes(night, subject)
    assert outcomes(night, "revenue")[Outcome.FINDING] > 0
    assert any(f.subject == "largest_sale" for f in night.findings)


def test_an_empty_night_is_told_as_missing_and_not_as_zero(tea: Company):
    """A day without a row of sales is missing data: no dip is told, and no figure of it is kept as zero."""
    tea.warehouse(f"DELETE FROM sales WHERE sold_at LIKE '{QUIET}%'")
    (night,) = tea.judge(QUIET)
    assert night.run.state == "incomplete"
    assert outcomes(night, "revenue")[Outcome.NO_DATA] > 0
    assert {f.kind for f in night.findings if f.subject in {"revenue", "orders", "units"}} <= {Kind.MISSING}
    with tea.store() as store:
        seen = store.read_observations(["revenue", "orders", "units"], QUIET, QUIET)
    assert seen.empty
    assert Outcome.FINDING not in outcomes(night, "late_share")


def test_a_metric_that_raises_inside_a_detector_stops_alone(company_copy: CopyCompany, monkeypatch: pytest.MonkeyPatch):
    """Its checks end as error with the cause; the other metrics are judged, and the run is incomplete."""
    good, bad = company_copy("good"), company_copy("bad")
    (expected,) = good.judge(BREACH)
    judge = StlSettings.judge

    def failing(self, context):
        if any(key.metric == "units" for key in context.panel.keys):
            raise FloatingPointError("units went wrong")
        return judge(self, context)

    monkeypatch.setattr(StlSettings, "judge", failing)
    (night,) = bad.judge(BREACH)
    assert night.run.state == "incomplete"
    assert outcomes(night, "units")[Outcome.ERROR] > 0
    assert "units went wrong" in causes(night, "units")
    others = {check.subject for check in expected.checks} - {"units"}
    assert not any(outcomes(night, subject)[Outcome.ERROR] for subject in others)
    assert any(f.subject == "largest_sale" for f in night.findings)
    assert any(f.subject == "revenue" for f in night.findings)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_dead_warehouse_is_one_notice_that_no_check_took_place(
    tea: Company, kind: str, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is withdrawn, nobody is told that all is well, and the monitoring department hears once."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    tea.judge(BREACH)
    before = tea.judgements()
    dead = "sqlite:///gone.db" if kind == "sqlite" else "postgresql+psycopg://reader@127.0.0.1:1/none"
    lost = Company(tea.folder, {"DETECT_WAREHOUSE": dead})
    (night,) = lost.judge(BREACH + timedelta(days=1))
    assert night.run.state == "incomplete"
    assert night.summary.made == 0
    assert night.summary.planned > 0
    assert set(night.run.outcomes) == {Outcome.NOT_CHECKED}
    assert tea.judgements() == before
    tonight = [row for row in tea.stored()["outbox"] if row[5] == night.summary.as_of]
    about = [row for row in tonight if "No check took place" in row[6] or "未進行任何檢查" in row[6]]
    assert {row[2] for row in about} >= {"mina"}
    assert len([row for row in about if row[2] == "mina" and row[3] == "inbox"]) == 1
    assert all(re.search(r"\b0 of \d+ checks made", row[6]) or "項檢查" in row[6] for row in tonight)


def test_a_rerun_completes_a_date_that_was_incomplete(company_copy: CopyCompany):
    """After the table is back the same night is judged as if nothing had been, and the ledger says complete."""
    good, bad = company_copy("good"), company_copy("bad")
    good.judge(BREACH)
    bad.warehouse("ALTER TABLE deliveries RENAME TO elsewhere")
    (night,) = bad.judge(BREACH)
    assert night.run.state == "incomplete"
    bad.warehouse("ALTER TABLE elsewhere RENAME TO deliveries")
    (night,) = bad.judge(BREACH)
    assert night.run.state == "complete"
    left, right = good.stored(), bad.stored()
    for table in ("findings", "exceptions", "checks", "check_series"):
        assert left[table] == right[table], table


def test_a_second_run_at_the_same_time_is_refused_and_names_the_holder(tea: Company):
    """Only one run judges a store at a time; the other learns who does and changes nothing."""
    with open_session(tea.book) as session, session.store.lease("the night shift", timedelta(minutes=5)):
        before = tea.stored()
        with pytest.raises(StoreBusy, match="the night shift") as refused:
            tea.judge(BREACH)
        assert refused.value.exit_code == 75
        assert tea.stored() == before
