"""From departures (rows and columns of a Panel) to findings (business words)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from detect.model import Departure, Finding, Judgement, Panel
from detect.series.metric import Metric

__all__ = ["findings_by_night", "steady"]

DIGITS = 7  # significant digits of an estimate that every way of computing it agrees on
EXACT = frozenset({"limit"})  # evidence that is no estimate


def findings_by_night(judgement: Judgement, panel: Panel, metrics: Mapping[str, Metric]) -> dict[date, list[Finding]]:
    """Return the findings of each judged night, in the order of their keys; nights without any are not named."""
    nights: dict[date, list[Finding]] = {}
    for finding in _findings(judgement, panel, metrics):
        nights.setdefault(finding.as_of, []).append(finding)
    return {night: sorted(found, key=lambda f: f.key) for night, found in sorted(nights.items())}


def _findings(judgement: Judgement, panel: Panel, metrics: Mapping[str, Metric]) -> Iterator[Finding]:
    for departure in judgement.departures:
        key = panel.keys[departure.series]
        yield _finding(departure, key.segment, panel, metrics[key.metric])


def _finding(departure: Departure, segment: str, panel: Panel, metric: Metric) -> Finding:
    day: date = panel.days[departure.day].item()
    return Finding(
        as_of=day,
        day=day,
        first_day=panel.days[departure.first].item(),
        subject=metric.id,
        segment=segment,
        channel=departure.channel,
        category=metric.category,
        kind=departure.kind,
        department=metric.department,
        metric=metric.id,
        actual=departure.actual,
        expected=steady(departure.expected),
        lower=steady(departure.lower),
        upper=steady(departure.upper),
        unit=metric.unit,
        statistic=steady(departure.statistic),
        p=steady(departure.p),
        provisional=departure.provisional,
        severity=departure.severity,
        stake=_stake(departure, metric),
        evidence={k: v if k in EXACT else steady(v) for k, v in departure.evidence.items()},
    )


def steady(value: Any) -> Any:
    """Round estimates so that a night alone and the same night in a range, which sum in another order, say the same figures."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {name: steady(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [steady(item) for item in value]
    return value


def _stake(departure: Departure, metric: Metric) -> float | None:
    """Return the money that one day departs from what was expected; None where the metric has no worth in money."""
    if metric.money_per_unit is None or departure.actual is None or departure.expected is None:
        return None
    gap = abs(departure.actual - float(steady(departure.expected)))
    return gap * metric.money_per_unit
