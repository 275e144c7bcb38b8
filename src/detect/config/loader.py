"""Reads YAML strictly: what a line says is what is meant, or it is a fault with its place.

YAML 1.2 core scalars only (`no` is a word, `12:30` is text); duplicate keys, anchors, aliases, tags, several documents, deep nesting
and huge files are refused. The tree is built from parser events without recursion, so no file can exhaust the stack or memory.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from detect.config.document import Document, Place
from detect.config.quick_yaml import NotPlain, quick_events
from detect.errors import Fault

__all__ = ["parse", "plain_value", "read"]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_DIGITS = 18
KEY = re.compile(r"[\s-]*([\w.-]+)\s*:(?:\s|$)")  # the key with which a line begins
INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# Control characters, marks that turn the direction of writing, and halves of characters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}


def read(path: Path, name: str) -> Document:
    """Read one file; `name` is what faults call it. Nothing is raised for what the file holds: see `Document.faults`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return _unreadable(name, 1, f"cannot be read ({error.strerror})", "a readable file")
    return parse(content, name)


def parse(content: bytes, name: str) -> Document:
    """Turn the bytes of a YAML file into a Document."""
    if len(content) > MAX_BYTES:
        return _unreadable(name, 1, f"{len(content):,} bytes", f"at most {MAX_BYTES:,} bytes a file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return _unreadable(name, line, "not UTF-8 text", "save the file in UTF-8")
    return _quickly(text, name) or _strictly(text, name)


def _quickly(text: str, name: str) -> Document | None:
    """Read a mapping or list by libyaml, many times faster; None where that has anything to say, or may read otherwise than YAML 1.2."""
    builder = _Builder(Document(name), text)
    try:
        for event in quick_events(text):
            builder.take(event)
    except (_Refused, NotPlain):
        return None
    plain = isinstance(builder.document.data, dict | list) and not builder.document.faults
    return builder.document if plain else None


def _strictly(text: str, name: str) -> Document:
    builder = _Builder(Document(name), text)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except _Refused as refusal:
        return builder.give_up(refusal.line, refusal.found, refusal.allowed)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return builder.give_up(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}", "YAML 1.2")
    except (YAMLError, ValueError) as error:
        return builder.give_up(1, f"not YAML: {str(error).splitlines()[0]}", "YAML 1.2")
    return builder.document


def _unreadable(name: str, line: int, found: str, allowed: str) -> Document:
    return Document(name, faults=[Fault(name, line, "(file)", found, f"Allowed: {allowed}")], readable=False)


class _Refused(Exception):
    """The file goes beyond a limit that reading on would not heal: nothing of it is read."""

    def __init__(self, event: Event, found: str, allowed: str) -> None:
        super().__init__(found)
        self.line = event.start_mark.line + 1
        self.found = found
        self.allowed = allowed


@dataclass
class _Open:
    """A mapping or list whose end has not come yet."""

    place: Place
    value: dict[str, Any] | list[Any]
    key: str | None = None
    repeated: bool = False  # the key stood before: its value is read and dropped


class _Builder:
    """Builds plain data from parser events, with a stack of what is open instead of recursion."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.text = text
        self.open: list[_Open] = []
        self.documents = 0

    def take(self, event: Event) -> None:
        """Use one event."""
        if isinstance(event, DocumentStartEvent):
            self._start_document(event)
        elif isinstance(event, AliasEvent):
            self._fault(event, f"an alias (`*{event.anchor}`)", "every value written out")
            self._alias(event)
        elif isinstance(event, NodeEvent):
            self._node(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.open.pop()

    def give_up(self, line: int, found: str, allowed: str) -> Document:
        """Return what was found so far as a document that cannot be used, the last fault naming where reading ended."""
        document = self.document
        fault = Fault(document.file, line, self._key_at(line), found, f"Allowed: {allowed}")
        return Document(document.file, lines=document.lines, faults=[*document.faults, fault], readable=False)

    def _key_at(self, line: int) -> str:
        """Name the place that was reached, and the key of the line where it ended: the parser may stop before it tells that key."""
        here = self.document.key(self._here())
        lines = self.text.splitlines()
        match = KEY.match(lines[line - 1]) if line <= len(lines) else None
        if match is None or match[1] in here:
            return here
        return match[1] if here == "(file)" else f"{here}.{match[1]}"

    def _here(self) -> Place:
        if not self.open:
            return ()
        top = self.open[-1]
        if isinstance(top.value, list):
            return (*top.place, len(top.value))
        return top.place if top.key is None else (*top.place, top.key)

    def _fault(self, event: Event, found: str, allowed: str) -> None:
        line = event.start_mark.line + 1
        key = self.document.key(self._here())
        self.document.faults.append(Fault(self.document.file, line, key, found, f"Allowed: {allowed}"))

    def _start_document(self, event: DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _Refused(event, "a second document (`---`)", "one document a file")
        if event.tags or event.version not in {None, (1, 2)}:
            raise _Refused(event, "a directive (`%`)", "plain YAML 1.2 without directives")

    def _node(self, event: NodeEvent) -> None:
        """Use a scalar, or the start of a mapping or list; an anchor or a tag is a fault of it."""
        if event.anchor is not None:
            self._fault(event, f"an anchor (`&{event.anchor}`)", "every value written out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._fault(event, f"a tag (`{tag}`)", "plain values")
        if isinstance(event, ScalarEvent):
            if UNPRINTABLE.search(event.value):
                self._fault(event, "a character that cannot be seen", "letters, digits, signs, blanks and line ends")
                event.value = UNPRINTABLE.sub("", event.value)
            self._scalar(event)
        elif isinstance(event, MappingStartEvent):
            self._start(event, {})
        elif isinstance(event, SequenceStartEvent):
            self._start(event, [])

    def _alias(self, event: AliasEvent) -> None:
        """Let the alias stand for nothing, so that reading goes on and tells the other faults too."""
        top = self.open[-1] if self.open else None
        if top and isinstance(top.value, dict) and top.key is None:
            raise _Refused(event, "an alias as a key", "a word as a key")
        self._place(event, None)

    def _scalar(self, event: ScalarEvent) -> None:
        top = self.open[-1] if self.open else None
        if top and isinstance(top.value, dict) and top.key is None:
            self._key(top, event)
        else:
            self._place(event, _resolve(event))

    def _key(self, top: _Open, event: ScalarEvent) -> None:
        name = event.value
        line = event.start_mark.line + 1
        place = (*top.place, name)
        top.key, top.repeated = name, name in top.value
        if top.repeated:
            known = self.document.lines[place]
            key = self.document.key(place)
            found = f"the key stands twice, first at line {known}"
            self.document.faults.append(Fault(self.document.file, line, key, found, "Allowed: each key once"))
        else:
            self.document.lines[place] = line

    def _start(self, event: NodeEvent, value: dict[str, Any] | list[Any]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise _Refused(event, f"nested deeper than {MAX_DEPTH}", f"at most {MAX_DEPTH} levels")
        top = self.open[-1] if self.open else None
        if top and isinstance(top.value, dict) and top.key is None:
            raise _Refused(event, "a list or mapping as a key", "a word as a key")
        self.open.append(_Open(self._place(event, value), value))

    def _place(self, event: NodeEvent, value: Any) -> Place:
        """Put a value where the stack says it belongs; return its place."""
        if not self.open:
            self.document.data = value
            return ()
        top = self.open[-1]
        if isinstance(top.value, list):
            place: Place = (*top.place, len(top.value))
            self.document.lines.setdefault(place, event.start_mark.line + 1)
            top.value.append(value)
            return place
        key = top.key or ""
        place = (*top.place, key)
        top.key = None
        if not top.repeated:
            top.value[key] = value
        return place


def _resolve(event: ScalarEvent) -> str | int | float | bool | None:
    """Give a plain scalar its type; quoted and block ones are text."""
    text: str = event.value
    return plain_value(text) if event.style is None else text


def plain_value(text: str) -> str | int | float | bool | None:
    """Give a word its YAML 1.2 core type. Octal and hexadecimal numbers, .inf and .nan stay text."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if INTEGER.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else text
    if FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text
