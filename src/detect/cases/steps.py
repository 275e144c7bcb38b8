"""The steps a person can take on a case, and the states that allow each (policy P4; the graph of the status list)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from detect.model import Case, Level, Status, Verdict

__all__ = ["NOTHING_TO_PUT_RIGHT", "OPEN", "Step", "allowed", "next_step", "next_steps"]


class Step(StrEnum):
    """Named in the imperative."""

    ACKNOWLEDGE = "acknowledge"
    ASSESS = "assess"
    REFER = "refer"
    MEET = "meet"
    MEASURE = "measure"
    DONE = "done"
    PROGRESS = "progress"
    RESOLVE = "resolve"
    VERIFY = "verify"
    CLOSE = "close"
    ARCHIVE = "archive"
    REOPEN = "reopen"
    ASSIGN = "assign"
    ACCEPT = "accept"
    LEVEL = "level"
    VERDICT = "verdict"
    CAUSE = "cause"
    COMMENT = "comment"
    MERGE = "merge"
    MUTE = "mute"
    SNOOZE = "snooze"
    WITHDRAW = "withdraw"

    @property
    def command(self) -> str:
        """What comes after `detect cases` to take this step."""
        return _COMMANDS.get(self, self.value)


_COMMANDS: Mapping[Step, str] = {Step.ACKNOWLEDGE: "ack", Step.DONE: "measure --done"}
OPEN = frozenset(status for status in Status if status.is_open)
_HANDLED = OPEN - {Status.OPEN, Status.REOPENED}  # somebody has taken note
_BEFORE_MEASURES = frozenset({Status.ACKNOWLEDGED, Status.ASSESSED, Status.REPORTED, Status.MET})
_ANY = frozenset(Status)
NOTHING_TO_PUT_RIGHT = frozenset({Verdict.FALSE, Verdict.EXPECTED, Verdict.NEW_NORMAL})

_ALLOWED_IN: Mapping[Step, frozenset[Status]] = {
    Step.ACKNOWLEDGE: frozenset({Status.OPEN, Status.REOPENED}),
    Step.ASSESS: frozenset({Status.ACKNOWLEDGED}),
    Step.REFER: frozenset({Status.ASSESSED}),
    Step.MEET: frozenset({Status.REPORTED}),
    Step.MEASURE: frozenset({Status.MET, Status.IN_MEASURES}),
    Step.DONE: frozenset({Status.IN_MEASURES, Status.OBSERVING}),
    Step.PROGRESS: _HANDLED,
    Step.RESOLVE: frozenset({Status.IN_MEASURES}),
    Step.VERIFY: frozenset({Status.OBSERVING}),
    Step.CLOSE: frozenset({Status.OBSERVING}),
    Step.ARCHIVE: frozenset({Status.CLOSED}),
    Step.REOPEN: frozenset({Status.OBSERVING, Status.CLOSED}),
    Step.ASSIGN: OPEN,
    Step.ACCEPT: OPEN,
    Step.LEVEL: OPEN,
    Step.VERDICT: OPEN | {Status.CLOSED},
    Step.CAUSE: _HANDLED | {Status.CLOSED},
    Step.COMMENT: _ANY,
    Step.MERGE: OPEN,
    Step.MUTE: OPEN,
    Step.SNOOZE: OPEN,
    Step.WITHDRAW: OPEN,
}
_MAIN_LINE = (
    Step.ACKNOWLEDGE,
    Step.ASSESS,
    Step.REFER,
    Step.MEET,
    Step.VERIFY,
    Step.CLOSE,
    Step.PROGRESS,
    Step.ARCHIVE,
)


def allowed(case: Case, step: Step, *, level_3_in_department: bool = True) -> bool:
    """Whether the state of `case` allows `step`, whoever takes it."""
    if case.status in _ALLOWED_IN[step]:
        return (
            (step is not Step.CLOSE or "verified" in case.milestones)
            and (step is not Step.VERIFY or "verified" not in case.milestones)
            and (step is not Step.ACCEPT or _proposed(case) is not None)
        )
    if step is Step.MEASURE:
        return level_3_in_department and case.level is Level.SOME and case.status is Status.ASSESSED
    if step is Step.RESOLVE:
        return case.verdict in NOTHING_TO_PUT_RIGHT and case.status in _BEFORE_MEASURES
    return False


def next_steps(case: Case, *, level_3_in_department: bool = True) -> tuple[Step, ...]:
    """Return every step that the state of `case` allows, those of the main line first."""
    return tuple(step for step in Step if allowed(case, step, level_3_in_department=level_3_in_department))


def next_step(case: Case, *, level_3_in_department: bool = True) -> Step | None:
    """Return the one step that the policy waits for; None when the case is over."""
    if case.verdict in NOTHING_TO_PUT_RIGHT and case.status in _BEFORE_MEASURES:
        return Step.RESOLVE
    if case.status is Status.MET:
        return Step.MEASURE
    return next((s for s in _MAIN_LINE if allowed(case, s, level_3_in_department=level_3_in_department)), None)


def _proposed(case: Case) -> str | None:
    proposed: str | None = case.evidence.get("handling", {}).get("proposed_owner")
    return proposed
