"""The second opinion: STL with long smooth windows, judging a day by what the days before it leave to expect."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from detect.model import Frozen

__all__ = ["StlSettings"]


class StlSettings(Frozen):
    """Seasonal-trend decomposition by loess (Cleveland et al. 1990), as a detector of its own.

    The windows are long and the local fits constant (degree 0) on purpose: with the usual short windows the last day pulls the fit to
    itself (leverage 0.73) and keeps a quarter of its own surprise. `seasonal` counts weeks, `trend` and `window` days.
    """

    enabled: bool = True
    share: float = Field(default=0.10, ge=0.0, le=1.0)  # of the promised false alarms
    period: int = Field(default=7, ge=2)
    seasonal: int = Field(default=51, ge=3)
    trend: int = Field(default=61, ge=3)
    low_pass: int | None = None  # None: the smallest odd number above the period, as in statsmodels
    seasonal_degree: Literal[0, 1] = 0
    trend_degree: Literal[0, 1] = 0
    low_pass_degree: Literal[0, 1] = 0
    window: int = Field(
        default=728, ge=56
    )  # days of history that the operator reads; older days never change a judgement
    min_history: int = Field(default=84, ge=28)  # days needed before the first judgement
    memory: float = Field(default=180.0, gt=1.0)  # days: the scale forgets with this time constant

    @model_validator(mode="after")
    def _odd_windows(self) -> StlSettings:
        """Refuse windows that loess cannot centre."""
        for name, window in (("seasonal", self.seasonal), ("trend", self.trend), ("low_pass", self.low_pass_window)):
            if window % 2 == 0:
                msg = f"{name} is {window}: an odd number of points is needed, so that a window has a middle"
                raise ValueError(msg)
        if min(self.trend, self.low_pass_window) <= self.period:
            msg = f"trend and low_pass must be longer than the period of {self.period}"
            raise ValueError(msg)
        return self

    @property
    def low_pass_window(self) -> int:
        """The low-pass filter's window: the one given, or the smallest odd number above the period."""
        return self.low_pass or self.period + 1 + self.period % 2
