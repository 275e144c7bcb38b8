"""The notebooks: script and notebook are a pair, they run on a company's store, and a verdict given there changes later nights."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jupytext
import pytest
from tests.company import LATE, SPIKE, Company

from detect.errors import UsageError
from detect.pipeline.metric_pages import MetricReview
from detect.pipeline.quality_pages import QualityReview
from detect.pipeline.replay_pages import ReplayReview
from detect.pipeline.reviewing import Review

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.py"))
NOW = datetime(2026, 6, 1, tzinfo=UTC)
pytestmark = pytest.mark.filterwarnings("default")


@pytest.mark.parametrize("name", NAMES)
def test_script_and_notebook_are_a_pair(name: str) -> None:
    """What opens with a double click is what the script says: make it anew with `jupytext --to ipynb notebooks/NAME.py`."""
    script, notebook = (jupytext.read(NOTEBOOKS / f"{name}{end}") for end in (".py", ".ipynb"))
    assert [(c.cell_type, c.source) for c in script.cells] == [(c.cell_type, c.source) for c in notebook.cells]
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_the_command_writes_a_page_that_needs_no_network(tea: Company, detect) -> None:
    """The page of `detect notebook review` shows the night's first line and each case with its picture, and names no host."""
    done = detect("notebook", "review", "--as-of", LATE.isoformat(), "--language", "zh", company=tea)
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip()).read_text(encoding="utf-8")
    assert re.search(r"\d+ 項檢查已完成", page)
    assert "data:image/svg+xml;base64," in page
    assert "類似的過往案件" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//|@import|url\(\s*[\"']?https?:", page)
    assert "<script" not in page


def test_an_unknown_notebook_or_parameter_is_refused_with_those_there_are(tea: Company, detect) -> None:
    """A misspelt name lists the notebooks; a parameter that the notebook does not know lists its own."""
    done = detect("notebook", "reveiw", company=tea)
    assert done.returncode == 2
    assert "quality" in done.stderr
    done = detect("notebook", "quality", "--metric", "revenue", company=tea)
    assert done.returncode == 2
    assert "metric" in done.stderr
    assert "language" in done.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_metric_is_described_in_words(tea: Company, language: str) -> None:
    """Level, weekdays, cases and definition of one metric, in both languages, numbers in its unit."""
    review = MetricReview(str(tea.folder), "revenue", LATE.isoformat(), language, NOW)
    try:
        summary = str(review.summary().html)
        assert re.search(r"£[\d,]+", summary)
        assert ("It stands at" if language == "en" else "目前水平") in summary
        assert ("Saturday" if language == "en" else "週六") in str(review.weekdays().html)
        assert "data:image/svg+xml" in str(review.parts().html)
        assert "sum(amount)" in str(review.definition().html)
        assert "structural" in str(review.outcomes().html)
    finally:
        review.close()


def test_a_metric_that_is_not_there_is_refused(tea: Company) -> None:
    """A misspelt metric and an unknown segment are named, with what there is."""
    with pytest.raises(UsageError, match="revenue"):
        MetricReview(str(tea.folder), "revenu", LATE.isoformat(), "en", NOW)
    with pytest.raises(UsageError, match="Quay"):
        MetricReview(str(tea.folder), "revenue", LATE.isoformat(), "en", NOW, segment="Pier")


def test_tables_and_suites_over_time(tea: Company) -> None:
    """Every expectation stands there with its nights; one that fails on the last night is named with its rows."""
    tea.warehouse("UPDATE sales SET price = NULL WHERE sold_at LIKE '2025-05-18%'")
    tea.judge(LATE + timedelta(days=1), LATE + timedelta(days=2))
    review = QualityReview(str(tea.folder), "", "en", NOW)
    try:
        assert review.as_of == LATE + timedelta(days=2)
        assert "Every line has a price" in str(review.summary().html)
        listed = str(review.expectations().html)
        assert "█" in listed
        assert "The deliveries have arrived" in listed
        assert str(review.rows().html).count("<img") == 2
    finally:
        review.close()


def test_a_verdict_is_shown_first_and_written_when_asked(tea: Company) -> None:
    """A verdict from the notebook changes nothing until it is asked to, and then stands in the case's history."""
    review = Review(str(tea.folder), LATE.isoformat(), "en", NOW)
    try:
        case = review.shown()[0]
        review.verdict([case.id], "expected", actor=case.owner, note="a supplier's strike, announced")
        assert review.session.store.cases(ids=[case.id])[0].verdict is None
        review.verdict([case.id], "expected", actor=case.owner, note="a supplier's strike, announced", write=True)
        assert review.session.store.cases(ids=[case.id])[0].verdict == "expected"
        assert review.session.store.events(case.id)[-1].actor == case.owner
    finally:
        review.close()


def test_a_verdict_from_the_notebook_changes_what_a_later_night_tells(company_copy: Callable[[str], Company]) -> None:
    """A fourfold day of the web shop is told again eight days later, unless somebody called the first one expected."""
    again = SPIKE + timedelta(days=7)
    told = {}
    for name in ("silent", "said"):
        company = company_copy(name)
        company.warehouse(
            "INSERT INTO sales SELECT 'again' || k.n || sale, sold_at, shop, customer, product, quantity, price "
            f"FROM sales, (SELECT 1 AS n UNION SELECT 2) k WHERE sold_at LIKE '{again}%' AND shop = 'Web' AND customer IS NULL"
        )
        company.judge(LATE + timedelta(days=2), SPIKE)
        if name == "said":
            review = Review(str(company.folder), SPIKE.isoformat(), "en", instant_of(SPIKE))
            try:
                cases = [c for c in review.session.store.cases() if c.metric == "orders" and c.segment in {"", "Web"}]
                assert cases
                for case in cases:
                    review.verdict([case.id], "expected", actor=case.owner, note="the weekly offer", write=True)
            finally:
                review.close()
        company.judge(SPIKE + timedelta(days=1), again)
        with company.store() as store:
            told[name] = [f for f in store.findings(as_of=again) if f.finding.subject == "orders"]
    assert told["silent"]
    assert len(told["said"]) < len(told["silent"])


def instant_of(day) -> datetime:
    """Return the morning after a business day, when a night is reviewed."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=1)


def test_a_change_is_replayed_beside_the_settings_of_today(tea: Company) -> None:
    """With a minimum past any departure nothing would have been told, and what the settings of today tell is listed as no longer told."""
    change = ["minimum=100000000"]
    review = ReplayReview(str(tea.folder), "late_share", LATE.isoformat(), "en", NOW, settings=change, days=10)
    try:
        assert len(review.today.told) == 1
        assert not review.changed.told
        summary = str(review.summary().html)
        assert "As today: It would have told 1" in summary
        assert "With minimum=100000000: It would have told 0" in summary
        assert "data:image/svg+xml" in str(review.chart().html)
        assert "Nothing would have been told." in str(review.told().html)
    finally:
        review.close()


def test_the_threshold_explorer_tells_more_when_more_is_promised(tea: Company) -> None:
    """The episodes that a larger promise would have told hold at least as many as a smaller one's; the rows name their promises."""
    review = MetricReview(str(tea.folder), "orders", LATE.isoformat(), "en", NOW, interactive=True)
    try:
        html = str(review.thresholds().html)
        assert "0.25 per 1,000" in html
        assert '"sliders"' in html
        counts = [len(first) for first, _ in review._told_at().values()]
        assert counts == sorted(counts)
    finally:
        review.close()
