"""What a department was promised, as the budget of each of its series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from detect.detectors import Detection
from detect.detectors._base import Floats
from detect.model import SeriesKey
from detect.series.metric import Metric

__all__ = ["budgets", "planned", "promised_a_week"]

_GUESSING = frozenset(
    {"structural", "stl", "forest", "forecast"}
)  # detectors that may be wrong; a fixed limit is a rule


def planned(keys: Iterable[tuple[str, str]], metrics: Mapping[str, Metric]) -> Counter[str]:
    """Count, by department, the series that detectors with a false-alarm budget judge."""
    found: Counter[str] = Counter()
    for name, _ in keys:
        metric = metrics.get(name)
        if metric is not None and (metric.detectors is None or _GUESSING & set(metric.detectors)):
            found[metric.department] += 1
    return found


def budgets(
    keys: Sequence[SeriesKey], metrics: Mapping[str, Metric], detection: Detection, known: Iterable[tuple[str, str]]
) -> Floats:
    """Return the promise of each series (series,), in false episodes per 1,000 series-days.

    A department that was promised so many false episodes a week spreads them evenly over its series: those `known` when the stored models
    were fitted, so that neither a series that fails tonight nor a run of one metric changes what another may spend.
    """
    there = planned(keys, metrics)
    counted = {**there, **planned(known, metrics)}
    departments = [metrics[key.metric].department if key.metric in metrics else "" for key in keys]
    return np.array([detection.budget_of(name, counted.get(name, 0)) for name in departments], float)


def promised_a_week(detection: Detection, department: str, series: int) -> float:
    """Return the false episodes a week that a department with so many series is promised."""
    return detection.budget_of(department, series) * 7.0 * series / 1000.0
