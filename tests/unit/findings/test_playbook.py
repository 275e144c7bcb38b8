"""Possible impacts and suggested measures."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from detect.findings.playbook import Playbook, impact, measures
from detect.model import Category, Cause, Finding, Kind, Level, Text

DAY = date(2026, 3, 2)
FOUND = Finding(DAY, DAY, DAY, "revenue", "", "point", Category.DATA, Kind.DOUBLE_LOAD, "sales", stake=12300.4)


def said(words):
    return Text(en=words, zh=f"「{words}」")


def book(**more):
    levels = {1: "stop", 2: "hurt", 3: "itch"}
    return Playbook.model_validate(
        {
            "category": "data",
            "impacts": {n: said(w) for n, w in levels.items()},
            "measures": {n: (said(f"measure {w}"), said("verify")) for n, w in levels.items()},
        }
        | more
    )


@pytest.mark.clause("P3.5")
def test_impact_says_kind_level_and_money():
    """The possible impact is of the kind, of the level, and says what is at stake in both languages."""
    page = book(kind_impacts={"double_load": said("counted twice")})
    given = impact(page, Level.LARGER, FOUND, "GBP")
    assert [t.en for t in given] == ["counted twice", "hurt", "At stake so far: £12,300."]
    assert given[-1].zh == "目前影響金額：£12,300。"


def test_money_that_is_not_known_is_not_said():
    """Without a stake the impact names none."""
    bare = Finding(DAY, DAY, DAY, "revenue", "", "point", Category.DATA, Kind.DIP, "sales")
    assert [t.en for t in impact(book(), Level.SOME, bare, "GBP")] == ["itch"]


@pytest.mark.clause("P4.4b")
def test_measures_of_the_cause_come_first_and_none_is_said_twice():
    """Once the cause is coded, the measures that the policy names for it lead; repeats are dropped."""
    page = book(
        kind_measures={"double_load": (said("take one load out"), said("verify"))},
        cause_measures={"system_fault": (said("repair the system"),)},
    )
    before = measures(page, Level.SOME, Kind.DOUBLE_LOAD)
    after = measures(page, Level.SOME, Kind.DOUBLE_LOAD, Cause.SYSTEM_FAULT)
    assert [t.en for t in before] == ["take one load out", "verify", "measure itch"]
    assert [t.en for t in after] == ["repair the system", "take one load out", "verify", "measure itch"]
    assert measures(page, Level.SOME, Kind.DOUBLE_LOAD, Cause.ENTRY_ERROR) == before


def test_every_level_needs_words():
    """A page that is silent on a level is refused, naming it."""
    with pytest.raises(ValidationError, match="level 2"):
        book(impacts={1: said("a"), 3: said("c")})
    with pytest.raises(ValidationError, match="level 3"):
        book(measures={1: (said("a"),), 2: (said("b"),), 3: ()})
