"""From a departure to its parts and rows: in the case's words, and where somebody looks at the case."""

from __future__ import annotations

import json
import math
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.company import BEFORE, BREACH, SPIKE, Company

from detect.cli.app import run

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def tea(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give the company with its nights judged through the breach; for reading."""
    folder = tmp_path_factory.mktemp("cause") / "tea"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.judge(BEFORE + timedelta(days=1), BREACH, mode="backfill", notify=False)
    return company


def answer(company: Company, capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert run([*words, "--json", "--config", str(company.folder)]) == 0
    return json.loads(capsys.readouterr().out)


def case_of(company: Company, metric: str, segment: str = ""):
    with company.store() as store:
        return next(c for c in store.cases() if (c.metric, c.segment) == (metric, segment))


def test_the_web_shops_fourfold_day_makes_up_the_gap_of_the_whole(tea: Company):
    """The finding of the day names the parts; they add up to what the whole departed, and the finding's sentence says so."""
    with tea.store() as store:
        rows = [r for r in store.findings(as_of=SPIKE) if (r.finding.metric, r.finding.segment) == ("revenue", "")]
    finding = rows[0].finding
    parts = finding.evidence["contributions"]
    gap = finding.actual - finding.expected
    assert math.fsum(p["gap"] for p in parts) == pytest.approx(gap, rel=1e-12)
    assert (parts[0]["segment"], finding.evidence["split_by"]) == ("Web", "shop")
    assert parts[0]["share"] > 0.9


def test_a_case_says_which_parts_make_it_up_in_both_languages(tea: Company):
    """Whoever is told of the case, by digest or report, reads its description: the parts stand in it."""
    case = case_of(tea, "revenue")
    assert " of the gap of £" in case.description.en
    assert "差距 £" in case.description.zh


@pytest.mark.parametrize("command", [("explain",), ("cases", "show")])
def test_the_rows_that_explain_a_case_are_read_when_it_is_looked_at(
    tea: Company, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
):
    """The one sale of 9,000 comes first, only public columns are shown, and the query that shows all rows stands below."""
    found = answer(tea, capsys, *command, case_of(tea, "largest_sale").id)
    assert (found["rows"][0]["quantity"], found["rows"][0]["price"]) == (600, 15.0)
    assert len(found["rows"]) == 10
    assert not any("customer" in row for row in found["rows"])
    assert found["query"].startswith("SELECT")
    assert run([*command, case_of(tea, "largest_sale").id, "--config", str(tea.folder)]) == 0
    assert "quantity 600" in capsys.readouterr().out


@pytest.mark.parametrize("command", [("explain",), ("cases", "show")])
def test_the_parts_of_a_case_are_shown_where_it_is_looked_at(
    tea: Company, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
):
    """All parts with their gaps, for machines and for people."""
    case = case_of(tea, "revenue")
    found = answer(tea, capsys, *command, case.id)
    gap = case.actual - case.expected
    assert math.fsum(p["gap"] for p in found["contributions"]) == pytest.approx(gap, rel=1e-9)
    assert run([*command, case.id, "--config", str(tea.folder)]) == 0
    assert "which is the whole gap" in capsys.readouterr().out


def test_a_warehouse_that_does_not_answer_leaves_the_case_to_be_read(
    tea: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Rows are a reader's own to read: where that reader cannot, the case is shown all the same and says why the rows are not."""
    monkeypatch.setenv("DETECT_WAREHOUSE", f"sqlite:///{tmp_path / 'absent.db'}")
    found = answer(tea, capsys, "cases", "show", case_of(tea, "largest_sale").id)
    assert (found["rows"], found["level"]) == ([], 1)
    assert "absent.db" in found["rows_fault"]


def test_a_p_that_no_day_seen_was_as_rare_as_is_said_to_come_from_the_fitted_tail(
    tea: Company, capsys: pytest.CaptureFixture[str]
):
    """Below one in as many days as were seen, the explanation says that the pooled tail speaks; above, it does not."""
    found = answer(tea, capsys, "explain", case_of(tea, "largest_sale").id)
    said = [line for section in found["sections"] for line in section["sentences"] if "tail fitted to them" in line]
    beyond = [r for r in found["readings"] if r["extrapolated"]]
    assert beyond
    assert len(said) == len(beyond)
    assert all(r["p"] * r["tail_days"] < 1 for r in beyond)
    assert any(not r["extrapolated"] for r in found["readings"])
