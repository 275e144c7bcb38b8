"""`detect status`: what was promised, what people said it was, and what nobody said."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.company import BEFORE, Company, instant

from detect.cases.commands import GiveVerdict
from detect.cli.app import run
from detect.model import Category, Finding, Kind, Verdict
from detect.pipeline.casework import Desk
from detect.pipeline.keeping import promises_kept
from detect.pipeline.promise import planned
from detect.pipeline.record import record
from detect.pipeline.session import open_session

pytestmark = pytest.mark.filterwarnings("default")


def finding(metric: str, segment: str, day: date, channel: str, department: str) -> Finding:
    return Finding(
        day, day, day, metric, segment, channel, Category.PROCESS, Kind.SPIKE, department, metric, 90.0, 40.0
    )  # fmt: skip


@pytest.fixture(scope="module")
def tea(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give the company as judged up to `BEFORE`, with three cases that guesses told and one of a fixed limit; two were spoken of."""
    folder = tmp_path_factory.mktemp("status") / "tea"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.replace("config/company.yaml", "head: karl}", "head: karl, false_alarms_per_week: 0.25}")
    day, now = BEFORE - timedelta(days=2), instant(company, BEFORE)
    found = [
        finding("orders", "Web", day, "point", "sales"),
        finding("units", "", day, "stl", "sales"),
        finding("deliveries", "", day, "peer", "supply"),
        finding("largest_sale", "", day, "limit", "sales"),
    ]
    with open_session(company.book) as session:
        taken = Desk(session.book, {}).take(day, now, found, {}, clock_runs=False, judged=lambda *_: False)
        session.store.record_all(taken.events, taken.cases, now=now)
        by = {(case.metric, case.segment): case for case in taken.cases}
        for key, verdict in ((("orders", "Web"), Verdict.FALSE), (("deliveries", ""), Verdict.EXPECTED)):
            record(session, by[key].id, GiveVerdict(verdict=verdict, note="a stocktake"), by[key].owner, now)
    return company


def document(company: Company, capsys: pytest.CaptureFixture[str]) -> dict:
    assert run(["status", "--json", "--config", str(company.folder)]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_document_has_promised_against_realised_by_department_and_week(
    tea: Company, capsys: pytest.CaptureFixture[str]
):
    """Runs and outbox as ever; of each department what was promised, what verdicts say at least, and what may be at most."""
    found = document(tea, capsys)
    assert {"runs", "outbox"} <= set(found)
    promises = {one["department"]: one for one in found["promises"]}
    assert promises["supply"]["promised_per_week"] == pytest.approx(0.25)
    sales = promises["sales"]
    assert sales["promised_per_week"] == pytest.approx(2.0 * 7 * sales["series"] / 1000)
    for one in promises.values():
        assert one["told"] == sum(one[name] for name in ("true", "expected", "false", "new_normal", "unknown"))
        assert one["told"] == sum(week["told"] for week in one["by_week"])
        assert sum(week["nights"] for week in one["by_week"]) == 10
        realised = one["realised_per_week"]
        assert realised["at_least"] == pytest.approx((one["false"] + one["expected"]) * 7 / 10)
        assert realised["at_most"] == pytest.approx((one["false"] + one["expected"] + one["unknown"]) * 7 / 10)
    assert [sales[name] for name in ("told", "false", "expected", "unknown")] == [2, 1, 0, 1]
    assert [promises["supply"][name] for name in ("told", "false", "expected", "unknown")] == [1, 0, 1, 0]


def test_limits_rules_and_accounts_are_no_guesses_and_count_for_nothing(tea: Company):
    """What a fixed limit or a check tells is no false alarm that detectors promised to be few, and spends nothing of the promise."""
    with open_session(tea.book) as session:
        assert sum(kept.total("told") for kept in promises_kept(session)) == 3
        alone = planned([("largest_sale", ""), ("hotel_revenue", "H1"), ("orders", "")], session.book.metrics)
    assert alone == {"sales": 1}


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("Promised and realised false alarms a week", "promised")), ("zh", ("每週承諾與實際的誤報", "承諾"))],
)
def test_people_read_it_in_either_language(
    tea: Company, capsys: pytest.CaptureFixture[str], language: str, said: tuple[str, str]
):
    """The table, by week with -v, and the sentence that says what is not known."""
    assert run(["status", "-v", "--language", language, "--config", str(tea.folder)]) == 0
    printed = capsys.readouterr().out
    assert said[0] in printed
    assert "2025-05-12" in printed
    assert {"en": "nobody has said what 1 were", "zh": "有 1 件尚無結論"}[language] in printed


def test_a_company_without_a_night_hears_that_nothing_can_be_said(
    fresh_company: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """No night is no clean bill."""
    shutil.copytree(fresh_company, tmp_path / "tea")
    company = Company(tmp_path / "tea")
    assert document(company, capsys)["promises"] == []
    assert run(["status", "--config", str(company.folder)]) == 0
    assert "nothing can be said" in capsys.readouterr().out
