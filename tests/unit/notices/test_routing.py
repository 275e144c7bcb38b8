"""Who is told what, and that nothing is lost or told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detect.model import Change, Level, Outcome, Status
from detect.notices.draft import first_line


def told(drafts, person, kind="digest", channel="mail"):
    return [d for d in drafts if (d.recipient.id, d.kind, d.channel) == (person, kind, channel)]


def names(items):
    return [item.case.id for item in items]


@pytest.mark.clause("P3.5")
def test_every_head_hears_of_the_own_department_and_of_no_other(company):
    """A department's digest holds its own cases and nothing of its neighbours."""
    drafts = company.drafts(
        Change(company.case("ours"), "opened", 1),
        Change(company.case("theirs", department="finance", owner="bo"), "opened", 1),
    )
    assert names(told(drafts, "ann")[0].news) == ["ours"]
    assert names(told(drafts, "bo")[0].news) == ["theirs"]


def test_a_quiet_night_still_sends_one_digest_to_everyone_who_answers_for_something(company):
    """Silence is told too: heads, the group and the monitoring department each get one digest a channel."""
    drafts = company.drafts()
    assert {(d.recipient.id, d.channel) for d in drafts} == {
        ("ann", "mail"), ("ann", "office"), ("bo", "mail"), ("mo", "mail"), ("dana", "mail"),
    }  # fmt: skip
    assert all(d.kind == "digest" and not d.news for d in drafts)


@pytest.mark.clause("P3.4")
def test_level_one_goes_singly_and_to_the_management_group_besides(company):
    """A major case is told at once to head and group; a larger one is no matter of the group."""
    drafts = company.drafts(
        Change(company.case("major", 1), "opened", 1), Change(company.case("larger", 2), "opened", 1)
    )
    assert names(told(drafts, "dana", "case")[0].news) == ["major"]
    assert names(told(drafts, "ann", "case")[0].news) == ["major"]
    assert names(told(drafts, "dana")[0].news) == ["major"]
    assert names(told(drafts, "ann")[0].news) == ["major", "larger"]


def test_an_overdue_case_escalates_to_the_management_group(company):
    """A deadline that passed is told to the group whatever the level."""
    late = company.case("late", 3)
    drafts = company.drafts(Change(late, "escalated", 4))
    assert names(told(drafts, "dana")[0].news) == ["late"]


def test_a_restricted_case_is_told_to_audit_alone(company):
    """The department under test, its head and the group never hear of an audit sign."""
    hidden = company.case("hidden", 1, restricted=True)
    drafts = company.drafts(Change(hidden, "opened", 1), open_cases=(hidden,))
    holders = {d.recipient.id for d in drafts if "hidden" in names((*d.news, *d.overdue, *d.still_open))}
    assert holders == {"au"}


def test_what_has_no_owner_belongs_to_the_monitoring_department(company):
    """A case of an unknown department and person is told to the monitoring department's head."""
    drafts = company.drafts(Change(company.case("orphan", department="gone", owner="nobody"), "opened", 1))
    assert names(told(drafts, "mo")[0].news) == ["orphan"]


def test_a_deputy_stands_in_for_whoever_is_away(company):
    """The deputy gets what the head would have got, and the head gets nothing."""
    drafts = company.drafts(Change(company.case("ours"), "opened", 1), away={"ann"})
    assert names(told(drafts, "al")[0].news) == ["ours"]
    assert not told(drafts, "ann")


def test_the_same_changes_make_the_same_key_and_other_changes_another(company):
    """A rerun puts nothing new into the outbox; something new for one person changes that person's key alone."""
    one = Change(company.case("one"), "opened", 1)
    two = Change(company.case("two", department="finance", owner="bo"), "opened", 1)
    first = {(d.recipient.id, d.channel, d.kind): d.key for d in company.drafts(one)}
    again = {(d.recipient.id, d.channel, d.kind): d.key for d in company.drafts(one)}
    other = {(d.recipient.id, d.channel, d.kind): d.key for d in company.drafts(one, two)}
    assert first == again
    assert len(set(first.values())) == len(first)
    assert {k for k in first if first[k] != other[k]} == {("bo", "mail", "digest")}


def test_the_rerun_of_a_told_date_writes_only_to_whom_something_is_new(company):
    """Without `quiet_too` nobody hears that nothing, or only the old, goes on."""
    assert company.drafts(quiet_too=False) == []
    assert company.drafts(Change(company.case("old"), "extended", 2), quiet_too=False) == []
    drafts = company.drafts(Change(company.case("new"), "withdrawn", 2), quiet_too=False)
    assert {d.recipient.id for d in drafts} == {"ann"}


