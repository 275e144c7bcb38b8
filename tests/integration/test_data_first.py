"""A table that is only partly loaded: the data come first, the figures below them, and the next night puts it right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.company import BEFORE, SPIKE, Company, CopyCompany, instant

from detect.model import Finding, Kind, Level, Outcome, Status
from detect.notices.translated import in_language
from detect.pipeline.order import NightResult
from detect.pipeline.suites import NOT_BY_DAY

HALF = BEFORE + timedelta(days=1)
NEXT = HALF + timedelta(days=1)
LATER = NEXT + timedelta(days=1)
VOLUME = """  - {id: rows, type: row_count_against_history, name: {en: The usual number of lines, zh: 行數正常}, severity: warning,
     on: table, kwargs: {at_least: 0.8, at_most: 1.6}}
"""
ONE_SHOP = """  - {id: one_shop, type: expect_column_unique_value_count_to_be_between, name: {en: One shop alone, zh: 僅一家店},
     severity: info, kwargs: {column: shop, min_value: 1, max_value: 1}}
"""


def with_volume_rule(company: Company) -> Company:
    path = company.folder / "expectations" / "sales.yaml"
    path.write_text(path.read_text(encoding="utf-8") + VOLUME, encoding="utf-8")
    return company


def hold_back(company: Company) -> None:
    """Load the day in part: three of four orders are still to come."""
    company.warehouse(
        "CREATE TABLE held AS SELECT * FROM sales WHERE 0 = 1",
        f"INSERT INTO held SELECT * FROM sales WHERE sold_at LIKE '{HALF}%' AND CAST(substr(sale, 6, 3) AS INTEGER) % 4 <> 0",
        f"DELETE FROM sales WHERE sold_at LIKE '{HALF}%' AND CAST(substr(sale, 6, 3) AS INTEGER) % 4 <> 0",
    )


def found(night: NightResult, subject: str, segment: str = "") -> Finding:
    (one,) = [f for f in night.findings if (f.subject, f.segment) == (subject, segment)][:1]
    return one


@pytest.fixture
def half(tea: Company) -> Company:
    hold_back(with_volume_rule(tea))
    return tea


def test_half_a_day_loaded_is_one_data_case_with_the_metrics_below(half: Company, company_copy: CopyCompany):
    """The table's case stands at the head; revenue is kept, annotated with what it would be, and opens no second case at the top."""
    whole = company_copy("whole")
    (night,) = half.judge(HALF)
    (good,) = with_volume_rule(whole).judge(HALF)
    with whole.store() as store:
        true = store.read_observations(["revenue"], HALF, HALF).query("segment == ''")["value"].item()
    opened = [change.case for change in night.changes if change.what == "opened"]
    tops = {case.subject: case for case in opened if case.id not in below(night)}
    assert set(tops) == {"sales:rows"}
    head = tops["sales:rows"]
    assert head.kind is Kind.PARTIAL_LOAD
    fault = found(night, "revenue").evidence["data_fault"]
    assert fault["explains"]
    assert fault["lower"] <= true <= fault["upper"]
    assert 0.2 < fault["share"] < 0.4
    children = [case for case in night.cases if case.parent == head.id]
    assert {"revenue", "orders", "units"} <= {case.metric for case in children}
    assert all(case.level >= Level.LARGER and case.stake is None for case in children)
    revenue = next(case for case in children if (case.metric, case.segment) == ("revenue", ""))
    assert "Data, not business" in revenue.description.en
    assert "屬數據問題" in revenue.description.zh
    assert not any("data_fault" in f.evidence for f in good.findings)


def below(night: NightResult) -> set[str]:
    return {case.id for case in night.cases if case.parent is not None}


def test_corrected_data_take_the_case_back(half: Company):
    """When the rest has come, the nights since are judged again and the case is withdrawn and told; what stands, and the ledger, stay."""
    path = half.folder / "expectations" / "sales.yaml"
    path.write_text(path.read_text(encoding="utf-8") + ONE_SHOP, encoding="utf-8")
    half.judge(HALF)
    half.judge(NEXT)
    half.warehouse("INSERT INTO sales SELECT * FROM held")
    (night,) = half.judge(LATER)
    assert [revised.summary.as_of for revised in night.revised] == [HALF, NEXT]
    with half.store() as store:
        cases = {case.subject: case for case in store.cases() if case.detected_on == HALF}
        assert cases.pop("sales:one_shop").status is Status.OPEN
        assert {case.status for case in cases.values()} == {Status.WITHDRAWN}
        assert {r.finding.subject for r in store.findings(as_of=HALF) if r.state == "active"} == {"sales:one_shop"}
        run = store.known_run(HALF)
        subjects = {check.subject for check in store.checks(run.run_id)}
    assert {"sales:price_is_given", "sales:one_shop", "sales:rows", "revenue"} <= subjects
    assert any("withdrawn" in row[6] or "撤回" in row[6] for row in half.stored()["outbox"])
    again = half.stored()
    half.judge(LATER)
    assert half.stored() == again


