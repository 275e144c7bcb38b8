"""What every warning must say (policy P3.5), looked at before it goes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.notices.conftest import NOW, Company

from detect.model import Change, Text
from detect.notices.contents import lacking
from detect.notices.links import Links

LINKS = Links("https://y.example.org", "k" * 32)
EMPTY = Text(en="", zh="")


def gaps(company: Company, **changes) -> set[str]:
    given = {"metric": "revenue", "actual": 1.0, "expected": 3.0} | changes
    case = company.case("c", **given)
    made = company.drafts(Change(case, "opened", 1), links=LINKS, deadlines={"c": NOW + timedelta(hours=4)})
    draft = next(d for d in made if (d.recipient.id, d.kind) == ("ann", "digest"))
    return {name for _, name in lacking(draft)}


def test_a_whole_warning_lacks_nothing(company):
    """Description, impact, measures, expected value, next step, deadline and address are there."""
    assert gaps(company) == set()


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"description": EMPTY}, "description"),
        ({"description": Text(en="It fell.", zh="")}, "description"),
        ({"impact": ()}, "impact"),
        ({"measures": (Text(en="Look.", zh=" "),)}, "measures"),
        ({"expected": None}, "expected"),
    ],
)
def test_each_gap_is_named(company, changes, missing):
    """One language is not enough, and an empty field is none."""
    assert gaps(company, **changes) == {missing}


def test_a_warning_without_deadline_or_address_is_seen(company):
    """Who runs a clock says until when; who has a page says where. A backfilled case has no clock and lacks none."""
    case = company.case("c", metric="revenue", actual=1.0, expected=3.0)
    (draft,) = [
        d
        for d in company.drafts(Change(case, "opened", 1), links=LINKS)
        if (d.recipient.id, d.channel) == ("ann", "mail")
    ]
    assert lacking(draft) == (("c", "deadline"),)
    still = replace(draft, news=tuple(replace(i, case=replace(i.case, clock_runs=False)) for i in draft.news))
    assert lacking(still) == ()


def test_a_limit_is_comparison_enough(company):
    """A figure over a fixed limit says the limit; no expected value is missed."""
    assert gaps(company, expected=None, evidence={"limit": 900}) == set()
