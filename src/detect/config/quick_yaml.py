"""The events of a plain YAML text as libyaml gives them, for the parser that ruamel.yaml has in Python: most files are plain.

libyaml reads YAML 1.1. What it refuses, and the few signs that it takes otherwise than YAML 1.2, are left to ruamel.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ruamel.yaml import events as told

__all__ = ["NotPlain", "quick_events"]

_OTHERWISE: Final = (
    re.compile(  # line ends of YAML 1.1; directives; keys marked as such; blocks that begin with a line of blanks
        "[\\x85\\u2028\\u2029\\ufeff\\t\\r]|^%|(?:^|[\\s{[,])[?](?:\\s|$)|[|>][-+0-9]*[ ]*\n[ ]+\n", re.MULTILINE
    )
)


class NotPlain(Exception):
    """The text is for the other parser."""


def _collection(kind: Callable[..., told.Event]) -> Callable[[Any], told.Event]:
    return lambda e: kind(e.anchor, e.tag, e.implicit, e.start_mark, e.end_mark, e.flow_style)


_EVENTS: Final[Mapping[str, Callable[[Any], told.Event]]] = {
    "DocumentStartEvent": lambda e: told.DocumentStartEvent(e.start_mark, e.end_mark, e.explicit, e.version, e.tags),
    "ScalarEvent": lambda e: told.ScalarEvent(
        e.anchor, e.tag, e.implicit, e.value, e.start_mark, e.end_mark, e.style or None
    ),
    "MappingStartEvent": _collection(told.MappingStartEvent),
    "SequenceStartEvent": _collection(told.SequenceStartEvent),
    "MappingEndEvent": lambda e: told.MappingEndEvent(e.start_mark, e.end_mark),
    "SequenceEndEvent": lambda e: told.SequenceEndEvent(e.start_mark, e.end_mark),
}


def quick_events(text: str) -> Iterator[told.Event]:
    """Yield the events of a text, as ruamel.yaml would; raises NotPlain where libyaml cannot tell, or is not there."""
    import yaml

    if _OTHERWISE.search(text) or not yaml.__with_libyaml__:
        raise NotPlain
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            kind = type(event).__name__
            if kind == "AliasEvent":
                raise NotPlain
            if kind in _EVENTS:
                yield _EVENTS[kind](event)
    except yaml.YAMLError as error:
        raise NotPlain from error
