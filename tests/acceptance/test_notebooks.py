"""The review notebook: it runs on a company's store, shows its pictures without a network, and writes verdicts back."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import jupytext
import pytest
from tests.company import LATE, Company

from detect.pipeline.reviewing import Review

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
pytestmark = pytest.mark.filterwarnings("default")


def rendered(tea: Company, language: str) -> str:
    command = [
        sys.executable,
        "-m",
        "detect",
        "notebook",
        "review",
        "--as-of",
        LATE.isoformat(),
        "--language",
        language,
    ]
    done = subprocess.run([*command, "--config", str(tea.folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()).read_text(encoding="utf-8")


def test_script_and_notebook_are_a_pair() -> None:
    """What opens with a double click is what the script says: make it anew with `jupytext --to ipynb notebooks/review.py`."""
    script, notebook = jupytext.read(NOTEBOOKS / "review.py"), jupytext.read(NOTEBOOKS / "review.ipynb")
    assert [(c.cell_type, c.source) for c in script.cells] == [(c.cell_type, c.source) for c in notebook.cells]
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_the_notebook_runs_and_its_page_needs_no_network(tea: Company) -> None:
    """The page shows the night's first line, each case with its picture, in both languages, and names no host."""
    page = rendered(tea, "en")
    assert re.search(r"\d+ of \d+ checks made", page)
    assert "data:image/svg+xml;base64," in page
    assert "Similar earlier cases" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//|@import|url\(\s*[\"']?https?:", page)
    assert "<script" not in page
    assert "類似的過往案件" in rendered(tea, "zh")


def test_a_verdict_is_shown_first_and_written_when_asked(tea: Company) -> None:
    """A verdict from the notebook changes nothing until it is asked to, and then stands in the case's history."""
    review = Review(str(tea.folder), LATE.isoformat(), "en", datetime(2026, 6, 1, tzinfo=UTC))
    try:
        case = review.shown()[0]
        review.verdict([case.id], "expected", actor=case.owner, note="a supplier's strike, announced")
        assert review.session.store.cases(ids=[case.id])[0].verdict is None
        review.verdict([case.id], "expected", actor=case.owner, note="a supplier's strike, announced", write=True)
        assert review.session.store.cases(ids=[case.id])[0].verdict == "expected"
        assert review.session.store.events(case.id)[-1].actor == case.owner
    finally:
        review.close()
