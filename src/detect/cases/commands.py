"""What a person asks of a case, one small class a step; `decide` turns each into an event or refuses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from detect.cases.steps import Step
from detect.model import Case, Cause, Level, Text, Verdict

__all__ = [
    "Accept",
    "Acknowledge",
    "Archive",
    "Assess",
    "Assign",
    "Close",
    "Command",
    "Comment",
    "DecideMeasure",
    "GiveCause",
    "GiveVerdict",
    "MeasureDone",
    "Meet",
    "Merge",
    "Mute",
    "Refer",
    "Reopen",
    "ReportProgress",
    "Resolve",
    "SetLevel",
    "Snooze",
    "Verify",
    "Withdraw",
]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A step, and what the person says about it."""

    step: ClassVar[Step]
    needs_note: ClassVar[bool] = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Acknowledge(Command):
    """I have seen it."""

    step = Step.ACKNOWLEDGE


@dataclass(frozen=True, kw_only=True)
class Assess(Command):
    """A first assessment of how grave it is (P4.2); the note says it, `level` corrects the system's."""

    step = Step.ASSESS
    needs_note = True
    level: Level | None = None


@dataclass(frozen=True, kw_only=True)
class Assign(Command):
    """Hand the case over; it stays with its owner until the other accepts (P1.3c)."""

    step = Step.ASSIGN
    to: str


@dataclass(frozen=True, kw_only=True)
class Accept(Command):
    """Take over what was handed to me."""

    step = Step.ACCEPT


@dataclass(frozen=True, kw_only=True)
class SetLevel(Command):
    """Correct the level, with the reason as note."""

    step = Step.LEVEL
    needs_note = True
    level: Level


@dataclass(frozen=True, kw_only=True)
class Refer(Command):
    """Report the case to the management group (P4.2)."""

    step = Step.REFER


@dataclass(frozen=True, kw_only=True)
class Meet(Command):
    """The group has met; the note is what it found (P4.3)."""

    step = Step.MEET
    needs_note = True


@dataclass(frozen=True, kw_only=True)
class DecideMeasure(Command):
    """A measure with its owner and due date (P4.4)."""

    step = Step.MEASURE
    text: str
    owner: str
    due: date


@dataclass(frozen=True, kw_only=True)
class MeasureDone(Command):
    """Measure number `measure` (from 1) is done."""

    step = Step.DONE
    measure: int


@dataclass(frozen=True, kw_only=True)
class ReportProgress(Command):
    """How it stands (P4.5)."""

    step = Step.PROGRESS
    needs_note = True


@dataclass(frozen=True, kw_only=True)
class Comment(Command):
    """Anything worth keeping."""

    step = Step.COMMENT
    needs_note = True


@dataclass(frozen=True, kw_only=True)
class GiveVerdict(Command):
    """Say what it was: true, expected, false or the new normal."""

    step = Step.VERDICT
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class GiveCause(Command):
    """Code the root cause; `measures` are the playbook's for that cause, `audit_owner` takes over at signs of fraud (P4.4e)."""

    step = Step.CAUSE
    cause: Cause
    measures: tuple[Text, ...] = ()
    audit_owner: str | None = None


@dataclass(frozen=True, kw_only=True)
class Merge(Command):
    """It is the same trouble as another open case."""

    step = Step.MERGE
    into: Case


@dataclass(frozen=True, kw_only=True)
class Mute(Command):
    """Tell nobody until an instant; deadlines go on."""

    step = Step.MUTE
    needs_note = True
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Snooze(Command):
    """Tell me, and only me, again from an instant on, at most a week away."""

    step = Step.SNOOZE
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Resolve(Command):
    """The handling is done: observe whether it worked."""

    step = Step.RESOLVE
    needs_note = True


@dataclass(frozen=True, kw_only=True)
class Verify(Command):
    """Sign off that the measures worked (P4.6); where no data can say so, the note must."""

    step = Step.VERIFY


@dataclass(frozen=True, kw_only=True)
class Close(Command):
    """End the case; the note is what was learnt."""

    step = Step.CLOSE


@dataclass(frozen=True, kw_only=True)
class Reopen(Command):
    """It is back, or was never over."""

    step = Step.REOPEN
    needs_note = True


@dataclass(frozen=True, kw_only=True)
class Archive(Command):
    """File it for reference (P4.7)."""

    step = Step.ARCHIVE


@dataclass(frozen=True, kw_only=True)
class Withdraw(Command):
    """Corrected data explain it."""

    step = Step.WITHDRAW
    needs_note = True
