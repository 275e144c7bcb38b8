"""What is told later, to somebody else, or not at all, and that none of it is lost."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.unit.notices.conftest import NOW, both

from detect.model import Absence, Change, Person, QuietHours
from detect.notices.draft import Undelivered
from detect.notices.links import Links
from detect.notices.silence import awake_at, is_away

ZONE = ZoneInfo("Asia/Shanghai")
ANN = Person(
    id="ann", name=both("Ann"), email="ann@example.org",
    away=(Absence(first_day=date(2011, 1, 10), last_day=date(2011, 1, 19)),),
    quiet_hours=QuietHours(start=time(22), end=time(7)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2011, 1, 19, 2, 30, tzinfo=ZONE), datetime(2011, 1, 19, 7, tzinfo=ZONE)),
        (datetime(2011, 1, 19, 22, 0, tzinfo=ZONE), datetime(2011, 1, 20, 7, tzinfo=ZONE)),
        (datetime(2011, 1, 19, 7, 0, tzinfo=ZONE), None),
        (datetime(2011, 1, 19, 21, 59, tzinfo=ZONE), None),
    ],
)
def test_quiet_hours_pass_midnight_and_end_when_they_say(now, then):
    """Before and after midnight the same morning is meant; at the end itself it is day."""
    assert awake_at(ANN, now) == then


def test_somebody_is_away_on_the_days_given_both_included():
    """The last day counts, the next does not."""
    assert is_away(ANN, NOW)
    assert not is_away(ANN, NOW + timedelta(days=1))


def night_with(company, *changes, **options):
    people = tuple(ANN.model_copy(update={"away": ()}) if p.id == "ann" else p for p in company.people)
    company.people = people
    return company.drafts(*changes, **options)


def test_only_level_one_rings_at_night(company):
    """The digest waits for the morning, the single warning does not; who has no quiet hours waits for nothing."""
    made = night_with(company, Change(company.case("big", level=1), "opened", 1))
    held = {(d.recipient.id, d.kind): d.not_before for d in made}
    assert held["ann", "digest"] == NOW.replace(hour=7, minute=0)
    assert held["ann", "case"] is None
    assert held["dana", "digest"] is None


def told(drafts, person):
    return {(item.case.id, item.what) for d in drafts if d.recipient.id == person for item in d.news}


def muted(company, name, **handling):
    return company.case(name, evidence={"handling": handling})


def test_a_muted_case_is_told_to_nobody_until_its_end_and_never_swallows_an_escalation(company):
    """Until the end it is merely listed as open; an escalation and a worsening pass; after the end everything does."""
    until = (NOW + timedelta(hours=1)).isoformat()
    case = muted(company, "c", muted_until=until)
    assert told(company.drafts(Change(case, "revised", 2), open_cases=(case,)), "ann") == set()
    listed = next(d for d in company.drafts(Change(case, "revised", 2), open_cases=(case,)) if d.recipient.id == "ann")
    assert [item.case.id for item in listed.still_open] == ["c"]
    for what in ("escalated", "worsened"):
        assert told(company.drafts(Change(case, what, 2)), "ann") == {("c", what)}
    later = company.drafts(Change(case, "revised", 2), now=NOW + timedelta(hours=2))
    assert told(later, "ann") == {("c", "revised")}


def test_a_snooze_is_one_persons_own(company):
    """Who snoozed hears later; everybody else hears now."""
    until = (NOW + timedelta(hours=1)).isoformat()
    case = company.case("c", level=1, owner="bo", evidence={"handling": {"snoozed": {"ann": until}}})
    made = company.drafts(Change(case, "reopened", 2))
    assert told(made, "ann") == set()
    assert told(made, "bo") == told(made, "dana") == {("c", "reopened")}


def test_what_is_about_less_than_the_departments_materiality_is_counted_and_not_sent(company):
    """Less is counted at the end of the digest; as much, and what nobody can put into money, is told."""
    sales = company.departments[0].model_copy(update={"materiality": 100.0})
    company.departments = (sales, *company.departments[1:])
    cases = [company.case("less", stake=99.9), company.case("enough", stake=100.0), company.case("unknown", stake=None)]
    made = company.drafts(*(Change(c, "opened", 1) for c in cases), open_cases=tuple(cases))
    digest = next(d for d in made if (d.recipient.id, d.kind) == ("ann", "digest"))
    assert {item.case.id for item in digest.news} == {"enough", "unknown"}
    assert digest.below == 1
    assert "less" not in {item.case.id for item in (*digest.still_open, *digest.overdue)}
    small = company.case("less", level=1, stake=1.0)
    again = company.drafts(Change(small, "opened", 1), quiet_too=False)
    assert again == []


def test_a_signed_link_goes_only_where_one_person_reads(company):
    """The same warning over a channel that many read has the address of the case without anybody's right to act."""
    made = company.drafts(
        Change(company.case("c"), "opened", 1), links=Links("https://y.example.org", "k" * 32), shared={"office"}
    )
    links = {d.channel: d.address(d.news[0].case) for d in made if d.recipient.id == "ann"}
    assert links["office"] == "https://y.example.org/cases/c"
    assert links["mail"].startswith("https://y.example.org/c/")


def test_what_was_not_delivered_stands_in_the_publishers_next_digest_and_in_no_other(company):
    """The monitoring department learns of dead letters, whoever they were for."""
    lost = Undelivered(both("Ann"), "mail", "550 unknown")
    made = company.drafts(undelivered=[lost])
    assert {d.recipient.id for d in made if d.undelivered} == {"mo"}
