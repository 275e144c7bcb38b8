"""A person's step becomes an event, or is refused with what could be done instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Never

from detect.cases.commands import (
    Assess,
    Assign,
    Close,
    Command,
    DecideMeasure,
    GiveCause,
    GiveVerdict,
    MeasureDone,
    Merge,
    Mute,
    SetLevel,
    Snooze,
    Verify,
)
from detect.cases.events import EventType, happened
from detect.cases.roles import PERMITTED, Role, Roles
from detect.cases.steps import NOTHING_TO_PUT_RIGHT, Step, allowed, next_steps
from detect.errors import CaseError
from detect.model import Case, Cause, Event, Level, Status

__all__ = ["decide"]

Data = dict[str, Any]
LONGEST_SNOOZE = timedelta(days=7)

_EVENT_OF: Mapping[Step, EventType] = {
    Step.ACKNOWLEDGE: EventType.ACKNOWLEDGED,
    Step.ASSESS: EventType.ASSESSED,
    Step.REFER: EventType.REFERRED,
    Step.MEET: EventType.MET,
    Step.MEASURE: EventType.MEASURE_DECIDED,
    Step.DONE: EventType.MEASURE_DONE,
    Step.PROGRESS: EventType.PROGRESS_REPORTED,
    Step.RESOLVE: EventType.RESOLVED,
    Step.VERIFY: EventType.VERIFIED,
    Step.CLOSE: EventType.CLOSED,
    Step.ARCHIVE: EventType.ARCHIVED,
    Step.REOPEN: EventType.REOPENED,
    Step.ASSIGN: EventType.ASSIGNED,
    Step.ACCEPT: EventType.ACCEPTED,
    Step.LEVEL: EventType.LEVEL_SET,
    Step.VERDICT: EventType.VERDICT_GIVEN,
    Step.CAUSE: EventType.CAUSE_GIVEN,
    Step.COMMENT: EventType.COMMENTED,
    Step.MERGE: EventType.MERGED,
    Step.MUTE: EventType.MUTED,
    Step.SNOOZE: EventType.SNOOZED,
    Step.WITHDRAW: EventType.WITHDRAWN,
}


def decide(
    case: Case, command: Command, actor: str, now: datetime, roles: Roles, *, level_3_in_department: bool = True
) -> Event:
    """Return the event that `command` of `actor` makes of `case`.

    Raises CaseError where the state does not allow the step (naming the steps that it allows), where somebody else must take it
    (naming who), or where the step lacks something.
    """
    step = command.step
    if not allowed(case, step, level_3_in_department=level_3_in_department):
        possible = next_steps(case, level_3_in_department=level_3_in_department)
        raise CaseError(
            f"case {case.id} is {case.status.value}; {step.command!r} is not possible now",
            f"Possible now: {', '.join(step.command for step in possible)}.",
        )
    _permit(case, step, actor, roles)
    if command.needs_note and not command.note.strip():
        _refuse(case, step, "needs a note", "Say in the note what, and why.")
    data = _CHECKS.get(type(command), _no_data)(case, command, actor, now, roles)
    return happened(case.id, case.seq + 1, _EVENT_OF[step], at=now, actor=actor, note=command.note, data=data)


def _permit(case: Case, step: Step, actor: str, roles: Roles) -> None:
    if actor not in roles.people:
        raise CaseError(f"nobody is known as {actor!r}", "Give the id of a person in `config/company.yaml`.")
    if step is Step.COMMENT and not case.restricted:
        return
    permitted = PERMITTED[step]
    if case.level is Level.SOME and case.status is Status.ASSESSED and step is Step.MEASURE:
        permitted = permitted - {Role.GROUP}  # the shortcut stays inside the department
    elif step is Step.MEASURE and case.status is Status.MET:
        permitted = frozenset({Role.GROUP})
    if not roles.held_by(actor, case) & permitted:
        who = " or ".join(role.value for role in Role if role in permitted)
        _refuse(case, step, f"is not for {actor}", f"It is for {who}.")


def _refuse(case: Case, step: Step, why: str, remedy: str) -> Never:
    raise CaseError(f"case {case.id}: {step.command!r} {why}", remedy)


def _no_data(_case: Case, _command: Command, _actor: str, _now: datetime, _roles: Roles) -> Data:
    return {}


def _assess(_case: Case, command: Assess, _actor: str, _now: datetime, _roles: Roles) -> Data:
    return {} if command.level is None else {"level": command.level}


def _assign(case: Case, command: Assign, _actor: str, _now: datetime, roles: Roles) -> Data:
    if command.to not in roles.people:
        _refuse(
            case,
            command.step,
            f"names {command.to!r}, whom nobody knows",
            "Give the id of a person in `config/company.yaml`.",
        )
    if command.to == case.owner:
        _refuse(case, command.step, f"names {command.to}, who owns it already", "Hand it to somebody else.")
    return {"to": command.to}


def _set_level(case: Case, command: SetLevel, _actor: str, _now: datetime, _roles: Roles) -> Data:
    if command.level == case.level:
        _refuse(case, command.step, f"is {case.level:d} already", "Give another level.")
    return {"level": command.level}


def _measure(case: Case, command: DecideMeasure, _actor: str, now: datetime, roles: Roles) -> Data:
    if not command.text.strip():
        _refuse(case, command.step, "says nothing", "Say what is to be done.")
    if command.owner not in roles.people:
        _refuse(
            case,
            command.step,
            f"names {command.owner!r}, whom nobody knows",
            "Give the id of a person in `config/company.yaml`.",
        )
    if command.due < now.date():
        _refuse(case, command.step, f"is due on {command.due}, which is past", "Give a date from today on.")
    return {"text": command.text, "owner": command.owner, "due": command.due}


def _done(case: Case, command: MeasureDone, _actor: str, _now: datetime, _roles: Roles) -> Data:
    decided = case.evidence.get("handling", {}).get("decided", ())
    if not 1 <= command.measure <= len(decided):
        _refuse(case, command.step, f"names measure {command.measure}", f"Measures are numbered 1 to {len(decided)}.")
    if "done" in decided[command.measure - 1]:
        _refuse(
            case,
            command.step,
            f"names measure {command.measure}, which is done already",
            "Nothing is left to do for it.",
        )
    return {"measure": command.measure}


def _verdict(_case: Case, command: GiveVerdict, _actor: str, _now: datetime, _roles: Roles) -> Data:
    return {"verdict": command.verdict}


def _cause(case: Case, command: GiveCause, _actor: str, _now: datetime, roles: Roles) -> Data:
    data: Data = {"cause": command.cause}
    if command.measures:
        data["measures"] = command.measures
    if command.cause is Cause.FRAUD_SIGN and command.audit_owner:
        if command.audit_owner not in roles.people:
            _refuse(
                case,
                command.step,
                f"names {command.audit_owner!r}, whom nobody knows",
                "Give the id of a person of audit.",
            )
        data["owner"] = command.audit_owner
    return data


def _merge(case: Case, command: Merge, _actor: str, _now: datetime, _roles: Roles) -> Data:
    into = command.into
    if case.id in {into.id, into.parent}:
        _refuse(case, command.step, "would go in a circle", "Name another case.")
    if not into.status.is_open:
        _refuse(case, command.step, f"names {into.id}, which is {into.status.value}", "Name an open case.")
    return {"into": into.id}


def _mute(case: Case, command: Mute, _actor: str, now: datetime, _roles: Roles) -> Data:
    if command.until.tzinfo is None or command.until <= now:
        _refuse(case, command.step, "needs an end in the future", "Give an instant with its zone.")
    return {"until": command.until}


def _snooze(case: Case, command: Snooze, _actor: str, now: datetime, _roles: Roles) -> Data:
    if command.until.tzinfo is None or not now < command.until <= now + LONGEST_SNOOZE:
        _refuse(case, command.step, "needs an end within a week", "Give an instant with its zone, at most 7 days away.")
    return {"until": command.until}


def _close(case: Case, command: Close, _actor: str, _now: datetime, _roles: Roles) -> Data:
    """Refuse to close over a measure that is not done: one that was given up is done with the reason as note."""
    decided = case.evidence.get("handling", {}).get("decided", ())
    undone = [str(number) for number, measure in enumerate(decided, start=1) if "done" not in measure]
    if undone and case.verdict not in NOTHING_TO_PUT_RIGHT:
        _refuse(
            case,
            command.step,
            f"must wait: measure {', '.join(undone)} is not done",
            f"`detect cases measure {case.id} --done {undone[0]}`; of one that was given up, say so with --note.",
        )
    return {}


def _verify(case: Case, command: Verify, actor: str, _now: datetime, _roles: Roles) -> Data:
    handling = case.evidence.get("handling", {})
    if actor in {case.owner, *handling.get("doers", ()), *(m["owner"] for m in handling.get("decided", ()))}:
        _refuse(case, command.step, f"is not for {actor}, who handled it", "Somebody else must sign it off.")
    if case.verdict in NOTHING_TO_PUT_RIGHT:
        return {}
    if case.metric is None:
        if not command.note.strip():
            _refuse(
                case, command.step, "needs a note, as no metric can say it", "Say how you saw that the measures worked."
            )
    elif "recovered" not in case.milestones:
        _refuse(
            case,
            command.step,
            "must wait: the metric is not seen back in its band",
            "Wait for the observation, or reopen the case.",
        )
    return {}


_CHECKS: Mapping[type[Command], Callable[[Case, Any, str, datetime, Roles], Data]] = {
    Assess: _assess,
    Assign: _assign,
    SetLevel: _set_level,
    DecideMeasure: _measure,
    MeasureDone: _done,
    GiveVerdict: _verdict,
    GiveCause: _cause,
    Merge: _merge,
    Mute: _mute,
    Snooze: _snooze,
    Verify: _verify,
    Close: _close,
}
