"""Which rows are at fault, shown so that they can be found again and nobody's data leak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["KEYS_SHOWN", "example_keys"]

KEYS_SHOWN = 10
_TAIL = 2
_LONG_ENOUGH = 6


def example_keys(found: Iterable[Mapping[str, Any]], key: Iterable[str], public: frozenset[str]) -> tuple[str, ...]:
    """Give at most ten distinct `column=value, …`; a value of a column not declared public keeps only its last two characters."""
    names = tuple(key)
    shown = (", ".join(f"{n}={_value(row.get(n), masked=n not in public)}" for n in names) for row in found)
    return tuple(dict.fromkeys(text for text in shown if text))[:KEYS_SHOWN]


def _value(value: object, *, masked: bool) -> str:
    if value is None:
        return "none"
    text = str(value)
    if not masked:
        return text[:80]
    return "***" + (text[-_TAIL:] if len(text) >= _LONG_ENOUGH else "")
