"""Names of segments: what a value of a segment column is called, and which of them are watched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from detect.db.values import clean
from detect.series.metric import Metric

if TYPE_CHECKING:
    pass

__all__ = ["NONE", "OTHER", "called", "label", "labels", "top"]

NONE, EMPTY = "(none)", "(empty)"  # NULL, and '' (which as a segment means the whole)
OTHER = "(other)"  # all values that are not watched by themselves
LONGEST = 200  # characters of a segment's name


def label(value: Any) -> str:
    """Name one value: text in NFC, NULL and the empty text by names of their own."""
    missing = (
        value is None or type(value).__name__ == "NAType"
    )  # of pandas, which is not imported for a look at one value
    if missing or value != value:  # noqa: PLR0124 -- NaN is the value that differs from itself
        return NONE
    return clean(str(value))[:LONGEST] or EMPTY


def labels(values: Iterable[Any]) -> dict[Any, str]:
    """Name many values, each by a name of its own: two texts that only look alike stay two segments."""
    taken = {OTHER}
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


def top(metric: Metric, rows: Mapping[str, Sequence[float]], known: Collection[str], before: int) -> list[str]:
    """Choose the values to watch: those named, else those known already and, while there is room, those with the most rows.

    `rows` holds a value's rows by day; only days before the position `before` count, so that a judged day has no say in what is watched.
    Where there is still room the values that appear later follow in the order in which they come. Ties go by name.
    """
    if metric.segment_names:
        return [name for name in map(clean, metric.segment_names) if name in rows]

    def rank(name: str) -> tuple[float, int, float, str]:
        days = rows[name]
        came = next(number for number, count in enumerate(days) if count > 0)
        return (-sum(days[:before]), max(came, before), -days[came], name)

    others = sorted((name for name in rows if name not in known and sum(rows[name]) > 0), key=rank)
    return sorted([*(n for n in known if n in rows), *others[: max(metric.top_segments - len(known), 0)]])
