"""Choosing anew which values are watched: what enters has its past, what leaves is gone, and the nights around it stay quiet."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.commands import bare_company, command_line
from tests.company import BEFORE, Company

METRICS = """
defaults: {department: sales, source: sales, category: financial, absent: zero}
metrics:
  - {id: revenue, name: {en: Revenue, zh: 銷售額}, value: sum(amount), segments: [shop], top_segments: 2, rest: true, unit: £, minimum: 50}
  - {id: hotels, name: {en: Hotels, zh: 飯店}, value: sum(amount), segments: [customer], where: customer is not None, top_segments: 3,
     total: false, unit: £, detectors: [accounts], kinds: [key_account]}
"""
POLICY = "accounts: [{id: hotels, name: {en: Hotel silent, zh: 飯店沉寂}, metric: hotels, visible_to: [sales]}]\nhistory_days: 400\n"
FIRST, GREW = BEFORE - timedelta(days=3), date(2025, 4, 1)
NIGHT = timedelta(days=1)


@pytest.fixture(scope="module")
def tea(fresh_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give Harbour Tea with two of its three shops watched; Mill, the third, has by far the most lines since April."""
    files = {"config/metrics/sales.yaml": METRICS, "config/policy.yaml": POLICY}
    tea = bare_company(fresh_company, tmp_path_factory.mktemp("segments") / "tea", files)
    tea.judge(FIRST - 60 * NIGHT, mode="backfill", notify=False)  # the first night chooses
    more = ", ".join(f"('{k}')" for k in "abcd")
    tea.warehouse(
        f"INSERT INTO sales SELECT sale || x.column1, sold_at, shop, customer, product, quantity, price FROM sales,"
        f" (VALUES {more}) x WHERE shop = 'Mill' AND sold_at >= '{GREW}'"
    )
    tea.judge(FIRST, BEFORE, mode="backfill", notify=False)
    return tea


def series(tea: Company, last: date = BEFORE) -> dict[str, int]:
    """Return how many days each part of the revenue is known for."""
    with tea.store() as store:
        known = store.read_observations(["revenue"], date(2025, 1, 1), last)
    return known.groupby("segment").size().to_dict()


def test_what_was_chosen_stays_until_a_person_chooses_anew(tea: Company) -> None:
    """Mill outgrew Quay and is shown as such; renewed, it brings its whole past, Quay leaves, and the rest is what remains of every day."""
    detect = command_line(tea)
    assert series(tea).keys() == {"", "Quay", "Web", "(other)"}
    revenue, hotels = sorted(detect("segments")["choices"], key=lambda c: c["metric"], reverse=True)
    assert (revenue["watched"], revenue["enter"], revenue["leave"]) == (["Quay", "Web"], ["Mill"], ["Quay"])
    assert isinstance(hotels["watched"], int)  # customers are counted, not named
    assert "No figures of 'deliveries'" in detect("segments", "deliveries", code=2)
    assert series(tea).keys() == {"", "Quay", "Web", "(other)"}
    done = detect("segments", "--renew")
    assert done["as_of"] == str(BEFORE)
    known = series(tea)
    assert known.keys() == {"", "Mill", "Web", "(other)"}
    assert set(known.values()) == {(BEFORE - date(2025, 1, 1)).days + 1}
    with tea.store() as store:
        seen = store.read_observations(["revenue"], date(2025, 1, 1), BEFORE).pivot(
            index="day", columns="segment", values="value"
        )
    assert (seen[""] - seen["Mill"] - seen["Web"] - seen["(other)"]).abs().max() < 0.01
    assert detect("segments", "--renew")["figures"] == 0


def test_the_nights_after_are_quiet_and_a_range_of_them_says_the_same(tea: Company, tmp_path: Path) -> None:
    """Neither what entered, nor the rest, nor what left is told; no night before is judged again; nights equal a range."""
    import shutil  # noqa: PLC0415 - for this test alone

    ranged = Company(tmp_path / "ranged")
    shutil.copytree(tea.folder, ranged.folder)
    nights = [night for k in (1, 2) for night in tea.judge(BEFORE + k * NIGHT)]
    assert [night.revised for night in nights] == [(), ()]
    assert [f for night in nights for f in night.findings if f.subject != "hotels"] == []
    ranged.judge(BEFORE + NIGHT, BEFORE + 2 * NIGHT)
    assert series(ranged, BEFORE + 2 * NIGHT) == series(tea, BEFORE + 2 * NIGHT)
    with tea.store() as one, ranged.store() as two:
        assert one.findings() == two.findings()
        assert {c.id for c in one.cases()} == {c.id for c in two.cases()}
