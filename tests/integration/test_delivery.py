"""The outbox to real receivers: a dead channel delays its own messages alone, and what is not delivered reaches the publisher."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.company import Company, write_folder

from detect.channels import SmtpChannel, WebhookChannel
from detect.config import Book
from detect.db.store import Store
from detect.model import Case, Category, Event, Kind, Level, Notice, Status, Text
from detect.pipeline.delivery import deliver
from detect.pipeline.session import Session

NOW = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)


@contextmanager
def silent_server() -> Iterator[int]:
    """Take connections and never say a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("delivery") / "tea"
    made.mkdir()
    write_folder(made)
    return made


@pytest.fixture
def session(folder: Path, tmp_path: Path) -> Iterator[Session]:
    """Give the company with an empty store of its own; its mails go to a folder."""
    book = Company(folder, {"DETECT_STORE": f"sqlite:///{tmp_path / 'store.db'}"}).book
    with Store.open(book.store_url) as store:
        yield Session(book, store, None, None)


def with_channels(session: Session, **channels) -> Session:
    company = session.book.company.model_copy(update={"channels": {**session.book.company.channels, **channels}})
    return Session(Book(**{**_own(session.book), "company": company}), session.store, None, None)


def notice(key: str, channel: str = "mail", recipient: str = "ida", **more) -> Notice:
    return Notice(key, recipient, channel, f"{recipient}@example.com", f"subject {key}", "text", **more)


def case(name: str, *, restricted: bool = False) -> Case:
    said = Text(en="Revenue fell.", zh="銷售額下降。")
    return Case(
        name, "revenue", "", Category.FINANCIAL, Kind.DIP, said, NOW.date(), NOW.date(), NOW.date(), Level.MAJOR,
        Status.OPEN, "sales", "ida", NOW, NOW, 1, restricted=restricted, milestones={"clock": NOW.isoformat()},
    )  # fmt: skip


def keep(session: Session, kept: Case) -> None:
    session.store.record([Event(kept.id, 1, "opened", NOW, "yujing")], kept, now=NOW)


def smtp(port: int, **more):
    return SmtpChannel(
        kind="smtp", host="127.0.0.1", port=port, security="none", sender="w@example.com", timeout_seconds=1, **more
    )


def test_a_dead_channel_delays_only_its_own(session: Session):
    """A server that hangs on every message is left after five tries, while twenty other messages are long gone."""
    with silent_server() as port:
        session = with_channels(session, hangs=smtp(port))
        session.store.put_notices([notice(f"h{n}", "hangs") for n in range(12)], NOW)
        session.store.put_notices([notice(f"i{n:02}", "inbox") for n in range(20)], NOW)
        began = time.monotonic()
        sent = deliver(session, NOW)
        took = time.monotonic() - began
    assert (sent.delivered, sent.waiting, sent.given_up) == (20, 12, 0)
    gone = [d.at - NOW for d in session.store.deliveries() if d.outcome == "sent"]
    assert max(gone).total_seconds() < took / 2
    assert session.store.outbox_counts()["waiting"] == 12


def test_a_receiver_that_says_at_once_is_still_given_a_pause(session: Session):
    """`Retry-After: 0` does not make a sender turn in a circle."""
    hook = WebhookChannel(kind="webhook", url="http://127.0.0.1:9/x", secret="s" * 32, allow_loopback=True)
    session = with_channels(session, hook=hook)
    session.store.put_notices([notice("a", "hook")], NOW)
    assert deliver(session, NOW).waiting == 1
    assert len(session.store.deliveries("a")) == 1
    assert deliver(session, NOW + timedelta(seconds=30)).waiting == 0
    assert deliver(session, NOW + timedelta(minutes=5)).waiting == 1


def test_what_is_never_delivered_is_told_to_the_publisher_once(session: Session):
    """An unknown channel: the head of the monitoring department gets the reason and what to do, and no message about a message about it."""
    keep(session, case("c1"))
    session.store.put_notices([notice("a", "pigeon", case_ids=("c1",))], NOW)
    sent = deliver(session, NOW)
    assert (sent.delivered, sent.given_up) == (1, 1)
    (told,) = session.store.inbox("mina")
    assert "Ida Berg" in told.notice.subject
    for said in ("subject a", "pigeon", "no channel is called", "Possible impact", "Suggested measures", "c1"):
        assert said in told.notice.text
    assert deliver(session, NOW + timedelta(days=1)).delivered == 0


