"""Makes a Book of a company's folder, or tells every fault of every file at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from detect.checks.audit_settings import AuditSettings
from detect.checks.process import ProcessSettings
from detect.checks.targets import IdentitySettings, TargetSettings
from detect.checks.topics_settings import FeedbackSettings
from detect.config.book import Book
from detect.config.company import Company
from detect.config.document import Document, Place, walk
from detect.config.environment import ReferenceFault, overrides, resolve, variable
from detect.config.faults import allowed_names, build, nearest
from detect.config.folder import Folder, open_folder
from detect.config.policy import Policy
from detect.config.references import check
from detect.config.secrets import secrets_in_clear
from detect.errors import ConfigError, Fault
from detect.findings.playbook import Playbook
from detect.model import KnownEvent
from detect.quality.suite import Suite
from detect.series.metric import Metric, Source

__all__ = ["load"]

T = TypeVar("T")
DEFAULT_STORE = "sqlite:///var/store.db"
RELATIVE_FILE = re.compile(r"((?:sqlite(?:\+\w+)?|duckdb|parquet):///)(?!/|:memory:|file:)(?=[^?])(.+)")


def load(directory: Path, environ: Mapping[str, str]) -> Book:
    """Read and check the configuration below `directory`; raises ConfigError with all faults, each with file, line and key."""
    folder = open_folder(directory.resolve())
    faults = [*folder.faults, *(fault for document in folder.documents for fault in secrets_in_clear(document))]
    faults += _resolve_references(folder.company, environ)
    replaced = _replace(folder, environ)
    _anchor(folder)
    faults += [fault for document in folder.documents for fault in document.faults]
    faults += check(folder)
    parts = _Parts(folder, faults)
    book = parts.book(hashlib.sha256(f"{folder.digest}{replaced}".encode()).hexdigest())
    if book is None or faults:
        raise ConfigError(faults)
    return book


def _resolve_references(document: Document, environ: Mapping[str, str]) -> list[Fault]:
    """Put what references stand for in their place."""
    faults = []
    for place, value in list(walk(document.data)):
        if isinstance(value, str) and ("${" in value or value.startswith("file:/")):
            try:
                _put(document.data, place, resolve(value, environ))
            except ReferenceFault as fault:
                faults.append(document.fault(place, fault.found, f"Do: {fault.allowed}"))
    return faults


def _replace(folder: Folder, environ: Mapping[str, str]) -> str:
    """Replace values by those of the environment; return a text of the policy's, for the digest."""
    found = overrides(environ)
    for file, document in (("company", folder.company), ("policy", folder.policy)):
        for keys, value in found[file].items():
            document.replaced[keys] = f"environment variable {variable(file, keys)}"
            if not all(keys) or not _put(document.data, keys, value):
                document.faults.append(document.fault(keys, "no such place", "A key of the file, steps joined by __"))
    return repr(sorted(found["policy"].items(), key=str)) if found["policy"] else ""


def _put(data: Any, place: Place, value: Any) -> bool:
    """Set the value at `place`, making mappings on the way where there is nothing; False when there is no such place."""
    for part, following in pairwise((*place, "")):
        if isinstance(data, list) and str(part).isdecimal() and int(part) < len(data):
            step: str | int = int(part)
        elif isinstance(data, dict):
            step = part
        else:
            return False
        if following == "":
            data[step] = value
            return True
        if isinstance(data, dict) and data.get(part) is None:
            data[part] = {}
        data = data[step]
    return False


def _anchor(folder: Folder) -> None:
    """Fill in what follows from the company: files with relative names lie below its folder, and it has one time zone."""
    data = folder.company.data
    if not isinstance(data, dict):
        return
    data.setdefault("store", DEFAULT_STORE)
    for key in ("warehouse", "store"):
        url = data.get(key)
        match = RELATIVE_FILE.fullmatch(url) if isinstance(url, str) else None
        if match:
            data[key] = f"{match[1]}{folder.directory / match[2]}"
    zone = data.get("timezone")
    for part, key in (("working_hours", "timezone"), ("databases", "zone")):
        settings = data.setdefault(part, {})
        if isinstance(zone, str) and isinstance(settings, dict):
            settings.setdefault(key, zone)


