"""What a night does to the cases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from detect.cases.events import SYSTEM, EventType, happened
from detect.cases.life import apply, fold
from detect.errors import CaseError
from detect.model import Case, Event, Kind, Level, Status, Verdict

MONDAY = date(2026, 3, 2)


def days(n):
    return MONDAY + timedelta(days=n)


def through_json(event):
    """Write an event as the store does, and read it back."""
    return replace(event, data=json.loads(json.dumps(event.data, allow_nan=False)))


def at_noon(day, case, type_, **data):
    """Apply one more event to a case, at noon of a day."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return apply(case, happened(case.id, case.seq + 1, type_, at=now, actor="hana", data=data))


def types(absorbed):
    return [e.type for e in absorbed.events]


def test_a_finding_opens_a_case_with_all_that_is_known(make, absorbed):
    """The case row carries what, where, when, how far, level and why, impact, measures, owner."""
    case = absorbed([make(level=Level.LARGER)]).cases[0]
    assert (case.subject, case.kind, case.level, case.rule) == ("revenue", Kind.DIP, Level.LARGER, "rule-2")
    assert (case.actual, case.expected, case.lower, case.upper, case.stake) == (100.0, 400.0, 300.0, 500.0, 300.0)
    assert (case.owner, case.department, case.status, case.clock_runs) == ("hana", "sales", Status.OPEN, True)
    assert all((case.impact, case.measures, case.one_level_higher.en))
    assert case.evidence["compared_days"] == ["2026-02-23"]


def test_the_fold_of_the_events_is_the_case_that_absorbing_gives(make, absorbed):
    """After open, worsen, revise and withdraw, folding the events read back from JSON gives the same row."""
    first = absorbed([make(), make(channel="stl"), make(segment="UK")])
    second = absorbed([make(days(1), Level.LARGER, kind=Kind.LEVEL_SHIFT, first_day=MONDAY)], first.cases)
    known = {c.id: c for c in (*first.cases, *second.cases)}
    third = absorbed(
        [make(days(1), Level.LARGER, kind=Kind.LEVEL_SHIFT, first_day=MONDAY, actual=90.0)], list(known.values())
    )
    known |= {c.id: c for c in third.cases}
    fourth = absorbed([], list(known.values()), as_of=MONDAY, judged=lambda *_: True)
    known |= {c.id: c for c in fourth.cases}
    events = [*first.events, *second.events, *third.events, *fourth.events]
    for case in known.values():
        mine = [through_json(e) for e in events if e.case_id == case.id]
        assert fold(mine) == case
    assert {e.type for e in events} == {"opened", "grouped", "worsened", "revised", "withdrawn"}


def test_two_nights_of_one_fault_are_one_case(make, absorbed):
    """The same trouble tomorrow extends the case instead of opening another."""
    first = absorbed([make()])
    second = absorbed([make(days(1))], first.cases)
    assert types(second) == ["extended"]
    assert [c.id for c in second.cases] == [c.id for c in first.cases]
    assert second.cases[0].last_day == days(1)
    assert second.cases[0].stake == 600.0


def test_the_same_night_again_changes_nothing(make, absorbed):
    """A rerun with the same findings makes no event, also after later nights and after closing."""
    first = absorbed([make(), make(segment="UK")])
    assert types(absorbed([make(), make(segment="UK")], first.cases, judged=lambda *_: True)) == []
    known = absorbed([make(days(1))], first.cases).cases
    again = absorbed([make()], known)
    assert types(again) == []
    assert again.case_of == {make().finding.key: known[0].id}
    closed = [replace(c, status=Status.CLOSED) for c in known]
    assert types(absorbed([make()], closed)) == []


def test_channels_of_one_night_are_one_case_of_the_most_specific_kind(make, absorbed):
    """Point, run and load channels on one day give one case, called by the kind that says most."""
    found = [
        make(channel="stl"),
        make(channel="load", kind=Kind.PARTIAL_LOAD),
        make(channel="point", level=Level.LARGER),
    ]
    result = absorbed(found)
    assert types(result) == ["opened"]
    assert (result.cases[0].kind, result.cases[0].level) == (Kind.PARTIAL_LOAD, Level.LARGER)
    assert len(set(result.case_of.values())) == 1
    assert result.cases[0].stake == 300.0


def test_a_spike_that_stays_becomes_a_shift_in_the_same_case(make, absorbed):
    """Kind and first day are attributes; the id stays."""
    first = absorbed([make(kind=Kind.SPIKE)])
    shift = make(days(4), kind=Kind.LEVEL_SHIFT, channel="run", first_day=MONDAY - timedelta(days=1))
    case = absorbed([shift], first.cases).cases[0]
    assert (case.id, case.kind, case.first_day) == (first.cases[0].id, Kind.LEVEL_SHIFT, days(-1))


