"""The store on real SQLite and real PostgreSQL."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from detect.db.records import CaseConflict, FindingRow, NightRecord, Run, Written
from detect.db.store import Store
from detect.errors import StoreError, UsageError
from detect.model import (
    Case,
    Category,
    Check,
    Event,
    Finding,
    Kind,
    KnownEvent,
    Level,
    Notice,
    Outcome,
    Status,
    Text,
)

NIGHT = date(2011, 12, 9)
NOW = datetime(2011, 12, 10, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "ro'bert\"); DROP TABLE exceptions;--\n\u202e😀 %s :x \\ \0"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store."""
    with Store.open(store_url) as opened:
        yield opened


def finding(segment: str = "", **changes: Any) -> Finding:
    base = Finding(
        as_of=NIGHT,
        day=NIGHT,
        first_day=NIGHT,
        subject="revenue",
        segment=segment,
        channel="residual",
        category=Category.FINANCIAL,
        kind=Kind.SPIKE,
        department="sales",
        metric="revenue",
        actual=np.float64(168469.6),
        expected=40000,
        statistic=11.5,
        severity=Level.LARGER,
        evidence={"compared": [np.int64(3)], "same": np.bool_(True)},  # noqa: FBT003 -- the very type under test
    )
    return replace(base, **changes)


def case(name: str = "c1", seq: int = 1, **changes: Any) -> Case:
    base = Case(
        id=name,
        subject="revenue",
        segment="",
        category=Category.FINANCIAL,
        kind=Kind.SPIKE,
        description=Text(en="Revenue far above", zh="銷售額遠高於預期"),
        detected_on=NIGHT,
        first_day=NIGHT,
        last_day=NIGHT,
        level=Level.MAJOR,
        status=Status.OPEN,
        department="sales",
        owner="ann",
        opened_at=NOW,
        updated_at=NOW,
        seq=seq,
        expected=40000.0,
        impact=(Text(en="Cash", zh="現金"),),
        milestones={"opened": NOW.isoformat()},
        evidence={"rows": [1, 2.5, None]},
    )
    return replace(base, **changes)


def opened(name: str = "c1", seq: int = 1, **changes: Any) -> Event:
    return replace(Event(name, seq, "opened", NOW, "system", "", {"level": 1, "z": 0.1}), **changes)


def notice(key: str = "digest:ann", **changes: Any) -> Notice:
    base = Notice(
        key,
        "ann",
        "mail",
        "ann@example.com",
        "3 new",
        "text",
        "<p>",
        {"chart": b"\x89PNG\0"},
        "zh",
        "digest",
        ("c1",),
        NIGHT,
    )
    return replace(base, **changes)


def run(**changes: Any) -> Run:
    return replace(
        Run(
            "r1", NIGHT, "nightly", "complete", NOW, NOW + HOUR, planned=3, outcomes={Outcome.OK: 2, Outcome.FINDING: 1}
        ),
        **changes,
    )


def night(**changes: Any) -> NightRecord:
    checks = (
        Check("revenue", "stl", 2, {Outcome.OK: 1, Outcome.FINDING: 1}, "d1", (("UK", Outcome.FINDING, "spike"),)),
        Check("orders", "stl", 1, {Outcome.OK: 1}, "d2"),
    )
    findings = (FindingRow(finding(), "c1"), FindingRow(finding("UK"), "c1"))
    return replace(NightRecord(run(), checks, findings, (opened(),), (case(),), (notice(),)), **changes)


def commit(store: Store, record: NightRecord, now: datetime = NOW) -> Written:
    with store.lease("test", HOUR) as lease:
        return store.commit_night(record, lease, now)


def test_what_a_night_writes_is_read_back(store: Store) -> None:
    """Runs, checks, findings, cases, events and messages come back equal to what was written."""
    commit(store, night())
    assert store.known_run(NIGHT) == run()
    assert store.known_run(NIGHT, "metric=x") is None
    assert store.checks("r1") == sorted(night().checks, key=lambda check: check.subject)
    plain = finding(actual=168469.6, evidence={"compared": [3], "same": True})
    assert store.findings(NIGHT) == [
        FindingRow(plain, "c1", version=1),
        FindingRow(replace(plain, segment="UK"), "c1", version=1),
    ]
    assert store.cases() == [case()]
    assert store.events("c1") == [opened()]
    (row,) = store.claim("w", NOW)
    assert row.notice == notice()