def test_a_backfill_holds_the_data_first_too(half: Company, company_copy: CopyCompany):
    """A range over the half-loaded day leaves the findings and cases of the nights one by one."""
    ranged = with_volume_rule(company_copy("ranged"))
    hold_back(ranged)
    ranged.judge(HALF, NEXT, now=instant(ranged, NEXT))
    half.judge(HALF, now=instant(half, NEXT))
    half.judge(NEXT)
    left, right = half.stored(), ranged.stored()
    for table in ("findings", "exceptions"):
        assert left[table] == right[table]


def test_one_metric_alone_hears_of_its_tables_fault(half: Company):
    """A run of one metric, which runs no suite, says of it what the whole night said."""
    (night,) = half.judge(HALF)
    (alone,) = half.judge(HALF, metrics=("revenue",))
    assert found(alone, "revenue") == found(night, "revenue")


def test_a_value_never_seen_before_is_told_once(tea: Company, company_copy: CopyCompany):
    """A fourth shop is told on the day on which it first weighs, as a matter of its table, and not again; a range tells the same."""
    ranged = company_copy("ranged")
    for company in (tea, ranged):
        company.warehouse(
            f"UPDATE sales SET shop = 'Fair' WHERE sold_at LIKE '{HALF}%' AND shop = 'Mill' AND quantity < 3",
            f"UPDATE sales SET shop = 'Fair' WHERE sold_at LIKE '{NEXT}%' AND shop = 'Mill'",
            f"UPDATE sales SET customer = 'H9' WHERE sold_at LIKE '{HALF}%' AND shop = 'Quay'",
        )
    nights = [*tea.judge(HALF), *tea.judge(NEXT)]
    told = [[f for f in night.findings if f.subject == "sales:values of shop"] for night in nights]
    assert [(f.segment, f.kind, f.first_day) for f in told[0]] == [("Fair", Kind.SCHEMA, HALF)]
    assert told[1] == []
    assert not [
        check for check in nights[0].checks if "customer" in check.subject
    ]  # a new customer is no fault of a table
    (case,) = [c for c in nights[0].cases if c.subject == "sales:values of shop"]
    assert "never seen before" in case.description.en
    assert "從未見過" in case.description.zh
    over = ranged.judge(HALF, NEXT)
    assert [[f for f in night.findings if f.subject == "sales:values of shop"] for night in over] == told


def test_a_value_that_stops_coming_is_told_once_below_its_own_figures(tea: Company, company_copy: CopyCompany):
    """A shop that closes is missed on the third day, one case beside those of its figures, and not again; a range tells the same."""
    ranged = company_copy("ranged")
    for company in (tea, ranged):
        company.warehouse(f"DELETE FROM sales WHERE sold_at >= '{HALF}' AND shop = 'Mill'")
    nights = [night for day in (HALF, NEXT, LATER) for night in tea.judge(day)]
    told = [[f for f in night.findings if f.channel == "vanished_value"] for night in nights]
    assert told[:2] == [[], []]
    (gone,) = told[2]
    assert (gone.subject, gone.segment, gone.kind, gone.first_day) == (
        "sales:values of shop",
        "Mill",
        Kind.SCHEMA,
        HALF,
    )
    (case,) = [c for c in nights[2].cases if c.subject == "sales:values of shop"]
    assert "has not come since 2025-05-17" in case.description.en
    assert "未再出現 Mill" in case.description.zh
    with tea.store() as store:
        (head,) = store.cases(ids=[case.parent or ""])
    assert (head.metric in {"revenue", "orders"}, head.segment) == (True, "Mill")
    assert [[f for f in night.findings if f.channel == "vanished_value"] for night in ranged.judge(HALF, SPIKE)] == told
    checks = [[c for c in night.checks if c.detector == "vanished_value"] for night in nights]
    assert [[c.subject for c in found] for found in checks] == [
        ["deliveries:values of supplier", "sales:values of shop"]
    ] * 3


def test_a_range_says_which_rules_it_runs_for_its_last_night_alone(tea: Company):
    """The night before has a row for a rule that only the table as it is now can answer: not planned, with the reason."""
    path = tea.folder / "expectations" / "sales.yaml"
    path.write_text(path.read_text(encoding="utf-8") + ONE_SHOP, encoding="utf-8")
    nights = tea.judge(HALF, NEXT)
    before, last = ([c for c in night.checks if c.subject == "sales:one_shop"] for night in nights)
    assert [(c.planned, c.outcomes, [row[1:] for row in c.notable]) for c in before] == [
        (0, {}, [(Outcome.NOT_CHECKED, NOT_BY_DAY)])
    ]
    assert [c.outcomes for c in last] == [{Outcome.FINDING: 1}]
    assert nights[0].run.state == "complete"
    assert "最後一晚" in in_language(NOT_BY_DAY, "zh")
    with tea.store() as store:
        (kept,) = [c for c in store.checks(nights[0].run.run_id) if c.subject == "sales:one_shop"]
    assert kept.notable == before[0].notable
