"""Six hundred messages, four senders, forty of them killed in the middle: none is lost, and hardly any comes twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from tests.company import Company, write_folder

from detect.config import Book
from detect.db.engines import store_engines
from detect.db.settings import DatabaseSettings
from detect.db.store import Store
from detect.model import Notice
from detect.pipeline.delivery import deliver
from detect.pipeline.session import Session

MESSAGES, SENDERS, KILLS = 600, 4, 40
CLAIMED_FOR = timedelta(seconds=4)
LIMIT = 270.0  # seconds, on a machine that has much else to do


@dataclass
class Wire:
    """What arrived, in order: the Message-ID and the subject of every mail that the server took."""

    arrived: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=default)
        self.arrived.append((mail["Message-ID"], mail["Subject"]))
        return "250 taken"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("senders") / "tea"
    made.mkdir()
    write_folder(made)
    return made


@pytest.fixture
def wire() -> Iterator[tuple[Wire, int]]:
    """Start a mail server that keeps what it takes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = Wire()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    yield kept, port
    server.stop()


@pytest.fixture
def book(folder: Path, wire: tuple[Wire, int], store_url: str) -> Book:
    """Give the company with a mail server for its channel, and an empty store."""
    mail = {"kind": "smtp", "host": "127.0.0.1", "port": wire[1], "security": "none", "sender": "w@example.com"}
    environ = {f"DETECT_COMPANY__CHANNELS__MAIL__{key.upper()}": str(value) for key, value in mail.items()}
    return Company(folder, {"DETECT_STORE": store_url, **environ}).book


def send_until_nothing_is_left(book: Book, name: str) -> None:
    """Send with a store of one's own until every message is sent; what a dead sender holds is waited for."""
    with Store(store_engines(book.store_url, DatabaseSettings())) as store:  # its tables were checked before
        session = Session(book, store, None, None)
        while store.outbox_counts()["sent"] < MESSAGES:
            deliver(session, datetime.now(UTC), name, CLAIMED_FOR)
            time.sleep(0.2)


def test_killed_senders_lose_nothing_and_repeat_at_most_once_a_kill(book: Book, wire: tuple[Wire, int]) -> None:
    """On each database: every message arrives, always under its own id, and each kill costs at most one repeat."""
    kept, _ = wire
    with Store.open(book.store_url) as store:
        made = [
            Notice(f"m{n:03}", "ida", "mail", "ida@example.com", f"subject {n:03}", "text") for n in range(MESSAGES)
        ]
        store.put_notices(made, datetime.now(UTC))
    fork = multiprocessing.get_context("fork")
    dice, begun = random.Random(7), time.monotonic()
    living = [fork.Process(target=send_until_nothing_is_left, args=(book, f"s{n}")) for n in range(SENDERS)]
    for process in living:
        process.start()
    killed = 0
    try:
        while any(process.is_alive() for process in living):
            assert time.monotonic() - begun < LIMIT, f"{len(kept.arrived)} arrived, {killed} killed"
            if killed < KILLS and len(kept.arrived) > (killed + 1) * MESSAGES // (KILLS + 5):
                victim = dice.randrange(SENDERS)
                os.kill(living[victim].pid, signal.SIGKILL)
                living[victim].join()
                killed += 1
                living[victim] = fork.Process(target=send_until_nothing_is_left, args=(book, f"k{killed}"))
                living[victim].start()
            time.sleep(0.002)
    finally:
        for process in living:
            if process.is_alive():
                process.kill()
            process.join()
    assert killed == KILLS
    count = Counter(subject for _, subject in kept.arrived)
    assert set(count) == {f"subject {n:03}" for n in range(MESSAGES)}
    assert len(kept.arrived) - MESSAGES <= KILLS
    assert len(set(kept.arrived)) == MESSAGES, "one message came under two ids"
    with Store.open(book.store_url) as store:
        assert store.outbox_counts() == {"waiting": 0, "sending": 0, "sent": MESSAGES, "dead": 0}
