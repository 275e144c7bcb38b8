"""Pictures without words: small, repeatable, and whole even where figures are missing."""

from __future__ import annotations

import re
import struct
import subprocess
import sys

import numpy as np
import pytest

from detect.render import chart


def test_a_mail_s_chart_is_small_sharp_and_the_same_each_time(night):
    """PNG of less than 60 KB, twice as wide as a telephone shows it, equal to the byte."""
    picture = chart.png(night.history())
    assert picture == chart.png(night.history())
    assert len(picture) < 60_000
    assert struct.unpack(">II", picture[16:24])[0] >= 1000
    assert b"tEXt" not in picture


def test_a_report_s_chart_is_the_same_each_time_and_names_no_time_and_no_program(night):
    """SVG without date, creator or random ids."""
    picture = chart.svg(night.history())
    assert picture == chart.svg(night.history())
    assert b"dc:date" not in picture
    assert b"Matplotlib" not in picture
    assert len(picture) < 60_000


def test_charts_hold_no_words(night):
    """Only digits and signs are drawn, so no font for any language is needed, not even for a holiday's name."""
    drawn = re.findall("<!-- (.*?) -->", chart.svg(night.history()).decode())
    assert "01-18" in drawn
    assert set("".join(drawn)) <= set("0123456789-.−%kMbn")


@pytest.mark.parametrize("days", [0, 1, 2, 3])
def test_the_shortest_series_can_be_drawn(night, days):
    """No series is too short for a picture."""
    assert chart.png(night.history(days)).startswith(b"\x89PNG")


def test_gaps_and_infinities_are_gaps(night):
    """A missing day breaks the line, a flagged one among them is still marked, and nothing warns."""
    history = night.history(60, missing=(-1, -5, -6))
    history.actual[-9] = np.inf
    history.upper[:] = np.nan
    assert chart.svg(history).count(b"<path") > 5
    line = chart.sparkline(history)
    assert len(line) == 30
    assert line[-1] == "·"
    assert line.count("·") == 4


def test_a_constant_or_empty_series_has_a_line_too(night):
    """No spread and no figures are no fault."""
    history = night.history(10)
    history.actual[:] = 5.0
    assert chart.sparkline(history) == "▁" * 10
    history.actual[:] = np.nan
    assert chart.sparkline(history) == "·" * 10


def test_importing_the_layer_draws_in_no_heavy_library():
    """The command line shows its help without loading matplotlib or openpyxl."""
    code = (
        "import sys, detect.render.terminal, detect.render.mail, detect.render.report, detect.render.spreadsheet\n"
        "print({'matplotlib', 'openpyxl', 'PIL', 'apprise', 'pandas'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"


def test_a_band_wide_on_one_day_does_not_flatten_the_figures(night):
    """A holiday seen once has a band a hundred times the figures; the axis still ends near them."""
    history = night.history(60)
    history.upper[30] = 100 * history.actual.max()
    drawn = re.findall("<!-- (.*?) -->", chart.svg(history).decode())
    assert not any(label.endswith(("M", "bn")) for label in drawn)


def test_a_day_on_which_nothing_was_due_breaks_no_line(night):
    """Closed Saturdays leave one line; a missing figure breaks it in two."""
    closed, missing = night.history(60), night.history(60)
    closed.flagged[:], missing.flagged[:] = False, False
    for values in (closed.actual, closed.expected, closed.lower, closed.upper, missing.actual):
        values[30] = np.nan

    def moves(history) -> int:
        found = re.findall(r'<path d="(M[^"]*)"[^>]*style="fill: none; stroke: #1f2a37', chart.svg(history).decode())
        return max(found, key=len).count("M")

    assert (moves(closed), moves(missing)) == (1, 2)
