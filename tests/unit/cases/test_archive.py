"""An archive that answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from detect.cases.archive import Archive
from detect.model import Category, Cause, Kind, Status, Text

TODAY = date(2026, 3, 2)


@pytest.fixture
def past(open_case):
    """Make past cases by name and changes."""

    def make(name, **changes):
        given = {
            "id": name,
            "status": Status.ARCHIVED,
            "detected_on": TODAY - timedelta(days=100),
            "cause": Cause.SUPPLIER,
            "milestones": {
                "resolved": "x",
                "verified": "x",
                "closed": (open_case.opened_at + timedelta(days=3)).isoformat(),
            },
            "evidence": {"handling": {"decided": [{"text": "Change carrier", "owner": "sam", "due": "2026-01-01"}]}},
        }
        return replace(open_case, **(given | changes))

    return make


@pytest.mark.clause("P4.7")
def test_the_nearest_case_comes_first_with_what_was_done(open_case, past):
    """Same metric, shape and segment beat another segment; a stranger is not shown; measures, cause and outcome are."""
    stranger = past(
        "stranger",
        subject="fees",
        category=Category.FINANCIAL,
        kind=Kind.SPIKE,
        actual=900.0,
        description=Text(en="Bank fees doubled", zh="銀行手續費倍增"),
    )
    found = Archive([past("uk", segment="UK"), stranger, past("same")]).like(open_case)
    assert [r.case.id for r in found.found] == ["same", "uk"]
    assert found.searched == 3
    best = found.found[0]
    assert (best.cause, best.measures, best.worked, best.days_to_close) == (
        Cause.SUPPLIER,
        ("Change carrier",),
        True,
        3.0,
    )
    assert {"metric", "kind", "segment", "size", "words"} <= set(best.alike_in)


@pytest.mark.clause("P4.7")
def test_nothing_like_it_before_is_said(open_case, past):
    """An archive without a kin says so, and how many it searched."""
    stranger = past(
        "stranger",
        subject="fees",
        kind=Kind.SPIKE,
        actual=900.0,
        segment="UK",
        description=Text(en="Bank fees doubled", zh="銀行手續費倍增"),
    )
    found = Archive([stranger]).like(open_case)
    assert found.nothing_like_it
    assert found.searched == 1


def test_words_tell_apart_what_figures_do_not(open_case, past):
    """Of two cases alike in everything, the one whose notes speak of the same thing comes first, in either language."""
    case = replace(open_case, description=Text(en="Delivery stopped by typhoon", zh="颱風停運"))
    one = past("a", description=Text(en="Deliveries stopped by strike", zh="罷工停運"))
    other = past("b", description=Text(en="Something", zh="其他"))
    found = Archive([one, other], {"b": "typhoon: delivery stopped, 颱風停運"}).like(case)
    assert [r.case.id for r in found.found] == ["b", "a"]


def test_open_later_and_restricted_cases_are_not_shown(open_case, past):
    """The archive answers with what was over then, and hides what the reader may not see."""
    hidden = past("audit", restricted=True)
    later = past("later", detected_on=TODAY + timedelta(days=1))
    running = past("running", status=Status.IN_MEASURES)
    assert Archive([hidden, later, running, open_case]).like(open_case).nothing_like_it
    assert [r.case.id for r in Archive([hidden]).like(open_case, may_see=lambda _: True).found] == ["audit"]


def test_what_relapsed_did_not_work(open_case, past):
    """A case that came back is shown as one whose measures failed."""
    relapsed = past("again", evidence={"handling": {"relapses": 1}})
    assert Archive([relapsed]).like(open_case).found[0].worked is False
