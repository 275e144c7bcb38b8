"""Cases in a real store: what its events fold to is the row of its table, through nights, people and time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from detect.cases import commands as c
from detect.cases.absorb import Graded, absorb
from detect.cases.clock import WorkingHours
from detect.cases.deadlines import Deadlines
from detect.cases.follow_up import sweep
from detect.cases.life import apply, decide, fold
from detect.cases.observation import Observation, Recovery
from detect.cases.roles import Roles
from detect.db.records import CaseConflict, NightRecord, Run
from detect.db.store import Store
from detect.model import Category, Cause, Finding, Grade, Kind, Level, Outcome, Status, Text

MONDAY = date(2026, 3, 2)
T = Text(en="Half the revenue “gone”", zh="銷售額減半")
ROLES = Roles(
    heads={"sales": "hana"},
    members={},
    people=frozenset({"hana", "gao", "ines"}),
    group=frozenset({"gao", "ines"}),
)


@pytest.fixture
def store(store_url):
    """Open an empty store."""
    with Store.open(store_url) as opened:
        yield opened


def night(store, as_of, *segments, level=Level.SOME, judged=None):
    """Absorb dips of revenue into what the store holds, and commit the night."""
    graded = [
        Graded(
            Finding(
                as_of, as_of, as_of, "revenue", segment, "point", Category.DATA, Kind.DIP, "sales", "revenue",
                actual=np.float64(1 / 3), expected=2 / 3, stake=0.1, evidence={"rows": [np.int64(7)], "share": np.float64(0.1)},
            ),
            Grade(level, "r", T), T, (T,), (T,),
        )
        for segment in segments
    ]  # fmt: skip
    now = datetime.combine(as_of, datetime.min.time(), UTC) + timedelta(hours=26)
    taken = absorb(graded, store.cases(), as_of=as_of, now=now, owner_of=lambda _: "hana", judged=judged)
    run = Run(f"r-{as_of}", as_of, "nightly", "complete", now, now, planned=1, outcomes={Outcome.OK: 1})
    with store.lease("test", timedelta(hours=1)) as lease:
        return store.commit_night(NightRecord(run, events=taken.events, cases=taken.cases), lease, now)


def assert_rows_are_folds(store):
    cases = store.cases()
    assert cases
    for case in cases:
        assert fold(store.events(case.id)) == case


def test_the_row_of_a_case_is_the_fold_of_its_events(store):
    """Open, group, worsen, handle, remind, recover, verify, close, relapse, withdraw: read back, row and fold are equal after each."""
    night(store, MONDAY, "", "UK")
    assert_rows_are_folds(store)
    night(store, MONDAY + timedelta(days=1), "", level=Level.LARGER)
    assert_rows_are_folds(store)
    total = next(case for case in store.cases() if not case.segment)
    now = datetime(2026, 3, 4, 9, tzinfo=UTC)
    for actor, command in (
        ("hana", c.Acknowledge()),
        ("hana", c.Assess(note="carrier", level=Level.MAJOR)),
        ("hana", c.GiveCause(cause=Cause.SUPPLIER, measures=(T,))),
        ("hana", c.Refer()),
        ("gao", c.Meet(note="two carriers")),
        ("gao", c.DecideMeasure(text="call “B”", owner="hana", due=date(2026, 3, 9))),
        ("hana", c.MeasureDone(measure=1)),
        ("hana", c.Resolve(note="done")),
    ):
        now += timedelta(minutes=10)
        event = decide(total, command, actor, now, ROLES)
        total = apply(total, event)
        store.record([event], total, now=now)
    assert_rows_are_folds(store)
    now += timedelta(days=9)
    swept = sweep(
        store.cases(),
        now,
        Deadlines(),
        WorkingHours(),
        observations={total.id: Observation(Recovery.BACK, now.date(), 9, 0, 0.1)},
    )
    assert {e.type for e in swept.events} == {"recovered", "escalated"}
    for case in swept.cases:
        store.record([e for e in swept.events if e.case_id == case.id], case, now=now)
    assert_rows_are_folds(store)
    total = fold(store.events(total.id))
    for command in (c.Verify(), c.Close(note="learnt")):
        event = decide(total, command, "ines", now, ROLES)
        total = apply(total, event)
        store.record([event], total, now=now)
    night(store, now.date() + timedelta(days=3), "")
    relapsed = next(case for case in store.cases() if case.id == total.id)
    assert relapsed.status is Status.REOPENED
    night(store, MONDAY, "", judged=lambda *_: True)
    assert {case.status for case in store.cases() if case.segment == "UK"} == {Status.WITHDRAWN}
    assert_rows_are_folds(store)


def test_the_same_night_twice_writes_nothing(store):
    """The second run makes no event, so no row of cases or events changes."""
    night(store, MONDAY, "", "UK")
    before = {name: store.dump_tables()[name] for name in ("exceptions", "case_events")}
    again = night(store, MONDAY, "", "UK", judged=lambda *_: True)
    assert (again.events, again.cases) == (0, 0)
    assert {name: store.dump_tables()[name] for name in before} == before


def test_of_two_people_at_once_the_second_reads_again(store):
    """Two steps decided on the same state cannot both be written; the loser folds anew and is told what is possible now."""
    night(store, MONDAY, "")
    (case,) = store.cases()
    now = datetime(2026, 3, 3, 9, tzinfo=UTC)
    first = decide(case, c.Acknowledge(), "hana", now, ROLES)
    second = decide(case, c.SetLevel(level=Level.MAJOR, note="grave"), "gao", now, ROLES)
    store.record([first], apply(case, first), now=now)
    with pytest.raises(CaseConflict):
        store.record([second], apply(case, second), now=now)
    fresh = fold(store.events(case.id))
    retried = decide(fresh, c.SetLevel(level=Level.MAJOR, note="grave"), "gao", now, ROLES)
    store.record([retried], apply(fresh, retried), now=now)
    (case,) = store.cases()
    assert (case.status, case.level) == (Status.ACKNOWLEDGED, Level.MAJOR)
    assert_rows_are_folds(store)
