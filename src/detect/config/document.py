"""A file's plain data with the places of its parts, so that every fault can name file, line and key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from detect.errors import Fault

__all__ = ["Document", "Place", "items", "walk"]

Place = tuple[str | int, ...]  # keys and positions from the top of a file down to a value


@dataclass
class Document:
    """A file's plain data, the line of every key and item, and the faults found while reading it."""

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    readable: bool = True  # False: the faults stand for the whole file, `data` is None
    replaced: dict[Place, str] = field(default_factory=dict)  # places whose value came from elsewhere, and from where

    def line(self, place: Place) -> int:
        """Return the line of `place`, or of the nearest thing around it that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, found: str, allowed: str) -> Fault:
        """Make a fault at `place`, named by its line and its dotted key, or by what replaced it."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.replaced:
                return Fault(self.replaced[place[:end]], 1, self.key(place), found, allowed)
        return Fault(self.file, self.line(place), self.key(place), found, allowed)

    def key(self, place: Place) -> str:
        """Name a place as a person would: `metrics[revenue].department`; an item without id by its position from 1."""
        text, here = "", self.data
        for part in place:
            here = _step(here, part)
            if isinstance(part, int):
                name = here.get("id") if isinstance(here, dict) else None
                text += f"[{name if isinstance(name, str) else part + 1}]"
            else:
                text += f".{part}" if text else part
        return text or "(file)"


def _step(data: Any, part: str | int) -> Any:
    """Go one key or position down, None where there is nothing."""
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def walk(data: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield every scalar of plain data with its place."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*place, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from walk(value, (*place, position))
    else:
        yield place, data


def items(document: Document, key: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the mappings of the list under `key` with their places, filled up from `defaults` beside it."""
    data = document.data if isinstance(document.data, dict) else {}
    listed, defaults = data.get(key), data.get("defaults")
    for position, item in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(item, dict):
            yield (key, position), (defaults if isinstance(defaults, dict) else {}) | item
