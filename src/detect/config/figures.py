"""Checks of metrics and events that go beyond names and types: what a figure is made of, and the order of days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detect.config.document import Document, Place, items
from detect.config.faults import nearest
from detect.config.folder import Folder
from detect.detectors import Detection
from detect.errors import Fault, UsageError
from detect.model import Frozen
from detect.series.calendars import public_holidays

__all__ = ["check_figures", "check_metric"]

CHECKS = ("accounts", "rates", "breaks", "bursts", "satisfaction")  # judged outside the detectors, named like them
EFFECTS = ("expected", "external")
EVENT_TYPES = ("competitor", "regulation", "economy", "other")
ID = "lower-case letters, digits and _, beginning with a letter"


def check_figures(folder: Folder) -> list[Fault]:
    """Return the faults of metrics and events in themselves."""
    faults = []
    names: dict[str, str] = {}
    for document in folder.metrics:
        for place, metric in items(document, "metrics"):
            faults += [*check_metric(document, place, metric), *_name_twice(document, place, metric, names)]
    for place, event in items(folder.events, "events"):
        faults += _event(folder.events, place, event)
    return faults + _country(folder.company)


def _country(document: Document) -> list[Fault]:
    """Look the calendar's country and subdivision up among the public holidays that are known."""
    given = document.data.get("calendar") if isinstance(document.data, dict) else None
    calendar = given if isinstance(given, dict) else {}
    country, subdivision = calendar.get("country"), calendar.get("subdivision")
    if not isinstance(country, str) or not isinstance(subdivision, str | None):
        return []
    try:
        public_holidays(country, subdivision, (2024,))
    except UsageError as error:
        return [document.fault(("calendar", "country"), error.what, error.remedy)]
    return []


def check_metric(document: Document, place: Place, metric: dict[str, Any]) -> Iterator[Fault]:
    """Yield the faults of one metric in itself, whose plain data stand at `place`."""
    name = metric.get("id")
    if isinstance(name, str) and not (name.isascii() and name.isidentifier() and name == name.lower()):
        yield document.fault((*place, "id"), f"found {name!r}", f"Allowed: {ID}")
    given = {key for key in ("value", "numerator", "denominator") if metric.get(key) is not None}
    if given not in ({"value"}, {"numerator", "denominator"}):
        found = f"{' and '.join(sorted(given)) or 'none of them'} given"
        allowed = "Allowed: value alone, or numerator and denominator together"
        yield document.fault((*place, min(given, default="value")), found, allowed)
    yield from _limits(document, place, metric)
    yield from _detectors(document, place, metric)


def _limits(document: Document, place: Place, metric: dict[str, Any]) -> Iterator[Fault]:
    limits = metric.get("limits")
    for position, limit in enumerate(limits if isinstance(limits, list) else []):
        if isinstance(limit, dict) and limit.get("above") is None and limit.get("below") is None:
            yield document.fault((*place, "limits", position), "neither above nor below", "At least one must be given")


def _detectors(document: Document, place: Place, metric: dict[str, Any]) -> Iterator[Fault]:
    allowed = {n for n, f in Detection.model_fields.items() if isinstance(f.default, Frozen)} | set(CHECKS)
    given = metric.get("detectors")
    for position, name in enumerate(given if isinstance(given, list) else []):
        if isinstance(name, str) and name not in allowed:
            yield document.fault((*place, "detectors", position), f"unknown detector {name!r}", nearest(name, allowed))


def _name_twice(document: Document, place: Place, metric: dict[str, Any], names: dict[str, str]) -> Iterator[Fault]:
    """Two metrics that people would read by the same name; `names` holds those met so far."""
    text = metric.get("name")
    name = text.get("en") if isinstance(text, dict) else None
    if not isinstance(name, str):
        return
    here = f"{document.file}:{document.line((*place, 'name'))}"
    if name in names:
        other = f"Allowed: each name once; the first stands at {names[name]}"
        yield document.fault((*place, "name"), f"two metrics are called {name!r}", other)
    names.setdefault(name, here)


def _event(document: Document, place: Place, event: dict[str, Any]) -> Iterator[Fault]:
    first, last = event.get("first_day"), event.get("last_day")
    if isinstance(first, str) and isinstance(last, str) and last < first:
        yield document.fault((*place, "last_day"), f"{last} is before first_day {first}", "The same day or a later one")
    effect = event.get("effect", "expected")
    if isinstance(effect, str) and effect not in EFFECTS:
        yield document.fault((*place, "effect"), f"found {effect!r}", nearest(effect, EFFECTS))
    kind = event.get("type") or EVENT_TYPES[0]
    if isinstance(kind, str) and kind not in EVENT_TYPES:
        yield document.fault((*place, "type"), f"found {kind!r}", nearest(kind, EVENT_TYPES))
