"""Who may do what and when: each right step, and its refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from detect.cases import commands as c
from detect.cases.events import EventType, happened
from detect.cases.life import apply, decide, next_step, next_steps
from detect.cases.steps import Step
from detect.errors import CaseError
from detect.model import Cause, Kind, Level, Status, Text, Verdict

START = datetime(2026, 3, 3, 9, tzinfo=UTC)
TOMORROW = date(2026, 3, 5)


class Office:
    """A case, and people who act on it one hour after another."""

    def __init__(self, case, roles):
        self.case, self.roles, self.now = case, roles, START

    def does(self, actor, command, **options):
        self.now += timedelta(hours=1)
        event = decide(self.case, command, actor, self.now, self.roles, **options)
        self.case = apply(self.case, event)
        return self.case

    def system(self, type_, **data):
        self.now += timedelta(hours=1)
        event = happened(self.case.id, self.case.seq + 1, type_, at=self.now, actor="yujing", data=data)
        self.case = apply(self.case, event)


@pytest.fixture
def office(open_case, roles):
    """Start with a level 3 case of Hana's."""
    return Office(open_case, roles)


MEASURE = c.DecideMeasure(text="Call the supplier", owner="sam", due=TOMORROW)


def to_measures(office):
    office.does("hana", c.Acknowledge())
    office.does("hana", c.Assess(note="half of the lorries are late"))
    office.does("hana", c.Refer())
    office.does("gao", c.Meet(note="carrier went bankrupt"))
    return office.does("gao", MEASURE)


def to_observing(office):
    to_measures(office)
    return office.does("hana", c.Resolve(note="new carrier"))


@pytest.mark.clause("P4.2")
def test_the_chain_goes_from_open_to_archived(office):
    """Every step of the policy, each by the person it is for, and each leaves its time."""
    assert to_observing(office).status is Status.OBSERVING
    office.system(EventType.RECOVERED, through=TOMORROW)
    office.does("gao", c.Verify())
    with pytest.raises(CaseError, match="measure 1 is not done"):
        office.does("gao", c.Close(note="keep two carriers"))
    office.does("hana", c.MeasureDone(measure=1))
    office.does("gao", c.Close(note="keep two carriers"))
    case = office.does("hana", c.Archive())
    assert case.status is Status.ARCHIVED
    steps = [
        "opened",
        "acknowledged",
        "assessed",
        "reported",
        "met",
        "measures",
        "resolved",
        "recovered",
        "verified",
        "closed",
    ]
    times = [case.milestones[s] for s in steps]
    assert times == sorted(times)
    assert next_step(case) is None


@pytest.mark.parametrize(
    ("actor", "command", "allowed"),
    [
        ("hana", c.Assess(note="x"), "ack"),
        ("hana", c.Refer(), "ack"),
        ("gao", c.Meet(note="x"), "ack"),
        ("gao", MEASURE, "ack"),
        ("hana", c.ReportProgress(note="x"), "ack"),
        ("hana", c.Resolve(note="x"), "ack"),
        ("gao", c.Verify(), "ack"),
        ("gao", c.Close(), "ack"),
        ("hana", c.Archive(), "ack"),
        ("hana", c.Reopen(note="x"), "ack"),
        ("sam", c.Accept(), "ack"),
    ],
)
def test_a_step_out_of_turn_is_refused_with_the_steps_allowed(office, actor, command, allowed):
    """An open case must be acknowledged first; the refusal says what is possible."""
    with pytest.raises(CaseError, match=f"is open; '{command.step}' is not possible now. Possible now: {allowed}"):
        office.does(actor, command)


@pytest.mark.parametrize(
    ("actor", "command"),
    [
        ("sam", c.Acknowledge()),
        ("mei", c.Acknowledge()),
        ("gao", c.Acknowledge()),
        ("sam", c.SetLevel(level=Level.MAJOR, note="x")),
    ],
)
def test_the_wrong_person_is_refused_and_told_whose_step_it_is(office, actor, command):
    """A member, another head or the group cannot acknowledge for the head."""
    with pytest.raises(CaseError, match=f"is not for {actor}. It is for the owner"):
        office.does(actor, command)


def test_a_stranger_is_refused(office):
    """Who is not in the company's list does nothing, not even comment."""
    with pytest.raises(CaseError, match="nobody is known as 'eve'"):
        office.does("eve", c.Comment(note="hello"))


def test_a_deputy_acts_for_the_head(office):
    """Dai is Hana's deputy."""
    assert office.does("dai", c.Acknowledge()).status is Status.ACKNOWLEDGED


@pytest.mark.clause("P4.3")
def test_only_the_group_meets_and_decides(office):
    """The head cannot hold the group's meeting nor decide its measures."""
    office.does("hana", c.Acknowledge())
    office.does("hana", c.Assess(note="grave"))
    office.does("hana", c.Refer())
    with pytest.raises(CaseError, match="It is for the management group"):
        office.does("hana", c.Meet(note="me alone"))
    office.does("ines", c.Meet(note="we met"))
    with pytest.raises(CaseError, match="It is for the management group"):
        office.does("hana", MEASURE)


