"""Interactive drawing: whatever a name holds, no script of it runs, and nothing is fetched."""

from __future__ import annotations

import re

import numpy as np
import pytest

from detect.render.drawing import Choice, Interactive, Still
from detect.render.tables import Table

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.mark.filterwarnings("default")
def test_hostile_texts_stay_text_in_a_table():
    """Title, column and cell may hold markup: none of it is an element of the page."""
    html = Interactive().table(Table(HOSTILE, (HOSTILE, "n"), ((HOSTILE, "1"),), numeric=(1,))).html
    assert "<img" not in html
    assert "alert(1)</script>" not in html


def test_hostile_texts_stay_text_in_a_chart(night):
    """A holiday's name, a title and a choice stand in a JSON text without an angle bracket."""
    history = night.history(30)
    holidays = {history.days[3].item(): HOSTILE}
    drawn = Interactive().history(
        type(history)(
            *[getattr(history, n) for n in ("days", "actual", "expected", "lower", "upper", "flagged")], holidays, "GBP"
        ),
        HOSTILE,
        [Choice(HOSTILE, np.array([2, 3]))],
    )
    script = re.search(r"<script>(.*)</script>", str(drawn.html), re.DOTALL)
    assert script is not None
    assert "<" not in script.group(1)
    assert "<img" not in drawn.html


def test_each_choice_marks_its_own_days(night):
    """The slider shows one trace of marks at a time, with the days of its choice and no others."""
    history = night.history(30)
    html = str(Interactive().history(history, "t", [Choice("a", np.array([1])), Choice("b", np.array([2, 4]))]).html)
    assert html.count('"mode": "markers"') == 2
    assert html.count('"visible": true, ') + html.count('"visible": false, ') >= 2


def test_a_still_page_has_no_script(night):
    """The archive's page holds a table as it is and leaves the chart to the picture above it."""
    still = Still()
    assert "<script" not in still.start().html + still.table(Table("t", ("a",), (("x",),))).html
    assert still.history(night.history(), "t").html == ""


def test_an_empty_table_says_what_that_means():
    """No row is a sentence, not an empty frame."""
    assert "nothing yet" in Interactive().table(Table("t", ("a",), (), empty="nothing yet")).html
