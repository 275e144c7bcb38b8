"""Names of segments: what a value of a segment column is called, and which of them are watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from detect.db.values import clean
from detect.series.metric import Metric

__all__ = ["NONE", "called", "label", "labels", "top"]

NONE, EMPTY = "(none)", "(empty)"  # NULL, and '' (which as a segment means the whole)
LONGEST = 200  # characters of a segment's name


def label(value: Any) -> str:
    """Name one value: text in NFC, NULL and the empty text by names of their own."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 -- NaN is the value that differs from itself
        return NONE
    return clean(str(value))[:LONGEST] or EMPTY


def labels(values: Iterable[Any]) -> dict[Any, str]:
    """Name many values, each by a name of its own: two texts that only look alike stay two segments."""
    taken: set[str] = set()
    named = {}
    for value in sorted(set(values), key=lambda v: (v is None, str(v))):
        name, number = label(value), 1
        while (name if number == 1 else f"{name} ({number})") in taken:
            number += 1
        named[value] = name if number == 1 else f"{name} ({number})"
        taken.add(named[value])
    return named


def called(metric: Metric, column: str, name: str) -> str:
    """Return the segment's name in a metric: the value alone, or column=value where the metric has several segment columns."""
    return name if len(metric.segments) == 1 else f"{column}={name}"


def top(metric: Metric, rows: Mapping[str, int]) -> list[str]:
    """Choose the values to watch: those named, else those with the most rows; ties by name. The rest is not watched alone."""
    if metric.segment_names:
        return [name for name in map(clean, metric.segment_names) if name in rows]
    ordered = sorted((name for name, count in rows.items() if count > 0), key=lambda name: (-rows[name], name))
    return sorted(ordered[: metric.top_segments])
