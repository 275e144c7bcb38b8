"""The outbox to the people: each channel by a thread of its own, one message at a time, every answer kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from detect.channels import Receipt, Sender, sender
from detect.db.records import OutboxRow
from detect.errors import DeliveryError, Undeliverable
from detect.model import Notice
from detect.pipeline.fallback import fallback_notices
from detect.pipeline.session import Session

__all__ = ["Sent", "deliver"]

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)
CLAIMED_FOR = timedelta(minutes=5)  # longer than the slowest server may take over one message
REFUSALS_IN_A_ROW = 5  # then the channel is left alone until the next pass

Moment = Callable[[], datetime]


@dataclass(frozen=True)
class Sent:
    """What became of the messages that were due."""

    delivered: int = 0
    waiting: int = 0
    given_up: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.delivered + other.delivered, self.waiting + other.waiting, self.given_up + other.given_up)


def deliver(session: Session, now: datetime, worker: str = "detect", claimed_for: timedelta = CLAIMED_FOR) -> Sent:
    """Send every message that is due; a channel that hangs or refuses delays its own messages alone.

    Messages are claimed one by one, so that a sender that dies in the middle leaves at most one to be sent again. What is given up
    on the way puts a message to the monitoring department into the outbox, which is sent in a second round.
    """
    began = time.monotonic()

    def moment() -> datetime:
        """Return `now` as it has gone on since: a claim must not be made in the past of a long pass."""
        return now + timedelta(seconds=time.monotonic() - began)

    first = _all_channels(session, worker, moment, claimed_for, ())
    if not any(one.fell_back for one in first):
        return sum((one.sent for one in first), Sent())
    left_alone = [one.channel for one in first if one.broken]
    second = _all_channels(session, worker, moment, claimed_for, left_alone)
    return sum((one.sent for one in (*first, *second)), Sent())


@dataclass
class _Outcome:
    """What one round over a channel came to."""

    channel: str
    sent: Sent = Sent()
    fell_back: bool = False
    broken: bool = False  # it refused again and again, and was left alone


def _all_channels(
    session: Session, worker: str, moment: Moment, claimed_for: timedelta, without: Collection[str]
) -> list[_Outcome]:
    names = [name for name in session.store.due_channels(moment()) if name not in without]
    if not names:
        return []
    rounds = [_Round(session, f"{worker}/{name}", moment, claimed_for, _Outcome(name)) for name in names]
    with ThreadPoolExecutor(max_workers=len(rounds), thread_name_prefix="channel") as pool:
        return list(pool.map(_Round.run, rounds))


@dataclass(frozen=True)
class _Round:
    """One pass over the due messages of one channel."""

    session: Session
    worker: str
    moment: Moment
    claimed_for: timedelta
    outcome: _Outcome

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self.outcome.channel

    def run(self) -> _Outcome:
        refused, by = 0, self._sender()
        while not self.outcome.broken and (rows := self._claim()):
            one = self._deliver(rows[0], by)
            self.outcome.sent += one
            refused = refused + 1 if one.waiting else 0
            self.outcome.broken = refused == REFUSALS_IN_A_ROW
        if self.outcome.broken:
            self.outcome.sent += Sent(waiting=self.session.store.due_channels(self.moment()).get(self.channel, 0))
        return self.outcome

    def _claim(self) -> list[OutboxRow]:
        return self.session.store.claim(self.worker, self.moment(), 1, self.claimed_for, self.channel)

    def _sender(self) -> Sender:
        book = self.session.book
        channel = book.company.channels.get(self.channel)
        return (
            sender(channel, base=book.output, put=self.session.store.inbox_put) if channel else _Unknown(self.channel)
        )

    def _deliver(self, row: OutboxRow, by: Sender) -> Sent:
        try:
            receipt = by.send(self._addressed(row.notice), self.moment())
        except Undeliverable as error:
            return self._give_up(row, str(error))
        except Exception as error:  # noqa: BLE001 - the per-message send: recorded with the message, the others go on
            return self._later(row, error)
        self.session.store.delivered(row, self.moment(), receipt.answer)
        return Sent(delivered=1)

    def _addressed(self, notice: Notice) -> Notice:
        """Take the address that the person has now: one that was corrected meanwhile is used at the next try."""
        person = self.session.book.people.get(notice.recipient)
        return replace(notice, address=person.email) if person else notice

    def _later(self, row: OutboxRow, error: Exception) -> Sent:
        said = str(error) if isinstance(error, DeliveryError) else f"{type(error).__name__}: {error}"
        now = self.moment()
        if now - row.created_at > GIVEN_UP_AFTER:
            return self._give_up(row, said)
        patience = timedelta(minutes=self.session.book.company.notices.fallback_after_minutes)
        if row.notice.kind == "case" and now - row.created_at >= patience:
            self._fall_back(row, said)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.attempts, 10))
        asked = getattr(error, "retry_after", None)
        if asked is not None:
            pause = max(FIRST_PAUSE, timedelta(seconds=asked))
        self.session.store.failed(row, now, said, now + pause)
        return Sent(waiting=1)

    def _give_up(self, row: OutboxRow, said: str) -> Sent:
        self._fall_back(
            row, said
        )  # first: whoever dies between the two does both again, and the key keeps it one message
        self.session.store.dead(row, self.moment(), said)
        return Sent(given_up=1)

    def _fall_back(self, row: OutboxRow, said: str) -> None:
        notices = fallback_notices(self.session, row, said, self.moment())
        if notices:
            self.session.store.put_notices(notices, self.moment())
            self.outcome.fell_back = True


@dataclass(frozen=True)
class _Unknown:
    """A channel that the configuration no longer names."""

    name: str

    def send(self, notice: Notice, now: datetime) -> Receipt:
        del notice, now
        raise Undeliverable(f"no channel is called {self.name!r}", "Name it in `config/company.yaml`.")