def test_a_graver_finding_worsens_the_case_and_a_lighter_one_never_lightens_it(make, absorbed):
    """Levels rise with an event of their own; they do not fall by a night."""
    worse = absorbed([make(days(1), Level.LARGER)], absorbed([make()]).cases)
    assert types(worse) == ["worsened"]
    assert (worse.cases[0].level, worse.cases[0].rule) == (Level.LARGER, "rule-2")
    lighter = absorbed([make(days(2), Level.SOME)], worse.cases)
    assert types(lighter) == ["extended"]
    assert (lighter.cases[0].level, lighter.cases[0].rule) == (Level.LARGER, "rule-2")


def test_a_level_that_a_person_lowered_rises_only_when_it_gets_graver_than_before(make, absorbed):
    """More of the same gravity does not overrule the person."""
    case = at_noon(days(1), absorbed([make(level=Level.LARGER)]).cases[0], EventType.LEVEL_SET, level=3)
    same = absorbed([make(days(1), Level.LARGER)], [case])
    assert (types(same), same.cases[0].level) == (["extended"], Level.SOME)
    graver = absorbed([make(days(2), Level.MAJOR)], same.cases)
    assert (types(graver), graver.cases[0].level) == (["worsened"], Level.MAJOR)


def test_trouble_after_the_gap_is_a_new_case(make, absorbed):
    """A stale open case is not extended beyond the refractory gap; the day on the edge still belongs to it."""
    first = absorbed([make()])
    assert types(absorbed([make(days(7))], first.cases)) == ["extended"]
    later = absorbed([make(days(8))], first.cases)
    assert types(later) == ["opened"]
    assert later.cases[0].id != first.cases[0].id


def test_another_segment_is_another_case(make, absorbed):
    """Cases are told apart by segment."""
    assert types(absorbed([make(days(1), segment="UK")], absorbed([make()]).cases)) == ["opened"]


def test_corrected_data_withdraw_what_stood_on_them_alone(make, absorbed):
    """A finding that a rerun judged and no longer finds is withdrawn; the case with it when nothing else is left."""
    first = absorbed([make(), make(channel="stl")])
    partly = absorbed([make()], first.cases, judged=lambda *_: True)
    assert (types(partly), partly.cases[0].status) == (["revised"], Status.OPEN)
    gone = absorbed([], partly.cases, as_of=MONDAY, judged=lambda *_: True)
    assert (types(gone), gone.cases[0].status) == (["withdrawn"], Status.WITHDRAWN)


def test_what_was_not_judged_is_not_withdrawn(make, absorbed):
    """A run of other metrics, or a detector that failed, takes nothing back."""
    known = absorbed([make(), make(subject="orders", metric="orders")]).cases
    assert types(absorbed([], known, as_of=MONDAY)) == []
    result = absorbed([], known, as_of=MONDAY, judged=lambda subject, _segment, _channel: subject == "orders")
    assert [(e.type, e.case_id[:17]) for e in result.events] == [("withdrawn", "2026-03-02-orders")]


def test_a_withdrawn_finding_that_returns_opens_its_case_again(make, absorbed):
    """The id was given once, so the same case comes back."""
    first = absorbed([make()])
    gone = absorbed([], first.cases, as_of=MONDAY, judged=lambda *_: True)
    back = absorbed([make()], gone.cases, judged=lambda *_: True)
    assert (types(back), back.cases[0].id, back.cases[0].status) == (["reopened"], first.cases[0].id, Status.REOPENED)
    assert types(absorbed([make()], back.cases, judged=lambda *_: True)) == []


def test_what_a_person_withdrew_stays_withdrawn(make, absorbed):
    """A rerun that finds the same figures does not overrule the person."""
    case = at_noon(days(1), absorbed([make()]).cases[0], EventType.WITHDRAWN)
    assert types(absorbed([make()], [case])) == []


def test_revised_figures_revise_the_case(make, absorbed):
    """Late data change the figures of the same finding, with an event that says so."""
    result = absorbed([make(actual=150.0, stake=250.0)], absorbed([make()]).cases)
    assert (types(result), result.cases[0].actual, result.cases[0].stake) == (["revised"], 150.0, 250.0)
    assert len(result.cases[0].evidence["findings"]) == 1


@pytest.mark.parametrize(("status", "milestone"), [(Status.OBSERVING, "resolved"), (Status.CLOSED, "closed")])
def test_a_relapse_reopens_the_same_case(make, absorbed, status, milestone):
    """Trouble back while observed, or within the relapse time of closing, is the same case; later it is a new one."""
    first = absorbed([make()]).cases[0]
    ended = replace(first, status=status, milestones=first.milestones | {milestone: f"{days(3)}T12:00:00+00:00"})
    relapse = absorbed([make(days(12))], [ended])
    assert (types(relapse), relapse.cases[0].id, relapse.cases[0].status) == (["reopened"], first.id, Status.REOPENED)
    assert relapse.cases[0].evidence["handling"]["relapses"] == 1
    assert milestone not in relapse.cases[0].milestones
    assert types(absorbed([make(days(40))], [ended])) == ["opened"]