def test_a_fallback_that_fails_too_ends_there(session: Session):
    """The publisher's own dead letter makes no further letters; it stands in `status`."""
    mina = session.book.people["mina"].model_copy(update={"channels": ("pigeon",)})
    people = tuple(mina if p.id == "mina" else p for p in session.book.company.people)
    company = session.book.company.model_copy(update={"people": people})
    session = Session(Book(**{**_own(session.book), "company": company}), session.store, None, None)
    session.store.put_notices([notice("a", "raven")], NOW)
    assert deliver(session, NOW).given_up == 2
    assert deliver(session, NOW + timedelta(days=1)).given_up == 0
    assert session.store.outbox_counts()["dead"] == 2


def _own(book):
    return {name: book.__dict__[name] for name in book.__dataclass_fields__}


def test_the_words_of_a_restricted_case_are_passed_on_to_nobody(session: Session):
    """The publisher learns that a confidential warning was lost: neither its words nor its case."""
    keep(session, case("secret-case", restricted=True))
    session.store.put_notices([notice("a", "pigeon", recipient="olga", case_ids=("secret-case",))], NOW)
    deliver(session, NOW)
    (told,) = session.store.inbox("mina")
    assert "confidential" in told.notice.text
    assert "subject a" not in told.notice.text
    assert "secret-case" not in told.notice.text + told.notice.html
    assert told.notice.case_ids == ()


def test_a_single_warning_late_for_an_hour_goes_to_the_publisher_while_it_is_tried_on(session: Session):
    """Level 1 does not wait a day for the fallback; a digest does."""
    session = with_channels(session, hangs=smtp(9))
    session.store.put_notices([notice("a", "hangs", kind="case"), notice("b", "hangs")], NOW)
    deliver(session, NOW)
    assert session.store.inbox("mina") == []
    deliver(session, NOW + timedelta(minutes=61))
    assert ["subject a" in row.notice.text for row in session.store.inbox("mina")] == [True]
    assert session.store.outbox_counts()["waiting"] == 2


def test_a_corrected_address_is_used_and_given_up_messages_can_be_tried_again(session: Session):
    """What waits goes to the address that the person has now; what was given up is due once more when asked."""
    session.store.put_notices([Notice("a", "ida", "mail", "old@nowhere.example", "s", "t"), notice("b", "pigeon")], NOW)
    deliver(session, NOW)
    (mail,) = (session.book.output / "mails").glob("*-a.eml")
    assert "ida@example.com" in mail.read_text()
    assert session.store.revive(NOW + timedelta(hours=1)) == 1
    assert deliver(session, NOW + timedelta(hours=1)).given_up == 1
    assert [d.attempt for d in session.store.deliveries("b")] == [1, 2]


def test_the_record_of_a_case_names_everyone_who_was_told_with_the_answer(session: Session):
    """Who, when, over which channel, and what the other side said; what waits for a morning is there too."""
    morning = NOW + timedelta(hours=3)
    session.store.put_notices(
        [
            notice("a", case_ids=("c1", "c2")),
            notice("b", "pigeon", "noor", case_ids=("c1",)),
            notice("c", case_ids=("c1",), not_before=morning),
            notice("d", case_ids=("c2",)),
        ],
        NOW,
    )
    deliver(session, NOW)
    told = {t.key: t for t in session.store.told_of("c1") if t.kind == "digest"}
    assert {key: (t.recipient, t.channel, t.state) for key, t in told.items()} == {
        "a": ("ida", "mail", "sent"), "b": ("noor", "pigeon", "dead"), "c": ("ida", "mail", "waiting"),
    }  # fmt: skip
    assert "written to" in told["a"].tries[0].answer
    assert "no channel is called" in told["b"].tries[0].answer
    assert (told["c"].tries, told["c"].due_at) == ((), morning)
    assert deliver(session, morning).delivered >= 1
