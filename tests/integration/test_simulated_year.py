"""A stretch of a company's life through the program's own functions: nights, reports, prompt, late and absent heads, a clock set back."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from benchmarks.simulated_year import Year, live
from tests.company import BEFORE, SPIKE, Company

from detect.pipeline.session import open_session


@pytest.fixture(scope="module")
def lived(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Live through the nights up to the fourfold day and six weeks more, on a store of its own."""
    folder = tmp_path_factory.mktemp("year") / "harbour"
    shutil.copytree(judged_company, folder)
    with open_session(Company(folder).book) as session:
        return live(session, BEFORE + timedelta(days=1), SPIKE, SPIKE + timedelta(days=42))


@pytest.mark.clause("P4.2")
@pytest.mark.clause("P4.3")
def test_every_deadline_is_kept_or_escalated_once_and_nothing_ends_unverified(lived: Year) -> None:
    """No promise is broken: rows are folds, deadlines are kept or escalated exactly once, every open case is somebody's."""
    assert lived.broken == []
    assert lived.cases > 15
    assert lived.closed > 0
    assert lived.escalated > 10
    assert lived.kept > 30
