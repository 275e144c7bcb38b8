"""Who may take which step (policy P1.3c, P4.1-P4.6): the owner and the head handle, the group decides, the doer never verifies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from detect.cases.steps import Step
from detect.model import Case, Department, Person

__all__ = ["PERMITTED", "Role", "Roles"]


class Role(StrEnum):
    """What somebody is to a case."""

    OWNER = "the owner"
    HEAD = "the head of the department"
    MEMBER = "a member of the department"
    GROUP = "the management group"
    MONITORING = "the monitoring department"
    AUDIT = "audit"
    PROPOSED = "the person it was handed to"
    MEASURE_OWNER = "the owner of a measure"


_HANDLERS = frozenset({Role.OWNER, Role.HEAD})
_DECIDERS = _HANDLERS | {Role.GROUP}
_ALL = frozenset(Role)

PERMITTED: Mapping[Step, frozenset[Role]] = {
    Step.ACKNOWLEDGE: _HANDLERS,
    Step.ASSESS: _HANDLERS,
    Step.REFER: _HANDLERS,
    Step.MEET: frozenset({Role.GROUP}),
    Step.MEASURE: _DECIDERS,
    Step.DONE: _HANDLERS | {Role.MEASURE_OWNER},
    Step.PROGRESS: _HANDLERS | {Role.MEASURE_OWNER, Role.MEMBER},
    Step.RESOLVE: _HANDLERS,
    Step.VERIFY: frozenset({Role.GROUP, Role.HEAD, Role.AUDIT}),
    Step.CLOSE: frozenset({Role.GROUP, Role.HEAD, Role.AUDIT}),
    Step.ARCHIVE: _DECIDERS | {Role.MONITORING},
    Step.REOPEN: _DECIDERS | {Role.MONITORING},
    Step.ASSIGN: _DECIDERS | {Role.MONITORING},
    Step.ACCEPT: frozenset({Role.PROPOSED}),
    Step.LEVEL: _DECIDERS,
    Step.VERDICT: _DECIDERS,
    Step.CAUSE: _DECIDERS,
    Step.COMMENT: _ALL,
    Step.MERGE: _DECIDERS | {Role.MONITORING},
    Step.MUTE: _DECIDERS,
    Step.SNOOZE: _ALL,
    Step.WITHDRAW: frozenset({Role.GROUP, Role.MONITORING}),
}


@dataclass(frozen=True)
class Roles:
    """The company's people as the life of a case sees them, all by person id."""

    heads: Mapping[str, str]  # department id -> head
    members: Mapping[str, frozenset[str]]
    people: frozenset[str]
    group: frozenset[str] = frozenset()
    monitoring: frozenset[str] = frozenset()
    audit: frozenset[str] = frozenset()
    deputies: Mapping[str, str] = field(default_factory=dict)  # person -> who may act in their place

    @classmethod
    def of(
        cls,
        departments: Iterable[Department],
        people: Iterable[Person],
        *,
        group: Iterable[str] = (),
        monitoring: Iterable[str] = (),
        audit: Iterable[str] = (),
    ) -> Self:
        """Gather roles from the configured nouns; `group`, `monitoring` and `audit` are person ids."""
        listed, persons = tuple(departments), tuple(people)
        return cls(
            heads={d.id: d.head for d in listed},
            members={d.id: frozenset(d.members) for d in listed},
            people=frozenset(p.id for p in persons),
            group=frozenset(group),
            monitoring=frozenset(monitoring),
            audit=frozenset(audit),
            deputies={p.id: p.deputy for p in persons if p.deputy},
        )

    def held_by(self, actor: str, case: Case) -> frozenset[Role]:
        """Return what `actor` is to `case`, in person or as somebody's deputy.

        The department of a restricted case has no part in it: it may be the one under test.
        """
        persons = {actor} | {person for person, deputy in self.deputies.items() if deputy == actor}
        handling = case.evidence.get("handling", {})
        head = self.heads.get(case.department)
        own = head in persons or bool(self.members.get(case.department, frozenset()) & persons)
        part = not (case.restricted and own)
        monitors = bool(self.monitoring & persons)
        held = {
            # The monitoring department owns what has no owner, and heads what has no department (P3.5).
            Role.OWNER: case.owner in persons or (part and monitors and case.owner not in self.people),
            Role.GROUP: part and bool(self.group & persons),
            Role.MONITORING: part and monitors,
            Role.AUDIT: bool(self.audit & persons),
            Role.PROPOSED: handling.get("proposed_owner") == actor,
            Role.MEASURE_OWNER: any(m["owner"] in persons for m in handling.get("decided", ())),
            Role.HEAD: not case.restricted and (head in persons or (head is None and monitors)),
            Role.MEMBER: not case.restricted and bool(self.members.get(case.department, frozenset()) & persons),
        }
        if case.restricted and held[Role.AUDIT]:
            held[Role.HEAD] = True
        return frozenset(role for role, holds in held.items() if holds)

    def may_see(self, actor: str, case: Case) -> bool:
        """Whether `actor` may read `case`: anybody may, unless it is restricted."""
        return actor in self.people and (not case.restricted or bool(self.held_by(actor, case)))
