"""From a night's changes to drafts: one digest a recipient and channel, level 1 singly besides, alarms to the monitoring department."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from detect.model import Case, Change, Department, Level, NightSummary, Person, Text
from detect.notices.draft import Draft, Item, NotJudged, Undelivered, Watched, key_of
from detect.notices.items import Itemiser
from detect.notices.links import Links
from detect.notices.operations import alarm
from detect.notices.recipients import Directory
from detect.notices.settings import NoticeSettings
from detect.notices.silence import awake_at, material, muted, snoozed

__all__ = ["drafts"]

_NEWS = (  # the weightiest first
    "opened", "reopened", "escalated", "worsened", "audit", "referred", "assigned", "measure_decided", "adopted", "withdrawn",
    "recovered", "revised",
)  # fmt: skip
_TOLD = {*_NEWS, "overdue", "reminded"}  # a case that merely goes on is no reason to write
_ESCALATIONS = {"overdue", "escalated"}
_SINGLY = {"opened", "worsened", "reopened", "escalated"}


@dataclass(frozen=True)
class _Night:
    """What every draft of one night is made from."""

    directory: Directory
    itemiser: Itemiser
    summary: NightSummary
    watched: Mapping[str, Watched]
    links: Links
    shared: Collection[str]
    undelivered: tuple[Undelivered, ...] = ()

    @property
    def now(self) -> datetime:
        """The instant of the telling, in the company's zone."""
        return self.itemiser.now


def drafts(
    summary: NightSummary,
    changes: Sequence[Change],
    open_cases: Iterable[Case],
    people: Iterable[Person],
    departments: Iterable[Department],
    *,
    settings: NoticeSettings,
    now: datetime,
    deadlines: Mapping[str, datetime] | None = None,
    watched: Mapping[str, Watched] | None = None,
    away: Collection[str] = (),
    earlier: Mapping[str, tuple[Text, ...]] | None = None,
    links: Links | None = None,
    shared: Collection[str] = (),
    undelivered: Iterable[Undelivered] = (),
    quiet_too: bool = True,
) -> list[Draft]:
    """Return every message of a night, sorted by recipient, channel and kind; nothing that changed is left out.

    `changes` are those that this run made; `deadlines` the next one of each case; `watched` what the subjects are called and who
    answers for them (of what is not in it, only those who may see everything are told why it was not judged). `now` in the company's
    zone. `earlier` says by case id what the archive knows of its like. With `quiet_too` false, as on the rerun of a date that was told
    before, only who has something new gets a digest. Signed `links` go over no `shared` channel: whoever holds one acts as the person it
    is for. `undelivered` is told to the publisher.
    """
    directory = Directory(settings, {p.id: p for p in people}, {d.id: d for d in departments}, away)
    links = links or Links(settings.link)
    itemiser = Itemiser(directory, now, deadlines or {}, earlier or {})
    night = _Night(directory, itemiser, summary, watched or {}, links, shared, tuple(undelivered))
    told = _by_recipient(night, changes)
    still = _by_recipient(night, [Change(case, "", 0) for case in open_cases if case.status.is_open])
    worth = {person: _worth(directory, theirs) for person, theirs in told.items()}
    with_news = [person for person, theirs in worth.items() if any(change.what in _TOLD for change in theirs)]
    audience = (*directory.audience(), *with_news) if quiet_too else tuple(with_news)
    made = [draft for person in dict.fromkeys(audience) for draft in _digests(night, person, told, still)]
    made += [draft for person, theirs in worth.items() for draft in _singles(night, person, theirs)]
    made += _operations(night)
    return sorted(made, key=lambda d: (d.recipient.id, d.channel, d.kind, d.key))


def _by_recipient(night: _Night, changes: Iterable[Change]) -> dict[str, list[Change]]:
    directory = night.directory
    found: dict[str, list[Change]] = {}
    for change in changes:
        case, what = change.case, change.what
        passes = not what or change.only  # what is merely listed, and what is handed to somebody
        if not passes and muted(case, what, night.now):
            continue
        for person in directory.concerned(case, escalated=what in _ESCALATIONS, also=change.also, only=change.only):
            if passes or not snoozed(case, what, person, night.now):
                found.setdefault(person, []).append(change)
    return found


def _worth(directory: Directory, changes: Iterable[Change]) -> list[Change]:
    """Leave out what is about less money than its department wants to hear of."""
    return [c for c in changes if material(c.case, directory.departments.get(c.case.department))]


