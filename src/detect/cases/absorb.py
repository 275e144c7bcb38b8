"""What a night found, taken into the cases: opened, extended, worsened, revised, reopened, withdrawn, grouped.

The same findings again change nothing. What a person has decided (level, verdict, closing) is never undone by a night, except that
trouble which comes back reopens its case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from detect.cases.changing import fields_after, led_by, spoken_for
from detect.cases.deadlines import Deadlines
from detect.cases.episodes import GAP, Graded, Key, key_of, leading, record_of, records, summary
from detect.cases.events import SYSTEM, EventType, happened
from detect.cases.grouping import parents
from detect.cases.identity import case_id
from detect.cases.joining import Joining, join
from detect.cases.life import apply
from detect.errors import CaseError
from detect.model import Case, Event, Finding, Kind, Status
from detect.series.metric import Metric

__all__ = ["Absorbed", "Graded", "absorb"]

Judged = Callable[[str, str, str], bool]


@dataclass(frozen=True)
class Absorbed:
    """What a night did: its events in order, the cases they changed (as they are after), and the case of each finding."""

    events: tuple[Event, ...]
    cases: tuple[Case, ...]
    case_of: Mapping[Key, str]


def absorb(
    graded: Sequence[Graded],
    known: Sequence[Case],
    *,
    as_of: date,
    now: datetime,
    owner_of: Callable[[Finding], str],
    gap_days: int = GAP.days,
    clock_runs: bool = True,
    deadlines: Deadlines | None = None,
    metrics: Iterable[Metric] = (),
    judged: Judged | None = None,
) -> Absorbed:
    """Take the findings of one night into the `known` cases, and return what that changes.

    `known` are the open cases, those closed within the relapse time, and any that holds findings of `as_of`. A finding joins a case of
    its subject and segment whose days lie within `gap_days` of its own. `metrics` tell which cases are kin.
    `judged(subject, segment, channel)` says what this run judged to the end: only there does a finding of `as_of` that is no longer found
    get withdrawn; without it nothing is. With `clock_runs=False` (a backfill) what opens starts no deadline.
    """
    night = _Night(
        known,
        as_of=as_of,
        now=now,
        owner_of=owner_of,
        gap=timedelta(days=gap_days),
        deadlines=deadlines or Deadlines(),
        clock_runs=clock_runs,
    )
    for group in _by_place(graded):
        night.take(group)
    if judged is not None:
        night.withdraw({g.finding.key for g in graded}, judged)
    night.group({m.id: m for m in metrics})
    return Absorbed(tuple(night.events), tuple(night.cases[i] for i in night.changed), night.case_of)


def _by_place(graded: Sequence[Graded]) -> Iterator[list[Graded]]:
    ordered = sorted(graded, key=lambda g: (g.finding.subject, g.finding.segment, g.finding.day, g.finding.channel))
    for _, group in groupby(ordered, key=lambda g: (g.finding.subject, g.finding.segment)):
        yield list(group)


class _Night:
    """The cases as they change while a night is taken in."""

    def __init__(
        self,
        known: Sequence[Case],
        *,
        as_of: date,
        now: datetime,
        owner_of: Callable[[Finding], str],
        gap: timedelta,
        deadlines: Deadlines,
        clock_runs: bool,
    ) -> None:
        self.as_of, self.now, self.owner_of, self.gap = as_of, now, owner_of, gap
        self.deadlines, self.clock_runs = deadlines, clock_runs
        self.cases = {case.id: case for case in known}
        self.places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for case in known:
            self.places[case.subject, case.segment].append(case.id)
        self.events: list[Event] = []
        self.changed: dict[str, None] = {}
        self.opened: list[str] = []
        self.case_of: dict[Key, str] = {}

    def take(self, group: list[Graded]) -> None:
        """Take in the findings of one subject and segment, ordered by day."""
        place = self._place(group[0].finding)
        held = {key_of(r): (case.id, r["digest"]) for case in place for r in records(case)}
        fresh = []
        for graded in group:
            key = graded.finding.key
            if key not in held:
                fresh.append(graded)
                continue
            self.case_of[key], digest = held[key]
            case = self.cases[self.case_of[key]]
            if digest != record_of(graded)["digest"] and case.status.is_open:
                self._change(case, [graded], EventType.REVISED, removed=[key])
        for episode in _episodes(fresh, self.gap):
            self._join(episode)

    def _place(self, finding: Finding) -> list[Case]:
        """Return the cases of the finding's subject and segment, and those into which people merged them."""
        own = [self.cases[i] for i in self.places[finding.subject, finding.segment]]
        targets = (self._merged_into(case) for case in own if case.status is Status.MERGED)
        return own + [case for case in targets if case is not None]

    def _merged_into(self, case: Case) -> Case | None:
        seen = {case.id}
        while case.status is Status.MERGED:
            if case.parent is None or case.parent not in self.cases or case.parent in seen:
                return None
            seen.add(case.parent)
            case = self.cases[case.parent]
        return case

    def _join(self, episode: list[Graded]) -> None:
        first, last = min(g.finding.first_day for g in episode), max(g.finding.day for g in episode)
        how, case = join(self._place(episode[0].finding), first, last, gap=self.gap, deadlines=self.deadlines)
        if case is None:
            self._open(episode)
        elif how is Joining.RELAPSE:
            self._change(case, episode, EventType.REOPENED, more={"relapse": True})
        else:
            self._change(case, episode, EventType.EXTENDED)

    def _open(self, episode: list[Graded]) -> None:
        lead, fields = self._opening(episode)
        finding = lead.finding
        name = case_id(finding.subject, finding.segment, self.as_of, finding.channel)
        earlier = self.cases.get(name)
        if earlier is not None and earlier.status is Status.WITHDRAWN:
            fields.pop("detected_on")
            self._happen(
                earlier, EventType.REOPENED, {"set": fields, "added": [record_of(g) for g in episode]}, episode
            )
            return
        name = case_id(finding.subject, finding.segment, self.as_of, finding.channel, taken=self.cases)
        self._happen(name, EventType.OPENED, {"set": fields, "added": [record_of(g) for g in episode]}, episode)
        self.places[finding.subject, finding.segment].append(name)
        self.opened.append(name)

    def _opening(self, episode: list[Graded]) -> tuple[Graded, dict[str, Any]]:
        written = [record_of(g) for g in episode]
        lead = spoken_for(episode, leading(written))
        finding = lead.finding
        sign = next((g.finding for g in episode if g.finding.kind is Kind.AUDIT_SIGN), finding)
        owner = self.owner_of(sign)
        if not owner:
            raise CaseError(
                f"nobody owns {finding.subject} of {finding.department}", "Name a head in `config/company.yaml`."
            )
        fields = {
            "subject": finding.subject,
            "segment": finding.segment,
            "category": finding.category,
            "channel": finding.channel,
            "detected_on": self.as_of,
            "department": finding.department,
            "owner": owner,
            "level": lead.grade.level,
            "clock_runs": self.clock_runs,
            "restricted": any(g.finding.kind is Kind.AUDIT_SIGN for g in episode),
            "metric": finding.metric,
        }
        return lead, fields | led_by(lead) | summary(written)

    def _change(
        self,
        case: Case,
        episode: list[Graded],
        type_: EventType,
        *,
        removed: Sequence[Key] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Extend, revise or reopen `case`; it worsens where a finding is graver than all before and than its level now."""
        fields = fields_after(case, episode, removed)
        if "level" in fields and type_ is not EventType.REOPENED:
            type_ = EventType.WORSENED if case.status.is_open else EventType.REOPENED
        if fields.get("restricted"):  # a sign for audit, in a case that the department had until now
            fields["owner"] = self.owner_of(next(g.finding for g in episode if g.finding.kind is Kind.AUDIT_SIGN))
        if self.clock_runs and not case.clock_runs and (case.status.is_open or type_ is EventType.REOPENED):
            fields["clock_runs"] = True  # trouble that a backfill opened and that still goes on is trouble of today
        added = [record_of(g) for g in episode]
        data = {"set": fields, "added": added, **({"removed": removed} if removed else {}), **(more or {})}
        self._happen(case, type_, data, episode)

    def withdraw(self, found: set[Key], judged: Judged) -> None:
        """Take back what an earlier run of this night found and this one, having judged it, did not."""
        for case in [c for c in self.cases.values() if c.status.is_open]:
            gone = [
                key
                for key in map(key_of, records(case))
                if key[0] == self.as_of.isoformat() and key not in found and judged(*key[2:])
            ]
            if not gone:
                continue
            if len(gone) == len(records(case)) and any(key[2:4] == (case.subject, case.segment) for key in gone):
                self._happen(case, EventType.WITHDRAWN, {"removed": gone}, note="no longer found in corrected data")
                continue
            data = {"set": fields_after(case, [], gone), "added": [], "removed": gone}
            self._happen(case, EventType.REVISED, data, note="partly no longer found in corrected data")

    def group(self, metrics: Mapping[str, Metric]) -> None:
        """Put what opened tonight under the parent it belongs to."""
        if not self.opened:
            return
        new = set(self.opened)
        opened = [self.cases[i] for i in self.opened]
        others = [case for case in self.cases.values() if case.id not in new]
        for child, parent in parents(opened, others, metrics):
            self._happen(child, EventType.GROUPED, {"parent": parent})

    def _happen(
        self,
        case: Case | str,
        type_: EventType,
        data: Mapping[str, Any],
        episode: Sequence[Graded] = (),
        note: str = "",
    ) -> None:
        before = None if isinstance(case, str) else case
        name, seq = (case, 1) if isinstance(case, str) else (case.id, case.seq + 1)
        # A rerun of an older night comes after what people have done since, whatever its own time.
        at = self.now if before is None else max(self.now, before.updated_at)
        event = happened(name, seq, type_, at=at, actor=SYSTEM, note=note, data=data)
        self.events.append(event)
        self.cases[name] = apply(before, event)
        self.changed[name] = None
        self.case_of |= {g.finding.key: name for g in episode}


def _episodes(graded: list[Graded], gap: timedelta) -> Iterator[list[Graded]]:
    """Split findings ordered by day where more than `gap` lies between them."""
    episode: list[Graded] = []
    for one in graded:
        if episode and one.finding.first_day > max(g.finding.day for g in episode) + gap:
            yield episode
            episode = []
        episode.append(one)
    if episode:
        yield episode
