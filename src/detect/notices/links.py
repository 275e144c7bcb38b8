"""Addresses of the web page: signed, for one person and one case (or that person's inbox), and only for some days.

A ticket says whose it is, what it opens and until when, signed with HMAC-SHA256; it is no secret of the reader's, so whoever holds it
acts as that person. It therefore goes only where one person reads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeSerializer

__all__ = ["Links", "Refusal", "Ticket", "TicketRefused"]

Page = Literal["case", "inbox", "form"]
_SALT = "yujing web page"
_FORM_FOR = timedelta(hours=2)


class Refusal(StrEnum):
    """Why an address does not open: for the words of the page that says so."""

    CHANGED = "changed"
    EXPIRED = "expired"
    FOREIGN = "foreign"


class TicketRefused(Exception):
    """The ticket does not open this page: ask for a new notice."""

    def __init__(self, reason: Refusal) -> None:
        """Keep the reason."""
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Ticket:
    """What an address opens, and for whom; `seq` is the last event that a form was made from, 0 on a page's own ticket."""

    page: Page
    subject: str  # a case's id; '' for an inbox
    person: str
    seq: int = 0


@dataclass(frozen=True)
class Links:
    """Makes and reads addresses below `base`; without a `key` they name the case and open nothing by themselves."""

    base: str = ""
    key: str = ""
    days: int = 14

    def case(self, case_id: str, person: str, now: datetime) -> str:
        """Return the address of a case for one person; '' where the company has no page."""
        if not self.base:
            return ""
        if not self.key:
            return f"{self.base}/cases/{quote(case_id, safe='')}"
        return f"{self.base}/c/{self.ticket(Ticket('case', case_id, person), now, timedelta(days=self.days))}"

    def feed(self, person: str, now: datetime, kind: str, days: int) -> str:
        """Return the address of a person's office inbox as a feed (`atom` or `json`)."""
        return f"{self.base}/inbox/{self.ticket(Ticket('inbox', '', person), now, timedelta(days=days))}/feed.{kind}"

    def form(self, case_id: str, person: str, seq: int, now: datetime) -> str:
        """Return what a form must bring back: made by opening the page, bound to the case as it was shown."""
        return self.ticket(Ticket("form", case_id, person, seq), now, _FORM_FOR)

    def public(self) -> Links:
        """Return the same without the right to sign: for channels that more than one person reads."""
        return Links(self.base)

    def ticket(self, ticket: Ticket, now: datetime, valid: timedelta) -> str:
        """Sign a ticket."""
        until = int((now + valid).timestamp())
        return _serializer(self.key).dumps([ticket.page, ticket.subject, ticket.person, ticket.seq, until])

    def opened(self, text: str, page: Page, now: datetime) -> Ticket:
        """Read a ticket; raises TicketRefused where it was changed, is too old, or is another page's."""
        try:
            found: Any = _serializer(self.key).loads(text)
            named, subject, person, seq, until = found
        except (BadSignature, ValueError, TypeError):
            raise TicketRefused(Refusal.CHANGED) from None
        if named != page:
            raise TicketRefused(Refusal.FOREIGN)
        if now.timestamp() > until:
            raise TicketRefused(Refusal.EXPIRED)
        return Ticket(named, subject, person, seq)


@lru_cache(maxsize=4)
def _serializer(key: str) -> URLSafeSerializer:
    signer = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeSerializer(key, salt=_SALT, signer_kwargs=signer)
