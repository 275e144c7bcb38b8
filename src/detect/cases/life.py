"""The life of a case: its state is the fold of its events, always.

What a case must remember beyond its own columns stands in `evidence` under two reserved keys: `findings` (the records of the findings
that made it) and `handling` (hand-over, measures decided, who worked on it). Everything else there comes from the leading finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from detect.cases.decide import decide
from detect.cases.events import EventType
from detect.cases.steps import next_step, next_steps
from detect.errors import CaseError
from detect.model import Case, Category, Cause, Event, Kind, Level, Status, Text, Verdict

__all__ = ["apply", "decide", "fold", "mark", "next_step", "next_steps"]

Changes = dict[str, Any]

_STATUS_AFTER: Mapping[EventType, Status] = {
    EventType.ACKNOWLEDGED: Status.ACKNOWLEDGED,
    EventType.ASSESSED: Status.ASSESSED,
    EventType.REFERRED: Status.REPORTED,
    EventType.MET: Status.MET,
    EventType.MEASURE_DECIDED: Status.IN_MEASURES,
    EventType.RESOLVED: Status.OBSERVING,
    EventType.CLOSED: Status.CLOSED,
    EventType.ARCHIVED: Status.ARCHIVED,
    EventType.REOPENED: Status.REOPENED,
    EventType.WITHDRAWN: Status.WITHDRAWN,
    EventType.MERGED: Status.MERGED,
}
_MILESTONE_OF: Mapping[EventType, str] = {
    EventType.ACKNOWLEDGED: "acknowledged",
    EventType.ASSESSED: "assessed",
    EventType.REFERRED: "reported",
    EventType.MET: "met",
    EventType.MEASURE_DECIDED: "measures",
    EventType.PROGRESS_REPORTED: "progress",
    EventType.RESOLVED: "resolved",
    EventType.RECOVERED: "recovered",
    EventType.VERIFIED: "verified",
    EventType.CLOSED: "closed",
    EventType.ARCHIVED: "archived",
    EventType.REOPENED: "reopened",
    EventType.WITHDRAWN: "withdrawn",
    EventType.MERGED: "merged",
}
_UNDONE_BY_REOPENING = frozenset(set(_MILESTONE_OF.values()) - {"reopened"})
_DOING = frozenset({EventType.MEASURE_DONE, EventType.PROGRESS_REPORTED, EventType.RESOLVED})


def fold(events: Iterable[Event]) -> Case:
    """Return the case that `events` (of one case, in order) add up to; raises CaseError on a gap, a repeat or an unknown event."""
    case: Case | None = None
    for event in events:
        case = apply(case, event)
    if case is None:
        raise CaseError("no events to fold", "A case begins with its opening.")
    return case


def apply(case: Case | None, event: Event) -> Case:
    """Return the case after one more event."""
    try:
        kind = EventType(event.type)
    except ValueError as error:
        known = ", ".join(EventType)
        raise CaseError(f"case {event.case_id}: unknown event {event.type!r}", f"Known events: {known}.") from error
    if case is None:
        return _opened(event, kind)
    if event.case_id != case.id or event.seq != case.seq + 1:
        raise CaseError(
            f"event {event.seq} of case {event.case_id} does not follow event {case.seq} of case {case.id}",
            "Read the case again and repeat the step.",
        )
    changes: Changes = {"seq": event.seq, "updated_at": event.at}
    if kind in _STATUS_AFTER:
        changes["status"] = _STATUS_AFTER[kind]
    changes |= _SPECIAL.get(kind, _nothing_more)(case, event)
    changes["milestones"] = _milestones(case, event, kind, changes)
    if kind in _DOING:
        evidence = changes.get("evidence", case.evidence)
        changes["evidence"] = _handled(evidence, doers=sorted({*_handling(case).get("doers", ()), event.actor}))
    return replace(case, **changes)


def _opened(event: Event, kind: EventType) -> Case:
    if kind not in {EventType.OPENED, EventType.IMPORTED} or event.seq != 1:
        raise CaseError(
            f"case {event.case_id} begins with event {event.seq} ({event.type})", "A case begins with its opening."
        )
    imported = kind is EventType.IMPORTED  # a case that was over before it came here
    at = event.at.isoformat()
    milestones = dict(event.data["milestones"]) if imported else {"opened": at, "clock": at}
    return Case(
        id=event.case_id,
        status=Status.ARCHIVED if imported else Status.OPEN,
        opened_at=datetime.fromisoformat(milestones["opened"]),
        updated_at=event.at,
        seq=1,
        milestones=milestones,
        **_read(event.data["set"]) | _with_findings({}, event),
    )


def _with_findings(case_evidence: Mapping[str, Any], event: Event) -> Changes:
    """Put the findings that an event adds or removes into the evidence that it leaves."""
    given = event.data["set"].get("evidence")
    evidence = (
        {k: v for k, v in case_evidence.items() if k in {"findings", "handling"}} | given if given else case_evidence
    )
    changed = {tuple(record["key"]) for record in event.data["added"]} | {
        tuple(k) for k in event.data.get("removed", ())
    }
    kept = [record for record in case_evidence.get("findings", ()) if tuple(record["key"]) not in changed]
    return {"evidence": dict(evidence) | {"findings": [*kept, *event.data["added"]]}}


def _by_night(case: Case, event: Event) -> Changes:
    return _read(event.data["set"]) | _with_findings(case.evidence, event)


def _handling(case: Case) -> Mapping[str, Any]:
    handling: Mapping[str, Any] = case.evidence.get("handling", {})
    return handling


def _handled(evidence: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    return dict(evidence) | {"handling": dict(evidence.get("handling", {})) | changed}


def _remember(case: Case, **changed: Any) -> Changes:
    return {"evidence": _handled(case.evidence, **changed)}


def _assessed(_case: Case, event: Event) -> Changes:
    return {"level": Level(event.data["level"])} if "level" in event.data else {}


def _accepted(case: Case, event: Event) -> Changes:
    return {"owner": event.actor} | _remember(case, proposed_owner=None)


def _measure_decided(case: Case, event: Event) -> Changes:
    measure = {key: event.data[key] for key in ("text", "owner", "due")}
    return _remember(case, decided=[*_handling(case).get("decided", ()), measure])


def _measure_done(case: Case, event: Event) -> Changes:
    decided = [dict(m) for m in _handling(case).get("decided", ())]
    decided[event.data["measure"] - 1]["done"] = event.at.isoformat()
    return _remember(case, decided=decided)


def _cause_given(_case: Case, event: Event) -> Changes:
    cause = Cause(event.data["cause"])
    changes: Changes = {"cause": cause}
    if "measures" in event.data:
        changes["measures"] = tuple(Text(**m) for m in event.data["measures"])
    if cause is Cause.FRAUD_SIGN:
        changes["restricted"] = True
        if event.data.get("owner"):
            changes["owner"] = event.data["owner"]
    return changes


def _reopened(case: Case, event: Event) -> Changes:
    night = _by_night(case, event) if "set" in event.data else {}
    evidence = night.get("evidence", case.evidence)
    relapses = _handling(case).get("relapses", 0) + bool(event.data.get("relapse"))
    return night | {"evidence": _handled(evidence, relapses=relapses, doers=[]), "verdict": None}


def _withdrawn(case: Case, event: Event) -> Changes:
    """Forget what a night takes back, so that it opens the case again when it returns; what a person takes back stays known."""
    if "removed" not in event.data:
        return {}
    return _with_findings(case.evidence, replace(event, data={"set": {}, "added": [], **event.data}))


def _seen(event: Event) -> Changes:
    """Return what an observation saw: through which day, of how many days how many outside the band."""
    return {name: event.data[name] for name in ("through", "days", "outside") if name in event.data}


def _nothing_more(_case: Case, _event: Event) -> Changes:
    return {}


_SPECIAL: Mapping[EventType, Callable[[Case, Event], Changes]] = {
    EventType.EXTENDED: _by_night,
    EventType.WORSENED: _by_night,
    EventType.REVISED: _by_night,
    EventType.REOPENED: _reopened,
    EventType.WITHDRAWN: _withdrawn,
    EventType.GROUPED: lambda _, event: {"parent": event.data["parent"]},
    EventType.MERGED: lambda _, event: {"parent": event.data["into"]},
    EventType.ASSESSED: _assessed,
    EventType.LEVEL_SET: _assessed,
    EventType.ASSIGNED: lambda case, event: _remember(case, proposed_owner=event.data["to"]),
    EventType.ACCEPTED: _accepted,
    EventType.ADOPTED: lambda _, event: {"owner": event.data["owner"]},
    EventType.MEASURE_DECIDED: _measure_decided,
    EventType.MEASURE_DONE: _measure_done,
    EventType.VERDICT_GIVEN: lambda _, event: {"verdict": Verdict(event.data["verdict"])},
    EventType.CAUSE_GIVEN: _cause_given,
    EventType.RECOVERED: lambda case, event: _remember(case, observed=_seen(event)),
    EventType.CLOSED: lambda case, event: _remember(case, lessons=event.note),
    EventType.SNOOZED: lambda case, event: _remember(
        case, snoozed={**_handling(case).get("snoozed", {}), event.actor: event.data["until"]}
    ),
    EventType.MUTED: lambda case, event: _remember(case, muted_until=event.data["until"]),
}


def mark(kind: EventType, deadline: str, since: str) -> str:
    """Name the milestone of a reminder or an escalation: one for each deadline and each time that it starts to run."""
    return f"{kind}:{deadline}:{since}"


def _milestones(case: Case, event: Event, kind: EventType, changes: Changes) -> dict[str, str]:
    at = event.at.isoformat()
    milestones = dict(case.milestones)
    if kind is EventType.REOPENED:
        milestones = {step: when for step, when in milestones.items() if step not in _UNDONE_BY_REOPENING}
    if kind in _MILESTONE_OF:
        milestones[_MILESTONE_OF[kind]] = at
    if kind in {EventType.REMINDED, EventType.ESCALATED}:
        # One mark a deadline, so that it is told once, whatever the clock does and however often the follow-up runs.
        milestones[mark(kind, event.data["deadline"], event.data["since"])] = at
    graver = changes.get("level", case.level) < case.level
    starts = changes.get("clock_runs", case.clock_runs) and not case.clock_runs
    if kind is EventType.REOPENED or graver or starts:
        milestones["clock"] = at
    return milestones


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "category": Category,
    "kind": Kind,
    "level": Level,
    "description": lambda t: Text(**t),
    "one_level_higher": lambda t: Text(**t),
    "impact": lambda ts: tuple(Text(**t) for t in ts),
    "measures": lambda ts: tuple(Text(**t) for t in ts),
    "cause": Cause,
    "verdict": Verdict,
    "detected_on": date.fromisoformat,
    "first_day": date.fromisoformat,
    "last_day": date.fromisoformat,
}
_FIELDS = frozenset(f.name for f in fields(Case))


def _read(data: Mapping[str, Any]) -> Changes:
    """Read the fields of a case back from an event's data."""
    unknown = set(data) - _FIELDS
    if unknown:
        raise CaseError(
            f"an event sets {', '.join(sorted(unknown))}, which no case has", "The store is of another version."
        )
    return {name: _READERS[name](value) if name in _READERS else value for name, value in data.items()}
