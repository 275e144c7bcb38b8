"""A case as somebody is told of it: the change, who is responsible, what comes next and by when, and what belongs under it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from detect.model import Case, Change, Status, Text
from detect.notices.catalogue import STEPS, filled
from detect.notices.draft import Item
from detect.notices.recipients import Directory

__all__ = ["Itemiser"]


@dataclass(frozen=True)
class Itemiser:
    """Turns changes into items. `now` is in the company's zone, and so become the deadlines (the next one by case id).

    `earlier` says by case id what the archive knows of its like.
    """

    directory: Directory
    now: datetime
    deadlines: Mapping[str, datetime]
    earlier: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)

    def items(self, changes: Iterable[Change]) -> list[Item]:
        """Return the items, the gravest and dearest first; a case whose parent is among them stands under its parent."""
        made = {change.case.id: self.item(change.case, change.what) for change in changes}
        parts: dict[str, list[Case]] = {}
        for item in made.values():
            if item.case.parent in made and item.case.parent != item.case.id:
                parts.setdefault(item.case.parent, []).append(item.case)
        below = {case.id for cases in parts.values() for case in cases}
        tops = [
            replace(item, parts=tuple(sorted(parts.get(case, ()), key=_gravest)))
            for case, item in made.items()
            if case not in below
        ]
        return sorted(tops, key=lambda item: _gravest(item.case))

    def apart(self, changes: Iterable[Change]) -> list[Item]:
        """Return the items in the same order, each on its own, so that no deadline hides under another case."""
        return sorted((self.item(change.case, change.what) for change in changes), key=lambda item: _gravest(item.case))

    def item(self, case: Case, what: str = "") -> Item:
        """Make the item of one case."""
        due = self.deadlines.get(case.id) if case.clock_runs and case.status.is_open else None
        department = self.directory.departments.get(case.department)
        owner = self._owner(case)
        return Item(
            case=case,
            what=what,
            department=department.name if department else Text(en=case.department, zh=case.department),
            owner=owner,
            next_step=_next_step(case.status, owner),
            due=due.astimezone(self.now.tzinfo) if due else None,
            overdue=what == "overdue" or (due is not None and due < self.now),
            earlier=self.earlier.get(case.id, ()) if what else (),
        )

    def _owner(self, case: Case) -> Text:
        people = self.directory.people
        owner = people.get(case.owner) or people.get(self.directory.monitoring_head)
        return owner.name if owner else Text(en=case.owner, zh=case.owner)


def _gravest(case: Case) -> tuple[int, float, str]:
    return (int(case.level), -(case.stake or 0.0), case.id)


def _next_step(status: Status, owner: Text) -> Text:
    step = STEPS.get(status)
    return filled(step, owner=owner) if step else Text(en="", zh="")
