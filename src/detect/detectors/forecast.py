"""A limit that will be crossed: the probability within a horizon, and the day with its interval."""

from __future__ import annotations

from pydantic import Field

from detect.model import Frozen

__all__ = ["ForecastSettings"]


class ForecastSettings(Frozen):
    """When a series moves towards one of its metric's limits, say so before it is crossed.

    A breach is told when the trend is no accident of a level that merely wanders (`p` below the channel's share of the budget) and the
    limit is crossed within `horizon` days with at least `probability`.
    """

    enabled: bool = True
    share: float = Field(default=0.05, ge=0.0, le=1.0)  # of the promised false alarms
    horizon: int = Field(default=30, ge=2, le=365)  # days ahead
    probability: float = Field(default=0.8, gt=0.5, lt=1.0)
    interval: float = Field(default=0.8, gt=0.0, lt=1.0)  # coverage of the interval of the crossing day
    window: int = Field(default=42, ge=14, le=365)  # days from which level and trend are read
    min_history: int = Field(default=84, ge=28)
    quiet: int = Field(default=14, ge=1)  # days without a forecast before the same limit is told anew