def test_a_second_identical_night_changes_no_row(store: Store) -> None:
    """The same night again, an hour later, leaves every table as it was, the lease's row too."""
    first = commit(store, night())
    assert (first.runs, first.checks, first.findings, first.events, first.cases, first.notices) == (1, 2, 2, 1, 1, 1)
    before = store.dump_tables()
    later = night(run=run(started_at=NOW + HOUR, finished_at=NOW + 2 * HOUR))
    assert commit(store, later, NOW + HOUR).total == 0
    assert store.dump_tables() == before
    assert all(
        before[table] for table in ("runs", "checks", "check_series", "finding_versions", "exceptions", "case_events")
    )


def test_a_changed_night_makes_versions_and_removes_nothing(store: Store) -> None:
    """A revised finding becomes version 2 beside version 1; checks follow; what stayed equal stays untouched."""
    commit(store, night())
    revised = night(
        run=run(outcomes={Outcome.OK: 3}),
        checks=(Check("revenue", "stl", 2, {Outcome.OK: 2}, "d3"),),
        findings=(FindingRow(finding(), "c1", "withdrawn", "revised"), FindingRow(finding("UK"), "c1")),
    )
    written = commit(store, revised, NOW + HOUR)
    assert (written.findings, written.events, written.cases, written.notices) == (1, 0, 0, 0)
    assert [(row.version, row.state) for row in store.findings(case_id="c1")] == [(2, "withdrawn"), (1, "active")]
    tables = store.dump_tables()
    assert len(tables["finding_versions"]) == 3
    assert [check.subject for check in store.checks("r1")] == ["revenue"]
    assert tables["check_series"] == []


def test_a_night_is_written_whole_or_not_at_all(store: Store) -> None:
    """A fault in the last part of a night leaves no row of its first part."""
    empty = store.dump_tables()
    clash = night(events=(opened(), opened("c2", seq=2)))
    with pytest.raises(CaseConflict, match="c2"):
        commit(store, clash)
    assert store.dump_tables() == empty


def test_the_loser_of_a_race_is_told_to_read_again(store: Store) -> None:
    """Two people who take the same step at once: one is written, the other gets a conflict and nothing of it is kept."""
    commit(store, night())
    mine = opened(seq=2, type="acknowledged", actor="ann")
    theirs = opened(seq=2, type="acknowledged", actor="bob")
    store.record([mine], case(seq=2, status=Status.ACKNOWLEDGED), now=NOW)
    with pytest.raises(CaseConflict) as caught:
        store.record([theirs], case(seq=2, status=Status.ACKNOWLEDGED, owner="bob"), [notice("other")], now=NOW)
    assert (caught.value.case_id, caught.value.seq) == ("c1", 2)
    with pytest.raises(CaseConflict):
        commit(store, night(cases=(case(owner="stale"),)))
    assert store.events("c1")[1] == mine
    assert store.cases()[0].owner == "ann"
    assert store.outbox_counts()["waiting"] == 1


