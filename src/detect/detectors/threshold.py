"""Fixed limits of a metric: a warning of the limit's level when the value is beyond it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detect.detectors._base import Floats
from detect.model import Departure, Frozen, Kind, Panel
from detect.series.metric import Limit, Metric

__all__ = ["ThresholdSettings", "limits"]


_EPISODE = 60  # days that are looked back for the beginning of an episode


class ThresholdSettings(Frozen):
    """Fixed limits stand with each metric; here is only whether they are read."""

    enabled: bool = True


def limits(
    panel: Panel, metrics: Mapping[str, Metric], expected: Floats, lower: Floats, upper: Floats, first: int
) -> list[Departure]:
    """Return a departure for every judged day beyond a limit, of the gravest level among those passed.

    A limit needs no history: it is a rule of the company, not a guess. `expected`, `lower`, `upper` have shape (series, judged days).
    """
    out = []
    for i, key in enumerate(panel.keys):
        metric = metrics.get(key.metric)
        if metric is None or not metric.limits:
            continue
        began: int | None = None
        for column in range(max(0, first - _EPISODE), len(panel.days)):
            value = panel.values[i, column]
            passed = [limit for limit in metric.limits if _beyond(limit, value)] if np.isfinite(value) else []
            began = (
                (column if began is None else began) if passed else (began if not panel.present[i, column] else None)
            )
            if passed and began is not None and column >= first:
                gravest = min(passed, key=lambda limit: limit.level)
                t = column - first
                band = (_number(expected[i, t]), _number(lower[i, t]), _number(upper[i, t]))
                out.append(_departure(i, column, began, gravest, float(value), band))
    return out


def _beyond(limit: Limit, value: float) -> bool:
    return (limit.above is not None and value > limit.above) or (limit.below is not None and value < limit.below)


def _departure(
    series: int, day: int, first: int, limit: Limit, value: float, band: tuple[float | None, float | None, float | None]
) -> Departure:
    over = limit.above is not None and value > limit.above
    passed = limit.above if over else limit.below
    return Departure(
        series, day, first, Kind.LIMIT, "limit", 1.0 if over else -1.0, 0.0, value, *band,
        severity=limit.level, evidence={"limit": passed, "side": "above" if over else "below"},
    )  # fmt: skip


def _number(value: float) -> float | None:
    return float(f"{value:.9g}") if np.isfinite(value) else None