def test_late_news_about_days_before_the_end_do_not_reopen(make, absorbed):
    """What came late but belongs to the days handled already is only added."""
    first = absorbed([make()]).cases[0]
    ended = replace(first, status=Status.CLOSED, milestones=first.milestones | {"closed": f"{days(3)}T12:00:00+00:00"})
    late = absorbed([make(days(2), as_of=days(4))], [ended], as_of=days(4))
    assert (types(late), late.cases[0].status) == (["extended"], Status.CLOSED)


def test_what_people_called_expected_does_not_come_back_by_going_on_unless_it_gets_graver(make, absorbed):
    """A verdict holds for the rest of the episode, but not for something worse."""
    first = absorbed([make()]).cases[0]
    ended = replace(
        first,
        status=Status.CLOSED,
        verdict=Verdict.EXPECTED,
        milestones=first.milestones | {"closed": f"{days(1)}T12:00:00+00:00"},
    )
    assert absorbed([make(days(3))], [ended]).cases[0].status is Status.CLOSED
    assert absorbed([make(days(3), Level.MAJOR)], [ended]).cases[0].status is Status.REOPENED


def test_findings_of_a_merged_case_go_to_the_case_it_was_merged_into(make, absorbed):
    """After a merge the trouble is followed in one place."""
    a, b = absorbed([make(), make(segment="UK")]).cases
    b = at_noon(days(1), b, EventType.MERGED, into=a.id)
    result = absorbed([make(days(1), segment="UK")], [a, b])
    assert [(e.case_id, e.type) for e in result.events] == [(a.id, "extended")]


def test_a_backfill_starts_no_clock_until_a_live_night_goes_on_with_it(make, absorbed):
    """Imported past cases have no deadlines; trouble that still goes on has."""
    past = absorbed([make()], clock_runs=False).cases
    assert not past[0].clock_runs
    assert not absorbed([make(days(1))], past, clock_runs=False).cases[0].clock_runs
    live = absorbed([make(days(1))], past).cases[0]
    assert live.clock_runs
    assert live.milestones["clock"] > past[0].milestones["clock"]


def test_two_episodes_in_one_night_get_two_ids(make, absorbed):
    """Late data may show two stretches far apart at once."""
    found = [make(days(30)), make(as_of=days(30))]
    result = absorbed(found, as_of=days(30))
    assert types(result) == ["opened", "opened"]
    assert len({c.id for c in result.cases}) == 2
    assert types(absorbed(found, result.cases, as_of=days(30))) == []


def test_order_of_findings_does_not_matter(make, absorbed):
    """The same night in another order gives the same events."""
    found = [make(channel=c, segment=s, level=lv) for c, lv in (("point", 3), ("stl", 2)) for s in ("", "UK", "FR")]
    found = [replace(g, grade=replace(g.grade, level=Level(g.grade.level))) for g in found]
    assert absorbed(found).events == absorbed(found[::-1]).events


def test_nothing_is_ownerless(make, absorbed):
    """A finding without an owner is refused, never opened ownerless."""
    from detect.cases.absorb import absorb  # noqa: PLC0415 -- the fixture names an owner

    with pytest.raises(CaseError, match="nobody owns revenue"):
        absorb([make()], [], as_of=MONDAY, now=datetime(2026, 3, 3, tzinfo=UTC), owner_of=lambda _: "")


def test_signs_for_audit_are_restricted(make, absorbed):
    """What is for audit to review is not for everybody."""
    assert absorbed([make(kind=Kind.AUDIT_SIGN)]).cases[0].restricted
    assert not absorbed([make()]).cases[0].restricted


def test_events_name_the_system_and_the_instant_given(make, absorbed):
    """Who and when are arguments, never asked of the machine."""
    event: Event = absorbed([make()]).events[0]
    assert (event.actor, event.at) == (SYSTEM, datetime(2026, 3, 3, 2, tzinfo=UTC))


def test_a_gap_in_the_events_is_refused(make, absorbed):
    """A fold of an incomplete history is no case."""
    first = absorbed([make()])
    second = absorbed([make(days(1))], first.cases)
    third = absorbed([make(days(2))], second.cases)
    with pytest.raises(CaseError, match="does not follow"):
        fold([*first.events, *third.events])
    with pytest.raises(CaseError, match="begins with"):
        fold(second.events)
    with pytest.raises(CaseError, match="no events"):
        fold([])
    case: Case = fold([*first.events, *second.events, *third.events])
    assert case.seq == 3


def test_history_never_runs_backwards(make, absorbed):
    """A rerun of an older night comes after what was done since, so that no deadline starts in the past."""
    first = absorbed([make()])
    later = at_noon(days(20), first.cases[0], EventType.ACKNOWLEDGED)
    worse = absorbed([make(channel="stl", level=Level.MAJOR)], [later])
    assert worse.events[0].at == later.updated_at
    assert worse.cases[0].milestones["clock"] == later.updated_at.isoformat()
