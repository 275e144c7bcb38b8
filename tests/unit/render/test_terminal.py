"""Tables that fit, colours and progress only where somebody watches."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from detect.errors import SourceUnavailable
from detect.model import NightSummary, Outcome
from detect.notices.draft import nothing_found
from detect.render import terminal


def width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_fits_80_columns_when_piped_and_has_no_colours(night, language):
    """Long names and long words are folded, never cut and never wider; no escape sequence reaches a file."""
    stream = io.StringIO()
    screen = terminal.console(stream)
    case = night.case("2011-01-18-" + "x" * 90, level=1)
    terminal.night(screen, night.summary(), [case], language)
    screen.print(terminal.listing(["as of", "planned", "cause"], [["2011-01-18", 412, "y" * 200]], wide=2))
    printed = stream.getvalue()
    assert max(map(width, printed.splitlines())) <= 80
    assert "\x1b" not in printed
    assert printed.count("x") >= 90
    assert printed.count("y") >= 200


def test_a_night_begins_with_its_first_line_and_the_gravest_case(night):
    """The summary, then level 1 before level 3."""
    stream = io.StringIO()
    terminal.night(terminal.console(stream), night.summary(), [night.case("slight", 3), night.case("grave", 1)])
    printed = stream.getvalue()
    assert printed.splitlines()[0] == "412 of 412 checks made, 3 new, 1 overdue, £12,340 at stake"
    assert printed.index("grave") < printed.index("slight")


def test_a_list_that_nobody_reads_to_its_end_is_cut_and_says_so(night):
    """The gravest are shown, and how many are not."""
    stream = io.StringIO()
    cases = [night.case(f"case-{n}", 3) for n in range(12)] + [night.case("grave", 1)]
    terminal.console(stream).print(terminal.exceptions(cases, at_most=5))
    assert stream.getvalue().count("case-") == 4
    assert "grave" in stream.getvalue()
    assert "and 8 more" in stream.getvalue()


def test_an_error_is_one_sentence_and_what_to_do():
    """`error: what happened. what to do.`, without control characters."""
    line = terminal.error_line(SourceUnavailable("the table\x1b[31m did not answer", "Check that it runs."))
    assert line == "error: the table[31m did not answer. Check that it runs."


def test_progress_is_silent_in_a_file_and_yields_everything():
    """Nothing is printed where nobody watches; every piece is worked on."""
    stream = io.StringIO()
    screen = terminal.console(stream)
    assert list(terminal.progress(screen, [1, 2, 3], "counting")) == [1, 2, 3]
    with terminal.steps(screen) as say:
        say("pulling")
    assert stream.getvalue().strip() == ""


def test_only_a_complete_night_is_said_to_have_no_exceptions() -> None:
    """A night that could not be judged never reads as a quiet one."""
    summary = NightSummary(date(2026, 3, 31), "r", "incomplete", 5, {Outcome.NOT_CHECKED: 5}, 0, 0, 0.0, "¥", None)
    assert nothing_found(summary, "en") == "No check took place: nothing can be said of this date."
    partly = replace(summary, outcomes={Outcome.OK: 4, Outcome.NOT_CHECKED: 1})
    assert "others could not be made" in nothing_found(partly, "en")
    assert (
        nothing_found(replace(partly, state="complete", outcomes={Outcome.OK: 5}), "en")
        == "No exceptions on this date."
    )
