"""Checks that every name used in one place of the configuration is defined in another, on plain data.

Plain data, because a file with one fault must not hide the other faults of the folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from detect.config.columns import check_columns
from detect.config.document import Document, Place
from detect.config.faults import nearest
from detect.config.figures import check_figures
from detect.config.folder import Folder
from detect.errors import Fault
from detect.quality.catalogue import RELATION_TYPES

__all__ = ["check"]

Item = tuple[Document, Place, dict[str, Any]]


@dataclass
class Names:
    """Where each name of one noun is defined; `known` is False when a file that may define some could not be read."""

    noun: str
    places: dict[str, tuple[Document, Place]] = field(default_factory=dict)
    known: bool = True


def check(folder: Folder) -> list[Fault]:
    """Return the faults of names: defined twice, or used and not defined; and those of metrics' expressions."""
    faults: list[Fault] = []
    people = _collect("person", _items([folder.company], "people"), faults)
    departments = _collect("department", _items([folder.company], "departments"), faults)
    sources = _collect("source", _items([folder.tables], "tables"), faults)
    metrics = _collect("metric", _items(folder.metrics, "metrics"), faults)
    _collect("event", _items([folder.events], "events"), faults)
    people.known = departments.known = folder.company.readable
    sources.known = folder.tables.readable
    metrics.known = all(document.readable for document in folder.metrics)
    if metrics.known and not metrics.places:
        faults.append(Fault("config/metrics/", 1, "metrics", "no metric at all", "At least one must be given"))
    faults += _company(folder.company, people, departments)
    faults += _uses(_items([folder.tables], "tables"), "owner", departments)
    faults += _metrics(folder, departments, sources, metrics)
    faults += _policy(folder.policy, departments, metrics)
    faults += _uses(_items([folder.events], "events"), "metrics", metrics)
    faults += _suites(folder.suites, departments, sources)
    faults += _watched(folder, departments, sources, metrics)
    faults += _playbooks(folder.playbooks)
    return faults + check_figures(folder) + check_columns(folder)


def _items(documents: Iterable[Document], key: str) -> list[Item]:
    """Return the mappings of the list under `key` in each document."""
    found: list[Item] = []
    for document in documents:
        listed = document.data.get(key) if isinstance(document.data, dict) else None
        if isinstance(listed, list):
            found += [(document, (key, i), item) for i, item in enumerate(listed) if isinstance(item, dict)]
    return found


def _collect(noun: str, items: Iterable[Item], faults: list[Fault]) -> Names:
    """Gather ids; an id that stands twice is a fault that names both places."""
    names = Names(noun)
    for document, place, item in items:
        name = item.get("id")
        if not isinstance(name, str):
            continue
        if name in names.places:
            first, where = names.places[name]
            found = f"two {'people' if noun == 'person' else f'{noun}s'} have the id {name!r}"
            other = f"the first stands at {first.file}:{first.line((*where, 'id'))}"
            faults.append(document.fault((*place, "id"), found, f"Allowed: each id once; {other}"))
        else:
            names.places[name] = (document, place)
    return names


def _use(document: Document, place: Place, value: Any, names: Names) -> Iterator[Fault]:
    """Yield a fault for each name in `value` (one, or a list) that is not defined."""
    if not names.known:
        return
    listed = isinstance(value, list)
    for position, name in enumerate(value if listed else [value]):
        if isinstance(name, str) and name not in names.places:
            where = (*place, position) if listed else place
            yield document.fault(where, f"unknown {names.noun} {name!r}", nearest(name, names.places))


def _uses(items: Iterable[Item], key: str, names: Names) -> list[Fault]:
    return [f for document, place, item in items for f in _use(document, (*place, key), item.get(key), names)]


def _company(document: Document, people: Names, departments: Names) -> list[Fault]:
    data = document.data if isinstance(document.data, dict) else {}
    named = data.get("channels")
    channels = Names("channel", dict.fromkeys(named, (document, ())) if isinstance(named, dict) else {})
    channels.known = isinstance(named, dict)
    faults = [f for key in ("head", "members") for f in _uses(_items([document], "departments"), key, people)]
    faults += _uses(_items([document], "people"), "deputy", people)
    faults += _uses(_items([document], "people"), "channels", channels)
    if channels.known and "mail" not in channels.places:
        unsaid = [item for item in _items([document], "people") if "channels" not in item[2]]
        faults += [d.fault(place, "no channels, and there is no channel 'mail'", "Name one") for d, place, _ in unsaid]
    notices = data.get("notices")
    if isinstance(notices, dict):
        uses = {"management_group": people, "audit": people, "monitoring_department": departments}
        faults += [f for key, names in uses.items() for f in _use(document, ("notices", key), notices.get(key), names)]
    return faults


def _metrics(folder: Folder, departments: Names, sources: Names, metrics: Names) -> list[Fault]:
    uses = {"department": departments, "source": sources, "related": metrics}
    items = _items(folder.metrics, "metrics")
    faults = [f for key, names in uses.items() for f in _uses(items, key, names)]
    for document in folder.metrics:
        defaults = document.data.get("defaults") if isinstance(document.data, dict) else None
        if isinstance(defaults, dict):
            faults += [f for key, n in uses.items() for f in _use(document, ("defaults", key), defaults.get(key), n)]
    return faults


