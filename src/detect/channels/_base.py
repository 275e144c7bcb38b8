"""What every channel answers, and what the pipeline may ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from detect.model import Notice

__all__ = ["Receipt", "Sender"]


@dataclass(frozen=True)
class Receipt:
    """The other side's answer to one notice: kept in the delivery record as it was given."""

    accepted: bool
    answer: str


class Sender(Protocol):
    """Something that can deliver one notice to one recipient."""

    def send(self, notice: Notice, now: datetime) -> Receipt:
        """Deliver, or raise DeliveryError (try again) or Undeliverable (never will be)."""
        ...
