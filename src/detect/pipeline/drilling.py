"""Which parts of a metric make up a departure of its whole: kept with the finding as evidence, adding up to its gap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detect.db.expressions import parse_aggregate
from detect.findings.closing import covers, in_line
from detect.findings.drilldown import REST, of_ratio, of_sum
from detect.model import Finding
from detect.pipeline.departures import steady
from detect.pipeline.detecting import Part
from detect.series.metric import Metric

__all__ = ["Driller"]

Floats = NDArray[np.float64]
Contributions = list[dict[str, Any]]
_KEPT: Final = 8  # parts named; what lies beyond is one part
_WEEKS: Final = 8  # same weekdays from which the weight of a part is expected
_DIGITS: Final = 9  # as of the figures of a departure
_NOTHING: Final = 1e-8  # of what was seen: less is rounding


@dataclass(frozen=True, eq=False)
class _Segments:
    """One segment column of a metric on one day: values, weights, what was expected of both, all (segments,)."""

    column: str
    names: tuple[str, ...]
    actual: Floats
    expected: Floats
    weight: Floats
    usual_weight: Floats


class Driller:
    """Splits findings about whole metrics over the parts that the same judgement saw."""

    def __init__(self, parts: Sequence[Part], metrics: Mapping[str, Metric]) -> None:
        """Take what was judged; checks of their own (accounts, rates) expect nothing of parts."""
        self.metrics = metrics
        self.part = next((part for part in parts if part.general), None)
        self.rows: dict[str, list[int]] = {}
        for row, key in enumerate(self.part.panel.keys if self.part else ()):
            if key.segment:
                self.rows.setdefault(key.metric, []).append(row)

    def drilled(self, finding: Finding) -> Finding:
        """Return the finding with its `contributions` where it is about the whole of a metric that has parts.

        Each contribution has `segment`, `gap` (in the metric's unit) and `share` of the gap; of a sum also `actual`, `expected` and
        `surprise`, of a ratio `rate` and `mix`, which add up to its gap, and `volume` (in the numerator's unit). The gaps add up to that of
        the finding. Of several segment columns the one is told whose parts surprise most.
        """
        metric = self.metrics.get(finding.metric or "")
        if metric is None or finding.segment or finding.actual is None or finding.expected is None:
            return finding
        gap = finding.actual - finding.expected
        split = _of_value if metric.value is not None else _of_ratio
        made = ((s, split(metric, finding.actual, finding.expected, s)) for s in self._segments(finding, metric))
        found = [(s.column, _closed(parts, gap, abs(finding.actual))) for s, parts in made if parts]
        if not found or gap == 0:
            return finding
        column, told = max(found, key=lambda one: (_concentration(one[1]), one[0]))
        return replace(finding, evidence={**finding.evidence, "contributions": told, "split_by": column})

    def _segments(self, finding: Finding, metric: Metric) -> Iterator[_Segments]:
        """Yield the segments of each column on the finding's day, as the detectors saw them."""
        part, rows = self.part, self.rows.get(metric.id, [])
        if part is None or not rows:
            return
        panel, t = part.panel, part.column(finding.day)
        weights = np.full(panel.values.shape, np.nan) if panel.weights is None else panel.weights
        for name in metric.segments:
            prefix = f"{name}=" if len(metric.segments) > 1 else ""
            own = [i for i in rows if panel.keys[i].segment.startswith(prefix)]
            if own:
                yield _Segments(
                    name,
                    tuple(panel.keys[i].segment for i in own),
                    np.array([float(f"{v:.{_DIGITS}g}") for v in panel.values[own, t]]),
                    np.array([steady(float(v)) for v in part.judgement.expected[own, t - part.judgement.first]]),
                    weights[own, t],
                    _usual(weights[own], t),
                )


def _of_value(metric: Metric, actual: float, expected: float, segments: _Segments) -> Contributions:
    """Split a sum or count; a count of distinct things only where the parts have none in common, seen by their adding up."""
    function = parse_aggregate(metric.value or "")
    whole = covers(segments.actual, actual)
    if not function.additive and not (function.function == "count_distinct" and whole):
        return []
    should = in_line(segments.expected, expected) if whole else segments.expected
    parts = of_sum(segments.names, segments.actual, should, actual, expected)
    names = ("segment", "gap", "actual", "expected", "surprise")
    return [{name: getattr(part, name) for name in names} for part in parts if part.segment != REST]


def _of_ratio(metric: Metric, _actual: float, expected: float, segments: _Segments) -> Contributions:
    """Split a ratio whose parts have denominators of their own by rate, mix and volume, from the weights of the same weekdays."""
    if parse_aggregate(metric.denominator or "").whole:
        return []
    top, usual = segments.actual * segments.weight, segments.usual_weight
    known = np.isfinite(top) & np.isfinite(segments.expected) & (segments.weight + usual > 0)
    if not segments.weight[known].sum() > 0 or not usual[known].sum() > 0:
        return []
    names = [name for name, has in zip(segments.names, known, strict=True) if has]
    should = in_line((segments.expected * usual)[known], expected * float(usual[known].sum()))
    return [
        {"segment": p.segment, "gap": p.rate + p.mix, "rate": p.rate, "mix": p.mix, "volume": p.volume_amount}
        for p in of_ratio(names, top[known], segments.weight[known], should, usual[known])
    ]


def _closed(found: Contributions, gap: float, scale: float) -> Contributions:
    """Keep the largest, put all else into the rest, and give each its share; the gaps add up to `gap`."""
    kept = found[:_KEPT]
    rest = gap - math.fsum(part["gap"] for part in kept)
    if abs(rest) <= _NOTHING * max(abs(gap), scale):
        kept[0] = {**kept[0], "gap": kept[0]["gap"] + rest}
    else:
        kept = [*kept, {"segment": REST, "gap": rest}]
    return [{**part, "share": part["gap"] / gap if gap else 0.0} for part in kept]


def _concentration(told: Contributions) -> float:
    """Return how much the parts of a column surprise together; where that cannot be said, the largest share that a part has."""
    surprise = [part["surprise"] for part in told if part.get("surprise") is not None]
    return math.fsum(surprise) if surprise else max(abs(part["share"]) for part in told)


def _usual(weights: Floats, column: int) -> Floats:
    """Return the median weight (segments,) of the last same weekdays, 0 where there was none."""
    before = np.nan_to_num(weights[:, max(0, column - 7 * _WEEKS) : column][:, ::-1][:, 6::7])
    return np.array([np.median(row[row > 0]) if (row > 0).any() else 0.0 for row in before])