def _policy(document: Document, departments: Names, metrics: Names) -> list[Fault]:
    accounts = _items([document], "accounts")
    checks = [item for key in ("rates", "breaks", "bursts", "satisfaction") for item in _items([document], key)]
    faults = [f for key in ("department", "visible_to") for f in _uses(_given(accounts, key), key, departments)]
    return faults + _uses(accounts, "metric", metrics) + _uses(checks, "metrics", metrics)


def _given(items: Iterable[Item], key: str) -> list[Item]:
    """Leave out items in which the key is empty, which means: as the metric says."""
    return [item for item in items if item[2].get(key)]


def _suites(documents: Iterable[Document], departments: Names, sources: Names) -> list[Fault]:
    faults: list[Fault] = []
    seen: dict[str, Document] = {}
    for document in documents:
        data = document.data if isinstance(document.data, dict) else {}
        source = data.get("source")
        faults += _use(document, ("source",), source, sources)
        faults += _use(document, ("department",), data.get("department") or None, departments)
        rules = _items([document], "expectations")
        faults += _uses(_given(rules, "department"), "department", departments)
        faults += [f for d, place, rule in rules for f in _other_source(d, place, rule, sources)]
        if isinstance(source, str) and seen.setdefault(source, document) is not document:
            other = f"the other is {seen[source].file}"
            faults.append(document.fault(("source",), f"two suites for {source!r}", f"Allowed: one a source; {other}"))
    return faults


def _other_source(document: Document, place: Place, rule: dict[str, Any], sources: Names) -> Iterator[Fault]:
    """Yield a fault where a rule on two tables names a source that is not there."""
    kwargs = rule.get("kwargs")
    if _name(rule.get("type")) in RELATION_TYPES and isinstance(kwargs, dict):
        yield from _use(document, (*place, "kwargs", "other"), kwargs.get("other"), sources)


def _watched(folder: Folder, departments: Names, sources: Names, metrics: Names) -> list[Fault]:
    """Check the names of processes, audits, targets and identities; their ids stand beside those of metrics and tables in every list."""
    processes, audits = _items([folder.processes], "processes"), _items([folder.audits], "audits")
    targets, identities = _items([folder.targets], "targets"), _items([folder.identities], "identities")
    everything = [*processes, *audits, *targets, *identities]
    faults: list[Fault] = []
    _collect("check", everything, faults)
    for document, place, item in everything:
        for names in (metrics, sources):
            if _name(item.get("id")) in names.places:
                found = f"{item['id']!r} is the id of a {names.noun}"
                faults.append(document.fault((*place, "id"), found, "Allowed: an id of its own"))
    for items in (processes, audits):
        faults += [*_uses(items, "source", sources), *_uses(items, "department", departments)]
    faults += _uses(_given(audits, "about"), "about", departments)
    faults += [*_uses(targets, "metric", metrics), *_uses(identities, "department", departments)]
    faults += [*_uses(identities, "left", metrics), *_uses(identities, "right", metrics)]
    plans = [(d, (*p, "table"), i["table"]) for d, p, i in targets if isinstance(i.get("table"), dict)]
    faults += _uses(plans, "source", sources)
    for key in ("vendors", "employees"):
        lists = [(d, (*p, key), i[key]) for d, p, i in audits if isinstance(i.get(key), dict)]
        faults += _uses(lists, "source", sources)
    return [*faults, *_apart(folder, audits)]


def _apart(folder: Folder, audits: Iterable[Item]) -> Iterator[Fault]:
    """Yield a fault where somebody who would hear of signs belongs to the department under test, or nobody would hear."""
    company = folder.company.data if isinstance(folder.company.data, dict) else {}
    notices = company.get("notices")
    audit = _names(notices.get("audit")) if isinstance(notices, dict) else set()
    owners = {_name(item.get("id")): _name(item.get("owner")) for _, _, item in _items([folder.tables], "tables")}
    people: dict[str, set[str]] = {}
    for _, _, item in _items([folder.company], "departments"):
        people[_name(item.get("id"))] = _names(item.get("members")) | _names([item.get("head")])
    for document, place, item in audits:
        if not audit:
            yield document.fault(
                place, "nobody would hear of its signs", "Name people under `notices: audit:` in config/company.yaml"
            )
            continue
        about = item.get("about") or [owners.get(_name(item.get("source")))]
        for department in sorted(_names(about)):
            for person in sorted(people.get(department, set()) & audit):
                found = f"{person!r}, who would hear of its signs, belongs to {department!r}, whose rows these are"
                yield document.fault(
                    (*place, "about"), found, "Allowed: departments without anybody of `notices: audit:`"
                )


def _name(value: object) -> str:
    """Return what may be a name; whatever else stands there is told where the item itself is checked."""
    return value if isinstance(value, str) else ""


def _names(value: object) -> set[str]:
    return {name for name in value if isinstance(name, str) and name} if isinstance(value, list) else set()


def _playbooks(documents: Iterable[Document]) -> list[Fault]:
    faults = []
    for document in documents:
        category = document.data.get("category") if isinstance(document.data, dict) else None
        wanted = document.file.rpartition("/")[2].removesuffix(".yaml")
        if isinstance(category, str) and category != wanted:
            faults.append(document.fault(("category",), f"found {category!r}", f"Allowed in this file: {wanted}"))
    return faults