def test_level_three_may_stay_in_the_department_where_the_policy_lets_it(office):
    """From assessed straight to measures for level 3; not for level 2, and not where it is switched off."""
    office.does("hana", c.Acknowledge())
    office.does("hana", c.Assess(note="small"))
    with pytest.raises(CaseError, match="'measure' is not possible now"):
        office.does("hana", MEASURE, level_3_in_department=False)
    graver = replace(office.case, level=Level.LARGER)
    assert Step.MEASURE not in next_steps(graver)
    assert office.does("hana", MEASURE).status is Status.IN_MEASURES


@pytest.mark.clause("P4.4a")
def test_a_measure_needs_an_owner_and_a_day_to_come(office):
    """Nobody, a stranger, a past day and empty words are refused."""
    to_measures(office)
    for faulty, said in (
        (replace(MEASURE, owner="eve"), "whom nobody knows"),
        (replace(MEASURE, due=date(2026, 3, 1)), "which is past"),
        (replace(MEASURE, text=" "), "says nothing"),
    ):
        with pytest.raises(CaseError, match=said):
            office.does("gao", faulty)
    office.does("sam", c.MeasureDone(measure=1))
    with pytest.raises(CaseError, match="done already"):
        office.does("sam", c.MeasureDone(measure=1))
    with pytest.raises(CaseError, match="numbered 1 to 1"):
        office.does("sam", c.MeasureDone(measure=2))


@pytest.mark.clause("P4.6")
def test_the_doer_never_verifies(office):
    """Neither the owner, nor who resolved it, nor the owner of a measure signs off; the group that decided does."""
    to_observing(office)
    office.case = replace(office.case, owner="mei")
    office.system(EventType.RECOVERED, through=TOMORROW)
    for doer, said in (("hana", "who handled it"), ("sam", "It is for the head"), ("mei", "It is for the head")):
        with pytest.raises(CaseError, match=said):
            office.does(doer, c.Verify())
    office.roles = replace(office.roles, group=frozenset({"gao", "mei", "sam"}))
    for doer in ("mei", "sam"):
        with pytest.raises(CaseError, match=r"who handled it\. Somebody else"):
            office.does(doer, c.Verify())
    assert "verified" in office.does("gao", c.Verify()).milestones


@pytest.mark.clause("P4.6")
def test_nothing_is_verified_before_the_metric_is_back_nor_closed_before_it_is_verified(office):
    """Both refusals stand until the data say so."""
    to_observing(office)
    with pytest.raises(CaseError, match="not seen back in its band"):
        office.does("ines", c.Verify())
    with pytest.raises(CaseError, match="'close' is not possible now"):
        office.does("ines", c.Close())


def test_where_no_metric_can_say_it_the_note_must(office):
    """A case that a person reported is verified by words, not by nothing."""
    to_observing(office)
    office.case = replace(office.case, metric=None)
    with pytest.raises(CaseError, match="needs a note"):
        office.does("ines", c.Verify())
    assert "verified" in office.does("ines", c.Verify(note="asked three customers")).milestones


@pytest.mark.parametrize("verdict", [Verdict.FALSE, Verdict.EXPECTED, Verdict.NEW_NORMAL])
def test_where_nothing_is_to_be_put_right_the_chain_is_short_but_signed_off(office, verdict):
    """A false alarm needs no meeting; somebody else must still agree."""
    office.does("hana", c.Acknowledge())
    office.does("hana", c.GiveVerdict(verdict=verdict))
    assert next_step(office.case) is Step.RESOLVE
    office.does("hana", c.Resolve(note="stock-taking day"))
    with pytest.raises(CaseError, match="who handled it"):
        office.does("hana", c.Verify())
    office.does("gao", c.Verify())
    assert office.does("hana", c.Close()).status is Status.CLOSED


def test_a_true_verdict_does_not_shorten_the_chain(office):
    """What is real must be measured."""
    office.does("hana", c.Acknowledge())
    office.does("hana", c.GiveVerdict(verdict=Verdict.TRUE))
    with pytest.raises(CaseError, match="'resolve' is not possible now"):
        office.does("hana", c.Resolve(note="done"))


@pytest.mark.clause("P1.3c")
def test_a_hand_over_needs_acceptance(office):
    """The case stays with its owner until the other takes it; nobody else can."""
    assert office.does("hana", c.Assign(to="sam")).owner == "hana"
    with pytest.raises(CaseError, match="is not for mei"):
        office.does("mei", c.Accept())
    assert office.does("sam", c.Accept()).owner == "sam"
    with pytest.raises(CaseError, match="'accept' is not possible"):
        office.does("sam", c.Accept())
    with pytest.raises(CaseError, match="owns it already"):
        office.does("hana", c.Assign(to="sam"))
    with pytest.raises(CaseError, match="whom nobody knows"):
        office.does("hana", c.Assign(to="eve"))


