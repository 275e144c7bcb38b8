"""Turns what pydantic says of a value into faults that a person can act on: file, line, key, what was found, what is allowed."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from detect.config.document import Document, Place
from detect.config.secrets import is_secret
from detect.errors import Fault

__all__ = ["allowed_names", "build", "nearest"]

SHOWN = 60  # characters of a found value
WORDS = {  # pydantic speaks of JSON
    "Value error, ": "",
    "Input should be": "Allowed:",
    "a valid array": "a list",
    "an object": "a mapping",
    "a valid dictionary": "a mapping",
    "a valid string": "text (in quotes where it looks like a number)",
}
LISTED = 40  # names in a list of what is allowed


def build(kind: Any, data: Any, document: Document, place: Place, faults: list[Fault]) -> Any:
    """Make a `kind` of plain data that stands at `place`, strictly; on faults add them all and return None."""
    try:
        return TypeAdapter(kind).validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        faults.extend(_fault(detail, kind, data, document, place) for detail in error.errors(include_url=False))
        return None


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Say what is allowed: the nearest name first where one is near."""
    names = sorted(allowed)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    listed = ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")
    return f"{meant}Allowed: {listed}" if listed else f"{meant}Nothing is allowed here"


def _fault(detail: ErrorDetails, kind: Any, data: Any, document: Document, place: Place) -> Fault:
    inner = _inner_place(detail["loc"], data)
    found, allowed = _words(detail, kind, inner)
    return document.fault((*place, *inner), found, allowed)


def _inner_place(loc: tuple[int | str, ...], data: Any) -> Place:
    """Keep of pydantic's path what is in the file: tags of unions and marks of keys drop out, a key that is absent or wrong stays."""
    place: list[int | str] = []
    for position, part in enumerate(loc):
        if _holds(data, part):
            place.append(part)
            data = data[part]
        elif position == len(loc) - 1 and part != "[key]":
            place.append(part)
    return tuple(place)


def _holds(data: Any, part: int | str) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def _words(detail: ErrorDetails, kind: Any, place: Place) -> tuple[str, str]:
    """Say what was found, and what is allowed."""
    what, context = detail["type"], detail.get("ctx") or {}
    if what == "extra_forbidden":
        name = str(place[-1]) if place else ""
        return f"unknown key {name!r}", nearest(name, allowed_names(kind, detail["loc"][:-1]))
    if what in {"missing", "union_tag_not_found"}:
        return _missing(what, context)
    shown = "a value" if is_secret(place) else _shown(detail["input"])
    if what in {"enum", "literal_error", "union_tag_invalid"}:
        return _one_of(detail, context, shown)
    message = str(context.get("error") or detail["msg"]) if what == "value_error" else detail["msg"]
    for theirs, ours in WORDS.items():
        message = message.replace(theirs, ours)
    return f"found {shown}", message


def _missing(what: str, context: Mapping[str, Any]) -> tuple[str, str]:
    key = f" {context['discriminator']}" if what == "union_tag_not_found" else ""
    return f"the key{key} is missing", "It must be given"


def _one_of(detail: ErrorDetails, context: Mapping[str, Any], shown: str) -> tuple[str, str]:
    expected = str(context.get("expected_tags") or context.get("expected") or "")
    names = [name.strip().strip("'") for name in expected.replace(" or ", ", ").split(",")]
    given = context.get("tag", detail["input"])
    return f"found {given!r}" if "tag" in context else f"found {shown}", nearest(str(given), names)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def allowed_names(kind: Any, loc: Iterable[int | str]) -> set[str]:
    """Return the keys that the models at `loc` below `kind` take; tags of unions in `loc` choose among their members."""
    kinds = _expand(kind)
    for part in loc:
        kinds = [inner for each in kinds for inner in _below(each, part)]
    return {field.alias or name for each in kinds if _is_model(each) for name, field in each.model_fields.items()}


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _expand(kind: Any) -> list[Any]:
    """Take off Annotated and open unions."""
    if get_origin(kind) is Annotated:
        return _expand(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return [inner for member in get_args(kind) for inner in _expand(member)]
    return [kind]


def _below(kind: Any, part: int | str) -> list[Any]:
    """Return the types one step down; a part that is a union's tag keeps the members which bear it."""
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            if part in {name, field.alias}:
                return _expand(field.annotation)
        return [kind] if _bears(kind, part) else []
    arguments = [a for a in get_args(kind) if a is not Ellipsis]
    return _expand(arguments[-1]) if arguments else []


def _bears(kind: Any, tag: int | str) -> bool:
    return any(
        get_origin(f.annotation) is Literal and tag in get_args(f.annotation) for f in kind.model_fields.values()
    )
