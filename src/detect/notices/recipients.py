"""Who is told about a case: by department, level and restriction; a deputy in the place of whoever is away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from detect.model import Case, Department, Level, Person
from detect.notices.settings import NoticeSettings

__all__ = ["Directory"]


@dataclass(frozen=True)
class Directory:
    """The company's people and departments, and who of them is away."""

    settings: NoticeSettings
    people: Mapping[str, Person]
    departments: Mapping[str, Department]
    away: Collection[str] = ()

    def concerned(
        self, case: Case, *, escalated: bool = False, also: Iterable[str] = (), only: bool = False
    ) -> tuple[str, ...]:
        """Name who is told of `case`: audit alone when it is restricted, so that the department under test never hears of it.

        `also` are told besides; with `only` nobody but them.
        """
        if only:
            return self.present(also)
        if case.restricted:
            return self.present(self.settings.audit or (self.monitoring_head,))
        told = [self.head(case.department), case.owner]
        if case.level is Level.MAJOR or escalated:
            told += self.settings.management_group
        return self.present([*told, *also])

    def audience(self) -> tuple[str, ...]:
        """Name everyone who gets a digest on every night, a quiet one too."""
        heads = [department.head for department in self.departments.values()]
        return self.present([*heads, *self.settings.management_group, self.monitoring_head])

    def head(self, department: str) -> str:
        """Name the head of `department`; the monitoring department owns what has no owner (policy P3.5)."""
        found = self.departments.get(department)
        return found.head if found else self.monitoring_head

    @property
    def monitoring_head(self) -> str:
        """Who publishes the warnings and gets the system's alarms about itself."""
        return self.departments[self.settings.monitoring_department].head

    def overseers(self) -> tuple[str, ...]:
        """Name those who may see every department's matters: the management group and the monitoring department."""
        return self.present([*self.settings.management_group, self.monitoring_head])

    def monitor(self) -> str:
        """Name who takes the monitoring head's messages today."""
        return self.present([self.monitoring_head])[0]

    def responsible_for(self, person: str, department: str) -> bool:
        """Whether `person` heads `department`, in person or as deputy."""
        return person in self.present([self.head(department)])

    def present(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Replace whoever is away or unknown; each person once, in the order given."""
        return tuple(dict.fromkeys(self._stand_in(person) for person in ids if person))

    def _stand_in(self, person: str) -> str:
        seen: set[str] = set()
        while person in self.away and person not in seen:
            seen.add(person)
            known = self.people.get(person)
            person = (known.deputy if known else None) or person
        return person if person in self.people else self.monitoring_head
