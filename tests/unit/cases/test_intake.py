"""Cases that no table shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from detect.cases import commands as c
from detect.cases.intake import reported
from detect.cases.life import apply, decide, fold
from detect.errors import CaseError
from detect.model import Category, Kind, Level, Status, Text

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRE = Text(en="A fire in the warehouse", zh="倉庫失火")


def report(roles, text=FIRE, **changes):
    given = {
        "category": Category.PROCESS,
        "department": "sales",
        "level": Level.MAJOR,
        "day": date(2026, 3, 1),
        "reporter": "sam",
        "now": NOW,
        "roles": roles,
    }
    return reported(text, **(given | changes))


@pytest.mark.clause("P4.1")
def test_whoever_finds_it_reports_to_the_head_at_once(roles):
    """A member's report opens a case that the head owns, with its clock running, and the chain begins."""
    case = fold([report(roles)])
    assert (case.owner, case.kind, case.level, case.status) == ("hana", Kind.REPORTED, Level.MAJOR, Status.OPEN)
    assert case.clock_runs
    assert case.id.startswith("2026-03-01-manual-")
    assert apply(case, decide(case, c.Acknowledge(), "hana", NOW, roles)).status is Status.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reporter": "eve"}, "nobody is known as 'eve'"),
        ({"department": "moon"}, "Departments: finance, sales"),
        ({"text": Text(en=" ", zh="")}, "says nothing"),
        ({"day": date(2026, 3, 3)}, "still to come"),
    ],
)
def test_a_faulty_report_is_refused(roles, changes, said):
    """Strangers, unknown departments, empty words and days to come open no case."""
    with pytest.raises(CaseError, match=said):
        report(roles, **changes)


def test_the_same_report_twice_is_one_case(roles):
    """Pressing the button again tells which case it is."""
    first = report(roles)
    with pytest.raises(CaseError, match=f"reported already, as case {first.case_id}"):
        report(roles, taken={first.case_id})
    assert report(roles, reporter="mei").case_id != first.case_id


def test_findings_merged_into_a_report_lengthen_it_and_keep_its_name(roles, make, absorbed):
    """What people said it is, stays; the nights add days and gravity to it, and take them back."""
    manual = fold([report(roles, level=Level.SOME)])
    found = absorbed([make()]).cases[0]
    merged = apply(found, decide(found, c.Merge(into=manual), "hana", NOW, roles))
    night = date(2026, 3, 3)
    after = absorbed([make(night, Level.LARGER)], [manual, merged])
    assert [e.type for e in after.events] == ["worsened"]
    case = after.cases[0]
    assert (case.id, case.kind, case.description, case.level) == (manual.id, Kind.REPORTED, FIRE, Level.LARGER)
    assert (case.first_day, case.last_day, case.rule) == (date(2026, 3, 1), night, "rule-2")
    gone = absorbed([], [case, merged], as_of=night, judged=lambda *_: True)
    assert [e.type for e in gone.events] == ["revised"]
    assert replace(gone.cases[0], evidence={}).status is Status.OPEN
