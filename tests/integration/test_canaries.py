"""Known troubles planted into a night, and what the board says of them."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.company import BEFORE, Company, instant

from detect.model import Outcome
from detect.pipeline import canaries
from detect.pipeline.afterwards import leave
from detect.pipeline.boarding import board_of
from detect.pipeline.inquiring import Examiner
from detect.pipeline.session import open_session


def told(session, names):
    """Count what was told of the troubles of these names."""
    birds = canaries.canaries(Examiner(session, BEFORE))
    return sum(bird.told + bird.told_parts for bird in birds if bird.name.en in names)


def test_what_is_planted_is_told_and_with_deaf_detectors_less_of_it_is(tea):
    """Nearly every tenfold figure is told; of small troubles far fewer once the detectors' budget is next to nothing."""
    small = {"half of the expected", "twice the expected", "a fifth of the expected"}
    with open_session(tea.book) as session:
        tenfold = canaries.canaries(Examiner(session, BEFORE))[3]
        heard = told(session, small)
    assert tenfold.planted > 3
    assert tenfold.told >= 0.8 * tenfold.planted
    tea.replace("config/policy.yaml", "budget: 2.0", "budget: 0.01")
    with open_session(tea.book) as session:
        assert told(session, small) < 0.7 * heard


def test_the_board_reads_what_the_night_kept(tea, monkeypatch):
    """A night's canaries are kept as they were, and the board of that night judges nothing anew; of a night that kept none it does."""
    now = instant(tea, BEFORE)
    with open_session(tea.book) as session:
        live = board_of(session, BEFORE - timedelta(days=20), BEFORE, now).canaries
        assert session.store.get_model("canaries", BEFORE) is None
        canaries.keep_canaries(session, BEFORE)
        monkeypatch.setattr(canaries, "Examiner", None)
        assert board_of(session, BEFORE - timedelta(days=20), BEFORE, now).canaries == live
        with pytest.raises(TypeError):
            board_of(session, BEFORE - timedelta(days=20), BEFORE - timedelta(days=1), now)


@pytest.mark.parametrize("failed", [False, True])
def test_a_night_in_which_a_check_failed_plants_none(tea, failed):
    """What made a check fail is not met a second time, after the night was recorded; a night without one plants its own."""
    (result,) = tea.judge(BEFORE)
    outcomes = {**result.summary.outcomes, Outcome.ERROR: int(failed)}
    with open_session(tea.book) as session:
        leave(session, replace(result, summary=replace(result.summary, outcomes=outcomes)), instant(tea, BEFORE))
        assert (session.store.get_model("canaries", BEFORE) is None) is failed


def test_a_night_without_any_figure_leaves_nothing_planted_and_a_second_one_changes_nothing(fresh_company, tmp_path):
    """Of empty tables the reports are written and nothing is planted; doing it again leaves the store as it was."""
    shutil.copytree(fresh_company, tmp_path / "tea")
    empty = Company(tmp_path / "tea")
    empty.warehouse("DELETE FROM sales", "DELETE FROM deliveries")
    (result,) = empty.judge(BEFORE)
    with open_session(empty.book) as session:
        assert leave(session, result, instant(empty, BEFORE))
        assert canaries.kept_canaries(session, BEFORE) == []
    before = empty.stored()
    with open_session(empty.book) as session:
        leave(session, result, instant(empty, BEFORE))
    assert empty.stored() == before


def test_canaries_of_many_series_are_a_sample(tea, monkeypatch):
    """Of more series than are disturbed at most, an even choice is."""
    monkeypatch.setattr(canaries, "_MOST", 3)
    with open_session(tea.book) as session:
        for bird in canaries.canaries(Examiner(session, BEFORE)):
            assert 1 <= bird.planted + bird.planted_parts <= 3
