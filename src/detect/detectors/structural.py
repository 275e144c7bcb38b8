"""The structural baseline: level, weekday pattern and calendar as one Gaussian covariance, judged one step ahead."""

from __future__ import annotations

from pydantic import Field

from detect.model import Frozen

__all__ = ["Shares", "StructuralSettings"]


class Shares(Frozen):
    """How the promised false alarms are divided among the channels of the baseline; the rest goes to the second opinions."""

    point: float = Field(default=0.36, ge=0.0, le=1.0)  # one day: spike, dip
    peer: float = Field(default=0.25, ge=0.0, le=1.0)  # one day, against the series it usually moves with
    burst: float = Field(default=0.06, ge=0.0, le=1.0)  # two or three days together
    run: float = Field(default=0.12, ge=0.0, le=1.0)  # level shift, drift
    peer_run: float = Field(default=0.02, ge=0.0, le=1.0)
    stuck: float = Field(default=0.02, ge=0.0, le=1.0)


class StructuralSettings(Frozen):
    """What the baseline may spend and how it forgets."""

    enabled: bool = True
    shares: Shares = Shares()
    memory: float = Field(default=180.0, gt=7.0)  # days: the scale of one-step errors forgets with this time constant
    clip: float = Field(default=2.5, gt=1.0)  # spreads: larger errors teach no more than this
    peers: int = Field(default=5, ge=0, le=20)
    min_correlation: float = Field(default=0.5, ge=0.0, lt=1.0)
