"""Cases and runs as plain data, for machines: the fields that the command line promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from detect.cases.archive import Similar
from detect.cases.steps import Step, next_step, next_steps
from detect.cases.times import response_times
from detect.db.records import Run, Told
from detect.model import Case, Check, Event, Outcome, Text
from detect.notices.contributions import contributions
from detect.pipeline.behind import Behind
from detect.pipeline.clocks import Clocks
from detect.pipeline.precedents import earlier_of
from detect.pipeline.session import Session

__all__ = [
    "behind_data",
    "case_data",
    "case_report",
    "event_data",
    "first_sent",
    "next_commands",
    "run_data",
    "similar_data",
    "told_data",
]


def case_data(case: Case, due: datetime | None, language: str, *, level_3_in_department: bool = True) -> dict[str, Any]:
    """Return one case with the fields of `cases list --json`."""
    step = next_step(case, level_3_in_department=level_3_in_department)
    possible = next_steps(case, level_3_in_department=level_3_in_department)
    return {
        "id": case.id,
        "subject": case.subject,
        "metric": case.metric,
        "segment": case.segment,
        "category": case.category.value,
        "kind": case.kind.value,
        "description": case.description[language],
        "detected_on": case.detected_on.isoformat(),
        "first_day": case.first_day.isoformat(),
        "last_day": case.last_day.isoformat(),
        "level": int(case.level),
        "status": case.status.value,
        "verdict": case.verdict.value if case.verdict else None,
        "cause": case.cause.value if case.cause else None,
        "department": case.department,
        "owner": case.owner,
        "expected": case.expected,
        "lower": case.lower,
        "upper": case.upper,
        "actual": case.actual,
        "unit": case.unit,
        "stake": case.stake,
        "rule": case.rule,
        "one_level_higher": case.one_level_higher[language],
        "impact": _said(case.impact, language),
        "measures": _said(case.measures, language),
        "next_step": step.value if step else None,
        "possible_steps": [step.value for step in possible],
        "due": due.isoformat() if due else None,
        "parent": case.parent,
        "restricted": case.restricted,
        "provisional": case.provisional,
        "decided": list(case.evidence.get("handling", {}).get("decided", ())),
    }


def case_report(session: Session, case: Case, now: datetime) -> dict[str, Any]:
    """Return everything about one case as plain data: its fields, history, times, the like of it, and what can be done next."""
    book, events = session.book, session.store.events(case.id)
    language, shortcut = book.company.language, book.policy.deadlines.level_3_in_department
    due = Clocks(book, session.calendar(now.date())).due([case])
    told = session.store.told_of(case.id)
    took = response_times(case, events, book.company.timezone, first_sent(told))
    earlier = earlier_of(session, [case])[case.id]
    return case_data(case, due.get(case.id), language, level_3_in_department=shortcut) | {
        "hours": {step: round(time.total_seconds() / 3600, 2) for step, time in took.items()},
        "events": event_data(events),
        "earlier": [text[language] for text in earlier],
        "next_commands": next_commands(case, level_3_in_department=shortcut),
        "told": told_data(told),
    }


def first_sent(told: Iterable[Told]) -> datetime | None:
    """Return when the first message about a case was sent; None where none was."""
    return min((one.sent_at for one in told if one.sent_at is not None), default=None)


_FORMS: Mapping[Step, str] = {
    Step.ASSESS: "assess {id} --note WHAT",
    Step.MEET: "meet {id} --note WHAT",
    Step.MEASURE: "measure {id} --suggested 1 --owner PERSON --due D",
    Step.DONE: "measure {id} --done 1",
    Step.PROGRESS: "progress {id} --note WHAT",
    Step.RESOLVE: "resolve {id} --note WHAT",
    Step.REOPEN: "reopen {id} --note WHY",
    Step.ASSIGN: "assign {id} --to PERSON",
    Step.LEVEL: "level {id} --level N --note WHY",
    Step.VERDICT: "verdict true {id}",
    Step.CAUSE: "cause {id} CAUSE",
    Step.COMMENT: "comment {id} --note WHAT",
    Step.MERGE: "merge {id} --into CASE",
    Step.MUTE: "mute {id} --until T --note WHY",
    Step.SNOOZE: "snooze {id} --until T",
    Step.WITHDRAW: "withdraw {id} --note WHY",
}


def next_commands(case: Case, *, level_3_in_department: bool = True) -> list[str]:
    """Return what can be done next, as commands to copy, that which the policy waits for first."""
    step = next_step(case, level_3_in_department=level_3_in_department)
    possible = next_steps(case, level_3_in_department=level_3_in_department)
    ordered = dict.fromkeys([*([step] if step else []), *possible])
    return [
        f"detect cases {_FORMS.get(one, f'{one.command} {{id}}').format(id=case.id)} --as PERSON" for one in ordered
    ]


def event_data(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return what happened to a case, the oldest first."""
    return [{"seq": e.seq, "type": e.type, "at": e.at.isoformat(), "actor": e.actor, "note": e.note} for e in events]


def behind_data(case: Case, behind: Behind) -> dict[str, Any]:
    """Return the parts and rows that make up a case; `rows_fault` says why there are no rows, '' where they were read."""
    return {
        "contributions": [dict(part) for part in contributions(case.evidence)],
        "rows": [dict(row) for row in behind.rows],
        "query": behind.query,
        "rows_fault": behind.fault,
    }


def similar_data(similar: Similar, language: str) -> dict[str, Any]:
    """Return the nearest earlier cases, how like they are and in what, what was done and whether it worked."""
    return {
        "searched": similar.searched,
        "similar": [
            {
                "id": one.case.id,
                "description": one.case.description[language],
                "score": round(one.score, 3),
                "alike_in": list(one.alike_in),
                "cause": one.cause.value if one.cause else None,
                "verdict": one.verdict.value if one.verdict else None,
                "measures": list(one.measures),
                "worked": one.worked,
                "days_to_close": None if one.days_to_close is None else round(one.days_to_close, 1),
                "lessons": one.lessons,
            }
            for one in similar.found
        ],
    }


def told_data(told: Iterable[Told]) -> list[dict[str, Any]]:
    """Return the delivery record of a case: every message about it with each try and its answer."""
    return [
        {
            "to": t.recipient,
            "channel": t.channel,
            "kind": t.kind,
            "state": t.state,
            "created_at": t.created_at.isoformat(),
            "due_at": t.due_at.isoformat(),
            "sent_at": t.sent_at.isoformat() if t.sent_at else None,
            "tries": [
                {"at": d.at.isoformat(), "by": d.worker, "outcome": d.outcome, "answer": d.answer} for d in t.tries
            ],
        }
        for t in told
    ]


def run_data(run: Run, checks: Iterable[Check] = ()) -> dict[str, Any]:
    """Return one line of the run ledger; with `checks`, what was not judged and why."""
    unjudged = [
        {"subject": c.subject, "detector": c.detector, "segment": segment, "outcome": outcome.value, "cause": cause}
        for c in checks
        for segment, outcome, cause in c.notable
        if outcome is not Outcome.FINDING
    ]
    return {
        "as_of": run.as_of.isoformat(),
        "scope": run.scope,
        "mode": run.mode,
        "state": run.state,
        "planned": run.planned,
        "outcomes": _counts(run.outcomes),
        "data_until": run.data_until.isoformat() if run.data_until else None,
        "not_judged": unjudged,
    }


def _counts(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in outcomes.items()}


def _said(texts: Iterable[Text], language: str) -> list[str]:
    return [text[language] for text in texts]
