"""The charts of the night judged last, read back for its report."""

import numpy as np
import pytest
from tests.company import SPIKE, instant

from detect.model import SeriesKey
from detect.pipeline import kept_histories
from detect.pipeline.kept_histories import histories_of_night, keep_histories
from detect.pipeline.reporting import night_at, night_report
from detect.pipeline.session import open_session


def test_the_report_is_written_again_from_what_the_night_kept(tea, monkeypatch):
    """Without a figure being read or judged, page for page what the night itself wrote."""
    (result,) = tea.judge(SPIKE)
    now = instant(tea, SPIKE)
    with open_session(tea.book) as session:
        night = night_at(session, SPIKE, now)
        keep_histories(session, SPIKE, night.cases, result.histories)
        monkeypatch.setattr(kept_histories, "histories_at", None)
        again = histories_of_night(session, night.cases, SPIKE)
        assert SeriesKey("revenue", "Web") in again
        assert night_report(session, night, again, now) == night_report(session, night, result.histories, now)


@pytest.mark.parametrize("lost", ["the night", "a series"])
def test_what_was_not_kept_is_drawn_from_the_figures(tea, lost):
    """Of another night, or with a series that is wanted and was not kept, every chart comes from the figures."""
    (result,) = tea.judge(SPIKE)
    with open_session(tea.book) as session:
        cases = night_at(session, SPIKE, instant(tea, SPIKE)).cases
        if lost == "a series":
            keep_histories(session, SPIKE, [c for c in cases if c.metric != "revenue"], result.histories)
        drawn = histories_of_night(session, cases, SPIKE)[SeriesKey("revenue", "Web")]
    shown = result.histories[SeriesKey("revenue", "Web")]
    assert len(drawn.days) > len(shown.days)
    np.testing.assert_allclose(drawn.expected[-60:], shown.expected[-60:], rtol=1e-6)
