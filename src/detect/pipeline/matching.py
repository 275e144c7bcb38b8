"""Cases that would have been opened beside those that people know: held true, held false, unexplained, missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from detect.model import Case, Kind, KnownEvent, Status, Verdict
from detect.series.metric import Metric

__all__ = ["Known", "Missed", "Told", "counts", "matched"]

_NEAR = timedelta(days=3)  # as far apart as days of one episode may lie


class Known(StrEnum):
    """What is known of something told; the first that holds."""

    TRUE = "true"
    EXPECTED = "expected"
    FALSE = "false"
    NEW_NORMAL = "new_normal"
    RELATED = "related"  # no case of this metric, but one held true of a related metric or its table
    NO_VERDICT = "no_verdict"  # a case of this metric of which nobody said what it was
    EVENT = "event"  # within a registered event
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Told:
    """A case that would have been opened, what is known of it, and the id of the case or event that says so."""

    case: Case
    known: Known
    by: str = ""


@dataclass(frozen=True)
class Missed:
    """A known case of the metric that would not have been told; `known` is its verdict, or that there is none."""

    case: Case
    known: Known


def matched(
    opened: Sequence[Case],
    known: Iterable[Case],
    metrics: Mapping[str, Metric],
    metric: str,
    span: tuple[date, date],
    events: Iterable[KnownEvent],
) -> tuple[tuple[Told, ...], tuple[Missed, ...]]:
    """Return what is known of each case of `metric` that would have been opened, and which known ones of the span would not.

    A case matches one whose days lie within three of its own, in the same part or where one of them is the whole. Cases that are part of
    another's trouble are told with it and count once.
    """
    there = [c for c in known if c.status not in {Status.WITHDRAWN, Status.MERGED}]
    own = [c for c in there if c.metric == metric]
    kin = [c for c in there if c.metric != metric and c.verdict is Verdict.TRUE and _kin(c, metrics, metrics[metric])]
    happened = [e for e in events if not e.metrics or metric in e.metrics]
    told = tuple(_told(case, own, kin, happened) for case in opened if case.parent is None)
    first, last = span
    within = [c for c in own if first <= c.detected_on <= last and c.parent not in {o.id for o in own}]
    missed = (c for c in within if not any(_same(c, case) for case in opened))
    return told, tuple(Missed(c, _said(c)) for c in missed)


def counts(told: Iterable[Told | Missed]) -> dict[str, int]:
    """Count by what is known, in the order of `Known`; none that is zero."""
    found = [one.known for one in told]
    return {known.value: found.count(known) for known in Known if known in found}


def _told(case: Case, own: Sequence[Case], kin: Sequence[Case], events: Sequence[KnownEvent]) -> Told:
    return next(_answers(case, own, kin, events), Told(case, Known.UNEXPLAINED))


def _answers(case: Case, own: Sequence[Case], kin: Sequence[Case], events: Sequence[KnownEvent]) -> Iterator[Told]:
    order = list(Known)
    same = sorted((c for c in own if _same(c, case)), key=lambda c: (order.index(_said(c)), c.id))
    yield from (Told(case, _said(c), c.id) for c in same if c.verdict is not None)
    yield from (Told(case, Known.RELATED, c.id) for c in kin if _overlap(c, case))
    yield from (Told(case, Known.NO_VERDICT, c.id) for c in same)
    for event in events:
        if event.first_day - _NEAR <= case.last_day and case.first_day <= event.last_day + _NEAR:
            yield Told(case, Known.EVENT, event.id)


def _said(case: Case) -> Known:
    return Known.NO_VERDICT if case.verdict is None else Known(case.verdict.value)


def _same(a: Case, b: Case) -> bool:
    return _overlap(a, b) and (a.segment == b.segment or "" in {a.segment, b.segment})


def _overlap(a: Case, b: Case) -> bool:
    return a.first_day - _NEAR <= b.last_day and b.first_day - _NEAR <= a.last_day


def _kin(case: Case, metrics: Mapping[str, Metric], metric: Metric) -> bool:
    """Whether a case of another subject is about the same matter: its table, a related metric, reported in the department."""
    other = metrics.get(case.metric or "")
    if other is None:
        by_hand = case.kind is Kind.REPORTED and case.department == metric.department
        return by_hand or case.subject.partition(":")[0] == metric.source
    return other.source == metric.source or other.id in metric.related or metric.id in other.related
