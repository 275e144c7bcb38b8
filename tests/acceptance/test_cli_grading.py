"""Levels by how long, how wide and how much of the company: shown by the nights and the commands of a company whose table asks for them.

One supplier delivers twice as much for five days, another four times as much for one day; all shops sell three times as much on one day.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.company import BEFORE, SPIKE, Company

Detect = Callable[..., Any]
WIDE = SPIKE - timedelta(days=2)
LASTS = 5
GRADING = """
grading:
  rules:
    - {id: wide, name: {en: Everywhere at once, zh: 全面異常}, level: 1, segments_at_least: 3, related_at_least: 1}
    - {id: lasting, name: {en: Three days running, zh: 連續三天}, level: 2, days_running_at_least: 3}
    - {id: share, name: {en: Most of the company's figure, zh: 公司總額的大部分}, level: 2, share_of_company_at_least: 1.8}
"""


def _more(supplier: str, copies: int, days: int) -> list[str]:
    return [
        f"INSERT INTO deliveries SELECT delivery || 'd{n}', due, supplier, hours_late, cost FROM deliveries "
        f"WHERE supplier = '{supplier}' AND due LIKE '{WIDE + timedelta(days=k)}%' AND delivery NOT LIKE '%d%'"
        for k in range(days)
        for n in range(copies)
    ]


@pytest.fixture(scope="module")
def harbour(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Disturb the warehouse and write the table; no night is judged yet."""
    folder = tmp_path_factory.mktemp("grading") / "harbour"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.warehouse(
        *_more("Assam Estates", 1, LASTS),
        *_more("Uji Gardens", 3, 1),
        *(
            f"INSERT INTO sales SELECT 'w{k}' || sale, sold_at, shop, customer, product, quantity, price FROM sales "
            f"WHERE sold_at LIKE '{WIDE}%' AND quantity < 100 AND sale NOT LIKE 'w%'"
            for k in (1, 2)
        ),
    )
    policy = folder / "config" / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + GRADING, encoding="utf-8")
    return company


@pytest.fixture
def detect(harbour: Company, command_line: Callable[[Company], Detect]) -> Detect:
    """Give the command line of the company."""
    return command_line(harbour)


def _graded(detect: Detect, metric: str, segment: str = "") -> tuple[int, str, str]:
    """Return level, rule and what one level higher would have needed, of the one case of a series."""
    (case,) = [c for c in detect("cases", "list", "--all") if (c["metric"], c["segment"]) == (metric, segment)]
    return case["level"], case["rule"], case["one_level_higher"]


@pytest.mark.clause("P3.4")
def test_a_departure_in_every_shop_and_in_related_metrics_is_major(harbour: Company, detect: Detect) -> None:
    """Orders of all three shops and revenue with them: level 1 by the line that asks for breadth; one supplier alone is not."""
    harbour.judge(BEFORE + timedelta(days=1), WIDE + timedelta(days=1), notify=False)
    level, rule, _ = _graded(detect, "orders")
    assert (level, rule) == (1, "wide")
    level, rule, higher = _graded(detect, "deliveries", "Assam Estates")
    assert (level, rule) == (3, "default")
    assert higher == "Level 2 would have needed 3 days running or 180 % of the company's figure."


@pytest.mark.clause("P3.4")
def test_what_is_most_of_the_company_s_figure_is_larger_and_a_part_of_it_is_not(detect: Detect) -> None:
    """The suppliers' 50 deliveries more, of 26 usual ones, are level 2 by the line on the share; the 34 of one of them are not."""
    assert _graded(detect, "deliveries")[:2] == (2, "share")
    assert _graded(detect, "deliveries", "Uji Gardens")[:2] == (3, "default")


@pytest.mark.clause("P3.4")
def test_what_lasts_three_days_rises_a_level_and_what_does_not_stays(harbour: Company, detect: Detect) -> None:
    """On its third day the supplier's case is level 2 by the line on days running; the other's single day stays at level 3."""
    harbour.judge(WIDE + timedelta(days=2), WIDE + timedelta(days=LASTS - 1), notify=False)
    assert _graded(detect, "deliveries", "Assam Estates")[:2] == (2, "lasting")
    assert _graded(detect, "deliveries", "Uji Gardens")[:2] == (3, "default")