def test_a_storm_is_capped_and_grouped_but_nothing_is_dropped(company):
    """Of 60 major cases five are told singly and all sixty stand in the digest."""
    storm = [Change(company.case(f"c{n:02}", 1, stake=float(n)), "opened", 1) for n in range(60)]
    drafts = company.drafts(*storm)
    singles = told(drafts, "ann", "case")
    assert len(singles) == 5
    assert {names(d.news)[0] for d in singles} == {"c59", "c58", "c57", "c56", "c55"}
    assert len(told(drafts, "ann")[0].news) == 60


def test_a_case_that_changed_twice_in_a_night_is_told_once_by_its_weightiest_change(company):
    """Opened and revised in one night is one item, and it says new."""
    case = company.case("twice")
    drafts = company.drafts(Change(case, "opened", 1), Change(case, "revised", 2))
    assert [(i.case.id, i.what) for i in told(drafts, "ann")[0].news] == [("twice", "opened")]


def test_a_case_of_the_same_trouble_stands_under_its_parent(company):
    """Twelve segments of one fault are one item with parts, not twelve."""
    parent = company.case("total", 2)
    children = [company.case(f"part{n}", 3, parent="total") for n in range(3)]
    drafts = company.drafts(*(Change(c, "opened", 1) for c in (parent, *children)))
    (item,) = told(drafts, "ann")[0].news
    assert item.case.id == "total"
    assert [c.id for c in item.parts] == ["part0", "part1", "part2"]


def test_deadlines_stand_in_the_company_s_zone_and_lateness_is_seen(company):
    """A deadline given in any zone is told in the company's; one that passed is overdue; a backfilled case has none."""
    due = company.now - timedelta(hours=1)
    late, past = company.case("late"), company.case("past", clock_runs=False)
    drafts = company.drafts(open_cases=(late, past), deadlines={"late": due, "past": due})
    digest = told(drafts, "ann")[0]
    assert [(i.case.id, i.due, i.overdue) for i in digest.overdue] == [("late", due, True)]
    assert digest.overdue[0].due.tzinfo == company.now.tzinfo
    assert names(digest.still_open) == ["past"]


def test_closed_cases_are_not_listed_as_open(company):
    """Only what somebody still has to act on is listed."""
    drafts = company.drafts(open_cases=(company.case("done", status=Status.CLOSED),))
    assert told(drafts, "ann")[0].still_open == ()


def test_an_incomplete_night_alarms_the_monitoring_department_in_four_fields(company):
    """Checks that were not made are an alarm of their own, graver the fewer were made."""
    lost = (("revenue", "", Outcome.NOT_CHECKED, "no connection"),)
    some = company.summary(state="incomplete", outcomes={Outcome.OK: 400, Outcome.ERROR: 12}, not_judged=lost)
    none = company.summary(state="incomplete", outcomes={Outcome.NOT_CHECKED: 412})
    (alarm,) = told(company.drafts(summary=some), "mo", "operations")
    (grave,) = told(company.drafts(summary=none), "mo", "operations")
    assert alarm.alarm.level is Level.SOME
    assert grave.alarm.level is Level.MAJOR
    assert "12 of 412" in alarm.alarm.description.en
    assert alarm.alarm.impact.zh
    assert alarm.alarm.measures
    assert alarm.key != grave.key
    assert not told(company.drafts(), "mo", "operations")


def test_what_was_not_judged_is_told_to_those_it_concerns(company):
    """A head sees the own department's gaps, the monitoring department all of them."""
    lost = (("revenue", "UK", Outcome.LATE, "late"), ("debt", "", Outcome.ERROR, "gone"))
    drafts = company.drafts(summary=company.summary(state="incomplete", not_judged=lost))
    assert [n.name.en for n in told(drafts, "ann")[0].not_judged] == ["Revenue"]
    assert [n.name.en for n in told(drafts, "mo")[0].not_judged] == ["Revenue", "Debt"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "412 of 412 checks made, 3 new, 1 overdue, £12,340 at stake"),
        ("zh", "412 項檢查已完成 412 項，新增 3 件，逾期 1 件，涉及金額 £12,340"),
    ],
)
def test_the_first_line_says_what_was_checked_new_overdue_and_at_stake(company, language, expected):
    """The head of every digest has one exact form in each language."""
    assert first_line(company.summary(), language) == expected
