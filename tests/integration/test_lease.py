"""The judging lease on real SQLite and real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from detect.db import leases
from detect.db.records import Lease, NightRecord, Run
from detect.db.store import Store
from detect.errors import StoreBusy

NOW = datetime(2011, 12, 10, 2, 0, tzinfo=UTC)
NIGHT = date(2011, 12, 9)
HOUR, PAST = timedelta(hours=1), timedelta(seconds=-1)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store."""
    with Store.open(store_url) as opened:
        yield opened


def night(name: str) -> NightRecord:
    return NightRecord(Run(name, NIGHT, "nightly", "complete", NOW, NOW, scope=name))


def test_a_second_run_is_told_who_holds_the_store(store: Store) -> None:
    """While one run judges, another is refused with the holder's name and the time; afterwards it is free without trace."""
    before = store.dump_tables()
    with store.lease("nightly 4711", HOUR) as held:
        with pytest.raises(StoreBusy, match=r"nightly 4711, until \d{4}-"), store.lease("rerun", HOUR):
            pass
        assert store.holder() == held
        assert store.renew(held, 2 * HOUR).until > held.until
    assert store.holder() is None
    assert store.dump_tables() == before
    with store.lease("rerun", HOUR):
        pass


def test_the_lease_is_given_back_when_a_run_fails(store: Store) -> None:
    """A run that raises does not lock out the next."""
    with pytest.raises(ZeroDivisionError), store.lease("first", HOUR):
        _ = 1 / 0
    assert store.holder() is None


def test_a_revived_first_holder_writes_nothing(store: Store) -> None:
    """A holder that slept past its time, and was overtaken, is fenced off in every kind of write, and frees nothing."""
    frame = pd.DataFrame({"metric": ["m"], "segment": [""], "day": [NIGHT], "value": [1.0], "rows": [1]})
    with store.lease("first", PAST) as first, store.lease("second", HOUR) as second:
        store.commit_night(night("second"), second, NOW)
        before = store.dump_tables()
        for write in (
            lambda: store.commit_night(night("first"), first, NOW),
            lambda: store.write_observations(frame, NIGHT, first),
            lambda: store.put_model("forest", NIGHT, "1", b"x", first),
            lambda: store.renew(first, HOUR),
        ):
            with pytest.raises(StoreBusy, match="taken over by second"):
                write()
        assert store.dump_tables() == before
        store._engines.dispose()
    assert [run.run_id for run in store.runs()] == ["second"]


def test_a_holder_past_its_time_that_nobody_overtook_may_finish(store: Store) -> None:
    """Time alone takes nothing away: who is not overtaken still writes."""
    with store.lease("slow", PAST) as lease:
        assert store.commit_night(night("slow"), lease, NOW).runs == 1


def test_nobody_takes_over_while_a_holder_is_writing(store: Store) -> None:
    """A holder that was let through keeps its right to the end of that transaction: writes follow the order of leases."""
    order: list[str] = []

    def take() -> None:
        with store.lease("second", HOUR):
            order.append("taken over")

    thread = threading.Thread(target=take)
    with store.lease("first", PAST) as first:
        with store._engines.writer.begin() as connection:
            leases.fence(connection, first)
            thread.start()
            thread.join(timeout=0.5)
            order.append("written")
        thread.join()
    assert order == ["written", "taken over"]


def test_an_unknown_token_writes_nothing(store: Store) -> None:
    """A lease that was given back is no right any more."""
    with pytest.raises(StoreBusy, match="given back"):
        store.commit_night(night("x"), Lease("old", "0" * 32, NOW), NOW)


def test_of_many_at_once_one_gets_the_lease(store: Store) -> None:
    """Threads that ask at the same moment: exactly one is let in."""
    gate, out = threading.Barrier(6), threading.Barrier(6)
    won: list[str] = []

    def run(name: str) -> None:
        gate.wait()
        try:
            with store.lease(name, HOUR):
                won.append(name)
                out.wait()
        except StoreBusy:
            out.wait()

    threads = [threading.Thread(target=run, args=(f"run {i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