def _digests(
    night: _Night, person: str, told: Mapping[str, list[Change]], still: Mapping[str, list[Change]]
) -> Iterable[Draft]:
    everything = [*told.get(person, []), *still.get(person, [])]
    worth = _worth(night.directory, everything)
    changes = [c for c in worth if c.what]
    news = night.itemiser.items(_weightiest(changes))
    shown = {case.id for item in news for case in (item.case, *item.parts)}
    rest = [c for c in worth if c.what not in _NEWS and c.case.id not in shown]
    others = night.itemiser.apart({c.case.id: c for c in reversed(rest)}.values())
    draft = replace(
        _blank(night, person, "digest"),
        news=tuple(news),
        overdue=tuple(item for item in others if item.overdue),
        still_open=tuple(sorted((i for i in others if not i.overdue and i.case.status.is_open), key=_soonest)),
        not_judged=_not_judged(night, person),
        undelivered=night.undelivered if person == night.directory.monitor() else (),
        below=len({c.case.id for c in everything} - {c.case.id for c in worth}),
    )
    return _over_channels(night, draft, changes)


def _soonest(item: Item) -> tuple[bool, float, int]:
    """Order what is still open: by deadline, then what has none, the latest first."""
    return (item.due is None, item.due.timestamp() if item.due else 0.0, -item.case.last_day.toordinal())


def _weightiest(changes: Iterable[Change]) -> list[Change]:
    """Keep one change a case, so that a case that opened and worsened in one night is told once."""
    ranked = sorted((c for c in changes if c.what in _NEWS), key=lambda c: _NEWS.index(c.what))
    return list({c.case.id: c for c in reversed(ranked)}.values())


def _singles(night: _Night, person: str, changes: Iterable[Change]) -> list[Draft]:
    """Write level 1 singly up to the cap, the greatest stake first; in a storm the digest alone tells the others."""
    major = {c.case.id: c for c in changes if c.case.level is Level.MAJOR and c.what in _SINGLY}
    items = night.itemiser.items(major.values())[: night.directory.settings.singly_at_most]
    blank = _blank(night, person, "case")
    return [
        draft for item in items for draft in _over_channels(night, replace(blank, news=(item,)), [major[item.case.id]])
    ]


def _operations(night: _Night) -> list[Draft]:
    found = alarm(night.summary)
    if found is None:
        return []
    blank = _blank(night, night.directory.monitor(), "operations")
    draft = replace(blank, alarm=found, not_judged=_not_judged(night, blank.recipient.id))
    return [
        replace(d, key=key_of(d.as_of, d.recipient.id, d.channel, f"operations {found.description.en}", ()))
        for d in _over_channels(night, draft, ())
    ]


def _blank(night: _Night, person: str, kind: str) -> Draft:
    directory = night.directory
    return Draft(
        key="",
        recipient=directory.people[person],
        channel="",
        kind=kind,
        now=night.itemiser.now,
        summary=night.summary,
        publisher=directory.departments[directory.settings.monitoring_department].name,
        links=night.links,
        detailed_at_most=directory.settings.detailed_at_most,
    )


def _over_channels(night: _Night, draft: Draft, changes: Collection[Change]) -> list[Draft]:
    """Address a draft over each of its reader's channels; what can wait waits for the end of the quiet hours."""
    recipient = draft.recipient
    return [
        replace(
            draft,
            channel=channel,
            key=key_of(draft.as_of, recipient.id, channel, draft.kind, changes),
            links=draft.links.public() if channel in night.shared else draft.links,
            not_before=None if _rings(draft) else awake_at(recipient, night.now),
        )
        for channel in recipient.channels
    ]


def _rings(draft: Draft) -> bool:
    """Whether a message is worth somebody's sleep: level 1, singly told, and the alarm that no check took place."""
    return draft.kind == "case" or (draft.alarm is not None and draft.alarm.level is Level.MAJOR)


def _not_judged(night: _Night, person: str) -> tuple[NotJudged, ...]:
    """List what was not judged and concerns `person`: all of it for overseers, else that of the own department."""
    sees_all = person in night.directory.overseers()
    found = []
    for subject, segment, outcome, cause in night.summary.not_judged:
        known = night.watched.get(subject)
        if sees_all or (known and night.directory.responsible_for(person, known.department)):
            name = known.name if known else Text(en=subject, zh=subject)
            found.append(NotJudged(name, segment, outcome, cause))
    return tuple(found)