def test_steps_taken_at_once_on_many_cases_all_arrive(store: Store) -> None:
    """Threads that record steps on different cases at once neither lose one nor break the chain."""
    errors: list[BaseException] = []

    def act(worker: int) -> None:
        try:
            for number in range(5):
                name = f"c{worker}-{number}"
                store.record([opened(name)], case(name), [notice(name)], now=NOW)
        except BaseException as error:  # noqa: BLE001 -- carried to the assertion below
            errors.append(error)

    threads = [threading.Thread(target=act, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(store.cases()) == 20
    assert store.history_head()[0] == 20
    assert store.verify_history() == []


def test_hostile_text_is_kept_as_text(store: Store) -> None:
    """Quotes, newlines, right-to-left marks, emoji come back as they were; NUL, which no text column holds, is replaced."""
    kept = HOSTILE.replace("\0", "\ufffd")
    hostile = case(subject=HOSTILE, owner=HOSTILE, description=Text(en=HOSTILE, zh=HOSTILE))
    commit(store, night(cases=(hostile,), events=(opened(note=HOSTILE, data={HOSTILE: HOSTILE}),)))
    (read,) = store.cases()
    assert (read.subject, read.owner, read.description.zh) == (kept, kept, kept)
    assert store.events("c1")[0].data == {kept: kept}
    assert store.verify_history() == []
    assert commit(store, night(cases=(hostile,), events=(opened(note=HOSTILE, data={HOSTILE: HOSTILE}),))).events == 0


def test_a_number_that_is_none_never_reaches_the_store(store: Store) -> None:
    """A non-finite number is refused before anything is written."""
    empty = store.dump_tables()
    with pytest.raises(ValueError, match="finite"):
        commit(store, night(findings=(FindingRow(finding(actual=np.nan)),)))
    assert store.dump_tables() == empty


def test_cases_are_found_by_state_department_night_and_id(store: Store) -> None:
    """Each filter keeps what it says; the gravest come first."""
    some = [
        case("a", level=Level.SOME),
        case("b", status=Status.CLOSED),
        case("c", department="it", detected_on=date(2011, 12, 8)),
    ]
    commit(store, night(findings=(), events=tuple(opened(c.id) for c in some), cases=tuple(some)))
    assert [c.id for c in store.cases()] == ["b", "c", "a"]
    assert [c.id for c in store.cases(open_only=True)] == ["c", "a"]
    assert [c.id for c in store.cases(department="it")] == ["c"]
    assert [c.id for c in store.cases(detected_on=NIGHT, ids=["a", "c"])] == ["a"]
    assert [e.case_id for e in store.events()] == ["a", "b", "c"]


def frame(values: list[float], day: date = NIGHT, **columns: Any) -> pd.DataFrame:
    days = [day + timedelta(days=i) for i in range(len(values))]
    return pd.DataFrame(
        {"metric": "m", "segment": "", "day": days, "value": values, "weight": np.nan, "rows": 3, "repeated": 0}
        | columns
    )


def test_only_new_and_changed_values_are_written(store: Store) -> None:
    """The same values again are no rows; a correction and a new day are one each; what was known then stays readable."""
    then, later = date(2011, 12, 12), date(2011, 12, 13)
    assert store.write_observations(frame([1.0, 2.0, np.nan]), then) == 3
    assert store.write_observations(frame([1.0, 2.0 + 1e-15, np.nan]), later) == 0
    assert store.write_observations(frame([1.0, 5.0, np.nan, 4.0]), later) == 2
    now = store.read_observations(["m"], NIGHT, date(2011, 12, 31))
    assert now["value"].tolist()[:2] == [1.0, 5.0]
    assert len(now) == 4
    assert str(now["day"].dtype) == "datetime64[s]"
    known = store.read_observations(["m"], NIGHT, date(2011, 12, 31), known=then)
    assert known["value"].tolist()[:2] == [1.0, 2.0]
    assert np.isnan(known["value"].tolist()[2])
    assert store.read_observations(["m"], NIGHT, NIGHT, known=NIGHT).empty
    assert store.read_observations(["other"], NIGHT, later).empty


def test_a_value_that_vanished_from_the_source_is_known_no_more(store: Store) -> None:
    """Within what a pull covers, a value that is gone is gone from that night on, once; earlier nights still know it."""
    last = NIGHT + timedelta(days=2)
    span = (["m"], NIGHT, last)
    both = pd.concat([frame([1.0, 2.0, 3.0]), frame([7.0], segment="UK")], ignore_index=True)
    store.write_observations(both, NIGHT)
    later = last + timedelta(days=1)
    assert store.write_observations(frame([1.0, 2.0]), later, complete_for=span) == 1
    assert store.write_observations(frame([1.0, 2.0]), later, complete_for=span) == 0
    assert store.read_observations(["m"], NIGHT, last)["value"].tolist() == [1.0, 2.0, 7.0]
    assert len(store.read_observations(["m"], NIGHT, last, known=NIGHT)) == 4
    assert store.write_observations(frame([1.0, 2.0, 3.0]), later, complete_for=span) == 1
    assert len(store.read_observations(["m"], NIGHT, last)) == 4


def test_a_backfill_says_on_which_night_each_value_was_seen(store: Store) -> None:
    """A column as_of stands for the argument: each night then knows what nights one by one would have known."""
    nights = [NIGHT, NIGHT + timedelta(days=1), NIGHT + timedelta(days=1)]
    assert store.write_observations(frame([1.0, 2.0, np.inf], as_of=nights), date(2099, 1, 1)) == 3
    assert len(store.read_observations(None, NIGHT, date(2011, 12, 31), known=NIGHT)) == 1
    assert store.read_observations(None, NIGHT, date(2011, 12, 31))["value"].isna().tolist() == [False, False, True]


def test_one_value_told_for_several_nights_is_a_revision_each(store: Store) -> None:
    """A frame that has a day's value as three nights saw it leaves what three writes would have left."""
    nights = [NIGHT, NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)]
    told = pd.concat([frame([value], as_of=[night]) for value, night in zip((1.0, 2.0, 2.0), nights, strict=True)])
    assert store.write_observations(told.sample(frac=1, random_state=1), NIGHT) == 2
    seen = [store.read_observations(["m"], NIGHT, NIGHT, known=night)["value"].tolist() for night in nights]
    assert seen == [[1.0], [2.0], [2.0]]
    assert store.write_observations(frame([3.0]), NIGHT) == 1
    seen = [store.read_observations(["m"], NIGHT, NIGHT, known=night)["value"].tolist() for night in nights]
    assert seen == [[3.0], [2.0], [2.0]]


def test_models_are_had_as_of_a_day(store: Store) -> None:
    """A night gets the model fitted last before it, never a later one."""
    assert store.put_model("forest", date(2011, 1, 1), "1", b"old")
    assert store.put_model("forest", date(2011, 6, 1), "1", b"\0new")
    assert not store.put_model("forest", date(2011, 6, 1), "1", b"\0new")
    for through, expected in ((date(2010, 1, 1), None), (date(2011, 5, 31), b"old"), (date(2012, 1, 1), b"\0new")):
        model = store.get_model("forest", through)
        assert (model and model.payload) == expected
    assert store.get_model("forest", date(2012, 1, 1), version="2") is None


def test_an_event_is_known_from_the_day_it_was_recorded(store: Store) -> None:
    """What was recorded later is not known earlier, and nothing recorded is changed."""
    sale = KnownEvent(
        id="sale",
        name=Text(en="Sale", zh="特賣"),
        first_day=NIGHT,
        last_day=NIGHT,
        recorded_on=NIGHT,
        metrics=("revenue",),
    )
    assert store.add_known_event(sale)
    assert not store.add_known_event(sale)
    assert store.known_events(NIGHT) == [sale]
    assert store.known_events(NIGHT - timedelta(days=1)) == []
    with pytest.raises(UsageError, match="sale"):
        store.add_known_event(sale.model_copy(update={"source": "other"}))


@pytest.mark.parametrize("table", ["case_events", "finding_versions"])
@pytest.mark.parametrize("act", ["UPDATE {} SET digest = 'x'", "DELETE FROM {}"])
def test_history_cannot_be_changed(store: Store, table: str, act: str) -> None:
    """The database itself refuses to change or remove what is append-only."""
    commit(store, night())
    statement = act.format(table).replace("digest", "hash" if table == "case_events" else "digest")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store._engines.writer.begin() as connection:
        connection.exec_driver_sql(statement)


def tamper(store: Store, *statements: str) -> None:
    """Change history as somebody with the database's own rights would: past the triggers."""
    with store._engines.writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE case_events DISABLE TRIGGER USER")
        else:
            connection.exec_driver_sql("DROP TRIGGER case_events_UPDATE")
            connection.exec_driver_sql("DROP TRIGGER case_events_DELETE")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE case_events SET note = 'x' WHERE seq = 2",),
        ("UPDATE case_events SET actor = 'bob' WHERE seq = 3",),
        ("DELETE FROM case_events WHERE seq = 2",),
        ("DELETE FROM case_events WHERE seq = 3",),
        (
            "UPDATE case_events SET seq = 9 WHERE seq = 2",
            "UPDATE case_events SET seq = 2 WHERE seq = 3",
            "UPDATE case_events SET seq = 3 WHERE seq = 9",
        ),
    ],
)
def test_history_changed_past_the_program_is_seen(store: Store, statements: tuple[str, ...]) -> None:
    """An event edited, removed (the last one too) or swapped is found by the chain of hashes."""
    commit(store, night())
    store.record([opened(seq=2, type="assessed"), opened(seq=3, type="closed")], case(seq=3), now=NOW)
    assert store.verify_history() == []
    tamper(store, *statements)
    assert store.verify_history() != []


def test_the_file_is_its_owners_alone(sqlite_url: str, tmp_path: Path) -> None:
    """A SQLite store and its side files can be read by nobody else."""
    with Store.open(sqlite_url) as store:
        commit(store, night())
        for path in tmp_path.glob("test.db*"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_full_disk_is_told_and_leaves_nothing_half_written(sqlite_url: str) -> None:
    """When there is no room the night is rolled back whole, and a later one goes on."""
    with Store.open(sqlite_url) as store:
        before = store.dump_tables()
        with store._engines.writer.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
        big = night(notices=tuple(notice(f"n{i}", text="x" * 4000) for i in range(20)))
        with pytest.raises(StoreError, match="no room"):
            commit(store, big)
        assert store.dump_tables() == before
        with store._engines.writer.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        assert commit(store, big).notices == 20
