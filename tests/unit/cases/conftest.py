"""A small company, and findings of it, for the tests of the life of a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from detect.cases.absorb import Absorbed, Graded, absorb
from detect.cases.roles import Roles
from detect.model import Case, Category, Finding, Grade, Kind, Level, Text

DAY = date(2026, 3, 2)  # a Monday


def finding(day: date = DAY, **changes: Any) -> Finding:
    """Make a dip of revenue, found the night of its day."""
    given = {
        "as_of": day,
        "day": day,
        "first_day": day,
        "subject": "revenue",
        "segment": "",
        "channel": "point",
        "category": Category.DATA,
        "kind": Kind.DIP,
        "department": "sales",
        "metric": "revenue",
        "actual": 100.0,
        "expected": 400.0,
        "lower": 300.0,
        "upper": 500.0,
        "unit": "GBP",
        "stake": 300.0,
        "evidence": {"compared_days": ["2026-02-23"]},
    }
    return Finding(**(given | changes))


def graded_of(day: date = DAY, level: Level = Level.SOME, **changes: Any) -> Graded:
    found = finding(day, **changes)
    text = Text(en=f"{found.subject} {found.kind} on {found.day}", zh=f"{found.subject} {found.day}")
    return Graded(found, Grade(level, f"rule-{level:d}", Text(en="higher", zh="更高")), text, (text,), (text,))


def night(graded: Sequence[Graded], known: Sequence[Case] = (), as_of: date | None = None, **more: Any) -> Absorbed:
    """Absorb at 02:00 UTC of the night after `as_of`."""
    as_of = as_of or graded[0].finding.as_of
    now = datetime(as_of.year, as_of.month, as_of.day, 2, tzinfo=UTC) + timedelta(days=1)
    return absorb(graded, known, as_of=as_of, now=now, owner_of=lambda _: "hana", **more)


@pytest.fixture
def make() -> Callable[..., Graded]:
    """Make a graded finding: day, level, and any field of a finding."""
    return graded_of


@pytest.fixture
def absorbed() -> Callable[..., Absorbed]:
    """Absorb graded findings into known cases."""
    return night


@pytest.fixture
def open_case() -> Case:
    """Open a level 3 case of revenue by the night of 2 March."""
    return night([graded_of()]).cases[0]


@pytest.fixture
def roles() -> Roles:
    """Name people: Hana heads sales (Dai is her deputy), Sam works there; Gao and Ines are the group, Ada audits, Moe monitors."""
    return Roles(
        heads={"sales": "hana", "finance": "mei"},
        members={"sales": frozenset({"sam"})},
        people=frozenset({"hana", "sam", "mei", "gao", "ines", "ada", "moe", "dai"}),
        group=frozenset({"gao", "ines"}),
        monitoring=frozenset({"moe"}),
        audit=frozenset({"ada"}),
        deputies={"hana": "dai"},
    )
