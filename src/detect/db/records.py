"""What goes into the store and comes out of it, beside the nouns of `detect.model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from detect.errors import StoreBusy
from detect.model import Case, Check, Event, Finding, Notice, Outcome

__all__ = [
    "CaseConflict",
    "Delivery",
    "FindingRow",
    "InboxRow",
    "Lease",
    "NightRecord",
    "OutboxRow",
    "Run",
    "StoredModel",
    "Told",
    "Written",
]


class CaseConflict(StoreBusy):
    """Somebody else changed the case meanwhile: read its events again, fold them, and try the step again."""

    def __init__(self, case_id: str, seq: int) -> None:
        """Name the case and the event number that was taken."""
        super().__init__(f"Event {seq} of case {case_id} was written by somebody else", "Read the case and try again.")
        self.case_id = case_id
        self.seq = seq


@dataclass(frozen=True)
class Run:
    """One line of the run ledger. `scope` is '' for a whole night, else what the run was limited to (as the caller writes it).

    `started_at` and `finished_at` are kept of the run that last changed something: they are no part of what makes two runs equal.
    """

    run_id: str
    as_of: date
    mode: str  # nightly | rerun | backfill
    state: str  # complete | incomplete | failed
    started_at: datetime
    finished_at: datetime
    scope: str = ""
    planned: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    data_until: date | None = None
    config_digest: str = ""
    program: str = ""
    note: str = ""


@dataclass(frozen=True)
class FindingRow:
    """A finding as kept: the case it belongs to and whether it still holds. `version` counts from 1 and is given by the store."""

    finding: Finding
    case_id: str | None = None
    state: str = "active"  # active | withdrawn
    reason: str = ""  # why this version: '', revised, withdrawn, rules_changed …
    version: int = 0


@dataclass(frozen=True)
class NightRecord:
    """Everything one night of one run writes, in one transaction. `notices` go to the outbox; `now` stamps new rows."""

    run: Run
    checks: tuple[Check, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    events: tuple[Event, ...] = ()
    cases: tuple[Case, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Written:
    """How many rows a transaction changed; all zero when everything was there already."""

    runs: int = 0
    checks: int = 0
    findings: int = 0
    events: int = 0
    cases: int = 0
    notices: int = 0

    @property
    def total(self) -> int:
        """Rows changed altogether."""
        return self.runs + self.checks + self.findings + self.events + self.cases + self.notices


@dataclass(frozen=True)
class Lease:
    """The right to judge: `token` is checked again in each transaction that writes under it."""

    holder: str
    token: str
    until: datetime


@dataclass(frozen=True)
class OutboxRow:
    """A message to send, and how its sending stands."""

    notice: Notice
    state: str  # waiting | sending | sent | dead
    attempts: int
    created_at: datetime
    due_at: datetime
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    last_error: str = ""
    sent_at: datetime | None = None

    @property
    def key(self) -> str:
        """The message's identity, the same on every try."""
        return self.notice.key


@dataclass(frozen=True)
class Delivery:
    """One try at sending one message."""

    key: str
    attempt: int
    at: datetime
    worker: str
    outcome: str  # sent | failed | dead
    answer: str


@dataclass(frozen=True)
class Told:
    """One message about a case, and every try at sending it: the delivery record."""

    key: str
    recipient: str
    channel: str
    kind: str
    state: str  # waiting | sending | sent | dead
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    last_error: str
    tries: tuple[Delivery, ...] = ()


@dataclass(frozen=True)
class InboxRow:
    """A message in the office inbox."""

    notice: Notice
    received_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True)
class StoredModel:
    """Something fitted across series, from data up to and including `fitted_through`."""

    name: str
    fitted_through: date
    version: str
    payload: bytes
