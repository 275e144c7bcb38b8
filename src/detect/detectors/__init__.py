"""Detectors judge a Panel, batched; `Detection` holds the settings of all of them.

Adding a detector is one file with its settings and its name here.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, PrivateAttr

from detect.detectors.forecast import ForecastSettings
from detect.detectors.forest import ForestSettings
from detect.detectors.stl import StlSettings
from detect.detectors.structural import StructuralSettings
from detect.detectors.threshold import ThresholdSettings
from detect.model import Frozen

__all__ = ["Detection"]


class Detection(Frozen):
    """How days are judged, and how many false alarms that may cost.

    `budget` is the promise in false episodes per 1,000 series-days; `per_department_week`, when given, is the promise to each department
    instead, and a department's own `false_alarms_per_week` stands in its place (`with_promises`); both are spread over the department's
    series. Each detector spends its share.
    """

    budget: float = Field(default=2.0, gt=0.0, le=1000.0)
    per_department_week: float | None = Field(default=None, gt=0.0)
    _promises: dict[str, float] = PrivateAttr(default_factory=dict)
    min_history_provisional: int = Field(default=28, ge=14)  # values before the first, provisional judgement
    min_history: int = Field(default=60, ge=28)  # values before a judgement counts in full
    quiet: int = Field(
        default=7, ge=1
    )  # days: what departs no further apart is one episode, told once and followed as one case
    refit_days: int = Field(default=28, ge=1)  # how often what is learnt across series is fitted anew
    structural: StructuralSettings = StructuralSettings()
    threshold: ThresholdSettings = ThresholdSettings()
    stl: StlSettings = StlSettings()
    forest: ForestSettings = ForestSettings()
    forecast: ForecastSettings = ForecastSettings()

    @property
    def promises(self) -> Mapping[str, float]:
        """What single departments were promised, in false episodes a week."""
        return self._promises

    def with_promises(self, promises: Mapping[str, float]) -> Detection:
        """Return these settings with what single departments were promised."""
        copy = self.model_copy()
        copy._promises = dict(promises)  # noqa: SLF001 - its own
        return copy

    def budget_of(self, department: str, series: int) -> float:
        """Return the promise per 1,000 series-days to a department with so many series that detectors judge."""
        promised = self._promises.get(department, self.per_department_week)
        if promised is None or series == 0:
            return self.budget
        return min(1000.0, 1000.0 * promised / (7.0 * series))
