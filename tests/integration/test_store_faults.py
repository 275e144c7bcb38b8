"""Fail the k-th statement of a night's transaction, for k = 1 until it passes, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from detect.db.records import FindingRow, NightRecord, Run
from detect.db.store import Store
from detect.errors import StoreBusy, StoreError
from detect.model import Case, Category, Check, Event, Finding, Kind, Level, Notice, Outcome, Status, Text

NIGHT, NOW = date(2011, 12, 9), datetime(2011, 12, 10, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def night() -> NightRecord:
    finding = Finding(NIGHT, NIGHT, NIGHT, "revenue", "", "stl", Category.DATA, Kind.SPIKE, "sales")
    case = Case(
        id="c1",
        subject="revenue",
        segment="",
        category=Category.DATA,
        kind=Kind.SPIKE,
        description=Text(en="a", zh="b"),
        detected_on=NIGHT,
        first_day=NIGHT,
        last_day=NIGHT,
        level=Level.SOME,
        status=Status.OPEN,
        department="sales",
        owner="ann",
        opened_at=NOW,
        updated_at=NOW,
        seq=1,
    )
    return NightRecord(
        Run("r1", NIGHT, "nightly", "complete", NOW, NOW, planned=1, outcomes={Outcome.FINDING: 1}),
        (Check("revenue", "stl", 1, {Outcome.FINDING: 1}, "d", (("", Outcome.FINDING, "spike"),)),),
        (FindingRow(finding, "c1"),),
        (Event("c1", 1, "opened", NOW, "system"),),
        (case,),
        (Notice("n1", "ann", "mail", "ann@example.com", "s", "t"),),
    )


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store."""
    with Store.open(store_url) as opened:
        yield opened


@contextmanager
def failing(store: Store, at: int, fault: Callable[[str], Exception]) -> Iterator[list[int]]:
    """Raise once, at the statement of that number; the list says how many statements there were."""
    count = [0]

    def before(_conn: Any, cursor: Any, *_rest: Any) -> None:
        count[0] += 1
        if count[0] == at:
            raise fault("postgresql" if isinstance(cursor, psycopg.Cursor) else "sqlite")

    event.listen(store._engines.writer, "before_cursor_execute", before)
    try:
        yield count
    finally:
        event.remove(store._engines.writer, "before_cursor_execute", before)


def broken(database: str) -> Exception:
    return psycopg.errors.InternalError_("broken") if database == "postgresql" else sqlite3.DatabaseError("broken")


def passing(database: str) -> Exception:
    return (
        psycopg.errors.DeadlockDetected()
        if database == "postgresql"
        else sqlite3.OperationalError("database is locked")
    )


def test_a_night_cut_off_at_any_statement_leaves_nothing_and_can_be_run_again(store: Store) -> None:
    """Wherever the transaction breaks, no table has changed; the night run again then is as if nothing had happened."""
    with store.lease("test", HOUR) as lease:
        before = store.dump_tables()
        for at in range(1, 100):
            with failing(store, at, broken) as count:
                try:
                    store.commit_night(night(), lease, NOW)
                except StoreError as error:
                    assert "broken" in str(error)  # noqa: PT017 -- the last round raises nothing
                else:
                    break
            assert store.dump_tables() == before, at
        assert count[0] == at - 1 > 10
        assert store.verify_history() == []
        assert store.commit_night(night(), lease, NOW).total == 0


def test_a_deadlock_or_a_lock_at_any_statement_is_tried_again(store: Store) -> None:
    """A fault that passes is not the caller's business: the night is written, once."""
    with store.lease("test", HOUR) as lease:
        with failing(store, 10**6, passing) as count:
            assert store.commit_night(night(), lease, NOW).total == 6
        reference = {k: v for k, v in store.dump_tables().items() if k != "lease"}
        for at in range(1, count[0] + 1):
            with failing(store, at, passing):
                assert store.commit_night(night(), lease, NOW).total == 0
        assert {k: v for k, v in store.dump_tables().items() if k != "lease"} == reference


def test_a_lock_that_never_ends_is_told_as_busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After all tries the error says that another program is writing, and nothing was written."""
    monkeypatch.setattr("detect.db.transactions.FIRST_PAUSE", 0.0)
    with store.lease("test", HOUR) as lease:
        before = store.dump_tables()

        def always(_conn: Any, cursor: Any, *_rest: Any) -> None:
            raise passing("postgresql" if isinstance(cursor, psycopg.Cursor) else "sqlite")

        event.listen(store._engines.writer, "before_cursor_execute", always)
        with pytest.raises(StoreBusy, match="being written by another"):
            store.commit_night(night(), lease, NOW)
        event.remove(store._engines.writer, "before_cursor_execute", always)
        assert store.dump_tables() == before
