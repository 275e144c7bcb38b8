"""`detect explain`: an answer for a day that was told, and for days that were not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.company import BEFORE, LATE, Company

from detect.cli.app import run

pytestmark = pytest.mark.filterwarnings("default")


def answer(tea: Company, capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert run(["explain", *words, "--json", "--config", str(tea.folder)]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_case_is_explained_with_its_rule(tea: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever names a case reads that it was told, under which id, and which rule set its level."""
    with tea.store() as store:
        case = next(c for c in store.cases() if c.metric == "late_share" and c.first_day <= LATE <= c.last_day)
    found = answer(tea, capsys, case.id)
    assert found["reason"] == "told"
    assert found["cases"] == [case.id]
    assert any(case.rule in line or "no rule" in line for s in found["sections"] for line in s["sentences"])


def test_a_quiet_day_is_explained_from_the_days_before(tea: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """A day that was not told is answered with what was expected, the same weekdays before, and every channel's line."""
    found = answer(tea, capsys, "revenue", "--date", BEFORE.isoformat())
    assert found["reason"] == "inside_the_band"
    assert found["lower"] <= found["actual"] <= found["upper"]
    assert next(c["day"] for c in found["compared"]) == (BEFORE - timedelta(days=7)).isoformat()
    assert found["readings"]
    assert all(r["p"] >= r["line"] for r in found["readings"])
    assert "未預警" in answer(tea, capsys, "revenue", "--date", BEFORE.isoformat(), "--language", "zh")["answer"]


def test_a_metric_of_limits_alone_says_so(tea: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """A metric that only its fixed limits judge is answered with these."""
    assert answer(tea, capsys, "largest_sale", "--date", BEFORE.isoformat())["reason"] == "within_the_limits"


def test_a_metric_without_a_day_is_refused(tea: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """A metric named without its day is a usage error that says what is lacking."""
    assert run(["explain", "revenue", "--config", str(tea.folder)]) == 2
    assert "--date" in capsys.readouterr().err
