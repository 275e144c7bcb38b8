"""The pages that people read, in a real browser without a network: whole, readable on a telephone and on paper, fit for everybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.acceptance.browsing import launched, needs_chromium
from tests.company import LATE, Company, instant

from detect.pipeline.boarding import board_of, write_board
from detect.pipeline.drawing import histories_at
from detect.pipeline.notebooks import render_notebook
from detect.pipeline.reporting import night_at, write_report
from detect.pipeline.session import open_session
from detect.render.pdf import print_pdf

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
WIDTHS = (360, 1440)
PAGES = ("report.en", "report.zh", "board.en", "board.zh", "review.en", "metric.zh", "quality.en", "replay.en")
pytestmark = [needs_chromium, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Start one browser for all tests of this file."""
    yield from launched()


@pytest.fixture(scope="module")
def pages(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write every kind of page of one night, in English or Chinese or both."""
    company = Company(tmp_path_factory.mktemp("pages") / "tea")
    shutil.copytree(judged_company, company.folder)
    now, found = instant(company, LATE), {}
    with open_session(company.book) as session:
        night = night_at(session, LATE, now)
        histories = histories_at(session, night.cases, LATE)
        board = board_of(session, LATE - timedelta(days=20), LATE, now)
        for language in ("en", "zh"):
            found[f"report.{language}"] = write_report(session, night, histories, now, language=language)[0]
            found[f"board.{language}"] = write_board(board, language)
    for name, language, more in (
        ("review", "en", {}),
        ("metric", "zh", {"metric": "revenue"}),
        ("quality", "en", {}),
        ("replay", "en", {"metric": "orders", "days": 10}),
    ):
        asked = {"folder": str(company.folder), "as_of": LATE.isoformat(), "language": language, **more}
        found[f"{name}.{language}"] = render_notebook(name, asked, company.book, NOTEBOOKS)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_a_network_and_fits_a_telephone(pages, browser, name):
    """Every picture is drawn, nothing is asked of any host, no script fails, and at 360 pixels nothing runs off the screen."""
    asked, faults = [], []
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(pages[name].as_uri())
        drawn = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth > 0)")
        assert drawn.count(True) == len(drawn)
        assert drawn or name.startswith("report")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
    assert not faults


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault_of_accessibility(pages, browser, name):
    """axe-core (Deque) finds nothing serious or critical: contrast, names, headings, tables, language."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - needs the browser's package

    # The page allows no script; the checker is one.
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True, bypass_csp=True)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    found = Axe().run(page).response["violations"]
    context.close()
    serious = [
        (fault["id"], node["html"][:120])
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]
    assert serious == []


def test_a_report_is_light_and_prints(pages):
    """The report weighs under 3 MB and becomes a PDF with its text."""
    assert pages["report.en"].stat().st_size < 3_000_000
    printed = print_pdf(pages["report.en"])
    assert printed.read_bytes().startswith(b"%PDF")
    assert printed.stat().st_size > 10_000


def test_an_open_notebook_answers_to_the_mouse_without_a_network(pages, browser, judged_company, tmp_path):
    """Plotly draws the chart and DataTables the table from what the notebook itself holds; the table sorts."""
    from detect.pipeline.metric_pages import MetricReview  # noqa: PLC0415 - heavy

    company = Company(tmp_path / "tea")
    shutil.copytree(judged_company, company.folder)
    review = MetricReview(
        str(company.folder), "orders", LATE.isoformat(), "en", datetime(2026, 6, 1, tzinfo=UTC), interactive=True
    )
    try:
        html = "".join(str(part.html) for part in (review.start(), review.chart(), review.cases()))
    finally:
        review.close()
    file = tmp_path / "open.html"
    file.write_text(
        f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>{html}</body></html>", encoding="utf-8"
    )
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=20_000)
    assert page.evaluate("document.querySelectorAll('.js-plotly-plot path.js-line').length") >= 2
    if "dt-" in html:
        page.wait_for_selector("table.dataTable tbody tr", timeout=20_000)
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    context.close()
