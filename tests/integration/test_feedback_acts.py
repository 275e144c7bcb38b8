"""A verdict given on the command line changes what the nights after it say: end to end, each verdict with what it does."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.company import BEFORE, SPIKE, Company, instant

from detect.cli.app import run
from detect.model import SeriesKey

pytestmark = pytest.mark.filterwarnings("default")
AGAIN = SPIKE + timedelta(days=14)  # the same weekday, beyond the days for which one episode is told once
WEB = SeriesKey("orders", "Web")
COPY = (
    "INSERT INTO sales SELECT substr('{to}', 6, 2) || substr('{to}', 9, 2) || substr(sale, 5), replace(sold_at, '{of}', '{to}'), "
    "shop, customer, product, quantity, price FROM sales WHERE shop = 'Web' AND sold_at LIKE '{of}%'"
)


@pytest.fixture(scope="module")
def spiked(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give the company with its nights judged through the fourfold day of the web shop, a fortnight of days more, and that day again."""
    folder = tmp_path_factory.mktemp("feedback") / "tea"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.judge(BEFORE + timedelta(days=1), SPIKE, mode="backfill", notify=False)
    quiet = [SPIKE - timedelta(days=7 * back) for back in (1, 2)]
    statements = []
    for ahead in range(1, 15):
        day, like = SPIKE + timedelta(days=ahead), quiet[0] + timedelta(days=(ahead - 1) % 7 + 1 - 7)
        statements.append(f"DELETE FROM sales WHERE sold_at LIKE '{day}%'")
        statements.append(COPY.replace("shop = 'Web' AND ", "").format(of=SPIKE if day == AGAIN else like, to=day))
    company.warehouse(*statements)
    return company


def said(spiked: Company, folder: Path, verdict: str | None) -> Company:
    """Copy the company and give the verdict on the case of that day, as its head does on the morning after."""
    shutil.copytree(spiked.folder, folder)
    company = Company(folder)
    with company.store() as store:
        (case,) = [c for c in store.cases() if (c.metric, c.segment) == WEB and c.first_day <= SPIKE <= c.last_day]
    if verdict is not None:
        now = instant(company, SPIKE).isoformat()
        words = ["cases", "verdict", verdict, case.id, "--as", "ida", "--now", now, "--config", str(company.folder)]
        assert run(words) == 0
    return company


def told_again(company: Company) -> bool:
    nights = company.judge(SPIKE + timedelta(days=1), AGAIN, mode="backfill", notify=False)
    return any((f.metric, f.segment, f.day) == (*WEB, AGAIN) for f in nights[-1].findings)


@pytest.mark.parametrize(("verdict", "told"), [(None, True), ("false", False)], ids=str)
def test_a_departure_called_false_or_expected_is_not_told_again(
    spiked: Company, tmp_path: Path, verdict: str | None, told: bool
):
    """The same day again a fortnight later is told unless people said that it was no news; held true it is news again."""
    assert told_again(said(spiked, tmp_path / "tea", verdict)) is told
