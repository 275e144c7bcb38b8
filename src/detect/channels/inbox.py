"""The office inbox: notices kept in the company's own system (policy P3.5, office system)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from detect.channels._base import Receipt
from detect.model import Frozen, Notice

__all__ = ["Inbox", "InboxChannel", "Put"]

Put = Callable[[Notice, datetime], object]


class InboxChannel(Frozen):
    """Needs no address: a notice lies in the inbox of the person it is for."""

    kind: Literal["inbox"] = "inbox"


@dataclass(frozen=True)
class Inbox:
    """An inbox whose `put` writes to the store; `put` must accept the same key again without a second entry."""

    put: Put

    def send(self, notice: Notice, now: datetime) -> Receipt:
        """Hand the notice to the store; errors of the store pass through."""
        self.put(notice, now)
        return Receipt(accepted=True, answer="put into the office inbox")
