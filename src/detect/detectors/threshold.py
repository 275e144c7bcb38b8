"""Fixed limits of a metric: a warning of the limit's level when the value is beyond it."""

from __future__ import annotations

from detect.model import Frozen

__all__ = ["ThresholdSettings"]


class ThresholdSettings(Frozen):
    """Fixed limits stand with each metric; here is only whether they are read."""

    enabled: bool = True
