"""Customers through the commands: rates with their denominators and key accounts, by night and by range alike."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.commands import Detect, bare_company, command_line
from tests.company import LATE, SILENT, SILENT_SINCE, Company

FIRST, LAST = date(2025, 5, 14), date(2025, 5, 29)
METRICS = """
defaults: {department: sales, category: customer}
metrics:
  - {id: complained, name: {en: Deliveries complained of, zh: 到貨投訴率}, source: deliveries, numerator: count(), where: late,
     denominator: count(), type: ratio, direction: up, detectors: [rates], kinds: [rate], segments: [supplier]}
  - {id: hotels, name: {en: Revenue of a hotel, zh: 飯店銷售額}, source: sales, value: sum(amount), where: customer is not None,
     segments: [customer], total: false, absent: zero, unit: £, money_per_unit: 1, direction: down, detectors: [accounts],
     kinds: [key_account]}
  - {id: web_share, name: {en: Web share, zh: 網店佔比}, source: sales, category: market, type: ratio,
     numerator: sum(amount if shop == 'Web' else 0), denominator: sum(amount), detectors: [breaks], kinds: [structural_break]}
"""
POLICY = """
rates: [{id: complaints, metrics: [complained]}]
accounts: [{id: silent, name: {en: Hotel silent, zh: 飯店沉寂}, metric: hotels, top: 6, trailing_days: 90, visible_to: [sales]}]
breaks: [{id: breaks, metrics: [web_share], memory_weeks: 12, minimum_weeks: 8, least_weeks: 3, most_weeks: 5}]
history_days: 400
"""


@pytest.fixture(scope="module")
def tea(fresh_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give Harbour Tea with what it watches of its customers and its market; half of the web shop is gone since May."""
    files = {"config/metrics/customers.yaml": METRICS, "config/policy.yaml": POLICY}
    tea = bare_company(fresh_company, tmp_path_factory.mktemp("customers") / "tea", files)
    tea.warehouse(
        "DELETE FROM sales WHERE shop = 'Web' AND sold_at >= '2025-05-01' AND CAST(substr(sale, 6) AS INT) % 2 = 0"
        " AND customer IS NULL"
    )
    return tea


@pytest.fixture(scope="module")
def judged(tea: Company) -> Detect:
    """Give the command line once sixteen nights are judged in one range."""
    detect = command_line(tea)
    detect("backfill", "--from", str(FIRST), "--to", str(LAST))
    return detect


def cases(detect: Detect, kind: str) -> list[dict[str, Any]]:
    return [case for case in detect("cases", "list", "--all") if case["kind"] == kind]


@pytest.mark.clause("P2.3")
def test_a_rise_of_complaints_is_told_with_how_many_of_how_many(judged: Detect) -> None:
    """Half of a day's deliveries complained of, where six in a hundred are usual: told that day, by supplier too, and on no other."""
    found = cases(judged, "rate")
    assert {case["detected_on"] for case in found} == {str(LATE)}
    assert {case["segment"] for case in found} == {"", "Assam Estates", "Uji Gardens"}
    (head,) = [case for case in found if not case["segment"]]
    assert (head["category"], head["department"], head["last_day"]) == ("customer", "sales", str(LATE))
    assert head["actual"] > head["upper"] > head["expected"]


@pytest.mark.clause("P2.3")
def test_a_key_customer_that_stays_away_is_named_once(judged: Detect) -> None:
    """The hotel that ordered every other day until mid-May is told by its own rhythm; the five that go on ordering never are."""
    (case,) = cases(judged, "key_account")
    assert (case["segment"], case["category"], case["department"]) == (SILENT, "customer", "sales")
    assert SILENT_SINCE + timedelta(days=9) <= date.fromisoformat(case["detected_on"]) <= LAST
    assert SILENT in case["description"]
    assert "key customer" in case["description"]
    assert (case["level"], case["rule"]) == (2, "key-customer-silent")
    assert case["one_level_higher"] == "Level 1 would have needed a stake of £5,000."


def test_a_night_alone_finds_what_it_found_in_the_range(judged: Detect, tea: Company, tmp_path: Path) -> None:
    """Rates, silence and a break of the market's structure, each judged in a store that knows nothing else, are the same findings."""
    alone = Company(tmp_path / "alone")
    shutil.copytree(tea.folder, alone.folder, ignore=shutil.ignore_patterns("store.db*", "reports"))
    with tea.store() as store:
        ranged = {row.finding.key: row.finding for row in store.findings()}
    for kind in ("rate", "key_account", "structural_break"):
        night = next(f.as_of for f in ranged.values() if f.kind == kind)
        (result,) = alone.judge(night, mode="backfill", notify=False)
        assert {f.key: f for f in result.findings} == {k: f for k, f in ranged.items() if f.as_of == night}