class _Parts:
    """Builds each part as far as it goes; what does not becomes faults."""

    def __init__(self, folder: Folder, faults: list[Fault]) -> None:
        self.folder = folder
        self.faults = faults

    def book(self, digest: str) -> Book | None:
        """Return the whole, or None when a part that everything needs could not be made."""
        folder = self.folder
        company = self._whole(Company, folder.company)
        policy = self._whole(Policy, folder.policy)
        sources = list(self._listed(Source, folder.tables, "tables"))
        events = list(self._listed(KnownEvent, folder.events, "events"))
        processes = list(self._listed(ProcessSettings, folder.processes, "processes"))
        audits = list(self._listed(AuditSettings, folder.audits, "audits"))
        targets = list(self._listed(TargetSettings, folder.targets, "targets"))
        identities = list(self._listed(IdentitySettings, folder.identities, "identities"))
        metrics = [m for document in folder.metrics for m in self._listed(Metric, document, "metrics")]
        feedback = self._whole(FeedbackSettings, folder.feedback)
        suites = [self._whole(Suite, document) for document in folder.suites]
        playbooks = [self._whole(Playbook, document) for document in folder.playbooks]
        if company is None or policy is None:
            return None
        return Book(
            directory=folder.directory,
            digest=digest,
            company=company,
            policy=_with_promises(policy, company),
            sources={s.id: s for s in sources},
            metrics={m.id: m for m in metrics},
            suites={s.source: s for s in suites if s},
            playbooks={p.category: p for p in playbooks if p},
            processes={p.id: p for p in processes},
            audits={a.id: a for a in audits},
            targets={t.id: t for t in targets},
            identities={i.id: i for i in identities},
            known_events=tuple(events),
            feedback=feedback or FeedbackSettings(),
        )

    def _whole(self, kind: type[T], document: Document) -> T | None:
        """Make one thing of a whole file."""
        if not document.readable:
            return None
        if not isinstance(document.data, dict):
            self.faults.append(document.fault((), "no keys", nearest("", allowed_names(kind, ()))))
            return None
        made: T | None = build(kind, document.data, document, (), self.faults)
        return made

    def _listed(self, kind: type[T], document: Document, key: str) -> Iterator[T]:
        """Make each item of the list under `key`; `defaults` beside it fill what an item leaves out."""
        if not document.readable:
            return
        items, defaults = self._items(kind, document, key)
        for position, item in enumerate(items):
            place = (key, position)
            if not isinstance(item, dict):
                self.faults.append(document.fault(place, "no keys", nearest("", allowed_names(kind, ()))))
                continue
            for name in defaults.keys() - item.keys():
                document.lines[*place, name] = document.line(("defaults", name))
            made: T | None = build(kind, defaults | item, document, place, self.faults)
            if made is not None:
                yield made

    def _items(self, kind: type[Any], document: Document, key: str) -> tuple[list[Any], dict[str, Any]]:
        """Return the items and the defaults of a file, telling any other key."""
        data = document.data if isinstance(document.data, dict) else {}
        for name in data.keys() - {key, "defaults"}:
            self.faults.append(document.fault((name,), f"unknown key {name!r}", nearest(name, (key, "defaults"))))
        items: Any = data.get(key)
        defaults: Any = data.get("defaults") or {}
        if not isinstance(items, list):
            self.faults.append(document.fault((key,), "no list", f"It must be given: a list under `{key}:`"))
            items = []
        if not isinstance(defaults, dict):
            self.faults.append(document.fault(("defaults",), "no keys", nearest("", allowed_names(kind, ()))))
            defaults = {}
        names = allowed_names(kind, ())
        for name in defaults.keys() - names:
            self.faults.append(document.fault(("defaults", name), f"unknown key {name!r}", nearest(name, names)))
        return items, {name: value for name, value in defaults.items() if name in names}


def _with_promises(policy: Policy, company: Company) -> Policy:
    """Hand what single departments were promised down to the detectors, which spend it."""
    given = {d.id: d.false_alarms_per_week for d in company.departments if d.false_alarms_per_week is not None}
    return policy.model_copy(update={"detection": policy.detection.with_promises(given)}) if given else policy
