"""The name of a case: given once, at its opening, and never computed again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Container
from datetime import date

__all__ = ["VALUES", "case_id"]

VALUES = "values of "  # the rule of a subject `table:rule` that watches which values a column holds
_LONGEST = 32
_UNREADABLE = re.compile(r"[^A-Za-z0-9_.]+")


def case_id(subject: str, segment: str, as_of: date, channel: str, taken: Container[str] = ()) -> str:
    """Return a short readable id such as `2011-06-10-unit_price-UK-3f2a`: safe in a shell, a URL and a file name.

    Where writing the names down safely loses part of them, the hash behind is longer. An id that is taken (two episodes found by one
    channel in one night) gets a number.
    """
    given = json.dumps([subject, segment, as_of.isoformat(), channel], ensure_ascii=True)
    digest = hashlib.sha256(given.encode()).hexdigest()
    words = [_readable(part) for part in (subject, segment) if part]
    lossless = words == [part for part in (subject, segment) if part]
    stem = "-".join([as_of.isoformat(), *(w for w in words if w), digest[: 4 if lossless else 8]])
    if stem not in taken:
        return stem
    return next(f"{stem}-{n}" for n in range(2, 1_000) if f"{stem}-{n}" not in taken)


def _readable(part: str) -> str:
    return _UNREADABLE.sub("-", part).strip("-.")[:_LONGEST]
