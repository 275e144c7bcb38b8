"""The outbox and the office inbox on real SQLite and real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from detect.db.store import Store
from detect.model import Notice

NOW = datetime(2011, 12, 10, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def notice(key: str) -> Notice:
    return Notice(key, "ann", "mail", "ann@example.com", "subject", "text", images={"chart": b"\x00\xff"})


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store."""
    with Store.open(store_url) as opened:
        yield opened


def test_a_message_is_put_once(store: Store) -> None:
    """The same key again is no second message, whatever its text."""
    assert store.put_notices([notice("a"), notice("b"), notice("a")], NOW) == 2
    assert store.put_notices([notice("b"), notice("c")], NOW) == 1
    assert store.outbox_counts() == {"waiting": 3, "sending": 0, "sent": 0, "dead": 0}


def test_a_claimed_message_is_nobody_elses_until_the_claim_runs_out(store: Store) -> None:
    """A worker that died holding a message loses it when its claim ends; its late answer then counts for nothing."""
    store.put_notices([notice("a")], NOW)
    (first,) = store.claim("one", NOW, lease_for=MINUTE)
    assert (first.notice, first.attempts, first.claimed_by) == (notice("a"), 1, "one")
    assert store.claim("two", NOW + MINUTE) == []
    (second,) = store.claim("two", NOW + 2 * MINUTE)
    assert second.attempts == 2
    assert not store.delivered(first, NOW + 3 * MINUTE, "late")
    assert store.delivered(second, NOW + 3 * MINUTE, "250 ok")
    assert not store.delivered(second, NOW + 3 * MINUTE, "again")
    assert store.claim("one", NOW + 60 * MINUTE) == []
    assert [(d.attempt, d.worker, d.outcome, d.answer) for d in store.deliveries("a")] == [(2, "two", "sent", "250 ok")]


def test_a_refused_message_waits_and_a_hopeless_one_is_kept(store: Store) -> None:
    """A failure waits until it is due again; a dead letter is shown with the server's words and never claimed."""
    store.put_notices([notice("a"), notice("b")], NOW)
    a, b = store.claim("one", NOW)
    assert store.failed(a, NOW, "451 later", retry_at=NOW + 5 * MINUTE)
    assert store.dead(b, NOW, "550 unknown")
    assert store.claim("one", NOW + 4 * MINUTE) == []
    (again,) = store.claim("one", NOW + 5 * MINUTE)
    assert (again.key, again.attempts, again.last_error) == ("a", 2, "451 later")
    assert [(row.key, row.last_error) for row in store.dead_letters()] == [("b", "550 unknown")]
    assert store.outbox_counts() == {"waiting": 0, "sending": 1, "sent": 0, "dead": 1}
    assert [d.outcome for d in store.deliveries()] == ["failed", "dead"]


def test_four_senders_at_once_send_each_message_once(store: Store, store_url: str) -> None:
    """Senders that drain one outbox together, each with connections of its own, lose nothing and send nothing twice."""
    store.put_notices([notice(f"{i:03}") for i in range(60)], NOW)
    wire: list[str] = []
    lost: list[str] = []
    together = threading.Barrier(4, timeout=60)

    def send_all(worker: str) -> None:
        with Store.open(store_url) as own:
            together.wait()  # nobody begins before all are there
            rows = own.claim(worker, NOW, limit=3)
            together.wait()  # and nobody goes on before all hold something
            while rows:
                wire.extend(row.key for row in rows)
                lost.extend(row.key for row in rows if not own.delivered(row, NOW))
                rows = own.claim(worker, NOW, limit=3)

    threads = [threading.Thread(target=send_all, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    assert Counter(wire) == Counter(f"{i:03}" for i in range(60))
    assert store.outbox_counts()["sent"] == 60
    assert {delivery.worker for delivery in store.deliveries()} == {"w0", "w1", "w2", "w3"}


def test_the_office_inbox_keeps_each_message_once(store: Store) -> None:
    """A message sent twice over the wire is one message in the inbox."""
    assert store.inbox_put(notice("a"), NOW)
    assert not store.inbox_put(notice("a"), NOW + MINUTE)
    (row,) = store.inbox("ann")
    assert (row.notice, row.received_at, row.read_at) == (notice("a"), NOW, None)
    assert store.inbox("bob") == []
