"""Detectors judge a Panel, batched; `Detection` holds the settings of all of them.

Adding a detector is one file with its settings and its name here.
"""

from __future__ import annotations

from pydantic import Field

from detect.detectors.forecast import ForecastSettings
from detect.detectors.forest import ForestSettings
from detect.detectors.stl import StlSettings
from detect.detectors.structural import StructuralSettings
from detect.detectors.threshold import ThresholdSettings
from detect.model import Frozen

__all__ = ["Detection"]


class Detection(Frozen):
    """How days are judged, and how many false alarms that may cost.

    `budget` is the promise in false episodes per 1,000 series-days; `per_department_week`, when given, is the promise to a department,
    turned into the former by the number of its series. Each detector spends its share.
    """

    budget: float = Field(default=2.0, gt=0.0, le=1000.0)
    per_department_week: float | None = Field(default=None, gt=0.0)
    min_history_provisional: int = Field(default=28, ge=14)  # values before the first, provisional judgement
    min_history: int = Field(default=60, ge=28)  # values before a judgement counts in full
    quiet: int = Field(default=7, ge=1)  # days that one episode keeps its channel from telling again
    refit_days: int = Field(default=28, ge=1)  # how often what is learnt across series is fitted anew
    structural: StructuralSettings = StructuralSettings()
    threshold: ThresholdSettings = ThresholdSettings()
    stl: StlSettings = StlSettings()
    forest: ForestSettings = ForestSettings()
    forecast: ForecastSettings = ForecastSettings()

    def budget_for(self, series: int) -> float:
        """Return the promise per 1,000 series-days for a department that watches so many series."""
        if self.per_department_week is None or series == 0:
            return self.budget
        return min(1000.0, 1000.0 * self.per_department_week / (7.0 * series))