def test_what_needs_a_reason_is_refused_without(office):
    """A level is not changed, nor a case muted or withdrawn, without saying why."""
    for actor, command in (
        ("hana", c.SetLevel(level=Level.MAJOR)),
        ("hana", c.Mute(until=START + timedelta(days=9))),
        ("moe", c.Withdraw(note="  ")),
    ):
        with pytest.raises(CaseError, match="needs a note"):
            office.does(actor, command)


def test_a_person_overrides_the_level_and_a_graver_one_starts_the_clock_again(office):
    """The reason is kept with the event; the deadlines of the new level count from now."""
    case = office.does("hana", c.SetLevel(level=Level.MAJOR, note="the customer is our largest"))
    assert (case.level, case.milestones["clock"]) == (Level.MAJOR, office.now.isoformat())
    before = case.milestones["clock"]
    assert office.does("hana", c.SetLevel(level=Level.SOME, note="it is not")).milestones["clock"] == before
    with pytest.raises(CaseError, match="is 3 already"):
        office.does("hana", c.SetLevel(level=Level.SOME, note="again"))


@pytest.mark.clause("P4.4e")
def test_signs_of_fraud_restrict_the_case_and_hand_it_to_audit(office):
    """The department under test loses its part in the case; audit and the group keep theirs."""
    office.does("hana", c.Acknowledge())
    case = office.does("hana", c.GiveCause(cause=Cause.FRAUD_SIGN, audit_owner="ada"))
    assert (case.restricted, case.owner, case.cause) == (True, "ada", Cause.FRAUD_SIGN)
    assert not office.roles.may_see("hana", case)
    assert office.roles.may_see("gao", case)
    for insider in ("hana", "sam"):
        with pytest.raises(CaseError, match=f"is not for {insider}"):
            office.does(insider, c.Comment(note="nothing to see"))
    assert office.does("ada", c.Assess(note="for review")).status is Status.ASSESSED


def test_other_causes_leave_the_case_open_to_all(office):
    """A coded cause brings its measures, and nothing is restricted."""
    office.does("hana", c.Acknowledge())
    training = Text(en="Training", zh="培訓")
    case = office.does("hana", c.GiveCause(cause=Cause.OPERATOR_ERROR, measures=(training,)))
    assert (case.cause, case.measures, case.restricted) == (Cause.OPERATOR_ERROR, (training,), False)


def test_merging_ends_a_case_in_another_and_never_in_a_circle(office, make, absorbed):
    """A merged case points to the other; itself, its own child and closed cases are refused."""
    other = absorbed([make(segment="UK", kind=Kind.SPIKE)]).cases[0]
    for into, said in (
        (office.case, "in a circle"),
        (replace(other, parent=office.case.id), "in a circle"),
        (replace(other, status=Status.CLOSED), "which is closed"),
    ):
        with pytest.raises(CaseError, match=said):
            office.does("hana", c.Merge(into=into))
    merged = office.does("hana", c.Merge(into=other))
    assert (merged.status, merged.parent) == (Status.MERGED, other.id)
    assert next_step(merged) is None


def test_a_mute_has_an_end_in_the_future(office):
    """For ever, and until yesterday, are refused."""
    with pytest.raises(CaseError, match="end in the future"):
        office.does("hana", c.Mute(until=START, note="busy"))
    muted = office.does("hana", c.Mute(until=START + timedelta(days=2), note="busy"))
    assert muted.evidence["handling"]["muted_until"] == (START + timedelta(days=2)).isoformat()


def test_reopening_forgets_what_was_reached(office):
    """A reopened case starts its chain and its clock again, and earlier doers may verify what others do now."""
    to_observing(office)
    case = office.does("gao", c.Reopen(note="it never stopped"))
    assert (case.status, case.milestones["clock"]) == (Status.REOPENED, office.now.isoformat())
    assert not {"acknowledged", "met", "resolved"} & set(case.milestones)
    assert next_step(case) is Step.ACKNOWLEDGE


def test_corrected_data_withdraw_by_the_monitoring_department(office):
    """The department itself cannot make its case go away."""
    with pytest.raises(CaseError, match="It is for the management group or the monitoring department"):
        office.does("hana", c.Withdraw(note="wrong data"))
    assert office.does("moe", c.Withdraw(note="loaded again")).status is Status.WITHDRAWN


def test_an_instant_without_zone_is_refused(open_case, roles):
    """A time that could be any of 24 is no evidence."""
    with pytest.raises(CaseError, match="without time zone"):
        decide(open_case, c.Acknowledge(), "hana", START.replace(tzinfo=None), roles)
