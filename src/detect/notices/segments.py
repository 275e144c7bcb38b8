"""What a part of a metric is called."""

from __future__ import annotations

import re

__all__ = ["segment_label"]


def segment_label(segment: str) -> str:
    """Shorten `country=France` to `France`; the whole has no label."""
    return re.sub(r"^[a-z_][a-z0-9_]*=", "", segment)
