"""Which rows are at fault, shown so that they can be found again and nobody's data leak."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

__all__ = ["KEYS_SHOWN", "example_keys", "masked"]

KEYS_SHOWN = 10
_LONGEST = 80  # characters of a public value
_HASHED = 8  # hexadecimal digits: enough to tell the rows of one evidence apart


def example_keys(
    found: Iterable[Mapping[str, Any]], key: Iterable[str], public: frozenset[str], masking_key: str | None
) -> tuple[str, ...]:
    """Give at most ten distinct `column=value, …`; a value of a column not declared public is masked."""
    names = tuple(key)
    shown = (
        ", ".join(
            f"{n}={str(row[n])[:_LONGEST] if n in public else masked(row[n], masking_key)}" for n in names if n in row
        )
        for row in found
    )
    return tuple(dict.fromkeys(text for text in shown if text))[:KEYS_SHOWN]


def masked(value: object, masking_key: str | None) -> str:
    """Stand for a value by its keyed hash (HMAC-SHA256, cut): equal values stay equal and none can be guessed; `***` without a key."""
    if value is None:
        return "none"
    if not masking_key:
        return "***"
    return "#" + hmac.new(masking_key.encode(), str(value).encode(), sha256).hexdigest()[:_HASHED]
